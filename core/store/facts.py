"""What a panel of filters offers: the elements, symmetries and properties that occur."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from core.elements import SYMBOLS
from core.store.find import keys_of
from core.store.query import MOST_TEXTS, FilterFacts
from core.store.rows import numbers_in
from core.store.schema import crystals, property_values


def filter_facts(connection: Connection, workspace_id: int) -> FilterFacts:
    """What occurs in a workspace."""
    keys = keys_of(connection, workspace_id)
    return FilterFacts(
        _counts(connection, workspace_id),
        _groups(connection, workspace_id),
        tuple(name for name, key in keys.items() if not key.is_text),
        {name: _texts(connection, key.id) for name, key in keys.items() if key.is_text},
    )


def _counts(connection: Connection, workspace_id: int) -> dict[str, int]:
    c = crystals.c
    query = (
        select(c.elements_low, c.elements_high, func.count())
        .where(c.workspace_id == workspace_id)
        .group_by(c.elements_low, c.elements_high)
    )
    totals = [0] * len(SYMBOLS)
    for low, high, n in connection.execute(query):
        for number in numbers_in(low, high):
            totals[number] += n
    return {symbol: totals[z] for z, symbol in enumerate(SYMBOLS) if z}


def _groups(connection: Connection, workspace_id: int) -> dict[int, str]:
    c = crystals.c
    query = (
        select(c.space_group, func.max(c.space_group_found), func.max(c.space_group_stated))
        .where(c.workspace_id == workspace_id, c.space_group > 0)
        .group_by(c.space_group)
        .order_by(c.space_group)
    )
    return {number: found or stated for number, found, stated in connection.execute(query)}


def _texts(connection: Connection, key_id: int) -> tuple[str, ...]:
    v = property_values.c
    query = select(v.text).where(v.key_id == key_id, v.text != "").distinct().limit(MOST_TEXTS)
    return tuple(sorted(connection.scalars(query)))

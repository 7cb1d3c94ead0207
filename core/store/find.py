"""A `Filter` answered by the database: counts, ids, and pages in any order.

Every condition means what `core.library.filters` means by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Row, and_, case, false, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from core.errors import InvalidSpecError
from core.store.chunks import chunks
from core.store.formulas import formula_key
from core.store.packing import unpack_details
from core.store.query import SORTS, Filter, WorkspaceQuery
from core.store.rows import masks_of
from core.store.schema import crystals, property_keys, property_values, records

_LARGEST = 2**31 - 1
_CHUNK = 1_000
_ORDER = {"green": 0, "amber": 1, "red": 2}


@dataclass(frozen=True, slots=True)
class Key:
    """A property of a workspace: its number in the store, and whether some values are texts."""

    id: int
    is_text: bool


@dataclass(frozen=True, slots=True)
class CrystalRow:
    """A crystal as a table shows it.

    Attributes:
        position: where it stands in the workspace; gaps are possible.
        density: g/cm³.
        space_group: number, 0 where not known; its symbols "" where not known.
        properties: all that is known of it.
    """

    position: int
    id: str
    formula: str
    verdict: str
    examined: bool
    n_sites: int
    density: float
    ordered: bool
    space_group: int
    space_group_found: str
    space_group_stated: str
    source: str
    properties: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the crystals that match, and how many match."""

    total: int
    rows: tuple[CrystalRow, ...]


_SHOWN = [crystals.c[name] for name in CrystalRow.__slots__ if name != "properties"]


def keys_of(connection: Connection, workspace_id: int) -> dict[str, Key]:
    """The properties of a workspace, in order of first appearance."""
    k = property_keys.c
    query = select(k.key, k.id, k.n_texts).where(k.workspace_id == workspace_id).order_by(k.id)
    return {row.key: Key(row.id, row.n_texts > 0) for row in connection.execute(query)}


def condition(where: Filter, workspace_id: int, keys: Mapping[str, Key]) -> ColumnElement[bool]:
    """The rows of `crystals` that belong to the workspace and match."""
    return and_(crystals.c.workspace_id == workspace_id, *_conditions(where, keys))


def _conditions(where: Filter, keys: Mapping[str, Key]) -> Iterator[ColumnElement[bool]]:
    c = crystals.c
    if where.text:
        part = where.text.casefold()
        yield or_(
            c.id_folded.contains(part, autoescape=True),
            func.lower(c.formula).contains(part, autoescape=True),
        )
    if where.formula:
        yield c.formula_key == formula_key(where.formula)
    yield from _elements(where)
    if where.space_groups:
        yield c.space_group.in_(where.space_groups)
    if where.min_sites is not None:
        yield c.n_sites >= _within_integers(where.min_sites)
    if where.max_sites is not None:
        yield c.n_sites <= _within_integers(where.max_sites)
    if where.verdicts:
        yield c.verdict.in_(where.verdicts)
    if where.order:
        yield c.ordered.is_(where.order == "ordered")
    for key, low, high in where.ranges:
        yield _range(keys, key, low, high)
    for key, told in where.equals:
        yield _equal(keys, key, told)


def _within_integers(bound: float) -> float:
    return max(-1, min(bound, _LARGEST))


def _elements(where: Filter) -> Iterator[ColumnElement[bool]]:
    words = (crystals.c.elements_low, crystals.c.elements_high)
    if where.all_of:
        masks = masks_of(where.all_of)
        yield and_(*(w.bitwise_and(m) == m for w, m in zip(words, masks, strict=True) if m))
    for symbols, wanted in ((where.any_of, True), (where.none_of, False)):
        if symbols:
            masks = masks_of(symbols)
            held = or_(*(w.bitwise_and(m) != 0 for w, m in zip(words, masks, strict=True) if m))
            yield held if wanted else ~held
    if where.only:
        everything = (1 << 60) - 1
        masks = masks_of(where.only)
        yield and_(*(w.bitwise_and(everything ^ m) == 0 for w, m in zip(words, masks, strict=True)))


def _range(
    keys: Mapping[str, Key], key: str, low: float | None, high: float | None
) -> ColumnElement[bool]:
    if key == "density_g_cm3":
        column: ColumnElement[Any] = crystals.c.density
    elif key not in keys or keys[key].is_text:
        return false()
    else:
        column = property_values.c.number
    bounds: list[ColumnElement[bool]] = [column.is_not(None)]
    if low is not None:
        bounds.append(column >= float(low))
    if high is not None:
        bounds.append(column <= float(high))
    return and_(*bounds) if key == "density_g_cm3" else _has_value(keys[key], *bounds)


def _has_value(key: Key, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    v = property_values.c
    return crystals.c.position.in_(select(v.position).where(v.key_id == key.id, *conditions))


def _equal(keys: Mapping[str, Key], key: str, told: str) -> ColumnElement[bool]:
    if key not in keys or not keys[key].is_text:
        return false()
    if told == "":  # a crystal without the value counts
        return ~_has_value(keys[key], property_values.c.text != "")
    return _has_value(keys[key], property_values.c.text == told)


def count(connection: Connection, workspace_id: int, where: Filter) -> int:
    """How many crystals match."""
    matches = condition(where, workspace_id, keys_of(connection, workspace_id))
    return int(connection.scalar(select(func.count()).select_from(crystals).where(matches)) or 0)


def page(connection: Connection, workspace_id: int, query: WorkspaceQuery) -> Page:
    """A page of the matches. Raises: InvalidSpecError for an order that does not exist."""
    keys = keys_of(connection, workspace_id)
    matches = condition(query.where, workspace_id, keys)
    if len(query.where.ranges) + len(query.where.equals) > 1:
        # What several properties match is costly to find: once, not again to count.
        found = _sorted(select(crystals.c.position), query, keys).where(matches)
        positions = connection.scalars(found).all()
        total = len(positions)
        rows = _at(connection, workspace_id, positions[query.offset : query.offset + query.limit])
    else:
        counted = select(func.count()).select_from(crystals).where(matches)
        total = connection.scalar(counted) or 0
        found = _sorted(select(*_SHOWN), query, keys).where(matches)
        rows = connection.execute(found.limit(query.limit).offset(query.offset)).all()
    known = _properties(connection, workspace_id, [row.position for row in rows])
    return Page(total, tuple(_row(row, known[row.position]) for row in rows))


def _at(connection: Connection, workspace_id: int, positions: Sequence[int]) -> Sequence[Row[Any]]:
    c = crystals.c
    rows: dict[int, Row[Any]] = {}
    for chunk in chunks(positions, _CHUNK):
        here = and_(c.workspace_id == workspace_id, c.position.in_(chunk))
        rows |= {row.position: row for row in connection.execute(select(*_SHOWN).where(here))}
    return [rows[position] for position in positions]


def _row(row: Row[Any], properties: Mapping[str, Any]) -> CrystalRow:
    return CrystalRow(**row._mapping, properties=properties)


def ids(connection: Connection, workspace_id: int, query: WorkspaceQuery) -> tuple[str, ...]:
    """Ids of all matches in the order asked for; `limit` and `offset` do not count."""
    keys = keys_of(connection, workspace_id)
    found = _sorted(select(crystals.c.id), query, keys)
    return tuple(connection.scalars(found.where(condition(query.where, workspace_id, keys))))


def _sorted(selection: Any, query: WorkspaceQuery, keys: Mapping[str, Key]) -> Any:
    c, v = crystals.c, property_values.c
    if not query.sort:
        last = c.position.desc() if query.descending else c.position
        return selection.select_from(crystals).order_by(last)
    source: Any = crystals
    if query.sort in SORTS:
        column: Any = {
            "density_g_cm3": c.density,
            "space_group": func.nullif(c.space_group, 0),
            "verdict": case(_ORDER, value=c.verdict),
        }.get(query.sort)
        column = c[query.sort] if column is None else column
    elif query.sort in keys:
        key = keys[query.sort]
        here = and_(v.key_id == key.id, v.position == c.position)
        source = crystals.outerjoin(property_values, here)
        column = func.nullif(v.text, "") if key.is_text else v.number
    else:
        raise InvalidSpecError(
            f"The workspace has no property {query.sort[:80]!r} to sort by.",
            hint="Sort by " + ", ".join(SORTS) + ", or a property.",
        )
    direction = column.desc() if query.descending else column.asc()
    return selection.select_from(source).order_by(column.is_(None), direction, c.position)


def _properties(
    connection: Connection, workspace_id: int, positions: list[int]
) -> dict[int, Mapping[str, Any]]:
    r = records.c
    found: dict[int, Mapping[str, Any]] = {}
    for chunk in chunks(positions, _CHUNK):
        query = select(r.position, r.details).where(
            r.workspace_id == workspace_id, r.position.in_(chunk)
        )
        for position, details in connection.execute(query):
            found[position] = MappingProxyType(unpack_details(details)["properties"])
    return found

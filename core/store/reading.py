"""Crystals, examinations and failures out of a workspace, in its order, never all at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, and_, func, select

from core.errors import UnknownNameError
from core.store.chunks import chunks
from core.store.find import keys_of
from core.store.packing import unpack
from core.store.rows import numbers_in
from core.store.schema import crystals, failures, property_values, records
from core.types import Crystal, Examination, Failure

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Stored:
    """A crystal as it lies in the store."""

    position: int
    id: str
    digest: str
    structure: bytes
    details: bytes

    def unpacked(self) -> tuple[Crystal, Examination]:
        """Raises: SchemaError when it is damaged."""
        return unpack(self.id, self.structure, self.details)


_STORED = (crystals.c.position, crystals.c.id, records.c.digest, records.c.structure,
           records.c.details)  # fmt: skip
_JOINED = crystals.join(
    records,
    and_(records.c.workspace_id == crystals.c.workspace_id,
         records.c.position == crystals.c.position),
)  # fmt: skip


def stored(connection: Connection, workspace_id: int, after: int = -1) -> Iterator[Stored]:
    """All crystals behind a position, a few hundred in memory at a time."""
    while True:
        query = (
            select(*_STORED)
            .select_from(_JOINED)
            .where(crystals.c.workspace_id == workspace_id, crystals.c.position > after)
            .order_by(crystals.c.position)
            .limit(_CHUNK)
        )
        rows = connection.execute(query).all()
        yield from (Stored(*row) for row in rows)
        if len(rows) < _CHUNK:
            return
        after = rows[-1].position


def chosen(
    connection: Connection, workspace_id: int, ids: Sequence[str]
) -> list[tuple[Crystal, Examination]]:
    """The crystals of these ids, in their order. Raises: UnknownNameError."""
    found: dict[str, tuple[Crystal, Examination]] = {}
    for chunk in chunks(dict.fromkeys(ids), _CHUNK):
        query = select(*_STORED).select_from(_JOINED).where(
            crystals.c.workspace_id == workspace_id, crystals.c.id.in_(chunk)
        )  # fmt: skip
        found |= {row.id: Stored(*row).unpacked() for row in connection.execute(query)}
        for name in chunk:
            if name not in found:
                raise UnknownNameError(f"The workspace holds no crystal {name[:80]!r}.")
    return [found[name] for name in ids]


def failures_of(connection: Connection, workspace_id: int) -> tuple[Failure, ...]:
    """What could not be read, in order."""
    columns = [failures.c[f.name] for f in fields(Failure)]
    query = (
        select(*columns)
        .where(failures.c.workspace_id == workspace_id)
        .order_by(failures.c.position)
    )
    return tuple(Failure(*row) for row in connection.execute(query))


@dataclass(frozen=True, slots=True)
class PropertyFacts:
    """A property of a workspace.

    Attributes:
        key: with its unit.
        is_text: whether some of its values are texts; it can't be asked for a range then.
        n: crystals that have a value.
        low, high: of the numbers; None for texts.
    """

    key: str
    is_text: bool
    n: int
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Summary:
    """What a panel of filters needs to know of a workspace.

    Attributes:
        elements: atomic numbers that occur.
        verdicts, space_groups: how many crystals there are of each (group 0: not known).
        n_sites, density: smallest and largest; (0, 0) for an empty workspace.
        n_disordered: crystals with partial occupancy.
        properties: in order of first appearance.
    """

    n_crystals: int
    n_disordered: int
    elements: frozenset[int]
    verdicts: dict[str, int]
    space_groups: dict[int, int]
    n_sites: tuple[int, int]
    density: tuple[float, float]
    properties: tuple[PropertyFacts, ...]


def summary(connection: Connection, workspace_id: int) -> Summary:
    """The facts of a workspace."""
    c = crystals.c
    here = c.workspace_id == workspace_id

    def counts(column: Any) -> dict[Any, int]:
        query = select(column, func.count()).where(here).group_by(column).order_by(column)
        return {value: n for value, n in connection.execute(query)}  # noqa: C416 - Row to pair

    bounds = connection.execute(
        select(func.min(c.n_sites), func.max(c.n_sites), func.min(c.density), func.max(c.density))
        .where(here)
    ).one()  # fmt: skip
    masks = connection.execute(select(c.elements_low, c.elements_high).where(here).distinct())
    low = high = 0
    for a, b in masks:
        low, high = low | a, high | b
    ordered = counts(c.ordered)
    return Summary(
        sum(ordered.values()), ordered.get(False, 0), frozenset(numbers_in(low, high)),
        counts(c.verdict), counts(c.space_group), (bounds[0] or 0, bounds[1] or 0),
        (bounds[2] or 0.0, bounds[3] or 0.0), _property_facts(connection, workspace_id),
    )  # fmt: skip


def _property_facts(connection: Connection, workspace_id: int) -> tuple[PropertyFacts, ...]:
    v = property_values.c
    facts = []
    for name, key in keys_of(connection, workspace_id).items():
        n, low, high = connection.execute(
            select(func.count(), func.min(v.number), func.max(v.number)).where(v.key_id == key.id)
        ).one()
        bounds = (None, None) if key.is_text else (low, high)
        facts.append(PropertyFacts(name, key.is_text, n, *bounds))
    return tuple(facts)

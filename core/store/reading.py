"""Crystals, examinations and failures out of a workspace, in its order, never all at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from sqlalchemy import Connection, and_, select

from core.errors import UnknownNameError
from core.store.chunks import chunks
from core.store.packing import unpack
from core.store.schema import crystals, failures, records
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

"""Crystals into a workspace and out of it, in batches that are whole or absent.

Rows are made before the transaction begins, so that other writers wait as little as possible.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import count
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, and_, delete, func, insert, select, update

from core.errors import UnknownNameError
from core.store.bulk import insert_rows
from core.store.chunks import chunks, pieces
from core.store.packing import pack_details, pack_structure, plain
from core.store.rows import crystal_row, is_number, number_of, shown_text
from core.store.schema import (
    crystals,
    failures,
    property_keys,
    property_values,
    records,
    workspaces,
)
from core.types import Crystal, Examination, Failure

BATCH = 2_000
_BATCH_BYTES = 32 * 2**20
_CHUNK = 1_000  # values named in one statement
_PLACE = ("workspace_id", "position")
_FAILURE = tuple(f.name for f in fields(Failure))


@dataclass(slots=True)
class Prepared:
    """All that the store keeps of one crystal."""

    row: dict[str, Any]
    digest: str
    structure: bytes
    details: bytes
    properties: dict[str, Any]


def prepare(crystal: Crystal, card: Examination) -> Prepared:
    """About 0.2 ms. Raises: SchemaError for more details than can be kept."""
    return Prepared(
        crystal_row(crystal, card), crystal.digest, pack_structure(crystal),
        pack_details(crystal, card), {k: _jsonable(v) for k, v in crystal.properties.items()},
    )  # fmt: skip


def _jsonable(value: Any) -> Any:
    """A value as it will be read back."""
    if value is None or isinstance(value, (str, float, int)):
        return value
    return json.loads(json.dumps(value, default=plain))


def locked(connection: Connection, workspace_id: int) -> Row[Any]:
    """The workspace's row, held until the transaction ends. Raises: UnknownNameError."""
    found = connection.execute(
        select(workspaces).where(workspaces.c.id == workspace_id).with_for_update()
    ).one_or_none()
    if found is None:
        raise UnknownNameError("The workspace was removed or replaced.", hint="Open it again.")
    return found


def changed(connection: Connection, workspace_id: int, **columns: Any) -> None:
    """Note that a workspace was written to."""
    connection.execute(
        update(workspaces)
        .where(workspaces.c.id == workspace_id)
        .values({"revision": workspaces.c.revision + 1, "touched": time.time(), **columns})
    )


def add_batch(connection: Connection, workspace_id: int, batch: Sequence[Prepared]) -> int:
    """Add crystals. The same crystal again (id and structure) replaces what was known of it;
    another structure under a taken id gets a number: `id~2`.

    Returns: how many are new.
    """
    workspace = locked(connection, workspace_id)
    places, position = [], workspace.next_position
    taken = _Taken(connection, workspace_id, [item.row["id"] for item in batch])
    replaced = []
    for item in batch:
        name, at = taken.place(item.row["id"], item.digest)
        if at is None:
            at, position = position, position + 1
        elif at < workspace.next_position:
            replaced.append(at)
        taken.note(name, at, item.digest)
        places.append((name, at))
    clear(connection, workspace_id, replaced)
    # The last of several equal ones in a batch counts.
    final = dict(zip([at for _, at in places], zip(places, batch, strict=True), strict=True))
    _insert(connection, workspace_id, [(name, at, item) for (name, at), item in final.values()])
    new = position - workspace.next_position
    changed(
        connection, workspace_id, next_position=position,
        n_crystals=workspaces.c.n_crystals + new,
    )  # fmt: skip
    return int(new)


class _Taken:
    """Which ids of a workspace are taken, by which structure; asked for when needed."""

    def __init__(self, connection: Connection, workspace_id: int, ids: list[str]) -> None:
        self._connection = connection
        self._workspace_id = workspace_id
        self._known: dict[str, tuple[int, str] | None] = dict.fromkeys(ids)
        for chunk in chunks(self._known.copy(), _CHUNK):
            self._ask(chunk)

    def place(self, wanted: str, digest: str) -> tuple[str, int | None]:
        """The id to use, and the position of the same crystal if it is there."""
        for n in count(1):
            name = wanted if n == 1 else f"{wanted}~{n}"
            if name not in self._known:
                self._known[name] = None
                self._ask([name])
            found = self._known[name]
            if found is None:
                return name, None
            if found[1] == digest:
                return name, found[0]
        raise AssertionError("unreachable")

    def note(self, name: str, position: int, digest: str) -> None:
        self._known[name] = (position, digest)

    def _ask(self, names: Sequence[str]) -> None:
        c, r = crystals.c, records.c
        query = (
            select(c.id, c.position, r.digest)
            .join(records, and_(r.workspace_id == c.workspace_id, r.position == c.position))
            .where(c.workspace_id == self._workspace_id, c.id.in_(names))
        )
        self._known.update((row.id, (row.position, row.digest))
                           for row in self._connection.execute(query))  # fmt: skip


def _insert(
    connection: Connection, workspace_id: int, items: Sequence[tuple[str, int, Prepared]]
) -> None:
    if not items:
        return
    names = tuple(items[0][2].row)
    rows = (
        (workspace_id, at, *({**item.row, "id": name, "id_folded": name.casefold()}.values()))
        for name, at, item in items
    )
    insert_rows(connection, crystals, (*_PLACE, *names), rows)
    kept = ("digest", "structure", "details")
    rows = ((workspace_id, at, *(getattr(item, k) for k in kept)) for _, at, item in items)
    insert_rows(connection, records, (*_PLACE, *kept), rows)
    _insert_values(connection, workspace_id, items)


def _insert_values(
    connection: Connection, workspace_id: int, items: Sequence[tuple[str, int, Prepared]]
) -> None:
    """The properties, key by key: a filter on one of them then reads neighbouring pages."""
    columns: dict[str, list[tuple[int, float | None, str]]] = {}
    for _, at, item in items:
        for key, value in item.properties.items():
            column = columns.setdefault(key, [])
            number = number_of(value)
            if value is None or (number is None and is_number(value)):
                continue  # known to be absent, or NaN
            column.append((at, number, shown_text(value)))
    ids = _key_ids(connection, workspace_id, list(columns))
    values = ((ids[key], *row) for key, column in columns.items() for row in column)
    insert_rows(connection, property_values, ("key_id", "position", "number", "text"), values)
    texts = {ids[key]: sum(number is None for _, number, _ in column)
             for key, column in columns.items()}  # fmt: skip
    _count_texts(connection, texts)


def _key_ids(connection: Connection, workspace_id: int, keys: Sequence[str]) -> dict[str, int]:
    """Numbers of the keys, new ones in their order."""
    query = select(property_keys.c.key, property_keys.c.id).where(
        property_keys.c.workspace_id == workspace_id
    )
    known = {row.key: row.id for row in connection.execute(query)}
    new = [key for key in keys if key not in known]
    for key in new:
        values = {"workspace_id": workspace_id, "key": key, "n_texts": 0}
        found = connection.execute(insert(property_keys).values(values))
        assert found.inserted_primary_key is not None
        known[key] = int(found.inserted_primary_key[0])
    return known


def _count_texts(connection: Connection, more: dict[int, int]) -> None:
    for key_id, n in more.items():
        if n:
            connection.execute(
                update(property_keys)
                .where(property_keys.c.id == key_id)
                .values(n_texts=property_keys.c.n_texts + n)
            )


def clear(connection: Connection, workspace_id: int, positions: Collection[int]) -> None:
    """Forget what lies at these positions."""
    if not positions:
        return
    query = select(property_keys.c.id).where(property_keys.c.workspace_id == workspace_id)
    keys = list(connection.scalars(query))
    v = property_values.c
    for chunk in chunks(sorted(positions), _CHUNK):
        here = and_(v.key_id.in_(keys), v.position.in_(chunk))
        texts = select(v.key_id, func.count()).where(here, v.number.is_(None)).group_by(v.key_id)
        _count_texts(connection, {key: -n for key, n in connection.execute(texts)})
        connection.execute(delete(property_values).where(here))
        for table in (records, crystals):
            connection.execute(
                delete(table).where(
                    table.c.workspace_id == workspace_id, table.c.position.in_(chunk)
                )
            )


def hide(connection: Connection, workspace_id: int) -> int:
    """Take name and identity from a workspace that is to go.

    Returns: the end of its positions; 0 when it is gone already.
    """
    w = workspaces.c
    values = {"name": None, "uid": uuid4().hex, "touched": time.time()}
    connection.execute(update(workspaces).where(w.id == workspace_id).values(values))
    return connection.scalar(select(w.next_position).where(w.id == workspace_id)) or 0


def clear_range(connection: Connection, workspace_id: int, start: int, end: int) -> None:
    """Delete what lies from one position up to another of a workspace that is to go."""
    query = select(property_keys.c.id).where(property_keys.c.workspace_id == workspace_id)
    keys, v = list(connection.scalars(query)), property_values.c
    connection.execute(
        delete(property_values).where(v.key_id.in_(keys), v.position >= start, v.position < end)
    )
    for table in (records, crystals):
        here = (table.c.workspace_id == workspace_id, table.c.position >= start)
        connection.execute(delete(table).where(*here, table.c.position < end))


def add_failures(connection: Connection, workspace_id: int, found: Iterable[Failure]) -> None:
    """Append failures, those that are there already left out."""
    locked(connection, workspace_id)
    columns = [failures.c[name] for name in _FAILURE]
    mine = failures.c.workspace_id == workspace_id
    known = {tuple(row) for row in connection.execute(select(*columns).where(mine))}
    new = [f for f in dict.fromkeys(found) if tuple(getattr(f, name) for name in _FAILURE)
           not in known]  # fmt: skip
    if not new:
        return
    start = connection.scalar(select(func.max(failures.c.position)).where(mine))
    first = 0 if start is None else start + 1
    rows = (
        (workspace_id, first + n, *(getattr(failure, name) for name in _FAILURE))
        for n, failure in enumerate(new)
    )
    insert_rows(connection, failures, (*_PLACE, *_FAILURE), rows)
    changed(connection, workspace_id, n_failures=workspaces.c.n_failures + len(new))


def remove_crystals(connection: Connection, workspace_id: int, ids: Collection[str]) -> int:
    """Returns: how many of the ids were there."""
    locked(connection, workspace_id)
    c = crystals.c
    positions: list[int] = []
    for chunk in chunks(ids, _CHUNK):
        query = select(c.position).where(c.workspace_id == workspace_id, c.id.in_(chunk))
        positions += connection.scalars(query)
    clear(connection, workspace_id, positions)
    if positions:
        n = len(positions)
        changed(connection, workspace_id, n_crystals=workspaces.c.n_crystals - n)
    return len(positions)


def batches(items: Iterable[tuple[Crystal, Examination]]) -> Iterator[list[Prepared]]:
    """Prepared crystals, at most `BATCH` at a time and fewer when they are large."""
    made = (prepare(crystal, card) for crystal, card in items)
    return pieces(made, BATCH, _BATCH_BYTES, _weight)


def _weight(item: Prepared) -> int:
    return len(item.structure) + len(item.details)

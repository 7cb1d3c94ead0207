"""Joining a table to a library by id: a preview of what would match, then the deed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from core.errors import InvalidSpecError, UnknownNameError
from core.io.naming import file_id
from core.library.library import Library
from core.library.tables import Kind, PropertyTable

ID_NAMES = (
    "material_id", "materialid", "mp_id", "mpid", "task_id", "id", "name", "file", "filename",
    "file_name", "cif", "cif_file", "path", "code", "structure", "structure_id", "key", "label",
    "entry", "refcode", "framework", "zeolite", "mof",
)  # fmt: skip
"""Headers that often hold the id, in lower case, the likeliest first."""

Collision = Literal["rename", "replace", "skip"]
Doubles = Literal["skip", "first"]


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """Which row belongs to which crystal.

    Attributes:
        id_column: the header matched by.
        rows: crystal id -> row of the table.
        by_exact_id: how many of them matched letter by letter; the others by file stem, in any
            case.
        crystals_without: ids no row names.
        rows_without: keys of the table that name no crystal.
        doubled: crystal ids that several rows name with different values.
        unclear: keys of the table that fit several crystals.
    """

    id_column: str
    rows: Mapping[str, int]
    by_exact_id: int
    crystals_without: tuple[str, ...]
    rows_without: tuple[str, ...]
    doubled: tuple[str, ...]
    unclear: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ColumnPreview:
    """What joining a column would bring.

    Attributes:
        key: header, and key of the property.
        kind: number, text or empty.
        n_values: crystals that would get a value.
        n_missing: matched rows without one.
        taken: whether crystals already have a property of this name.
    """

    key: str
    kind: Kind
    n_values: int
    n_missing: int
    taken: bool


def guess_id_column(library: Library, table: PropertyTable) -> str:
    """The header whose values match most crystals; among equals the one with a usual name.

    The first column when nothing matches and no header is a usual one.
    """
    index = _Index(library)

    def rank(header: str) -> tuple[int, int]:
        found = {index.find(key)[0] for key in table.texts[header][:5_000]}
        name = re.sub(r"[\s\-]+", "_", header.strip().lower())
        usual = len(ID_NAMES) - ID_NAMES.index(name) if name in ID_NAMES else 0
        return len(found - {None}), usual

    return max(table.columns, key=rank)


def match(
    library: Library, table: PropertyTable, id_column: str, *, doubles: Doubles = "skip"
) -> Match:
    """Rows by crystal: exact id first, then file stem in any case.

    Args:
        library: the crystals.
        table: the properties.
        id_column: header that holds the ids.
        doubles: crystals named by several rows with different values: left out, or the first row.

    Raises: UnknownNameError when there is no such column.
    """
    if id_column not in table.columns:
        raise UnknownNameError(f"The table has no column {id_column!r}.")
    index = _Index(library)
    rows: dict[str, int] = {}
    doubled: dict[str, None] = {}
    without, unclear = [], []
    exact: set[str] = set()
    for row, key in enumerate(table.texts[id_column]):
        found, is_exact, several = index.find(key)
        if several:
            unclear.append(key)
        elif found is None:
            without.append(key or f"(row {row + 1} has no id)")
        elif found in rows:
            if not _same(table, rows[found], row, id_column):
                doubled[found] = None
        else:
            rows[found] = row
            exact |= {found} if is_exact else set()
    if doubles == "skip":
        rows = {crystal: row for crystal, row in rows.items() if crystal not in doubled}
    return Match(
        id_column,
        rows,
        len(exact & rows.keys()),
        tuple(i for i in library.ids if i not in rows),
        tuple(without),
        tuple(doubled),
        tuple(unclear),
    )


def preview(library: Library, table: PropertyTable, found: Match) -> tuple[ColumnPreview, ...]:
    """What each column but the id's would bring."""
    taken = set(library.property_keys)
    out = []
    for key, values in table.columns.items():
        if key == found.id_column:
            continue
        n = sum(values[row] is not None for row in found.rows.values())
        out.append(ColumnPreview(key, table.kinds[key], n, len(found.rows) - n, key in taken))
    return tuple(out)


def join(
    library: Library,
    table: PropertyTable,
    found: Match,
    keys: Sequence[str],
    *,
    collision: Collision = "rename",
) -> Library:
    """The library with these columns as properties; the decision is recorded.

    A cell without a value leaves the crystal without that property. Keys stay as the header has
    them: units are never guessed.

    Args:
        library: the crystals.
        table: the properties.
        found: which row belongs to which crystal.
        keys: headers to join.
        collision: for a name that is taken: keep both (the table's name is added to the new one),
            let the table's values replace the old ones, or leave the column out.

    Raises: UnknownNameError for a header the table lacks; InvalidSpecError when nothing is joined.
    """
    for key in keys:
        if key not in table.columns:
            raise UnknownNameError(f"The table has no column {key!r}.")
    names = _names(library, table, keys, collision)
    if not names or not found.rows:
        raise InvalidSpecError(
            "Nothing would be joined.",
            hint="Choose another id column, or at least one column that is not taken.",
        )
    changed = []
    for crystal in library.crystals:
        row = found.rows.get(crystal.id)
        if row is None:
            continue
        values = {name: table.columns[key][row] for key, name in names.items()}
        known = {name: value for name, value in values.items() if value is not None}
        changed.append(crystal.with_(properties={**crystal.properties, **known}))
    return library.replacing(changed, _decision(library, table, found, names))


def _names(
    library: Library, table: PropertyTable, keys: Sequence[str], collision: Collision
) -> dict[str, str]:
    """Header -> key of the property, for those that are joined."""
    taken = set(library.property_keys)
    names: dict[str, str] = {}
    for key in keys:
        name = key
        if key in taken and collision == "skip":
            continue
        if key in taken and collision == "rename":
            name, n = f"{key} ({file_id(table.name)})", 2
            while name in taken:
                name, n = f"{key} ({file_id(table.name)} {n})", n + 1
        names[key] = name
        taken.add(name)
    return names


def _decision(
    library: Library, table: PropertyTable, found: Match, names: Mapping[str, str]
) -> str:
    columns = ", ".join(k if k == n else f"{k} as {n}" for k, n in names.items())
    words = [
        f"joined {columns} from {table.name} by {found.id_column}: "
        f"{len(found.rows)} of {len(library)} crystals matched"
    ]
    if found.rows_without:
        words.append(f"{len(found.rows_without)} rows named no crystal")
    if found.unclear:
        words.append(f"{len(found.unclear)} rows fitted several crystals and were left out")
    if found.doubled:
        used = "the first was used" if found.doubled[0] in found.rows else "these were left out"
        words.append(f"{len(found.doubled)} crystals had several differing rows, {used}")
    return "; ".join(words)


class _Index:
    """Crystals by exact id, and by the ways a table may call them."""

    def __init__(self, library: Library) -> None:
        self._exact = {c.id: c.id for c in library.crystals}
        loose: dict[str, set[str]] = {}
        for c in library.crystals:
            block = c.source.split("#")[0]
            for name in {c.id.lower(), file_id(c.id).lower(), file_id(block).lower()}:
                loose.setdefault(name, set()).add(c.id)
        self._loose = loose

    def find(self, key: str) -> tuple[str | None, bool, bool]:
        """(crystal id or None, whether letter by letter, whether several fit)."""
        if key in self._exact:
            return key, True, False
        if not key:
            return None, False, False
        fits = self._loose.get(key.lower()) or self._loose.get(file_id(key).lower()) or set()
        if len(fits) > 1:
            return None, False, True
        return next(iter(fits), None), False, False


def _same(table: PropertyTable, first: int, second: int, id_column: str) -> bool:
    return all(v[first] == v[second] for k, v in table.columns.items() if k != id_column)

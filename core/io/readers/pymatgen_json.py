"""pymatgen JSON: one structure, a list, records with an id, a mapping, or a pandas split table.

OPTIMADE JSON has the same containers, so its entries are recognised here record by record.

Structures are read from their dictionaries directly: pymatgen objects would take a hundred times
as long.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from core.config import ParseLimits
from core.errors import InputError, ParseError, SchemaError
from core.io.draft import Draft, Enclosed, Refusal
from core.io.garbage import unwatched
from core.io.readers.base import READERS, Reader, check_atom_rows, text_of
from core.io.readers.optimade_entry import draft_from_entry, is_entry
from core.io.readers.properties import scalar_properties
from core.io.readers.structure_dict import crystal_from_dict, is_structure
from core.types import RawFile

_LARGE = 2**20  # bytes; what is in a smaller file costs the garbage collector milliseconds
ID_KEYS = ("material_id", "mp_id", "task_id", "matbench_id", "id", "_id", "name")
_STRUCTURE_KEYS = ("structure", "final_structure", "initial_structure")
_CIF_KEYS = ("cif", "cif_text")
_NOT_PROPERTIES = frozenset({*ID_KEYS, *_STRUCTURE_KEYS, *_CIF_KEYS, "formula", "@module", "index"})
_HINT = "Give a pymatgen structure, a list of them, or records with `structure` or `cif`."


def looks_like_json(head: str) -> bool:
    """An object or a list."""
    return head.lstrip()[:1] in ("{", "[")


def read_json(raw: RawFile, limits: ParseLimits) -> Iterator[Draft | Enclosed | Refusal]:
    """Yields one item for each structure of the file.

    Raises: ParseError for text that is no JSON, SchemaError when no structure is in it.
    """
    try:
        content = json.loads(text_of(raw))
    except json.JSONDecodeError as error:
        raise ParseError(f"The JSON breaks off at line {error.lineno}: {error.msg}.") from None
    except (RecursionError, ValueError) as error:  # ValueError: an integer of absurd length
        raise ParseError(f"The JSON can't be read: {str(error)[:120]}.") from None
    if len(raw.data) < _LARGE:
        yield from read_content(content, limits)
        return
    with unwatched():
        yield from read_content(content, limits)


def read_content(content: Any, limits: ParseLimits) -> Iterator[Draft | Enclosed | Refusal]:
    """Yields one item for each structure in decoded JSON. Raises: SchemaError."""
    if isinstance(content, dict) and is_structure(content):
        yield _one(content, "", False, {}, limits)
        return
    named = list(_records(content))
    if not named:
        raise SchemaError("The JSON holds no structure.", hint=_HINT)
    for position, (key, record) in enumerate(named, start=1):
        yield _record(record, key, position, limits)


def _records(content: Any) -> Iterator[tuple[str, Any]]:
    """(id or "", record) for each entry of whatever container this is. Raises: SchemaError."""
    if isinstance(content, list):
        yield from (("", record) for record in content)
    elif isinstance(content, dict) and {"columns", "data"} <= content.keys():
        yield from _split_table(content)
    elif isinstance(content, dict) and (_structure_key(content) or is_entry(content)):
        yield "", content
    elif isinstance(content, dict) and any(isinstance(v, (dict, list)) for v in content.values()):
        inner = next((content[k] for k in ("data", "structures") if k in content), None)
        if isinstance(inner, (list, dict)) and inner:
            yield from _records(inner)
        else:
            yield from ((str(key), record) for key, record in content.items())
    else:
        raise SchemaError("The JSON holds no structure.", hint=_HINT)


def _split_table(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Rows of a pandas `orient="split"` table; a plain running index is no identifier."""
    columns, rows = table["columns"], table["data"]
    if not isinstance(columns, list) or not isinstance(rows, list):
        raise SchemaError("A split table needs lists under `columns` and `data`.", hint=_HINT)
    index = table.get("index")
    if not isinstance(index, list) or len(index) != len(rows):
        index = [None] * len(rows)
    for label, row in zip(index, rows, strict=True):
        if not isinstance(row, list) or len(row) != len(columns):
            yield "", row
            continue
        yield (
            (label if isinstance(label, str) else ""),
            dict(zip(map(str, columns), row, strict=True)),
        )


def _structure_key(record: Mapping[str, Any]) -> str:
    return next((k for k in (*_STRUCTURE_KEYS, *_CIF_KEYS) if record.get(k)), "")


def _record(
    record: Any, key: str, position: int, limits: ParseLimits
) -> Draft | Enclosed | Refusal:
    """One entry of a container. What can't be read is a Refusal, so its neighbours survive."""
    name, own_id = key, bool(key)
    if isinstance(record, dict) and not own_id:
        found = next((record[k] for k in ID_KEYS if isinstance(record.get(k), (str, int))), None)
        name, own_id = (str(found), True) if found is not None else (str(position), False)
    if not isinstance(record, dict):
        error = SchemaError(
            f"Record {position} is {str(record)[:40]!r}, not an object.", hint=_HINT
        )
        return Refusal.from_error(error, name or str(position), own_id)
    if is_structure(record):
        return _one(record, name, own_id, {}, limits)
    if is_entry(record):
        return draft_from_entry(record, name, own_id, limits)
    where = _structure_key(record)
    properties = scalar_properties(record, _NOT_PROPERTIES)
    if where in _CIF_KEYS and isinstance(record[where], str):
        raw = RawFile(f"{name}.cif", record[where].encode())
        return Enclosed(raw, name, properties, own_id)
    structure = record.get(where)
    if isinstance(structure, str):  # a table that keeps each structure as JSON text
        try:
            structure = json.loads(structure)
        except (ValueError, RecursionError):
            structure = None
    if not isinstance(structure, dict) or not is_structure(structure):
        error = SchemaError(f"Record {position} holds no structure.", hint=_HINT)
        return Refusal.from_error(error, name, own_id)
    return _one(structure, name, own_id, properties, limits)


def _one(
    structure: Mapping[str, Any],
    name: str,
    own_id: bool,
    properties: Mapping[str, Any],
    limits: ParseLimits,
) -> Draft | Refusal:
    try:
        if isinstance(structure["sites"], list):
            check_atom_rows(len(structure["sites"]), limits)
        crystal, findings = crystal_from_dict(structure, properties)
    except InputError as error:
        return Refusal.from_error(error, name, own_id)
    return Draft(crystal, name, own_id, findings)


READERS.register(
    Reader(
        key="json",
        label="pymatgen and OPTIMADE JSON",
        patterns=("*.json",),
        looks_like=looks_like_json,
        read=read_json,
    )
)

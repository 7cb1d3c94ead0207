"""Crystals as rows of Arrow tables: what travels to workers and what candidates are kept as.

| column | holds |
|---|---|
| `id` | text, unique |
| `numbers` | atomic numbers |
| `lattice` | nine numbers, lattice vectors one behind the other, angstrom |
| `frac` | fractional coordinates, three for each atom |
| `occupancy`, `position` | for mixed sites only; null where every site is full |
| any other | a number known of the crystal, its key with the unit |

A table of JSON lines has `id` and `json` instead: a pymatgen structure, or a record with one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import GridscopeError, ParseError, SchemaError
from core.types import Crystal, Failure

if TYPE_CHECKING:
    import pyarrow as pa

OWN = ("id", "numbers", "lattice", "frac", "occupancy", "position")
JSON = "json"
ID_KEYS = ("id", "material_id", "mp_id", "task_id", "name")
STAGE = "read"


def to_table(crystals: Sequence[Crystal], carry: Sequence[str] = ()) -> pa.Table:
    """A row for each crystal.

    Args:
        carry: keys of numeric properties that become columns; null where a crystal has none.
    """
    import pyarrow as pa

    plain = [bool((c.occupancy == 1).all() and c.n_sites == c.n_rows) for c in crystals]
    mixed = list(zip(crystals, plain, strict=True))
    columns: dict[str, Any] = {
        "id": pa.array([c.id for c in crystals], pa.string()),
        "numbers": pa.array([c.numbers.tolist() for c in crystals], pa.list_(pa.uint8())),
        "lattice": pa.array([c.lattice.ravel() for c in crystals], pa.list_(pa.float64())),
        "frac": pa.array([c.frac.ravel() for c in crystals], pa.list_(pa.float64())),
        "occupancy": pa.array(
            [None if full else c.occupancy for c, full in mixed], pa.list_(pa.float64())
        ),
        "position": pa.array(
            [None if full else c.position for c, full in mixed], pa.list_(pa.int64())
        ),
    }
    for key in carry:
        values = [_number(c.properties.get(key)) for c in crystals]
        columns[key] = pa.array(values, pa.float64())
    return pa.table(columns)


def _number(value: Any) -> float | None:
    if isinstance(value, (bool, str)) or value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) else None


def check_columns(names: Sequence[str]) -> None:
    """Raises: SchemaError when they can't hold crystals."""
    wanted = ("id", JSON) if JSON in names else ("id", "numbers", "lattice", "frac")
    if missing := [name for name in wanted if name not in names]:
        raise SchemaError(
            f"The table of crystals lacks {', '.join(missing)}.",
            hint="It needs id, numbers, lattice (9 numbers) and frac (3 for each atom).",
        )


def from_table(table: pa.Table) -> Iterator[Crystal | Failure]:
    """The crystal of each row, or why there is none: as many items as rows."""
    check_columns(table.column_names)
    named = {
        name: table.column(name).to_pylist() for name in (*OWN, JSON) if name in table.schema.names
    }
    for row in range(table.num_rows):
        values = {name: column[row] for name, column in named.items()}
        name = "" if values["id"] is None else str(values["id"])
        try:
            yield _from_json(name, values[JSON]) if JSON in values else _crystal(name, values)
        except GridscopeError as error:
            yield Failure.from_error(error, id=name, stage=STAGE)


def _crystal(name: str, values: Mapping[str, Any]) -> Crystal:
    try:
        return Crystal(
            name,
            np.array(values["lattice"], dtype=np.float64).reshape(3, 3),
            np.array(values["frac"], dtype=np.float64).reshape(-1, 3),
            np.array(values["numbers"], dtype=np.int64),
            values.get("occupancy"), values.get("position"),  # type: ignore[arg-type]
        )  # fmt: skip
    except (TypeError, ValueError) as error:
        raise ParseError(f"The row of {name!r} holds no crystal: {str(error)[:120]}.") from None


def _from_json(name: str, text: str) -> Crystal:
    from core.io.readers.structure_dict import crystal_from_dict

    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"The line of {name!r} is no JSON: {str(error)[:120]}.") from None
    if not isinstance(record, dict):
        raise ParseError(f"The line of {name!r} is no record.")
    if "numbers" in record:
        flat = {key: np.ravel(record.get(key, ())) for key in ("lattice", "frac")}
        return _crystal(name, {**record, **flat})
    return crystal_from_dict(record.get("structure", record), {})[0].with_(id=name)


def id_of_line(text: str, row: int) -> str:
    """The id a JSON line states, or its number."""
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return f"line {row + 1}"
    stated = [record[key] for key in ID_KEYS if key in record] if isinstance(record, dict) else []
    return str(stated[0]) if stated else f"line {row + 1}"

"""Tables without structures: CSV by composition or by name, and columns of numbers by step."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from core.data.public import PublicSet
from core.data.readers.base import PUBLIC_READERS, PublicReader, Reading
from core.data.tables import DataTable
from core.errors import InvalidSpecError, SchemaError
from core.store.formulas import formula_key
from core.types import Failure, RawFile

SPLIT = "split"  # column for the name of the file a row came from, where a set has several


def records(raw: RawFile) -> list[dict[str, str]]:
    """Rows of a CSV by header. Raises: SchemaError for a row of another length."""
    rows = list(csv.DictReader(io.StringIO(raw.data.decode("utf-8-sig"), newline="")))
    for number, row in enumerate(rows, 2):
        if None in row or None in row.values():
            raise SchemaError(f"Line {number} of {raw.name} is longer or shorter than its header.")
    return rows


def numbers_of(row: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, float]:
    """Our key -> number, for the columns that hold one."""
    found = {ours: _number(row[theirs]) for ours, theirs in columns.items() if theirs in row}
    return {key: value for key, value in found.items() if not math.isnan(value)}


def read_csv(entry: PublicSet, files: Sequence[RawFile], how: Reading) -> DataTable:
    """Rows of one or several CSVs with the same header.

    Options: `id` and `formula` name those columns; without `id` rows are numbered from 1. A row
    whose formula can't be read is a failure.
    """
    given = [(PurePosixPath(raw.name).stem, row) for raw in files for row in records(raw)]
    id_column, formula_column = entry.options.get("id", ""), entry.options.get("formula", "")
    wanted = [row[id_column] if id_column else str(n) for n, (_, row) in enumerate(given, 1)]
    failures: list[Failure] = []
    kept: list[int] = []
    for n, (name, (_, row)) in enumerate(zip(wanted, given, strict=True)):
        if n % 4096 == 0 and how.on_progress is not None:
            how.on_progress(n, len(given), "rows")
        try:
            if formula_column:
                formula_key(row[formula_column])
            kept.append(n)
        except InvalidSpecError as error:
            failures.append(Failure.from_error(error, id=name, stage="read", source=entry.key))
    repeated = {name for name, count in Counter(wanted).items() if count > 1}
    if repeated:
        raise SchemaError(f"{entry.key}: the id {min(repeated)!r} comes twice.")
    return DataTable(
        name=entry.key,
        ids=tuple(wanted[n] for n in kept),
        formulas=tuple(given[n][1][formula_column] for n in kept) if formula_column else (),
        **_columns(entry, [given[n][1] for n in kept], [given[n][0] for n in kept]),
        failures=tuple(failures),
    )


def _columns(
    entry: PublicSet, rows: Sequence[Mapping[str, str]], names: Sequence[str]
) -> dict[str, Any]:
    """Numeric and text columns; a column with a cell that is no number is text."""
    numeric, text = {}, {}
    for ours, theirs in entry.columns.items():
        if ours == SPLIT:
            text[ours] = tuple(names)
            continue
        cells = [row[theirs] for row in rows]
        try:
            numeric[ours] = np.array([_number(cell) for cell in cells])
        except ValueError:
            text[ours] = tuple(cells)
    return {"numeric": numeric, "text": text}


def _number(cell: str) -> float:
    return float(cell) if cell.strip() else math.nan


def read_steps(entry: PublicSet, files: Sequence[RawFile], how: Reading) -> DataTable:
    """Numbers separated by blanks below a comment line; `columns` names them by position."""
    values = np.loadtxt(io.BytesIO(files[0].data), comments="#", ndmin=2)
    places = {ours: int(theirs) for ours, theirs in entry.columns.items()}
    if values.shape[1] <= max(places.values()):
        raise SchemaError(f"{entry.key}: the file has {values.shape[1]} columns.")
    ids = tuple(str(int(step)) for step in values[:, entry.options["id"]])
    return DataTable(entry.key, ids, (), {k: values[:, n].copy() for k, n in places.items()}, {})


PUBLIC_READERS.register(PublicReader("csv", read_csv))
PUBLIC_READERS.register(PublicReader("steps", read_steps))

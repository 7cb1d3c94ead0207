"""Tables of properties, read as they are: text in, columns out, nothing guessed about units."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from core.errors import ParseError, SchemaError, UploadLimitError
from core.io.naming import clean
from core.io.readers.base import text_of
from core.types import RawFile
from core.units import unit_beside

MAX_BYTES = 64 * 2**20
MAX_ROWS = 200_000
MAX_COLUMNS = 500
_MISSING = frozenset({"", "nan", "na", "n/a", "null", "none", "-", "--", "?"})
_DELIMITERS = ",;\t|"
_DECIMAL_COMMA = re.compile(r"[-+]?\d+(?:,\d+)?")

Kind = Literal["number", "text", "empty"]
Value = float | str | None


@dataclass(frozen=True, slots=True, eq=False)
class PropertyTable:
    """A table as it came.

    Attributes:
        name: of the file.
        columns: header -> (n_rows,) numbers or texts; None where nothing is known.
        kinds: header -> whether all its values are numbers.
        texts: header -> (n_rows,) the cells as written, for ids ("007" is no 7).
        notes: what was noticed while reading (ragged rows, renamed columns).
    """

    name: str
    columns: Mapping[str, Sequence[Value]]
    kinds: Mapping[str, Kind]
    texts: Mapping[str, Sequence[str]]
    notes: tuple[str, ...] = ()

    @property
    def n_rows(self) -> int:
        return len(next(iter(self.columns.values()), ()))


def read_table(raw: RawFile) -> PropertyTable:
    """A CSV (comma, semicolon, tab or bar), parquet or JSON table.

    JSON may be a list of records, a mapping of columns, or a mapping of ids to records.

    Raises: ParseError, SchemaError, UploadLimitError naming what is wrong and where.
    """
    if len(raw.data) > MAX_BYTES:
        raise UploadLimitError(
            f"The table has {len(raw.data) / 2**20:.0f} MiB; the limit is {MAX_BYTES >> 20} MiB.",
            hint="Keep the columns you need.",
        )
    if not raw.data.strip():
        raise ParseError("The table is empty.", hint="Choose a file with a header and rows.")
    notes: list[str] = []
    if raw.data[:4] == b"PAR1":
        header, rows = _parquet(raw.data)
    elif raw.data.lstrip()[:1] in (b"[", b"{"):
        header, rows = _json(_text_of(raw))
    else:
        header, rows = _csv(_text_of(raw), notes)
    _check_size(len(header), len(rows))
    names = _unique_names(header, notes)
    columns: dict[str, Sequence[Value]] = {}
    kinds: dict[str, Kind] = {}
    texts: dict[str, Sequence[str]] = {}
    for i, name in enumerate(names):
        cells = [row[i] for row in rows]
        columns[name], kinds[name] = _typed(cells)
        if kinds[name] == "text" and (note := _almost_numbers(name, columns[name])):
            notes.append(note)
        texts[name] = ["" if cell is None else str(cell).strip()[:1000] for cell in cells]
    return PropertyTable(clean(raw.name) or "table", columns, kinds, texts, tuple(notes))


def _text_of(raw: RawFile) -> str:
    try:
        return text_of(raw)
    except ParseError as error:
        hint = "Tables are CSV, parquet or JSON; save a spreadsheet as CSV."
        raise ParseError(error.message, hint=hint) from None


def _check_size(n_columns: int, n_rows: int) -> None:
    hint = "Keep the columns and rows you need."
    if n_rows > MAX_ROWS:
        raise UploadLimitError(f"The table has more than {MAX_ROWS:,} rows.", hint=hint)
    if n_columns > MAX_COLUMNS:
        raise UploadLimitError(
            f"The table has {n_columns:,} columns; the limit is {MAX_COLUMNS}.", hint=hint
        )
    if not n_columns or not n_rows:
        raise SchemaError(
            "The table has a header and no rows." if n_columns else "The table has no columns.",
            hint="The first row names the columns; each further row is a crystal.",
        )


def _csv(text: str, notes: list[str]) -> tuple[list[str], list[list[Any]]]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    before = csv.field_size_limit(2**20)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        header: list[str] = []
        rows: list[list[Any]] = []
        ragged: list[int] = []
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if not header:
                header = row
                _check_size(len(header), 1)
                continue
            if len(row) != len(header):
                ragged.append(reader.line_num)
                row = (row + [""] * len(header))[: len(header)]
            rows.append(row)
            if len(rows) > MAX_ROWS:
                break
    except csv.Error as error:
        raise ParseError(
            f"The table can't be read at line {reader.line_num}: {error}.",
            hint="Save it as CSV in UTF-8, one row a line.",
        ) from None
    finally:
        csv.field_size_limit(before)
    if ragged:
        notes.append(
            f"{len(ragged):,} rows have more or fewer cells than the header, the first at line "
            f"{ragged[0]:,}: missing cells are empty, cells beyond the header are left out."
        )
    return header, rows


def _json(text: str) -> tuple[list[str], list[list[Any]]]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParseError(
            f"The JSON can't be read: {str(error)[:120]}.", hint="Check the file's end."
        ) from None
    if isinstance(content, dict) and content:
        values = list(content.values())
        if all(isinstance(v, dict) for v in values):
            content = _records(content)
        elif all(isinstance(v, list) for v in values):
            if len({len(v) for v in values}) != 1:
                raise SchemaError("The columns of the JSON table differ in length.")
            content = [dict(zip(content, row, strict=True)) for row in zip(*values, strict=True)]
    if not isinstance(content, list) or not all(isinstance(r, dict) for r in content):
        raise SchemaError(
            "The JSON holds no table.",
            hint="Give a list of records, or lists of equal length by column.",
        )
    header = list(dict.fromkeys(str(key) for record in content for key in record))
    _check_size(len(header), max(len(content), 1))
    return header, [[record.get(key) for key in header] for record in content]


def _records(content: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Records of id -> record, or of column -> {row: value} as pandas writes a table unasked.

    Only of the latter do all members have the same keys "0", "1", ... in order.
    """
    rows = list(next(iter(content.values())))
    numbered = rows == [str(n) for n in range(len(rows))]
    if rows and numbered and all(list(column) == rows for column in content.values()):
        return [{name: column[row] for name, column in content.items()} for row in rows]
    return [{"id": key, **record} for key, record in content.items()]


def _parquet(data: bytes) -> tuple[list[str], list[list[Any]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(io.BytesIO(data))
        # A parquet file of a few bytes can claim a billion rows: ask before unpacking.
        _check_size(file.metadata.num_columns, file.metadata.num_rows)
        table = file.read()
    except (pa.ArrowException, OSError) as error:
        raise ParseError(f"The parquet file can't be read: {str(error)[:120]}.") from None
    columns = [column.to_pylist() for column in table.columns]
    return list(table.column_names), [list(row) for row in zip(*columns, strict=True)]


def _unique_names(header: list[str], notes: list[str]) -> list[str]:
    names: list[str] = []
    for i, given in enumerate(header):
        name = clean(str(given)) or f"column {i + 1}"
        n = 2
        while name in names:
            name, n = f"{clean(str(given)) or f'column {i + 1}'} ({n})", n + 1
        if n > 2:
            notes.append(f"The column {given[:60]!r} comes twice; the second is {name!r}.")
        names.append(name)
    return names


def _typed(cells: list[Any]) -> tuple[Sequence[Value], Kind]:
    """Values and kind: numbers when every cell that holds anything is a finite number."""
    texts = [_plain(cell) for cell in cells]
    known = [t for t in texts if t is not None]
    if not known:
        return [None] * len(cells), "empty"
    numbers = [_number(t) for t in texts]
    if all(n is not None for n, t in zip(numbers, texts, strict=True) if t is not None):
        # Infinity is no value a crystal has: missing, like NaN.
        return [n if n is not None and math.isfinite(n) else None for n in numbers], "number"
    return [None if t is None else str(t) for t in texts], "text"


def _almost_numbers(name: str, values: Sequence[Value]) -> str:
    """Why a column that looks like numbers is text; "" where it does not look so.

    Nothing is guessed: a unit belongs into the name of the column, where all can see it.
    """
    texts = [str(value) for value in values if value is not None]
    units = {unit_beside(text) for text in texts}
    if len(units) == 1 and (unit := units.pop()):
        return (
            f"The column {name[:60]!r} is text: all its values end in {unit!r}. Put the unit into "
            "the name and leave numbers in the cells."
        )
    if any("," in text for text in texts) and all(map(_DECIMAL_COMMA.fullmatch, texts)):
        return f"The column {name[:60]!r} is text: numbers need a decimal point, not a comma."
    return ""


def _plain(cell: Any) -> float | str | None:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return float(cell)
    text = str(cell).strip()[:1000]
    return None if text.lower() in _MISSING else text


def _number(text: float | str | None) -> float | None:
    if text is None or isinstance(text, float):
        return text
    if "_" in text:  # Python would read 1_000
        return None
    try:
        return float(text)
    except ValueError:
        return None

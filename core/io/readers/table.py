"""CSV tables with a column of CIF text or of structures as JSON, and an id column."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from core.config import ParseLimits
from core.errors import ParseError, SchemaError
from core.io.draft import Draft, Enclosed, Refusal
from core.io.readers.base import READERS, Reader, text_of
from core.io.readers.pymatgen_json import read_content
from core.types import RawFile

_MAX_FIELD = 16 * 2**20


def looks_like_table(head: str) -> bool:
    """A header row with a column of structures."""
    first = head.splitlines()[0].lower().split(",") if head.strip() else []
    return len(first) > 1 and any(name.strip('" ') in ("cif", "structure") for name in first)


def read_table(raw: RawFile, limits: ParseLimits) -> Iterator[Draft | Enclosed | Refusal]:
    """Yields one item for each row. Raises: SchemaError without a `cif` or `structure` column."""
    text = text_of(raw)
    if not looks_like_table(text[:4096]):
        raise SchemaError(
            f"The table has no column `cif` or `structure`; it starts {text[:60]!r}.",
            hint="Tables of properties are merged with crystals by id, after the crystals.",
        )
    before = csv.field_size_limit(_MAX_FIELD)
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise ParseError(f"The table can't be read: {error}.") from None
    finally:
        csv.field_size_limit(before)
    for row in rows:
        row.pop("", None)  # the nameless index column that pandas writes
        row.pop(None, None)  # cells beyond the header
    yield from read_content(rows, limits)


READERS.register(
    Reader(
        key="table",
        label="CSV table with structures",
        patterns=("*.csv",),
        looks_like=looks_like_table,
        read=read_table,
    )
)

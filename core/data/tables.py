"""Tables of public sets that hold no structures: values by composition, framework code or step."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from core.errors import ShapeMismatchError
from core.types import Failure, FloatArray

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, eq=False)
class DataTable:
    """Rows that are no crystals.

    Attributes:
        name: key of the set.
        ids: (n,) unique.
        formulas: (n,) compositions as the source writes them; empty for a table of anything else.
        numeric: key with unit -> (n,) float64, NaN where a row has no value.
        text: key -> (n,) text.
        failures: rows that could not be read.
    """

    name: str
    ids: tuple[str, ...]
    formulas: tuple[str, ...]
    numeric: Mapping[str, FloatArray]
    text: Mapping[str, tuple[str, ...]]
    failures: tuple[Failure, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "numeric", MappingProxyType(dict(self.numeric)))
        object.__setattr__(self, "text", MappingProxyType(dict(self.text)))
        n = len(self.ids)
        lengths = {key: len(column) for key, column in (*self.numeric.items(), *self.text.items())}
        if self.formulas:
            lengths["formulas"] = len(self.formulas)
        for key, length in lengths.items():
            if length != n:
                raise ShapeMismatchError(f"Column {key!r} has {length} rows, expected {n}.")

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def keys(self) -> tuple[str, ...]:
        """All columns besides id and formula."""
        return (*self.numeric, *self.text)

    def rows(self, most: int | None = None) -> list[dict[str, Any]]:
        """The first rows as records, for tables on the screen."""
        n = len(self) if most is None else min(most, len(self))
        named = {"formula": self.formulas} if self.formulas else {}
        columns: dict[str, Any] = {"id": self.ids, **named, **self.numeric, **self.text}
        return [
            {
                key: float(column[i]) if key in self.numeric else column[i]
                for key, column in columns.items()
            }
            for i in range(n)
        ]

    def to_csv(self) -> str:
        """All rows, numbers in full; text a spreadsheet would run gets an apostrophe in front."""
        stream = io.StringIO(newline="")
        out = csv.writer(stream)
        named = [self.formulas] if self.formulas else []
        out.writerow(["id", *(["formula"] if named else []), *self.numeric, *self.text])
        columns: list[Any] = [
            [_safe(name) for name in self.ids],
            *([_safe(text) for text in column] for column in named),
            *([_number(value) for value in column.tolist()] for column in self.numeric.values()),
            *([_safe(text) for text in column] for column in self.text.values()),
        ]
        out.writerows(zip(*columns, strict=True))
        return stream.getvalue()


def _number(value: float) -> str:
    return "" if value != value else repr(value)  # NaN alone differs from itself


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text

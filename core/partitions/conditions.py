"""Conditions on rows of results, and the SQL they stand for: names looked up, values apart.

| condition | holds where |
|---|---|
| `Between` | a quantity lies in a window, bounds included |
| `OneOf` | a text or flag is one of some, or none of them |
| `Known` | a column has a value, or has none |
| `Elements` | the crystal holds all, any or none of some elements |

A row without the value passes no `Between`, and no `OneOf` that asks for one of some.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, isnan
from typing import Any, Literal

from core.elements import ATOMIC_NUMBERS
from core.errors import InvalidSpecError

SYSTEM = "chemical_system"
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Sum:
    """A weighted sum of columns, such as a prediction and k times its standard deviation."""

    terms: tuple[tuple[str, float], ...]


Quantity = str | Sum


@dataclass(frozen=True, slots=True)
class Between:
    """A quantity from `low` to `high`; None for no bound."""

    quantity: Quantity
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class OneOf:
    """A text or flag among `values`; with `excluded`, among none of them or without a value."""

    column: str
    values: tuple[str | bool, ...]
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """A column that has a value; with `absent`, that has none."""

    column: str
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Elements:
    """Which elements the crystal holds."""

    symbols: tuple[str, ...]
    how: Literal["all", "any", "none"] = "all"


Condition = Between | OneOf | Known | Elements
Columns = Mapping[str, str]


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def column_sql(columns: Columns, name: str, kinds: Sequence[str] = ()) -> str:
    """A column that is there. Raises: InvalidSpecError for another, or one of another kind."""
    if name not in columns:
        raise InvalidSpecError(
            f"The results have no column {str(name)[:80]!r}.",
            hint="They have " + ", ".join(list(columns)[:_SHOWN]) + ".",
        )
    if kinds and columns[name] not in kinds:
        raise InvalidSpecError(
            f"The column {name!r} holds {columns[name]}s.", hint="Choose one of numbers."
            if kinds == ("number",) else "Choose one of texts or flags."
        )  # fmt: skip
    return quoted(name)


def quantity_sql(columns: Columns, quantity: Quantity) -> tuple[str, list[Any]]:
    """A number column or a sum of some. Raises: InvalidSpecError."""
    if isinstance(quantity, str):
        return f"{column_sql(columns, quantity, ('number',))}::DOUBLE", []
    if not quantity.terms:
        raise InvalidSpecError("A sum of no columns.")
    parts, values = [], []
    for name, weight in quantity.terms:
        parts.append(f"?::DOUBLE * {column_sql(columns, name, ('number',))}")
        values.append(_finite(weight, f"the weight of {name}"))
    return f"({' + '.join(parts)})", values


def clause(columns: Columns, where: Sequence[Condition]) -> tuple[str, list[Any]]:
    """What stands behind WHERE, and its values. Raises: InvalidSpecError."""
    parts, values = [], []
    for condition in where:
        told, more = _one(columns, condition)
        parts.append(told)
        values += more
    return " AND ".join(parts) or "true", values


def _one(columns: Columns, condition: Condition) -> tuple[str, list[Any]]:
    if isinstance(condition, Between):
        return _between(columns, condition)
    if isinstance(condition, OneOf):
        return _one_of(columns, condition)
    if isinstance(condition, Known):
        name = column_sql(columns, condition.column)
        return f"{name} IS {'' if condition.absent else 'NOT '}NULL", []
    return _elements(columns, condition)


def _between(columns: Columns, condition: Between) -> tuple[str, list[Any]]:
    of, values = quantity_sql(columns, condition.quantity)
    parts, every = [], []
    for bound, sign in ((condition.low, ">="), (condition.high, "<=")):
        if bound is None:
            continue
        if isnan(bound):
            raise InvalidSpecError(f"A bound of {condition.quantity!r} is no number.")
        parts.append(f"{of} {sign} ?::DOUBLE")
        every += [*values, float(bound)]
    # A NaN is the largest number to DuckDB: it passes no window here.
    return "(" + " AND ".join([*parts, f"NOT isnan({of})"]) + ")", [*every, *values]


def _one_of(columns: Columns, condition: OneOf) -> tuple[str, list[Any]]:
    name = column_sql(columns, condition.column, ("text", "flag"))
    if not condition.values:
        return ("true" if condition.excluded else "false"), []
    marks = ", ".join("?" * len(condition.values))
    told = f"{name} IN ({marks})"
    if condition.excluded:
        told = f"({name} IS NULL OR NOT {told})"
    return told, list(condition.values)


def _elements(columns: Columns, condition: Elements) -> tuple[str, list[Any]]:
    name = column_sql(columns, SYSTEM, ("text",))
    for symbol in condition.symbols:
        if symbol not in ATOMIC_NUMBERS:
            raise InvalidSpecError(f"There is no element {symbol!r}.")
    told = [f"contains('-' || {name} || '-', ?)"] * len(condition.symbols)
    values = [f"-{symbol}-" for symbol in condition.symbols]
    if condition.how == "all":
        return "(" + (" AND ".join(told) or "true") + ")", values
    some = " OR ".join(told) or "false"
    return (f"({some})" if condition.how == "any" else f"(NOT ({some}))"), values


def _finite(value: float, what: str) -> float:
    if not isfinite(value):
        raise InvalidSpecError(f"{what} is {value!r}.")
    return float(value)

"""Which crystals of a library or a workspace to look at: frozen questions, answered elsewhere.

`core.library.filters` answers a `Filter` on crystals in memory, `core.store.find` in the database.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import isnan
from typing import Any, Literal, Self

from core.elements import ATOMIC_NUMBERS
from core.errors import InvalidSpecError, UnknownNameError
from core.registry import Spec, option
from core.store.formulas import formula_key

Range = tuple[str, float | None, float | None]
SORTS = ("id", "formula", "n_sites", "density_g_cm3", "space_group", "verdict")
MOST_ROWS = 10_000
MOST_TEXTS = 500  # different texts of a property that are offered
_LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter(Spec):
    """All conditions must hold; an empty one always does.

    Attributes:
        text: part of the id or of the formula, in any case.
        formula: the whole formula, its elements in any order and number of units (`TiSrO3`).
        all_of, any_of, none_of: element symbols the crystal must hold all of, one of, none of.
        only: the crystal holds no element but these.
        space_groups: numbers, 1 to 230.
        min_sites, max_sites: bounds of the number of sites, inclusive.
        verdicts: of the doctor.
        order: "ordered" or "disordered".
        ranges: (property, lowest, highest), inclusive; None leaves a side open. A crystal without
            the value does not match.
        equals: (property, text).
    """

    text: str = option("", label="Id or formula contains")
    formula: str = option("", label="Formula")
    all_of: tuple[str, ...] = option((), label="Contains all of")
    any_of: tuple[str, ...] = option((), label="Contains any of")
    none_of: tuple[str, ...] = option((), label="Contains none of")
    only: tuple[str, ...] = option((), label="Contains only")
    space_groups: tuple[int, ...] = option((), label="Space groups")
    min_sites: int | None = option(None, label="Sites, at least")
    max_sites: int | None = option(None, label="Sites, at most")
    verdicts: tuple[str, ...] = option((), label="Verdict")
    order: Literal["", "ordered", "disordered"] = option(
        "", label="Order", choices=("", "ordered", "disordered")
    )
    ranges: tuple[Range, ...] = option((), label="Property ranges")
    equals: tuple[tuple[str, str], ...] = option((), label="Property equals")

    def __post_init__(self) -> None:
        super(Filter, self).__post_init__()
        if len(self.text) > _LONGEST_TEXT:
            raise InvalidSpecError(f"The text has {len(self.text)} characters, at most 200.")
        if self.formula:
            formula_key(self.formula)
        for symbol in (*self.all_of, *self.any_of, *self.none_of, *self.only):
            if symbol not in ATOMIC_NUMBERS:
                raise UnknownNameError(f"{symbol!r} is no element.")
        for number in self.space_groups:
            if not isinstance(number, int) or not 1 <= number <= 230:
                raise InvalidSpecError(f"Space group {number!r} is not between 1 and 230.")
        if wrong := set(self.verdicts) - {"green", "amber", "red"}:
            raise InvalidSpecError(f"There is no verdict {wrong.pop()!r}.")
        _check_bounds("sites", self.min_sites, self.max_sites)
        for key, low, high in self.ranges:
            _check_bounds(key, low, high)

    @property
    def is_empty(self) -> bool:
        """Whether every crystal matches."""
        return self == type(self)()

    def to_text(self) -> str:
        """The conditions as short JSON, for an address; "" without any."""
        values = {
            f.name: value
            for f in fields(self)
            if (value := getattr(self, f.name)) not in (f.default, ())
        }
        return json.dumps(values, separators=(",", ":"), ensure_ascii=False) if values else ""

    @classmethod
    def from_text(cls, text: str) -> Self:
        """What `to_text` wrote. Raises: InvalidSpecError, UnknownNameError."""
        try:
            values = json.loads(text) if text else {}
            return cls.from_dict({key: _tuples(value) for key, value in values.items()})
        except (ValueError, TypeError, AttributeError) as error:
            raise InvalidSpecError(
                f"{text[:80]!r} is no filter.", hint="Set the filters anew."
            ) from error

    def describe(self) -> str:
        """The conditions in words, for the record of decisions."""
        words = [f"id or formula contains {self.text!r}"] if self.text else []
        for f in fields(self)[1:]:
            value = getattr(self, f.name)
            if value in (f.default, ()):
                continue
            if f.name == "ranges":
                words += [f"{key} {_interval(low, high)}" for key, low, high in value]
            elif f.name == "equals":
                words += [f"{key} is {told!r}" for key, told in value]
            else:
                told = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
                words.append(f"{f.metadata['label'].lower()} {told}")
        return "; ".join(words) or "everything"


@dataclass(frozen=True, slots=True)
class FilterFacts:
    """What occurs among some crystals.

    Attributes:
        counts: element symbol -> crystals that hold it.
        groups: space group number -> its symbol; those whose group is not known are left out.
        numeric: keys of properties that are numbers.
        texts: key of a property that is text -> its values (up to `MOST_TEXTS`).
    """

    counts: Mapping[str, int]
    groups: Mapping[int, str]
    numeric: tuple[str, ...]
    texts: Mapping[str, tuple[str, ...]]


def _check_bounds(what: str, low: float | None, high: float | None) -> None:
    for bound in (low, high):
        if bound is not None and not _is_number(bound):
            raise InvalidSpecError(f"A bound of {what} is {bound!r:.40}; it must be a number.")
    if low is not None and high is not None and low > high:
        raise InvalidSpecError(f"The range of {what} goes from {low:g} down to {high:g}.")


def _is_number(bound: object) -> bool:
    try:
        return isinstance(bound, (int, float)) and not isnan(bound)
    except OverflowError:  # a whole number beyond all floats
        return False


def _interval(low: float | None, high: float | None) -> str:
    if low is None:
        return f"at most {high:g}" if high is not None else "present"
    return f"at least {low:g}" if high is None else f"from {low:g} to {high:g}"


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceQuery(Spec):
    """A page of the crystals of a workspace.

    Attributes:
        where: the conditions.
        sort: one of `SORTS`, or the key of a property; "" keeps the order of the workspace.
            Crystals without the value come last.
        descending: largest first.
        limit, offset: which part of the sorted matches.
    """

    where: Filter = option(Filter(), label="Conditions")
    sort: str = option("", label="Sort by")
    descending: bool = option(False, label="Largest first")
    limit: int = option(100, label="Rows", ge=0, le=MOST_ROWS)
    offset: int = option(0, label="From row", ge=0, le=2**53)

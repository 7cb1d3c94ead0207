"""The library as columns: what tables show and filters ask, computed once for all crystals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.elements import MAX_NUMBER
from core.library.library import Library
from core.types import Crystal, Examination, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """One entry for each crystal, in the order of the library.

    Attributes:
        ids, formulas, verdicts, sources: (n,) text.
        n_sites: (n,) positions in the cell.
        density: (n,) g/cm³.
        ordered: (n,) whether every position is fully occupied.
        examined: (n,) whether the doctor has seen it.
        space_group: (n,) number found by the doctor, else the one the file states, else 0.
        space_group_found, space_group_stated: (n,) symbols, "" where not known.
        has: (n, 119) whether the crystal holds the element of that atomic number.
        numeric: key -> (n,) float64, NaN where a crystal has no value.
        text: key -> (n,) text, "" where a crystal has no value.
    """

    ids: tuple[str, ...]
    formulas: tuple[str, ...]
    verdicts: tuple[str, ...]
    sources: tuple[str, ...]
    n_sites: IntArray
    density: FloatArray
    ordered: NDArray[np.bool_]
    examined: NDArray[np.bool_]
    space_group: IntArray
    space_group_found: tuple[str, ...]
    space_group_stated: tuple[str, ...]
    has: NDArray[np.bool_]
    numeric: Mapping[str, FloatArray]
    text: Mapping[str, tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of(cls, library: Library) -> Columns:
        """The columns of a library; about 0.1 ms a crystal."""
        crystals, cards = library.crystals, library.examinations
        numeric, text = _properties(crystals)
        return cls(
            ids=library.ids,
            formulas=tuple(c.formula for c in crystals),
            verdicts=tuple(e.verdict for e in cards),
            sources=tuple(c.source for c in crystals),
            n_sites=np.array([c.n_sites for c in crystals], dtype=np.int64),
            density=np.array([c.density for c in crystals], dtype=np.float64),
            ordered=np.array([c.is_ordered for c in crystals], dtype=np.bool_),
            examined=np.array([bool(e.facts.get("examined")) for e in cards], dtype=np.bool_),
            space_group=np.array([_group_number(e) for e in cards], dtype=np.int64),
            space_group_found=tuple(_text(e.facts.get("space_group_found")) for e in cards),
            space_group_stated=tuple(_stated_group(e) for e in cards),
            has=_membership(crystals),
            numeric=MappingProxyType(numeric),
            text=MappingProxyType(text),
        )


def _membership(crystals: Sequence[Crystal]) -> NDArray[np.bool_]:
    has = np.zeros((len(crystals), MAX_NUMBER + 1), dtype=np.bool_)
    for row, crystal in enumerate(crystals):
        has[row, crystal.numbers] = True
    return has


def _properties(
    crystals: Sequence[Crystal],
) -> tuple[dict[str, FloatArray], dict[str, tuple[str, ...]]]:
    """Numeric and text columns of the properties; a key with both kinds is text."""
    keys = dict.fromkeys(key for c in crystals for key in c.properties)
    numeric: dict[str, FloatArray] = {}
    text: dict[str, tuple[str, ...]] = {}
    for key in keys:
        values = [c.properties.get(key) for c in crystals]
        if all(v is None or is_number(v) for v in values):
            numeric[key] = np.array([np.nan if v is None else float(v) for v in values])
        else:
            text[key] = tuple(_text(v) for v in values)
    return numeric, text


def is_number(value: Any) -> bool:
    """Whether a property's value counts as a number (a truth value does not)."""
    return isinstance(value, Real) and not isinstance(value, (bool, np.bool_))


def _group_number(card: Examination) -> int:
    """1 to 230, or 0 when neither the doctor nor the file says."""
    for key in ("space_group_number_found", "space_group_number_stated"):
        number = card.facts.get(key)
        if is_number(number) and 1 <= int(number or 0) <= 230:
            return int(number or 0)
    return 0


def _stated_group(card: Examination) -> str:
    told = card.facts.get("space_group_stated") or card.facts.get("space_group_number_stated")
    return _text(told)


def _text(value: Any) -> str:
    return "" if value is None else str(value)

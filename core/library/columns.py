"""The library as columns: what tables show and filters ask, computed once for all crystals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.elements import MAX_NUMBER
from core.library.library import Library
from core.store.rows import group_number, group_symbols, is_number, number_of, shown_text
from core.types import Crystal, FloatArray, IntArray


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
            space_group=np.array([group_number(e.facts) for e in cards], dtype=np.int64),
            space_group_found=tuple(group_symbols(e.facts)[0] for e in cards),
            space_group_stated=tuple(group_symbols(e.facts)[1] for e in cards),
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
            numeric[key] = np.array([_number(v) for v in values])
        else:
            text[key] = tuple(shown_text(v) for v in values)
    return numeric, text


def _number(value: Any) -> float:
    number = number_of(value)
    return np.nan if number is None else number

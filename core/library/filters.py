"""Which crystals of a library to look at: a frozen question, answered on columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.elements import ATOMIC_NUMBERS, SYMBOLS
from core.library.columns import Columns
from core.library.library import Library
from core.store.formulas import formula_key, key_of_shown
from core.store.query import Filter, FilterFacts

__all__ = ["Filter", "facts_of", "matching", "select"]


def matching(columns: Columns, wanted: Filter) -> NDArray[np.bool_]:
    """(n,) which crystals match."""
    keep = np.ones(len(columns), dtype=np.bool_)
    if wanted.text:
        part = wanted.text.casefold()
        pairs = zip(columns.ids, columns.formulas, strict=True)
        keep &= np.array([part in i.casefold() or part in f.casefold() for i, f in pairs], bool)
    if wanted.formula:
        key = formula_key(wanted.formula)
        keep &= np.array([key_of_shown(f) == key for f in columns.formulas], bool)
    keep &= _elements(columns, wanted)
    if wanted.space_groups:
        keep &= np.isin(columns.space_group, wanted.space_groups)
    if wanted.min_sites is not None:
        keep &= columns.n_sites >= wanted.min_sites
    if wanted.max_sites is not None:
        keep &= columns.n_sites <= wanted.max_sites
    if wanted.verdicts:
        keep &= np.isin(np.array(columns.verdicts, dtype=np.str_), wanted.verdicts)
    if wanted.order:
        keep &= columns.ordered == (wanted.order == "ordered")
    for key, low, high in wanted.ranges:
        keep &= _within(columns, key, low, high)
    for key, told in wanted.equals:
        values = columns.text.get(key)
        keep &= np.array([v == told for v in values], bool) if values else False
    return keep


def select(library: Library, wanted: Filter) -> tuple[str, ...]:
    """Ids of the crystals that match, in the order of the library."""
    columns = Columns.of(library)
    return tuple(columns.ids[i] for i in np.flatnonzero(matching(columns, wanted)))


def facts_of(columns: Columns) -> FilterFacts:
    """What occurs in a library, for a panel of filters."""
    totals = columns.has.sum(axis=0).tolist()
    groups: dict[int, str] = {}
    triples = zip(
        columns.space_group.tolist(), columns.space_group_found, columns.space_group_stated,
        strict=True,
    )  # fmt: skip
    for number, found, stated in triples:
        if number:
            groups.setdefault(number, found or stated)
    return FilterFacts(
        {symbol: totals[z] for z, symbol in enumerate(SYMBOLS) if z},
        dict(sorted(groups.items())),
        tuple(columns.numeric),
        {key: tuple(dict.fromkeys(v for v in told if v)) for key, told in columns.text.items()},
    )


def _elements(columns: Columns, wanted: Filter) -> NDArray[np.bool_]:
    keep = np.ones(len(columns), dtype=np.bool_)
    if wanted.all_of:
        keep &= columns.has[:, _numbers(wanted.all_of)].all(axis=1)
    if wanted.any_of:
        keep &= columns.has[:, _numbers(wanted.any_of)].any(axis=1)
    if wanted.none_of:
        keep &= ~columns.has[:, _numbers(wanted.none_of)].any(axis=1)
    if wanted.only:
        others = np.ones(columns.has.shape[1], dtype=np.bool_)
        others[_numbers(wanted.only)] = False
        keep &= ~columns.has[:, others].any(axis=1)
    return keep


def _within(columns: Columns, key: str, low: float | None, high: float | None) -> Any:
    values = columns.density if key == "density_g_cm3" else columns.numeric.get(key)
    if values is None:
        return False  # a property no crystal has
    with np.errstate(invalid="ignore"):
        keep = ~np.isnan(values)
        if low is not None:
            keep &= values >= low
        if high is not None:
            keep &= values <= high
    return keep


def _numbers(symbols: Sequence[str]) -> list[int]:
    return [ATOMIC_NUMBERS[symbol] for symbol in symbols]

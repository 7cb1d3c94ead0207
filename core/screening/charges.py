"""Charge balance of a decoration: whether common oxidation states of its elements add up to none.

Every site of an element has one charge; the most electronegative element takes a negative one.
Oxidation states are pymatgen's common ones, electronegativities Pauling's.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from core.elements import MAX_NUMBER, SYMBOLS
from core.types import FloatArray, IntArray


@cache
def oxidation_states() -> FloatArray:
    """(119, m) common oxidation states by atomic number, NaN beyond those an element has."""
    from pymatgen.core import Element

    states = [()] + [tuple(Element(s).common_oxidation_states) for s in SYMBOLS[1:]]
    out = np.full((MAX_NUMBER + 1, max(map(len, states))), np.nan)
    for row, values in zip(out, states, strict=True):
        row[: len(values)] = values
    out.setflags(write=False)
    return out


@cache
def electronegativities() -> FloatArray:
    """(119,) Pauling electronegativity by atomic number; -inf where there is none."""
    from pymatgen.core import Element

    values = [np.nan] + [float(Element(s).data.get("X") or np.nan) for s in SYMBOLS[1:]]
    out = np.nan_to_num(np.array(values), nan=-np.inf)
    out.setflags(write=False)
    return out


def balanced(elements: IntArray, amounts: Sequence[int]) -> NDArray[np.bool_]:
    """(n,) whether charges of elements (n, k) in these amounts can add up to zero.

    A single element is balanced at charge zero.
    """
    chosen = np.asarray(elements, dtype=np.int64)
    n, k = chosen.shape
    if k == 1:
        return np.ones(n, dtype=bool)
    table, kind = _state_sets()
    anion = np.zeros((n, k), dtype=bool)
    anion[np.arange(n), electronegativities()[chosen].argmax(axis=1)] = True
    # Many elements have the same states: each combination of sets is looked at once.
    codes = 2 * kind[chosen] + anion
    _, first, member = np.unique(
        codes @ (2 * len(table)) ** np.arange(k), return_index=True, return_inverse=True
    )
    states = table[codes[first] // 2]  # (n_combinations, k, m)
    states = np.where((codes[first] % 2 == 1)[:, :, None] & ~(states < 0), np.nan, states)
    found = np.zeros(len(first), dtype=bool)
    weights = np.asarray(amounts, dtype=np.float64)
    for combination in product(range(states.shape[2]), repeat=k):
        charges = states[:, np.arange(k), list(combination)]
        found |= np.abs(charges @ weights) < 0.5  # NaN is no match
    return found[member.ravel()]


@cache
def _state_sets() -> tuple[FloatArray, IntArray]:
    """The distinct sets of oxidation states (s, m), and which one each element has (119,)."""
    states = oxidation_states()
    table, kind = np.unique(np.nan_to_num(states, nan=99.0), axis=0, return_inverse=True)
    return np.where(table == 99.0, np.nan, table), kind.ravel()

"""The Pareto front: candidates that no other beats in every respect.

Ref.: Kung, Luccio & Preparata, J. ACM 22 (1975) 469, doi 10.1145/321906.321910.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidSpecError, NonFiniteError, ShapeMismatchError
from core.types import FloatArray

SENSES = ("low", "high")


def pareto_front(values: FloatArray, senses: Sequence[str]) -> NDArray[np.bool_]:
    """(n,) whether a candidate is on the front.

    A candidate is beaten by one at least as good in every respect and better in one; equal ones
    do not beat each other.

    Args:
        values: (n, m), finite.
        senses: which end of each is good, `low` or `high`.

    Raises: ShapeMismatchError, NonFiniteError, InvalidSpecError.
    """
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 2 or x.shape[1] != len(senses) or not len(senses):
        raise ShapeMismatchError(f"Values have shape {x.shape} for {len(senses)} senses.")
    if unknown := [s for s in senses if s not in SENSES]:
        raise InvalidSpecError(f"The sense is {unknown[0]!r}.", hint="Known: low, high.")
    if not np.isfinite(x).all():
        raise NonFiniteError("Values of a Pareto front hold NaN or infinity.")
    if not len(x):
        return np.zeros(0, dtype=bool)
    x = x * np.where(np.array(senses) == "high", -1.0, 1.0)
    unique, member = np.unique(x, axis=0, return_inverse=True)  # sorted by the first column
    return _of_sorted(unique)[member.ravel()]


def _of_sorted(x: FloatArray) -> NDArray[np.bool_]:
    """The front of distinct rows in lexical order: nothing is beaten by a later row."""
    if x.shape[1] == 1:
        return x[:, 0] == x[0, 0]
    if x.shape[1] == 2:
        best = np.minimum.accumulate(x[:, 1])
        return np.append(True, x[1:, 1] < best[:-1])
    on = np.zeros(len(x), dtype=bool)
    left = np.arange(len(x))
    while len(left):  # each turn settles one row and throws out all that it beats
        first = left[0]
        on[first] = True
        left = left[1:][~(x[left[1:]] >= x[first]).all(axis=1)]
    return on

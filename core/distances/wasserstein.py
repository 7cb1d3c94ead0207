"""Exact one-dimensional Wasserstein distance between weighted samples, group by group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numba import njit

from core.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """All distances of all groups of one crystal.

    Attributes:
        values: (total,) distances, ascending within each group, angstrom.
        masses: (total,) their masses; each group's total is 1.
        starts: (n_groups + 1,) first value of each group.
    """

    values: FloatArray
    masses: FloatArray
    starts: IntArray

    @classmethod
    def of(cls, groups: list[tuple[FloatArray, FloatArray]]) -> Self:
        """From (distances, masses) of each group."""
        starts = np.concatenate([[0], np.cumsum([len(d) for d, _ in groups])])
        values = np.concatenate([d for d, _ in groups])
        masses = np.concatenate([m for _, m in groups])
        return cls(values, masses, starts)


@njit(cache=True, nogil=True, error_model="numpy")
def wasserstein_1d(u, p, v, q):  # type: ignore[no-untyped-def]
    """Distance of two ascending samples u (n,), v (m,) with masses p, q of equal total."""
    i = j = 0
    left_p, left_q = p[0], q[0]
    total = 0.0
    while i < len(u) and j < len(v):
        step = min(left_p, left_q)
        total += step * abs(u[i] - v[j])
        left_p -= step
        left_q -= step
        if left_p <= 1e-15:
            i += 1
            if i < len(u):
                left_p += p[i]
        if left_q <= 1e-15:
            j += 1
            if j < len(v):
                left_q += q[j]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _weighted(av, am, astarts, bv, bm, bstarts, weights):  # type: ignore[no-untyped-def]
    total = 0.0
    for k in range(len(weights)):
        i, i_end, j, j_end = astarts[k], astarts[k + 1], bstarts[k], bstarts[k + 1]
        total += weights[k] * wasserstein_1d(av[i:i_end], am[i:i_end], bv[j:j_end], bm[j:j_end])
    return total


def groups_distance(a: Groups, b: Groups, weights: FloatArray) -> float:
    """Weighted sum over groups of their Wasserstein distances; weights (n_groups,)."""
    return float(_weighted(a.values, a.masses, a.starts, b.values, b.masses, b.starts, weights))


def groups_block(a: FloatArray, b: FloatArray, weights: FloatArray) -> FloatArray:
    """Distances between all of a (n,) and all of b (m,), arrays of `Groups`: (n, m)."""
    return np.array([[groups_distance(x, y, weights) for y in b] for x in a]).reshape(
        len(a), len(b)
    )

"""Compiled loops of the explained match."""

from __future__ import annotations

from math import erf, sqrt

import numpy as np
from numba import njit

_REACH = 6.5  # standard deviations beyond which a Gaussian holds nothing (4e-11)
_EDGE = 1e-8  # a distance this close below a bin edge counts as above it
_SPENT = 1e-15


@njit(cache=True, nogil=True, error_model="numpy")
def add_smeared(distances, masses, group, pair, width, sigma, out):  # type: ignore[no-untyped-def]
    """Add each mass to out (n_pairs, n_groups, n_bins), smeared; what lies beyond is kept last."""
    n_bins = out.shape[2]
    for e in range(len(distances)):
        d, row = distances[e], out[pair[e], group[e]]
        if sigma == 0:
            row[min(int((d + _EDGE) / width), n_bins - 1)] += masses[e]
            continue
        first = min(max(int((d - _REACH * sigma) / width), 0), n_bins - 1)
        last = min(int((d + _REACH * sigma) / width), n_bins - 1)
        below = 0.0
        for b in range(first, last + 1):
            cdf = 1.0
            if b < last:
                cdf = 0.5 * (1.0 + erf(((b + 1) * width - d) / (sigma * sqrt(2.0))))
            row[b] += masses[e] * (cdf - below)
            below = cdf


@njit(cache=True, nogil=True, error_model="numpy")
def transport(  # type: ignore[no-untyped-def]
    d_a, m_a, p_a, d_b, m_b, p_b, weight, edges, ranges, totals
):
    """Walk the monotone optimal transport of one group.

    Args:
        d_a, m_a, p_a: (n,) ascending distances, masses, indices of element pairs; b alike.
        weight: of the group.
        edges: (n_ranges + 1,) ascending, the last infinite.
        ranges: (n_ranges,) the ground covered is added here.
        totals: (n_pairs_a, n_pairs_b, 4) cost, mass, and distances times mass are added here.
    """
    if len(d_a) == 0 or len(d_b) == 0:
        return
    i, j = 0, 0
    rest_a, rest_b = m_a[0], m_b[0]
    while True:
        mass = min(rest_a, rest_b)
        low, high = min(d_a[i], d_b[j]), max(d_a[i], d_b[j])
        part = mass * weight
        r = np.searchsorted(edges, low, side="right") - 1
        while r < len(ranges) and edges[r] < high:
            ranges[r] += part * (min(high, edges[r + 1]) - max(low, edges[r]))
            r += 1
        cell = totals[p_a[i], p_b[j]]
        cell[0] += part * (high - low)
        cell[1] += part
        cell[2] += part * d_a[i]
        cell[3] += part * d_b[j]
        rest_a -= mass
        rest_b -= mass
        if rest_a <= _SPENT:
            i += 1
            if i == len(d_a):
                return
            rest_a += m_a[i]
        if rest_b <= _SPENT:
            j += 1
            if j == len(d_b):
                return
            rest_b += m_b[j]

"""Compiled kernels of GRID: from neighbour distances to CDFs or quantiles.

The CDF of a Gaussian-smeared value at equidistant bin edges is a shifted copy of one curve. The
curve is tabulated for a few hundred shifts and interpolated by a cubic whose four weights are the
same for all edges, which leaves a few vector operations per value (error below 1e-10).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numba import njit

from core.types import FloatArray

SAME_SQUARED = 1e-10  # positions whose squared distances all agree to this are merged (angstrom²)
SAME_QUANTILE = 1e-9  # cumulative weights closer than this to a quantile level count as equal
_PHASES = 256  # tabulated shifts of a value within its bin, for a smearing of one bin or more
_REACH = 7.0  # half width of the table in standard deviations: 1 - CDF is 1e-12 there


@lru_cache(maxsize=16)
def smearing_table(bin_width: float, smearing: float) -> tuple[FloatArray, int]:
    """CDF of a smeared value at the edges around it, for shifts over one bin.

    Returns: (n_phases + 3, n_edges) table whose row p belongs to shift (p - 1) / n_phases, and
        `first`: column 0 is the edge `first` bins before the value's own lower edge. Without
        smearing there is no table and `first` is -1.
    """
    from scipy.special import ndtr

    if smearing == 0:
        return np.zeros((4, 1)), -1
    phases = _PHASES * max(1, int(np.ceil(bin_width / smearing)))
    first = int(np.ceil(_REACH * smearing / bin_width))
    n_edges = 8 * int(np.ceil((2 * first + 2) / 8))
    shift = (np.arange(phases + 3) - 1) / phases
    edges = np.arange(n_edges) - first
    table = ndtr((edges[None, :] - shift[:, None]) * (bin_width / smearing))
    table.setflags(write=False)
    return table, first


@njit(cache=True, nogil=True, error_model="numpy")
def merge_rows(squared, is_center, n_groups, values, weights, source):  # type: ignore[no-untyped-def]
    """Distances of distinct rows (n_distinct, n_groups) and their shares; returns n_distinct.

    `source` (n_positions,) is scratch: the position that stands for each distinct row.
    """
    count = 0
    total = 0.0
    for i in range(len(squared)):
        if not is_center[i]:
            continue
        total += 1.0
        match = -1
        for r in range(count):
            same = True
            for k in range(n_groups - 1, -1, -1):  # far neighbours differ first
                d = squared[i, k] - squared[source[r], k]
                if d > SAME_SQUARED or d < -SAME_SQUARED:
                    same = False
                    break
            if same:
                match = r
                break
        if match >= 0:
            weights[match] += 1.0
        else:
            for k in range(n_groups):
                values[count, k] = np.sqrt(squared[i, k])
            weights[count] = 1.0
            source[count] = i
            count += 1
    for r in range(count):
        weights[r] /= total
    return count


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
def cdf_rows(values, weights, count, inv_width, table, first, row, mass, out):  # type: ignore[no-untyped-def]
    """Smeared CDF at the upper bin edges, or mass of the bins: values (count, G) -> (G, n_bins)."""
    n_groups, n_bins = out.shape
    n_edges = table.shape[1]
    phases = len(table) - 3
    for k in range(n_groups):
        row[:] = 0.0
        for r in range(count):
            w = weights[r]
            scaled = values[r, k] * inv_width
            own = int(np.floor(scaled))
            fine = (scaled - own) * phases
            p = int(fine)
            u = fine - p
            # Lagrange weights of the shifts p-1, p, p+1, p+2 (table rows p .. p+3).
            c0 = -w * u * (u - 1.0) * (u - 2.0) / 6.0
            c1 = w * (u + 1.0) * (u - 1.0) * (u - 2.0) * 0.5
            c2 = -w * (u + 1.0) * u * (u - 2.0) * 0.5
            c3 = w * (u + 1.0) * u * (u - 1.0) / 6.0
            start = own - first - 1  # bin whose upper edge is table column 0
            if start >= n_bins:
                continue
            if start >= 0 and start + n_edges <= n_bins:
                t0, t1, t2, t3 = table[p], table[p + 1], table[p + 2], table[p + 3]
                part = row[start : start + n_edges]
                for e in range(n_edges):
                    part[e] += c0 * t0[e] + c1 * t1[e] + c2 * t2[e] + c3 * t3[e]
            else:
                for e in range(max(0, -start), min(n_edges, n_bins - start)):
                    row[start + e] += (
                        c0 * table[p, e] + c1 * table[p + 1, e]
                        + c2 * table[p + 2, e] + c3 * table[p + 3, e]
                    )  # fmt: skip
            for b in range(start + n_edges, n_bins):
                row[b] += w
        row[n_bins - 1] = 1.0  # what lies beyond the last edge is kept in the last bin
        if mass:
            out[k, 0] = row[0]
            for b in range(1, n_bins):
                out[k, b] = row[b] - row[b - 1]
        else:
            for b in range(n_bins):
                out[k, b] = row[b]


@njit(cache=True, nogil=True, error_model="numpy")
def cdf_rows_sharp(values, weights, count, inv_width, mass, out):  # type: ignore[no-untyped-def]
    """As cdf_rows, without smearing: a value on an edge belongs to the upper bin."""
    n_groups, n_bins = out.shape
    for k in range(n_groups):
        out[k, :] = 0.0
        for r in range(count):
            # A hair above, so that rounding of equivalent distances can't split them.
            own = int(np.floor(values[r, k] * inv_width + 1e-7))
            out[k, min(own, n_bins - 1)] += weights[r]
        if not mass:
            total = 0.0
            for b in range(n_bins - 1):
                total += out[k, b]
                out[k, b] = total
            out[k, n_bins - 1] = 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def quantile_rows(values, weights, count, order, out):  # type: ignore[no-untyped-def]
    """Mid-quantiles of each group. values (count, G) -> out (G, n_quantiles).

    Where a level falls on a step of the CDF the two values beside it are averaged, so that the
    result does not hang on rounding. `order` (count,) is scratch.
    """
    n_groups, n_quantiles = out.shape
    for r in range(count):
        order[r] = r
    for k in range(n_groups):
        # The order of the previous group is nearly right: insertion sort is then linear.
        for r in range(1, count):
            item = order[r]
            value = values[item, k]
            at = r - 1
            while at >= 0 and values[order[at], k] > value:
                order[at + 1] = order[at]
                at -= 1
            order[at + 1] = item
        r = 0
        below = weights[order[0]]
        for q in range(n_quantiles):
            level = (q + 0.5) / n_quantiles
            while below < level - SAME_QUANTILE and r < count - 1:
                r += 1
                below += weights[order[r]]
            value = values[order[r], k]
            if below < level + SAME_QUANTILE and r < count - 1:
                value = 0.5 * (value + values[order[r + 1], k])
            out[k, q] = value


@njit(cache=True, nogil=True, error_model="numpy")
def cdf_chunk(squared, starts, is_center, n_groups, inv_width, table, first, mass, out):  # type: ignore[no-untyped-def]
    """CDFs or masses of a chunk of crystals: squared (n_positions, >= G) -> (m, G, n_bins)."""
    largest = 0
    for m in range(len(starts) - 1):
        largest = max(largest, starts[m + 1] - starts[m])
    values = np.empty((largest, n_groups))
    weights = np.empty(largest)
    order = np.empty(largest, dtype=np.int64)
    row = np.empty(out.shape[2])
    for m in range(len(starts) - 1):
        lo, hi = starts[m] - starts[0], starts[m + 1] - starts[0]
        count = merge_rows(squared[lo:hi], is_center[lo:hi], n_groups, values, weights, order)
        if first < 0:
            cdf_rows_sharp(values, weights, count, inv_width, mass, out[m])
        else:
            cdf_rows(values, weights, count, inv_width, table, first, row, mass, out[m])


@njit(cache=True, nogil=True, error_model="numpy")
def quantile_chunk(squared, starts, is_center, n_groups, out):  # type: ignore[no-untyped-def]
    """Quantiles of a chunk of crystals: squared (n_positions, >= G) -> out (m, G, n_quantiles)."""
    largest = 0
    for m in range(len(starts) - 1):
        largest = max(largest, starts[m + 1] - starts[m])
    values = np.empty((largest, n_groups))
    weights = np.empty(largest)
    order = np.empty(largest, dtype=np.int64)
    for m in range(len(starts) - 1):
        lo, hi = starts[m] - starts[0], starts[m + 1] - starts[0]
        count = merge_rows(squared[lo:hi], is_center[lo:hi], n_groups, values, weights, order)
        quantile_rows(values, weights, count, order, out[m])

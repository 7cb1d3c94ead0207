"""Manhattan (L1) distances of a whole matrix by maxima: two operations a column instead of three.

    sum |x - y| = 2 sum max(x, y) - sum x - sum y

and the last two are known for every row beforehand. The difference of large sums loses digits
where two rows are close, so columns are centred first, and whatever comes out small beside what
was subtracted is summed again as absolute differences. See docs/decisions/0016.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from core.distances.l1 import PASS_BYTES, ROWS, one_by_one, wide_registers

# Below this share of what is subtracted the differences are summed anew: above it, the rounding of
# the sums (1e-6 of them at most, measured) is under 1e-4 of the distance.
_CLOSE = 1.0 / 64.0


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _four_by_four(a, i, b, j, low, high, out, oi, oj):  # type: ignore[no-untyped-def]
    """Add max(a[i..i+3], b[j..j+3]) summed over columns low..high to a 4 x 4 block of out."""
    wide_registers()
    zero = a.dtype.type(0)
    s00 = s01 = s02 = s03 = zero
    s10 = s11 = s12 = s13 = zero
    s20 = s21 = s22 = s23 = zero
    s30 = s31 = s32 = s33 = zero
    a0, a1, a2, a3 = a[i, low:high], a[i + 1, low:high], a[i + 2, low:high], a[i + 3, low:high]
    b0, b1, b2, b3 = b[j, low:high], b[j + 1, low:high], b[j + 2, low:high], b[j + 3, low:high]
    for c in range(high - low):
        x0, x1, x2, x3 = a0[c], a1[c], a2[c], a3[c]
        y0, y1, y2, y3 = b0[c], b1[c], b2[c], b3[c]
        s00 += max(x0, y0)
        s01 += max(x0, y1)
        s02 += max(x0, y2)
        s03 += max(x0, y3)
        s10 += max(x1, y0)
        s11 += max(x1, y1)
        s12 += max(x1, y2)
        s13 += max(x1, y3)
        s20 += max(x2, y0)
        s21 += max(x2, y1)
        s22 += max(x2, y2)
        s23 += max(x2, y3)
        s30 += max(x3, y0)
        s31 += max(x3, y1)
        s32 += max(x3, y2)
        s33 += max(x3, y3)
    out[oi, oj] += s00
    out[oi, oj + 1] += s01
    out[oi, oj + 2] += s02
    out[oi, oj + 3] += s03
    out[oi + 1, oj] += s10
    out[oi + 1, oj + 1] += s11
    out[oi + 1, oj + 2] += s12
    out[oi + 1, oj + 3] += s13
    out[oi + 2, oj] += s20
    out[oi + 2, oj + 1] += s21
    out[oi + 2, oj + 2] += s22
    out[oi + 2, oj + 3] += s23
    out[oi + 3, oj] += s30
    out[oi + 3, oj + 1] += s31
    out[oi + 3, oj + 2] += s32
    out[oi + 3, oj + 3] += s33


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _one_by_one(a, i, b, j, low, high):  # type: ignore[no-untyped-def]
    total = a.dtype.type(0)
    x, y = a[i, low:high], b[j, low:high]
    for c in range(high - low):
        total += max(x[c], y[c])
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def l1_block_by_maxima(a, a_sums, b, b_sums, out, upper):  # type: ignore[no-untyped-def]
    """L1 distances between all rows: a (n, d), b (m, d) -> out (n, m), overwritten.

    a_sums (n, 2), b_sums (m, 2): what `row_sums` gives. With `upper` only entries on and above
    the diagonal are sure to be right. No value may be NaN or infinite.
    """
    wide_registers()  # the tile is compiled into this function
    n, m, d = len(a), len(b), a.shape[1]
    step = PASS_BYTES // a.itemsize
    out[:, :] = 0
    for low in range(0, d, step):
        high = min(d, low + step)
        for jb in range(0, m, ROWS):
            j_end = min(m, jb + ROWS)
            for i in range(0, n - n % 4, 4):
                if upper and j_end <= i:
                    continue
                start = max(jb, i) if upper else jb  # both are multiples of 4
                for j in range(start, j_end - (j_end - jb) % 4, 4):
                    _four_by_four(a, i, b, j, low, high, out, i, j)
                for j in range(j_end - (j_end - jb) % 4, j_end):
                    for s in range(4):
                        out[i + s, j] += _one_by_one(a, i + s, b, j, low, high)
            for i in range(n - n % 4, n):
                for j in range(jb, j_end):
                    out[i, j] += _one_by_one(a, i, b, j, low, high)
    for i in range(n):
        for j in range(i if upper else 0, m):
            distance = 2.0 * out[i, j] - a_sums[i, 0] - b_sums[j, 0]
            if distance < _CLOSE * (a_sums[i, 1] + b_sums[j, 1]):
                distance = 0.0
                for low in range(0, d, step):
                    distance += one_by_one(a, i, b, j, low, min(d, low + step))
            out[i, j] = distance


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _row_sums(x, out):  # type: ignore[no-untyped-def]
    for i in range(len(x)):
        row = x[i]
        total = magnitude = 0.0
        for c in range(len(row)):
            value = np.float64(row[c])
            total += value
            magnitude += abs(value)
        out[i, 0], out[i, 1] = total, magnitude


def row_sums(x: np.ndarray) -> np.ndarray:
    """Sums of the values and of their magnitudes: x (n, d) -> (n, 2), float64."""
    out = np.empty((len(x), 2))
    _row_sums(x, out)
    return out

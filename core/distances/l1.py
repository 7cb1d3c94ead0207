"""Compiled Manhattan (L1) distances between rows: the engine under every earth mover's distance.

The earth mover's distance in one dimension is the L1 distance of CDFs or quantiles, so one kernel
serves them all. Four rows against four share their loads and keep sixteen running sums in
registers; columns are cut so that a tile's rows stay in the cache.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

# Columns per pass, as bytes of a row: four rows fit the L1 cache, and the sixteen sums across a
# register at the end of each tile are rare. The 2,400 quantiles of GRID are one pass.
PASS_BYTES = 9_600
ROWS = 32  # rows of one side per pass: they stay in the L2 cache
_LOOK = 512  # columns between two looks at a limit


def _widen(context):  # type: ignore[no-untyped-def]
    """Lets the function that calls it use registers of 512 bits where the processor has them.

    LLVM halves them on Intel's processors, for the sake of code that uses them now and then. See
    docs/decisions/0011.
    """

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        # llvmlite's own `add` knows only attributes without a value.
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.void(), generate


wide_registers: Any = intrinsic(_widen)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _four_by_four(a, i, b, j, low, high, out, oi, oj):  # type: ignore[no-untyped-def]
    """Add |a[i..i+3] - b[j..j+3]| summed over columns low..high to a 4 x 4 block of out."""
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
        s00 += abs(x0 - y0)
        s01 += abs(x0 - y1)
        s02 += abs(x0 - y2)
        s03 += abs(x0 - y3)
        s10 += abs(x1 - y0)
        s11 += abs(x1 - y1)
        s12 += abs(x1 - y2)
        s13 += abs(x1 - y3)
        s20 += abs(x2 - y0)
        s21 += abs(x2 - y1)
        s22 += abs(x2 - y2)
        s23 += abs(x2 - y3)
        s30 += abs(x3 - y0)
        s31 += abs(x3 - y1)
        s32 += abs(x3 - y2)
        s33 += abs(x3 - y3)
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
def one_by_one(a, i, b, j, low, high):  # type: ignore[no-untyped-def]
    """|a[i] - b[j]| summed over columns low..high."""
    total = a.dtype.type(0)
    x, y = a[i, low:high], b[j, low:high]
    for c in range(high - low):
        total += abs(x[c] - y[c])
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def l1_block(a, b, out, upper):  # type: ignore[no-untyped-def]
    """L1 distances between all rows: a (n, d), b (m, d) -> out (n, m), overwritten.

    With `upper` only entries on and above the diagonal are sure to be right.
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
                        out[i + s, j] += one_by_one(a, i + s, b, j, low, high)
            for i in range(n - n % 4, n):
                for j in range(jb, j_end):
                    out[i, j] += one_by_one(a, i, b, j, low, high)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def l1_below(a, b, limit):  # type: ignore[no-untyped-def]
    """L1 distance of two rows (d,), or a partial sum above limit as soon as it exceeds it."""
    total = a.dtype.type(0)
    for low in range(0, len(a), _LOOK):
        high = min(len(a), low + _LOOK)
        x, y = a[low:high], b[low:high]  # from zero: an index that may be negative won't vectorise
        part = a.dtype.type(0)
        for c in range(high - low):
            part += abs(x[c] - y[c])
        total += part
        if total > limit:
            break
    return total


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def l1_pair(a, b):  # type: ignore[no-untyped-def]
    """L1 distance of two short rows (d,)."""
    total = a.dtype.type(0)
    for c in range(len(a)):
        total += abs(a[c] - b[c])
    return total


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def block_sums(x, step, out):  # type: ignore[no-untyped-def]
    """Sums over consecutive columns: x (n, m * step) -> out (n, m).

    |sum of differences| <= sum of |differences|, so their L1 distance bounds that of the rows.
    """
    for i in range(len(x)):
        row = x[i]
        for block in range(out.shape[1]):
            part = row[block * step : (block + 1) * step]
            total = 0.0
            for c in range(step):
                total += part[c]
            out[i, block] = total


def l1_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """L1 distances between all rows: a (n, d), b (m, d) -> (n, m) of their common dtype."""
    dtype = np.result_type(a, b)
    out = np.empty((len(a), len(b)), dtype)
    l1_block(np.ascontiguousarray(a, dtype), np.ascontiguousarray(b, dtype), out, False)
    return out

"""How many absolute differences a second this core can sum from its L1 cache.

The same 4 x 4 register tile a distance kernel uses, on 8 rows short enough to stay in L1 and read
again and again: no memory traffic, no tile edges, nothing but loads, subtractions and additions.
Other tile shapes are tried and the fastest counts, so that the yardstick is the machine's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from core.distances.l1 import wide_registers

LENGTH = 512  # floats a row: 8 rows are 16 KiB
_ROUNDS = 4000


@njit(fastmath=True, error_model="numpy")
def _tile_4x4(a, b, rounds, out):
    wide_registers()
    for r in range(rounds):
        a0, a1, a2, a3 = a[0], a[1], a[2], a[3]
        b0, b1, b2, b3 = b[0], b[1], b[2], b[3]
        s00 = s01 = s02 = s03 = np.float32(0)
        s10 = s11 = s12 = s13 = np.float32(0)
        s20 = s21 = s22 = s23 = np.float32(0)
        s30 = s31 = s32 = s33 = np.float32(0)
        for k in range(a.shape[1]):
            x0, x1, x2, x3 = a0[k], a1[k], a2[k], a3[k]
            y0, y1, y2, y3 = b0[k], b1[k], b2[k], b3[k]
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
        # Stored every round, so that no round can be left out.
        out[r % 16] = s00 + s01 + s02 + s03 + s10 + s11 + s12 + s13
        out[(r + 1) % 16] = s20 + s21 + s22 + s23 + s30 + s31 + s32 + s33
        a[0, r % a.shape[1]] += np.float32(1e-6)


@njit(fastmath=True, error_model="numpy")
def _tile_2x4(a, b, rounds, out):
    wide_registers()
    for r in range(rounds):
        a0, a1 = a[0], a[1]
        b0, b1, b2, b3 = b[0], b[1], b[2], b[3]
        s00 = s01 = s02 = s03 = np.float32(0)
        s10 = s11 = s12 = s13 = np.float32(0)
        for k in range(a.shape[1]):
            x0, x1 = a0[k], a1[k]
            y0, y1, y2, y3 = b0[k], b1[k], b2[k], b3[k]
            s00 += abs(x0 - y0)
            s01 += abs(x0 - y1)
            s02 += abs(x0 - y2)
            s03 += abs(x0 - y3)
            s10 += abs(x1 - y0)
            s11 += abs(x1 - y1)
            s12 += abs(x1 - y2)
            s13 += abs(x1 - y3)
        out[r % 16] = s00 + s01 + s02 + s03 + s10 + s11 + s12 + s13
        a[0, r % a.shape[1]] += np.float32(1e-6)


TILES: dict[str, tuple[Callable[..., Any], int]] = {"4x4": (_tile_4x4, 16), "2x4": (_tile_2x4, 8)}


def peak_runs() -> dict[str, tuple[Callable[[], None], int]]:
    """For each tile shape a function that works in L1, and the differences it sums a call."""
    rng = np.random.default_rng(0)
    a = rng.random((4, LENGTH), dtype=np.float32)
    b = rng.random((4, LENGTH), dtype=np.float32)
    out = np.zeros(16, dtype=np.float32)
    runs = {}
    for shape, (kernel, pairs) in TILES.items():
        kernel(a, b, 1, out)  # compile
        runs[shape] = (
            lambda kernel=kernel: kernel(a, b, _ROUNDS, out),
            pairs * LENGTH * _ROUNDS,
        )
    return runs

"""Compiled: the squared distances from each position to all neighbours inside a sphere.

Lattice points inside a sphere are enumerated exactly in the triangular frame of the reduced cell,
so no candidate is computed in vain and none is missed.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from core.geometry.cell import reduce_rows, triangular

_FEW = 32  # up to here a table of lattice vectors is faster than a search for each pair


@njit(cache=True, nogil=True, error_model="numpy")
def frame(lattice, frac, offsets):  # type: ignore[no-untyped-def]
    """Triangular reduced cell (3, 3), its rows in the old cell, and wrapped coordinates in it."""
    cell = lattice.copy()
    reduce_rows(cell)
    inverse = np.linalg.inv(cell)
    new = (frac @ lattice) @ inverse
    for i in range(new.shape[0]):
        for axis in range(3):
            offsets[i, axis] = np.floor(new[i, axis])
            new[i, axis] -= offsets[i, axis]
    t = triangular(cell)
    return t, cell, new


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _fill(t, xyz, is_center, is_neighbor, radius, squared, counts, width):  # type: ignore[no-untyped-def]
    """Squared distances below radius of each position into rows; False on overflow."""
    n = len(xyz)
    r2 = radius * radius
    per_x, per_y, per_z = 1.0 / t[0, 0], 1.0 / t[1, 1], 1.0 / t[2, 2]
    counts[:n] = 0
    for i in range(n):
        for j in range(i, n):
            to_i = is_center[i] and is_neighbor[j]
            to_j = i != j and is_center[j] and is_neighbor[i]
            if not (to_i or to_j):
                continue
            dx, dy, dz = xyz[j, 0] - xyz[i, 0], xyz[j, 1] - xyz[i, 1], xyz[j, 2] - xyz[i, 2]
            ci, cj = counts[i], counts[j]
            n3_low = int(np.ceil((-radius - dz) * per_z))
            n3_high = int(np.floor((radius - dz) * per_z))
            for n3 in range(n3_low, n3_high + 1):
                z = dz + n3 * t[2, 2]
                left_z = r2 - z * z
                if left_z < 0:
                    continue
                reach_y = np.sqrt(left_z)
                y0 = dy + n3 * t[2, 1]
                x0 = dx + n3 * t[2, 0]
                n2_low = int(np.ceil((-reach_y - y0) * per_y))
                n2_high = int(np.floor((reach_y - y0) * per_y))
                for n2 in range(n2_low, n2_high + 1):
                    y = y0 + n2 * t[1, 1]
                    left_y = left_z - y * y
                    if left_y < 0:
                        continue
                    reach_x = np.sqrt(left_y)
                    x1 = x0 + n2 * t[1, 0]
                    n1_low = int(np.ceil((-reach_x - x1) * per_x))
                    n1_high = int(np.floor((reach_x - x1) * per_x))
                    m = n1_high - n1_low + 1
                    if m <= 0:
                        continue
                    if (to_i and ci + m > width) or (to_j and cj + m > width):
                        return False
                    base = z * z + y * y
                    if i == j and n3 == 0 and n2 == 0:
                        for n1 in range(n1_low, n1_high + 1):
                            if n1 != 0:  # not the position itself
                                x = x1 + n1 * t[0, 0]
                                squared[i, ci] = base + x * x
                                ci += 1
                        continue
                    if to_i:
                        for step in range(m):
                            x = x1 + (n1_low + step) * t[0, 0]
                            squared[i, ci + step] = base + x * x
                        ci += m
                    if to_j:
                        for step in range(m):
                            x = x1 + (n1_low + step) * t[0, 0]
                            squared[j, cj + step] = base + x * x
                        cj += m
            counts[i] = ci
            if to_j:
                counts[j] = cj
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _lattice_points(t, reach, points):  # type: ignore[no-untyped-def]
    """Lattice vectors no longer than reach into points (3, capacity); their number, or -1."""
    count = 0
    n3_most = int(reach / t[2, 2])
    for n3 in range(-n3_most, n3_most + 1):
        z, y0, x0 = n3 * t[2, 2], n3 * t[2, 1], n3 * t[2, 0]
        left_z = max(0.0, reach * reach - z * z)
        reach_y = np.sqrt(left_z)
        for n2 in range(
            int(np.ceil((-reach_y - y0) / t[1, 1])), int(np.floor((reach_y - y0) / t[1, 1])) + 1
        ):
            y, x1 = y0 + n2 * t[1, 1], x0 + n2 * t[1, 0]
            reach_x = np.sqrt(max(0.0, left_z - y * y))
            low = int(np.ceil((-reach_x - x1) / t[0, 0]))
            high = int(np.floor((reach_x - x1) / t[0, 0]))
            if count + high - low + 1 > points.shape[1]:
                return -1
            for n1 in range(low, high + 1):
                points[0, count], points[1, count], points[2, count] = x1 + n1 * t[0, 0], y, z
                count += 1
    return count


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "nnan"})
def _fill_small(t, frac, is_center, is_neighbor, radius, squared, counts, points, near):  # type: ignore[no-untyped-def]
    """As _fill, for few positions: one table of lattice vectors serves all pairs."""
    n, width = len(frac), squared.shape[1]
    r2 = radius * radius
    counts[:n] = 0
    # Differences are wrapped to half a cell, so they reach at most half the longest diagonal.
    half = 0.0
    for axis in range(3):
        half += 0.25 * (abs(t[0, axis]) + abs(t[1, axis]) + abs(t[2, axis])) ** 2
    n_points = _lattice_points(t, radius + np.sqrt(half), points)
    if n_points < 0:
        return False
    px, py, pz = points[0, :n_points], points[1, :n_points], points[2, :n_points]
    every = near[0, :n_points]
    inside = near[1]
    for i in range(n):
        for j in range(i, n):
            to_i = is_center[i] and is_neighbor[j]
            to_j = i != j and is_center[j] and is_neighbor[i]
            if not (to_i or to_j):
                continue
            fx, fy, fz = frac[j, 0] - frac[i, 0], frac[j, 1] - frac[i, 1], frac[j, 2] - frac[i, 2]
            fx, fy, fz = fx - np.rint(fx), fy - np.rint(fy), fz - np.rint(fz)
            dx = fx * t[0, 0] + fy * t[1, 0] + fz * t[2, 0]
            dy = fy * t[1, 1] + fz * t[2, 1]
            dz = fz * t[2, 2]
            for p in range(n_points):
                x, y, z = px[p] + dx, py[p] + dy, pz[p] + dz
                every[p] = x * x + y * y + z * z
            m = 0
            if i == j:
                for p in range(n_points):
                    inside[m] = every[p]
                    # The zero vector is the position itself; every other one is far longer.
                    m += (every[p] <= r2) and (every[p] > 1e-18)
            else:
                for p in range(n_points):
                    inside[m] = every[p]
                    m += every[p] <= r2
            ci, cj = counts[i], counts[j]
            if (to_i and ci + m > width) or (to_j and cj + m > width):
                return False
            if to_i:
                squared[i, ci : ci + m] = inside[:m]
                counts[i] += m
            if to_j:
                squared[j, cj : cj + m] = inside[:m]
                counts[j] += m
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def fill_chunk(lattices, starts, frac, is_center, is_neighbor, k, content, squared, short):  # type: ignore[no-untyped-def]
    """One sphere for each crystal of a chunk; marks crystals that need another round."""
    width = squared.shape[1]
    counts = np.zeros(len(frac), dtype=np.int64)
    offsets = np.zeros((len(frac), 3))
    points, near = np.empty((3, 8 * width)), np.empty((2, 8 * width + 1))
    for m in range(len(lattices)):
        lo, hi = starts[m] - starts[0], starts[m + 1] - starts[0]
        t, _, new = frame(lattices[m], frac[lo:hi], offsets[lo:hi])
        n_neighbors = 0
        for i in range(lo, hi):
            n_neighbors += is_neighbor[i]
        volume = t[0, 0] * t[1, 1] * t[2, 2]
        radius = (3.0 * content * volume / (4.0 * np.pi * n_neighbors)) ** (1.0 / 3.0)
        for i in range(lo, hi):
            squared[i, :] = np.inf
        args = (is_center[lo:hi], is_neighbor[lo:hi], radius, squared[lo:hi], counts[lo:hi])
        if hi - lo <= _FEW:
            fits = _fill_small(t, new, *args, points, near)
        else:
            fits = _fill(t, new @ t, *args, width)
        short[m] = 0 if fits else 2
        if fits:
            for i in range(lo, hi):
                if is_center[i] and counts[i] < k:
                    short[m] = 1

"""The number of the space group alone, several times faster than all that spglib finds out.

spglib spends most of its time on Wyckoff positions and an idealised cell. Here the operations of a
primitive cell are found directly, and spglib only names the group they form. That is done where
tolerance decides nothing: each operation either fits an order of magnitude more tightly than asked
or misses clearly. Every other crystal goes the long way, so the answer is always spglib's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from core.geometry.cell import reduced_lattice
from core.geometry.symmetry import ANGLE_TOLERANCE, ask_spglib, find_symmetry, kinds_of_positions
from core.types import Crystal, FloatArray, IntArray

_SURE = 0.1  # of the tolerance: an operation that fits to this is one
_CLEAR = 4.0  # of the tolerance: one that misses by this is none
_MOST = 48 * 2
_UNCERTAIN = -1
_CANDIDATES = 27  # combinations of three reduced vectors with factors -1, 0, 1


def space_group_number(crystal: Crystal, *, symprec: float = 0.01) -> int:
    """Number of the space group, 1 to 230: that of `find_symmetry`.

    Raises: ConvergenceError when spglib finds none.
    """
    lattice, frac, types = kinds_of_positions(crystal)
    found = _operations(lattice, frac, types, symprec)
    if found is None:
        return find_symmetry(crystal, symprec=symprec).number
    import spglib

    cell, rotations, translations = found
    kind: Any = ask_spglib(
        crystal, spglib.get_spacegroup_type_from_symmetry, rotations, translations, cell,
        symprec=symprec,
    )  # fmt: skip
    return int(kind.number)


def _operations(
    lattice: FloatArray, frac: FloatArray, types: IntArray, symprec: float
) -> tuple[FloatArray, IntArray, FloatArray] | None:
    """Reduced cell (right-handed), rotations and translations; None where tolerance decides."""
    cell = reduced_lattice(lattice)
    if np.linalg.det(cell) < 0:
        cell = -cell
    own = frac @ lattice @ np.linalg.inv(cell)
    order = np.argsort(types, kind="stable")
    counts = np.bincount(types)
    rarest = int(np.argmin(np.where(counts > 0, counts, len(types) + 1)))
    rotations = np.empty((_MOST, 3, 3), np.int64)
    count = _rotations(cell, symprec, ANGLE_TOLERANCE, rotations)
    if count == _UNCERTAIN:
        return None
    kept, translations = np.empty((_MOST, 3, 3), np.int64), np.empty((_MOST, 3))
    count = _fitting(
        cell, np.ascontiguousarray(own[order]), types[order].astype(np.int64), rarest, symprec,
        rotations[:count], kept, translations,
    )  # fmt: skip
    if count == _UNCERTAIN:
        return None
    return cell, kept[:count], translations[:count]


@njit(cache=True, nogil=True)
def _rotations(cell, symprec, angle, out):  # type: ignore[no-untyped-def]
    """Integer matrices that keep the metric of a reduced cell; rows are the images of its rows."""
    vectors = np.empty((_CANDIDATES, 3))
    factors = np.empty((_CANDIDATES, 3), np.int64)
    n = 0
    for i in range(-1, 2):
        for j in range(-1, 2):
            for k in range(-1, 2):
                factors[n, 0], factors[n, 1], factors[n, 2] = i, j, k
                vectors[n] = i * cell[0] + j * cell[1] + k * cell[2]
                n += 1
    lengths = np.sqrt((vectors * vectors).sum(axis=1))
    own = np.sqrt((cell * cell).sum(axis=1))
    fits = np.zeros((3, _CANDIDATES), np.bool_)
    for row in range(3):
        for n in range(_CANDIDATES):
            miss = abs(lengths[n] - own[row])
            if miss < _SURE * symprec:
                fits[row, n] = True
            elif miss < _CLEAR * symprec:
                return -1
    count = 0
    for a in range(_CANDIDATES):
        if not fits[0, a]:
            continue
        for b in range(_CANDIDATES):
            if not fits[1, b]:
                continue
            ab = _angle(cell, vectors, own, lengths, 0, 1, a, b, symprec, angle)
            if ab < 0:
                return -1
            for c in range(_CANDIDATES):
                if ab == 0 or not fits[2, c]:
                    continue
                det = (np.cross(factors[a], factors[b]) * factors[c]).sum()
                if abs(det) != 1:
                    continue
                ac = _angle(cell, vectors, own, lengths, 0, 2, a, c, symprec, angle)
                bc = _angle(cell, vectors, own, lengths, 1, 2, b, c, symprec, angle)
                if ac == 0 or bc == 0:
                    continue
                if ac < 0 or bc < 0 or count == len(out):
                    return -1
                out[count, 0], out[count, 1], out[count, 2] = factors[a], factors[b], factors[c]
                count += 1
    return count


@njit(cache=True, nogil=True)
def _angle(cell, vectors, own, lengths, i, j, a, b, symprec, tolerance):  # type: ignore[no-untyped-def]
    """Whether the angle of two images is that of the rows: 1, 0, or -1 for a near miss."""
    before = (cell[i] * cell[j]).sum() / (own[i] * own[j])
    after = (vectors[a] * vectors[b]).sum() / (lengths[a] * lengths[b])
    turn = abs(np.arccos(min(1.0, max(-1.0, before))) - np.arccos(min(1.0, max(-1.0, after))))
    if turn * max(own[i], own[j]) < _SURE * symprec:
        return 1
    return 0 if turn > 2.0 * np.radians(tolerance) else -1


@njit(cache=True, nogil=True)
def _fitting(cell, frac, types, rarest, symprec, rotations, kept, translations):  # type: ignore[no-untyped-def]
    """Rotations with the one translation that maps all atoms; -1 for a near miss or a centring."""
    n = len(frac)
    first = 0
    while types[first] != rarest:
        first += 1
    count = 0
    turned = np.empty((n, 3))
    for r in range(len(rotations)):
        # Rows are vectors: an image has the fractional coordinates f W.
        for i in range(n):
            for k in range(3):
                turned[i, k] = (
                    frac[i, 0] * rotations[r, 0, k]
                    + frac[i, 1] * rotations[r, 1, k]
                    + frac[i, 2] * rotations[r, 2, k]
                )
        found = 0
        for target in range(first, n):
            if types[target] != rarest:
                break
            shift = frac[target] - turned[first]
            worst = _worst(cell, frac, types, turned, shift, _CLEAR * symprec)
            if worst > _CLEAR * symprec:
                continue
            if worst > _SURE * symprec or found:
                return -1
            found = 1
            for k in range(3):
                translations[count, k] = shift[k] - np.floor(shift[k])
                for m in range(3):
                    kept[count, k, m] = rotations[r, m, k]
            count += 1
    return count


@njit(cache=True, nogil=True)
def _worst(cell, frac, types, turned, shift, limit):  # type: ignore[no-untyped-def]
    """Largest distance of an image from the nearest atom of its kind; above the limit, any."""
    n = len(frac)
    worst = 0.0
    for i in range(n):
        nearest = np.inf
        for j in range(n):
            if types[j] != types[i]:
                continue
            x = turned[i, 0] + shift[0] - frac[j, 0]
            y = turned[i, 1] + shift[1] - frac[j, 1]
            z = turned[i, 2] + shift[2] - frac[j, 2]
            x, y, z = x - np.rint(x), y - np.rint(y), z - np.rint(z)
            d = 0.0
            for k in range(3):
                c = x * cell[0, k] + y * cell[1, k] + z * cell[2, k]
                d += c * c
            if d < nearest:
                nearest = d
        worst = max(worst, np.sqrt(nearest))
        if worst > limit:
            return worst
    return worst

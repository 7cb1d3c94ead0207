"""Reduced cells and lattice parameters.

A neighbour search is only cheap and certain in a reduced cell: in a skewed one a short vector may
need large coefficients. The reduction is Minkowski's, by the greedy algorithm of Nguyen & Stehlé
(2009, doi 10.1145/1597036.1597050), exact in three dimensions.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from core.types import Crystal, FloatArray

_SHORTER = 1.0 - 1e-12  # a vector counts as shorter only beyond rounding, so the loop ends


@njit(cache=True, nogil=True)
def _dot(a, b):  # type: ignore[no-untyped-def]
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@njit(cache=True, nogil=True)
def _sort_rows(cell):  # type: ignore[no-untyped-def]
    """Order the three rows by length, in place."""
    for i in (0, 1, 0):
        if _dot(cell[i], cell[i]) > _dot(cell[i + 1], cell[i + 1]):
            for axis in range(3):
                cell[i, axis], cell[i + 1, axis] = cell[i + 1, axis], cell[i, axis]


@njit(cache=True, nogil=True)
def reduce_rows(cell):  # type: ignore[no-untyped-def]
    """Minkowski-reduce the (3, 3) rows in place; rows end up in ascending length."""
    for _ in range(10_000):
        _sort_rows(cell)
        # Gauss step: b against a.
        while True:
            shift = np.rint(_dot(cell[0], cell[1]) / _dot(cell[0], cell[0]))
            before = _dot(cell[1], cell[1])
            for axis in range(3):
                cell[1, axis] -= shift * cell[0, axis]
            if shift == 0 or _dot(cell[1], cell[1]) >= before * _SHORTER:
                break
            if _dot(cell[1], cell[1]) < _dot(cell[0], cell[0]):
                for axis in range(3):
                    cell[0, axis], cell[1, axis] = cell[1, axis], cell[0, axis]
        # c minus the nearest vector of the plane lattice (a, b).
        aa, ab, bb = _dot(cell[0], cell[0]), _dot(cell[0], cell[1]), _dot(cell[1], cell[1])
        ac, bc = _dot(cell[0], cell[2]), _dot(cell[1], cell[2])
        det = aa * bb - ab * ab
        u = np.rint((ac * bb - bc * ab) / det)
        v = np.rint((bc * aa - ac * ab) / det)
        before = _dot(cell[2], cell[2])
        best, best_u, best_v = np.inf, 0.0, 0.0
        for du in range(-1, 2):
            for dv in range(-1, 2):
                norm = 0.0
                for axis in range(3):
                    x = cell[2, axis] - (u + du) * cell[0, axis] - (v + dv) * cell[1, axis]
                    norm += x * x
                if norm < best:
                    best, best_u, best_v = norm, u + du, v + dv
        if best < before * _SHORTER:
            for axis in range(3):
                cell[2, axis] -= best_u * cell[0, axis] + best_v * cell[1, axis]
        if _dot(cell[2], cell[2]) >= _dot(cell[1], cell[1]) * _SHORTER:
            return


@njit(cache=True, nogil=True)
def triangular(cell):  # type: ignore[no-untyped-def]
    """Lower-triangular (3, 3) rows with the same lengths and angles (LQ by Gram-Schmidt)."""
    t = np.zeros((3, 3))
    q = np.zeros((3, 3))
    for i in range(3):
        rest = cell[i].copy()
        for j in range(i):
            # Twice is enough: the second pass removes what rounding left of the first.
            first = _dot(rest, q[j])
            rest -= first * q[j]
            second = _dot(rest, q[j])
            rest -= second * q[j]
            t[i, j] = first + second
        t[i, i] = np.sqrt(_dot(rest, rest))
        q[i] = rest / t[i, i]
    return t


def reduced_lattice(lattice: FloatArray) -> FloatArray:
    """Minkowski-reduced lattice vectors, (3, 3) rows in ascending length, angstrom."""
    cell = np.array(lattice, dtype=np.float64)
    reduce_rows(cell)
    return cell


def reduced_cell(crystal: Crystal) -> Crystal:
    """The same crystal in its Minkowski-reduced cell, coordinates in [0, 1)."""
    cell = reduced_lattice(crystal.lattice)
    frac = crystal.cart @ np.linalg.inv(cell)
    return crystal.with_(lattice=cell, frac=frac - np.floor(frac))


def lattice_parameters(lattice: FloatArray) -> tuple[float, float, float, float, float, float]:
    """a, b, c in angstrom and alpha, beta, gamma in degrees."""
    a, b, c = np.linalg.norm(lattice, axis=1)

    def angle(i: int, j: int, lengths: float) -> float:
        cosine = float(lattice[i] @ lattice[j]) / lengths
        return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))

    return (
        float(a), float(b), float(c), angle(1, 2, b * c), angle(0, 2, a * c), angle(0, 1, a * b)
    )  # fmt: skip


def lattice_from_parameters(
    a: float, b: float, c: float, alpha: float, beta: float, gamma: float
) -> FloatArray:
    """(3, 3) lattice vectors as rows, a along x and b in the xy plane. Angles in degrees."""
    cos_alpha, cos_beta, cos_gamma = np.cos(np.radians([alpha, beta, gamma]))
    sin_gamma = np.sin(np.radians(gamma))
    y = (cos_alpha - cos_beta * cos_gamma) / sin_gamma
    z = np.sqrt(max(0.0, 1 - cos_beta**2 - y**2))
    return np.array(
        [[a, 0, 0], [b * cos_gamma, b * sin_gamma, 0], [c * cos_beta, c * y, c * z]], dtype=float
    )


def supercell(crystal: Crystal, repeats: tuple[int, int, int]) -> Crystal:
    """The crystal with its cell repeated (na, nb, nc) times."""
    counts = np.array(repeats)
    shifts = np.stack(np.meshgrid(*(np.arange(n) for n in repeats), indexing="ij"), -1)
    shifts = shifts.reshape(-1, 3)
    n_copies, n_positions = len(shifts), int(crystal.position.max()) + 1
    frac = (crystal.frac[None] + shifts[:, None]) / counts
    copies = np.arange(n_copies)[:, None] * n_positions
    return crystal.with_(
        lattice=crystal.lattice * counts[:, None],
        frac=frac.reshape(-1, 3),
        numbers=np.tile(crystal.numbers, n_copies),
        occupancy=np.tile(crystal.occupancy, n_copies),
        position=(crystal.position[None] + copies).reshape(-1),
        labels=crystal.labels * n_copies,
    )

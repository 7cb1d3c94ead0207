"""Neighbours of each position of a crystal, with who they are and where.

A *position* is a distinct place in the cell. The species of a mixed site share one position, so
they never count as neighbours of one another; the occupancy of a position is their sum.
Results agree with brute force over images to 1e-10 angstrom, in one-atom and skewed cells too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from core.errors import InvalidSpecError, MemoryBudgetError, NeighborShortageError
from core.geometry.sphere_kernels import frame
from core.types import Crystal, FloatArray, IntArray

_MAX_PAIRS = 50_000_000
_MAX_ROUNDS = 60


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """Distinct positions of a crystal.

    Attributes:
        frac: (n, 3) fractional coordinates.
        occupancy: (n,) total occupancy, in (0, 1].
        species: (n, n_kinds) occupancy of each element of `numbers` on each position.
        numbers: (n_kinds,) atomic numbers, ascending.
        row: (n,) first row of the crystal that sits there.
    """

    frac: FloatArray
    occupancy: FloatArray
    species: FloatArray
    numbers: IntArray
    row: IntArray


def positions(crystal: Crystal) -> Positions:
    """The distinct positions of a crystal and what sits on them."""
    _, row, index = np.unique(crystal.position, return_index=True, return_inverse=True)
    numbers, kind = np.unique(crystal.numbers, return_inverse=True)
    species = np.zeros((len(row), len(numbers)))
    np.add.at(species, (index, kind), crystal.occupancy)
    return Positions(crystal.frac[row], species.sum(axis=1), species, numbers, row)


@dataclass(frozen=True, slots=True, eq=False)
class NeighborList:
    """Pairs of positions, sorted by centre and then by distance.

    Attributes:
        centers, neighbors: (n_pairs,) indices of positions.
        distances: (n_pairs,) angstrom.
        images: (n_pairs, 3) cell of the neighbour relative to that of the centre.
        starts: (n_positions + 1,) first pair of each centre.
    """

    centers: IntArray
    neighbors: IntArray
    distances: FloatArray
    images: IntArray
    starts: IntArray


@njit(cache=True, nogil=True, error_model="numpy")
def _pairs(t, xyz, radius, centers, neighbors, images, distances):  # type: ignore[no-untyped-def]
    """All pairs within radius; returns their number, which may exceed the capacity given."""
    n, capacity, count = len(xyz), len(centers), 0
    r2 = radius * radius
    for i in range(n):
        for j in range(n):
            dx, dy, dz = xyz[j, 0] - xyz[i, 0], xyz[j, 1] - xyz[i, 1], xyz[j, 2] - xyz[i, 2]
            for n3 in range(
                int(np.ceil((-radius - dz) / t[2, 2])), int(np.floor((radius - dz) / t[2, 2])) + 1
            ):
                z = dz + n3 * t[2, 2]
                y0, x0 = dy + n3 * t[2, 1], dx + n3 * t[2, 0]
                reach_y = np.sqrt(max(0.0, r2 - z * z))
                for n2 in range(
                    int(np.ceil((-reach_y - y0) / t[1, 1])),
                    int(np.floor((reach_y - y0) / t[1, 1])) + 1,
                ):
                    y, x1 = y0 + n2 * t[1, 1], x0 + n2 * t[1, 0]
                    reach_x = np.sqrt(max(0.0, r2 - z * z - y * y))
                    for n1 in range(
                        int(np.ceil((-reach_x - x1) / t[0, 0])),
                        int(np.floor((reach_x - x1) / t[0, 0])) + 1,
                    ):
                        if i == j and n1 == 0 and n2 == 0 and n3 == 0:
                            continue
                        if count < capacity:
                            x = x1 + n1 * t[0, 0]
                            centers[count], neighbors[count] = i, j
                            images[count, 0], images[count, 1], images[count, 2] = n1, n2, n3
                            distances[count] = np.sqrt(x * x + y * y + z * z)
                        count += 1
    return count


def within(crystal: Crystal, radius: float) -> NeighborList:
    """All neighbours of each position within a radius (angstrom, inclusive to rounding).

    Raises: InvalidSpecError for a radius that is not positive; MemoryBudgetError when more than
        5e7 pairs lie within it.
    """
    if not 0 < radius < np.inf:
        raise InvalidSpecError(f"The radius is {radius!r}.", hint="Give a positive length in Å.")
    places = positions(crystal)
    n = len(places.frac)
    expected = n * n / crystal.volume * 4.19 * (radius + 1.0) ** 3
    if expected > 4 * _MAX_PAIRS:
        raise MemoryBudgetError(
            f"A radius of {radius:g} Å around {n} positions holds about {expected:.1e} pairs.",
            hint="Choose a smaller radius.",
        )
    offsets = np.zeros((n, 3))
    t, cell, frac = frame(np.array(crystal.lattice), np.array(places.frac), offsets)
    xyz = frac @ t
    capacity = int(1.1 * expected) + 64
    while True:
        centers, neighbors = np.empty(capacity, np.int64), np.empty(capacity, np.int64)
        images, distances = np.empty((capacity, 3), np.int64), np.empty(capacity)
        count = _pairs(t, xyz, radius, centers, neighbors, images, distances)
        if count <= capacity:
            break
        capacity = count
    centers, neighbors, distances = centers[:count], neighbors[:count], distances[:count]
    order = np.lexsort((neighbors, distances, centers))
    centers, neighbors, distances = centers[order], neighbors[order], distances[order]
    # Images come in the wrapped reduced cell; give them in the crystal's own cell.
    steps = images[order] + offsets[centers] - offsets[neighbors]
    own = np.rint(steps @ cell @ np.linalg.inv(crystal.lattice)).astype(np.int64)
    starts = np.searchsorted(centers, np.arange(n + 1))
    return NeighborList(centers, neighbors, distances, own, starts)


def nearest(crystal: Crystal, k: int, *, tolerance: float = 0.0) -> NeighborList:
    """The neighbours of each position out to its k-th nearest one, all ties within tolerance in.

    Every centre has at least k neighbours; those beyond the k-th are as near as it (+ tolerance).

    Raises: InvalidSpecError when k < 1.
    """
    if k < 1:
        raise InvalidSpecError(f"The number of neighbours is {k}.", hint="Give at least 1.")
    n = crystal.n_sites
    content = 1.2 * k + 16
    for _ in range(_MAX_ROUNDS):
        radius = float((3 * content * crystal.volume / (4 * np.pi * n)) ** (1 / 3)) + tolerance
        found = within(crystal, radius)
        counts = np.diff(found.starts)
        if counts.min() >= k:
            last = found.distances[found.starts[:-1] + k - 1]
            # One more certain shell: a tie of the k-th neighbour must lie within the radius.
            if last.max() + tolerance < radius:
                keep = found.distances <= last[found.centers] + tolerance
                return _select(found, keep)
        content *= 1.35
    raise NeighborShortageError(  # pragma: no cover - a crystal is infinite
        f"{k} neighbours were not found within {_MAX_ROUNDS} enlargements."
    )


def _select(found: NeighborList, keep: np.ndarray) -> NeighborList:
    centers = found.centers[keep]
    starts = np.searchsorted(centers, np.arange(len(found.starts)))
    return NeighborList(
        centers, found.neighbors[keep], found.distances[keep], found.images[keep], starts
    )


def nearest_distances(crystal: Crystal, k: int) -> FloatArray:
    """Distances of the k nearest neighbours of each position, ascending: (n_positions, k), Å."""
    found = nearest(crystal, k)
    return found.distances[found.starts[:-1, None] + np.arange(k)]


def shortest_contact(crystal: Crystal) -> float:
    """Shortest distance between two positions (or a position and its image), angstrom."""
    return float(nearest(crystal, 1).distances.min())

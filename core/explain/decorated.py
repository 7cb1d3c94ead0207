"""Every group of GRID with the element pairs its distances belong to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.descriptors.base import require_ordered
from core.descriptors.grid import GridSpec
from core.elements import SYMBOLS
from core.errors import NeighborShortageError
from core.explain.kernels import add_smeared
from core.geometry.neighbors import NeighborList, Positions, nearest, positions
from core.types import Crystal, FloatArray, IntArray

_TIE = 1e-4  # neighbours this close in distance share their ranks evenly (angstrom)
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Decorated:
    """All distances of all groups, each with its element pair and its mass.

    Attributes:
        distances: (total,) ascending within each group, angstrom.
        pairs: (total,) centre * 1000 + neighbour, atomic numbers; `pair_name` reads them.
        masses: (total,) their masses; each group's total is 1.
        starts: (n_groups + 1,) first entry of each group.
    """

    distances: FloatArray
    pairs: IntArray
    masses: FloatArray
    starts: IntArray

    def group(self, k: int) -> tuple[IntArray, FloatArray]:
        """Indices and masses of group k."""
        index = np.arange(self.starts[k], self.starts[k + 1])
        return index, self.masses[index]

    @classmethod
    def of(cls, crystal: Crystal, spec: GridSpec) -> Decorated:
        """Raises: DisorderedStructureError, NeighborShortageError."""
        require_ordered(crystal, spec.disorder)
        places = positions(crystal)
        as_center = _chosen(places, spec.chosen(spec.centers), crystal, "centre")
        as_neighbor = _chosen(places, spec.chosen(spec.neighbors), crystal, "neighbour")
        group, distance, pair, mass = _entries(
            crystal, places, as_center, as_neighbor, spec.n_groups
        )
        order = np.lexsort((pair, distance, group))
        total = as_center.sum()
        starts = np.searchsorted(group[order], np.arange(spec.n_groups + 1))
        return cls(distance[order], pair[order], mass[order] / total, starts)


def _chosen(
    places: Positions, elements: frozenset[int] | None, crystal: Crystal, role: str
) -> FloatArray:
    """(n_positions, n_kinds) occupancies of the elements that play a role."""
    if elements is None:
        return places.species
    mask = np.isin(places.numbers, list(elements))
    if not mask.any():
        names = ", ".join(SYMBOLS[z] for z in sorted(elements))
        raise NeighborShortageError(
            f"{crystal.id!r} ({crystal.formula}) holds no {names} to take as {role}."
        )
    return np.where(mask[None, :], places.species, 0.0)


def _entries(
    crystal: Crystal,
    places: Positions,
    as_center: FloatArray,
    as_neighbor: FloatArray,
    n_groups: int,
) -> tuple[IntArray, FloatArray, IntArray, FloatArray]:
    """Groups, distances, element pairs and masses of all centres' shells."""
    found = _enough(crystal, as_neighbor.sum(axis=1), n_groups)
    keep = as_center.sum(axis=1)[found.centers] > 0
    centers, d = found.centers[keep], found.distances[keep]
    species = as_neighbor[found.neighbors[keep]]
    fresh = np.diff(centers, prepend=-1) != 0
    opens = fresh | (np.diff(d, prepend=0.0) > _TIE)
    first = np.flatnonzero(opens)
    center = centers[first]
    content = np.add.reduceat(species, first, axis=0)
    total = content.sum(axis=1)
    mean = np.add.reduceat(d * species.sum(axis=1), first) / np.where(total > 0, total, 1.0)
    running = np.cumsum(total)
    starts = np.flatnonzero(fresh[first])
    before = np.repeat((running - total)[starts], np.diff(np.append(starts, len(first))))
    upper = running - before
    lower = upper - total
    # Which groups a shell reaches into, and how much of it lies in each.
    low = (lower + _NOTHING).astype(np.int64)
    high = np.minimum(n_groups, np.ceil(upper - _NOTHING).astype(np.int64))
    counts = np.where(total > _NOTHING, np.maximum(high - low, 0), 0)
    shell = np.repeat(np.arange(len(first)), counts)
    group = np.arange(len(shell)) - np.repeat(np.cumsum(counts) - counts, counts) + low[shell]
    inside = np.minimum(upper[shell], group + 1) - np.maximum(lower[shell], group)
    share = content / np.where(total > 0, total, 1.0)[:, None]
    columns = []
    for i, z in enumerate(places.numbers.tolist()):
        for j, other in enumerate(places.numbers.tolist()):
            mass = inside * as_center[center, i][shell] * share[shell, j]
            own = np.flatnonzero(mass > 0)
            pair = np.full(len(own), z * 1000 + other)
            columns.append((group[own], mean[shell[own]], pair, mass[own]))
    group, distance, pair, mass = (np.concatenate(c) for c in zip(*columns, strict=True))
    return group, distance, pair, mass


def _enough(crystal: Crystal, share: FloatArray, n_groups: int) -> NeighborList:
    """Neighbours of each position that hold at least n_groups neighbours that count."""
    wanted = int(n_groups * len(share) / share.sum()) + 1
    while True:
        found = nearest(crystal, wanted, tolerance=_TIE)
        content = np.add.reduceat(share[found.neighbors], found.starts[:-1])
        if content.min() >= n_groups - _NOTHING:
            return found
        wanted = int(1.5 * wanted) + 8


def pair_name(code: int) -> str:
    """`Ti-O` for a pair code."""
    return f"{SYMBOLS[code // 1000]}-{SYMBOLS[code % 1000]}"


def pair_histograms(crystal: Crystal, spec: GridSpec) -> dict[str, FloatArray]:
    """GRID in mode `binned`, split by centre-neighbour element pair.

    Returns: pair -> (n_groups, n_bins); the arrays sum to GRID (neighbours within 1e-4 angstrom of
        one another count at their mean distance). Largest share first.
    Raises: DisorderedStructureError, NeighborShortageError.
    """
    found = Decorated.of(crystal, spec)
    group = np.repeat(np.arange(spec.n_groups), np.diff(found.starts))
    codes, pair = np.unique(found.pairs, return_inverse=True)
    table = np.zeros((len(codes), spec.n_groups, spec.n_bins))
    add_smeared(found.distances, found.masses, group, pair, spec.bin_width, spec.smearing, table)
    out = {pair_name(int(code)): part for code, part in zip(codes, table, strict=True)}
    return dict(sorted(out.items(), key=lambda item: -item[1].sum()))

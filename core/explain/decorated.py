"""Every group of GRID with the element pairs its distances belong to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.descriptors.base import require_ordered
from core.descriptors.grid import GridSpec
from core.elements import SYMBOLS
from core.errors import NeighborShortageError
from core.geometry.neighbors import Positions, nearest, positions
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
        rows = list(_entries(crystal, places, as_center, as_neighbor, spec.n_groups))
        group, distance, pair, mass = (np.concatenate(column) for column in zip(*rows, strict=True))
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
) -> Iterator[tuple[IntArray, FloatArray, IntArray, FloatArray]]:
    """Groups, distances, element pairs and masses of each centre's shells."""
    share = as_neighbor.sum(axis=1)
    wanted = int(n_groups * len(share) / share.sum()) + 1
    while True:
        found = nearest(crystal, wanted, tolerance=_TIE)
        content = np.add.reduceat(share[found.neighbors], found.starts[:-1])
        if content.min() >= n_groups - _NOTHING:
            break
        wanted = int(1.5 * wanted) + 8
    for center in np.flatnonzero(as_center.sum(axis=1) > 0):
        span = slice(found.starts[center], found.starts[center + 1])
        d, species = found.distances[span], as_neighbor[found.neighbors[span]]
        shell = np.cumsum(np.diff(d, prepend=d[0]) > _TIE)
        content = np.zeros((shell[-1] + 1, species.shape[1]))
        np.add.at(content, shell, species)
        total = content.sum(axis=1)
        mean = np.bincount(shell, d * species.sum(axis=1)) / np.where(total > 0, total, 1.0)
        upper = np.cumsum(total)
        for s in np.flatnonzero(total > _NOTHING):
            groups = np.arange(
                int(upper[s] - total[s] + _NOTHING),
                min(n_groups, int(np.ceil(upper[s] - _NOTHING))),
            )
            inside = np.minimum(upper[s], groups + 1) - np.maximum(upper[s] - total[s], groups)
            kinds = np.flatnonzero(content[s] > 0)
            centers = np.flatnonzero(as_center[center] > 0)
            weight = (
                inside[:, None, None]
                * as_center[center, centers][None, :, None]
                * (content[s, kinds] / total[s])[None, None, :]
            )
            pair = places.numbers[centers][:, None] * 1000 + places.numbers[kinds][None, :]
            shape = weight.shape
            yield (
                np.broadcast_to(groups[:, None, None], shape).ravel(),
                np.full(weight.size, mean[s]),
                np.broadcast_to(pair[None], shape).ravel(),
                weight.ravel(),
            )


def pair_name(code: int) -> str:
    """`Ti-O` for a pair code."""
    return f"{SYMBOLS[code // 1000]}-{SYMBOLS[code % 1000]}"


def pair_histograms(crystal: Crystal, spec: GridSpec) -> dict[str, FloatArray]:
    """GRID in mode `binned`, split by centre-neighbour element pair.

    Returns: pair -> (n_groups, n_bins); the arrays sum to GRID (neighbours within 1e-4 angstrom of
        one another count at their mean distance). Largest share first.
    Raises: DisorderedStructureError, NeighborShortageError.
    """
    from scipy.special import ndtr

    found = Decorated.of(crystal, spec)
    upper = spec.edges[1:]
    if spec.smearing > 0:
        cdf = ndtr((upper[None, :] - found.distances[:, None]) / spec.smearing)
    else:
        cdf = (found.distances[:, None] + 1e-8 < upper[None, :]).astype(float)
    cdf[:, -1] = 1.0
    mass = np.diff(cdf, axis=1, prepend=0.0) * found.masses[:, None]
    group = np.repeat(np.arange(spec.n_groups), np.diff(found.starts))
    out = {}
    for code in np.unique(found.pairs):
        own = found.pairs == code
        table = np.zeros((spec.n_groups, len(upper)))
        np.add.at(table, group[own], mass[own])
        out[pair_name(int(code))] = table
    return dict(sorted(out.items(), key=lambda item: -item[1].sum()))

"""GRID of crystals with partial occupancy, as the expectation over occupancies.

A neighbour of occupancy w counts as w of a neighbour. Of a centre's neighbours in ascending
distance, group k takes those between the (k-1)-th and the k-th unit of accumulated occupancy. With
full occupancies this is the plain definition; summed over groups it is the expected pair-distance
histogram; and it does not depend on the cell. Centres weigh by their occupancy.
"""

from __future__ import annotations

import numpy as np

from core.elements import SYMBOLS
from core.errors import NeighborShortageError
from core.geometry.neighbors import Positions, nearest, positions
from core.types import Crystal, FloatArray

_SAME_LEVEL = 1e-9


def expected_groups(
    crystal: Crystal,
    n_groups: int,
    centers: frozenset[int] | None,
    neighbors: frozenset[int] | None,
) -> list[tuple[FloatArray, FloatArray]]:
    """Distances (ascending, angstrom) and masses (total 1) of each group.

    Raises: NeighborShortageError when no site has a chosen element.
    """
    places = positions(crystal)
    center_weight = _occupancy_of(places, centers, crystal, "centre")
    neighbor_weight = _occupancy_of(places, neighbors, crystal, "neighbour")
    found = nearest(crystal, _needed(neighbor_weight, n_groups))
    while _short(found.starts, found.neighbors, neighbor_weight, center_weight, n_groups):
        found = nearest(crystal, int(1.5 * np.diff(found.starts).max()) + 8)
    distances: list[list[FloatArray]] = [[] for _ in range(n_groups)]
    masses: list[list[FloatArray]] = [[] for _ in range(n_groups)]
    for center in np.flatnonzero(center_weight > 0):
        span = slice(found.starts[center], found.starts[center + 1])
        weight = neighbor_weight[found.neighbors[span]]
        upper = np.cumsum(weight)
        for k in range(n_groups):
            share = np.minimum(upper, k + 1) - np.maximum(upper - weight, k)
            hit = share > 1e-12
            distances[k].append(found.distances[span][hit])
            masses[k].append(share[hit] * center_weight[center])
    total = center_weight.sum()
    return [
        _sorted(np.concatenate(d), np.concatenate(m) / total)
        for d, m in zip(distances, masses, strict=True)
    ]


def expected_cdf(
    crystal: Crystal,
    n_groups: int,
    upper_edges: FloatArray,
    smearing: float,
    centers: frozenset[int] | None,
    neighbors: frozenset[int] | None,
) -> FloatArray:
    """Smeared CDF of each group at the upper bin edges, (n_groups, n_bins), last column 1."""
    from scipy.special import ndtr

    out = np.empty((n_groups, len(upper_edges)))
    for k, (d, mass) in enumerate(expected_groups(crystal, n_groups, centers, neighbors)):
        if smearing > 0:
            out[k] = mass @ ndtr((upper_edges[None, :] - d[:, None]) / smearing)
        else:
            out[k] = mass @ (d[:, None] + 1e-8 < upper_edges[None, :])
    out[:, -1] = 1.0
    return out


def expected_quantiles(
    crystal: Crystal,
    n_groups: int,
    n_quantiles: int,
    centers: frozenset[int] | None,
    neighbors: frozenset[int] | None,
) -> FloatArray:
    """Mid-quantiles of each group, (n_groups, n_quantiles), angstrom."""
    levels = (np.arange(n_quantiles) + 0.5) / n_quantiles
    out = np.empty((n_groups, n_quantiles))
    for k, (d, mass) in enumerate(expected_groups(crystal, n_groups, centers, neighbors)):
        below = np.cumsum(mass)
        first = np.searchsorted(below, levels - _SAME_LEVEL).clip(max=len(d) - 1)
        last = np.searchsorted(below, levels + _SAME_LEVEL).clip(max=len(d) - 1)
        out[k] = 0.5 * (d[first] + d[last])
    return out


def _occupancy_of(
    places: Positions, chosen: frozenset[int] | None, crystal: Crystal, role: str
) -> FloatArray:
    if chosen is None:
        return places.occupancy
    weight = places.species[:, np.isin(places.numbers, list(chosen))].sum(axis=1)
    if not weight.any():
        names = ", ".join(SYMBOLS[z] for z in sorted(chosen))
        raise NeighborShortageError(
            f"{crystal.id!r} ({crystal.formula}) holds no {names} to take as {role}."
        )
    return weight


def _needed(weight: FloatArray, n_groups: int) -> int:
    return int(n_groups * len(weight) / weight.sum()) + 1


def _short(starts, neighbors, weight, center_weight, n_groups) -> bool:  # type: ignore[no-untyped-def]
    sums = np.add.reduceat(weight[neighbors], starts[:-1])
    return bool((sums[center_weight > 0] < n_groups - 1e-9).any())


def _sorted(d: FloatArray, mass: FloatArray) -> tuple[FloatArray, FloatArray]:
    order = np.argsort(d, kind="stable")
    return d[order], mass[order]

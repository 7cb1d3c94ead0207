"""GRID as the package `gridrdf` 0.3.0 computes it, for comparison with published numbers.

It differs from Gridscope's own histogram in four ways, all kept on purpose:

- distances are first counted in bins five times finer, on a grid that ends shortly after the
  longest distance, and that grid is smeared with a truncated, reflecting Gaussian;
- a fine bin goes to the coarse bin that holds its left edge, and both sets of edges are float
  multiples of their widths, so some fine bins land one coarse bin too low or too high;
- whatever lies beyond the maximum distance is dropped and the rest scaled up to area 1;
- the number of bins is that of a float range, one more than expected for some maximum distances.

Where nothing of a group is left, that package returns NaN; here it is an error.

Reference: Zhang, Seth & Cumby, Digital Discovery 2023, doi 10.1039/D2DD00054G.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from core.errors import (
    InvalidSpecError,
    NeighborShortageError,
    NonFiniteError,
    ShapeMismatchError,
)
from core.types import Crystal, FloatArray

OVERSAMPLING = 5
_SAME_PLACE = 1e-8  # angstrom: pymatgen takes what is nearer for the site itself
_GROWTH = 1.1
_MAX_ROUNDS = 60
_SMEARING_REACH = 3  # standard deviations the fine grid extends beyond the longest distance


def bin_edges(max_distance: float, bin_width: float) -> FloatArray:
    """Edges of the bins, (n_bins + 1,) in angstrom, with that package's rounding."""
    return np.arange(0, max_distance + bin_width, bin_width)


def package_distances(
    crystal: Crystal,
    k: int,
    *,
    centers: frozenset[int] | None = None,
    neighbors: frozenset[int] | None = None,
) -> FloatArray:
    """Distances of the k nearest neighbours with the last digit of the package's, pymatgen's.

    In a cell of 5.7 angstrom many distances lie on the edge of a fine bin, and that digit decides
    to which side they count. Elsewhere `core.geometry` is faster.

    Args:
        crystal: an ordered crystal.
        k: number of neighbours.
        centers: atomic numbers of the sites looked from; None for all.
        neighbors: atomic numbers of the sites looked at; None for all.

    Returns: (n_centers, k), ascending, angstrom.

    Raises: NeighborShortageError when no site has a chosen element.
    """
    from pymatgen.optimization.neighbors import find_points_in_spheres

    to = crystal.cart[_chosen(crystal, neighbors)]
    of = crystal.cart[_chosen(crystal, centers)]
    lattice = np.array(crystal.lattice, dtype=np.float64)
    periodic = np.ones(3, dtype=np.int64)
    radius = (3 * k * crystal.volume / (4 * np.pi * len(to))) ** (1 / 3)
    for _ in range(_MAX_ROUNDS):
        radius *= _GROWTH
        owner, _, _, found = find_points_in_spheres(
            to, of, r=radius, pbc=periodic, lattice=lattice, tol=_SAME_PLACE
        )
        owner, found = owner[found > _SAME_PLACE], found[found > _SAME_PLACE]
        counts = np.bincount(owner, minlength=len(of))
        if counts.min() >= k:
            ascending = found[np.lexsort((found, owner))]
            first = np.cumsum(counts) - counts
            return ascending[first[:, None] + np.arange(k)]
    raise NeighborShortageError(
        f"{crystal.id!r} has fewer than {k} neighbours within {radius:g} Å."
    )


def _chosen(crystal: Crystal, numbers: frozenset[int] | None) -> np.ndarray:
    if numbers is None:
        return np.arange(crystal.n_rows)
    rows = np.flatnonzero(np.isin(crystal.numbers, list(numbers)))
    if not len(rows):
        raise NeighborShortageError(
            f"{crystal.id!r} ({crystal.formula}) holds no site of the chosen elements.",
            hint=f"Choose among {', '.join(crystal.elements)}, or leave the choice empty.",
        )
    return rows


def gridrdf_histogram(
    distances: FloatArray, *, max_distance: float, bin_width: float, sigma: float
) -> FloatArray:
    """Smeared histogram of the k-th neighbour distances over the sites, for each k.

    Args:
        distances: (n_sites, n_groups), ascending in each row, angstrom; all sites weigh the same.
        max_distance: end of the histogram, angstrom.
        bin_width: width of a bin, angstrom.
        sigma: standard deviation of the Gaussian, angstrom; 0 for none.

    Returns: (n_groups, n_bins) float64, densities in 1/angstrom: rows sum to 1 / bin_width.

    Raises: ShapeMismatchError, InvalidSpecError; NonFiniteError naming the groups of which nothing
        lies within the maximum distance.
    """
    distances = np.asarray(distances, dtype=np.float64)
    _validate(distances, max_distance, bin_width, sigma)
    edges = bin_edges(max_distance, bin_width)
    if sigma > 0:
        fine_width = bin_width / OVERSAMPLING
        end = distances.max() + _SMEARING_REACH * sigma + fine_width
        fine_edges = np.arange(0, end, fine_width)
        counts = _count(distances, fine_edges)
        smeared = gaussian_filter1d(counts, sigma / fine_width, axis=1)
        mass = _gather(smeared, fine_edges[:-1], edges)
    else:
        mass = _count(distances, edges)
    return _to_density(mass, edges, max_distance)


def _validate(distances: FloatArray, max_distance: float, bin_width: float, sigma: float) -> None:
    if distances.ndim != 2 or 0 in distances.shape:
        raise ShapeMismatchError(
            f"Distances have shape {distances.shape}, expected (n_sites, n_groups)."
        )
    if not np.isfinite(distances).all():
        raise NonFiniteError("A neighbour distance is not a finite number.")
    for name, value, fine in (
        ("max_distance", max_distance, max_distance > 0),
        ("bin_width", bin_width, bin_width > 0),
        ("sigma", sigma, sigma >= 0),
    ):
        if not (fine and np.isfinite(value)):
            raise InvalidSpecError(f"{name} is {value!r}; it must be a positive number.")


def _count(distances: FloatArray, edges: FloatArray) -> FloatArray:
    """Sites in each bin, (n_groups, n_bins); the last bin includes its right edge."""
    n_groups, n_bins = distances.shape[1], len(edges) - 1
    bins = np.searchsorted(edges, distances, side="right") - 1
    bins[distances == edges[-1]] = n_bins - 1
    inside = (bins >= 0) & (bins < n_bins)
    cells = (np.arange(n_groups) * n_bins + bins)[inside]
    return np.bincount(cells, minlength=n_groups * n_bins).reshape(n_groups, n_bins).astype(float)


def _gather(fine: FloatArray, left_edges: FloatArray, edges: FloatArray) -> FloatArray:
    """Sum fine bins into the coarse bins that hold their left edges, (n_groups, n_bins).

    Differences of a running sum, so that even the rounding of a nearly empty group is the same.
    """
    first = np.searchsorted(left_edges, edges, side="left")
    first[-1] = np.searchsorted(left_edges, edges[-1], side="right")
    running = np.zeros((fine.shape[0], fine.shape[1] + 1))
    np.cumsum(fine, axis=1, out=running[:, 1:])
    return np.diff(running[:, first], axis=1)


def _to_density(mass: FloatArray, edges: FloatArray, max_distance: float) -> FloatArray:
    total = mass.sum(axis=1, keepdims=True)
    empty = np.flatnonzero(total[:, 0] == 0) + 1
    if len(empty):
        raise NonFiniteError(
            f"Nothing of {_ranges(empty)} lies within {max_distance:g} Å; gridrdf gives NaN there.",
            hint="Raise the maximum distance, ask for fewer groups, or use the binned mode.",
            context={"groups": empty.tolist()},
        )
    return mass / np.diff(edges) / total


def _ranges(groups: np.ndarray) -> str:
    """Words for a rising list of groups: `groups 93-100` or `group 7`."""
    runs = np.split(groups, np.flatnonzero(np.diff(groups) > 1) + 1)
    parts = [f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs]
    return f"group{'s' if len(groups) > 1 else ''} " + ", ".join(parts)

"""GRID: the grouped representation of interatomic distances.

For every site take the distances to its neighbours in ascending order; group k collects the k-th
distance of all sites. Ref: Zhang, Seth & Cumby, Digital Discovery 2023, doi 10.1039/D2DD00054G.

Three modes. `binned`: each distance smeared by a Gaussian and integrated over each bin, with what
lies beyond the last edge kept in the last bin. `quantile`: the mid-quantiles of each group, no bins
and no cut-off. `gridrdf`: the numbers of the package of that name, its renormalisation included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core.descriptors.base import DESCRIPTORS, Descriptor, Disorder, require_ordered
from core.descriptors.bins import whole_bins
from core.descriptors.grid_disorder import expected_cdf, expected_quantiles
from core.descriptors.grid_kernels import cdf_chunk, quantile_chunk, smearing_table
from core.descriptors.gridrdf_histogram import bin_edges, gridrdf_histogram, package_distances
from core.elements import ATOMIC_NUMBERS
from core.errors import InvalidSpecError
from core.geometry.packed import PackedCrystals, pack, squared_nearest
from core.registry import Spec, option
from core.types import Crystal, FloatArray

_CHUNK_POSITIONS = 384  # rows of distances that stay in the second-level cache


@dataclass(frozen=True, slots=True, kw_only=True)
class GridSpec(Spec):
    """Options of GRID. Ref: doi 10.1039/D2DD00054G."""

    mode: str = option(
        "binned", label="Mode", choices=("binned", "quantile", "gridrdf"),
        help="Histograms, quantiles of each group, or the numbers of the gridrdf package.",
    )  # fmt: skip
    n_groups: int = option(
        100, label="Groups", ge=1, le=2000, help="Neighbours of each site that are counted."
    )
    max_distance: float = option(
        10.0, label="Maximum distance", unit="Å", gt=0, le=100,
        help="Last bin edge; longer distances are kept in the last bin.",
    )  # fmt: skip
    bin_width: float = option(
        0.1, label="Bin width", unit="Å", gt=0, le=10, help="Width of the histogram bins."
    )
    smearing: float = option(
        0.1, label="Smearing", unit="Å", ge=0, le=5,
        help="Standard deviation of the Gaussian around each distance; 0 for none.",
    )  # fmt: skip
    n_quantiles: int = option(
        24, label="Quantiles", ge=1, le=1000,
        help="Values kept of each group; exact when the number of sites divides it.",
    )  # fmt: skip
    centers: tuple[str, ...] = option(
        (), label="Central elements", help="Only these sites are looked from; empty for all."
    )
    neighbors: tuple[str, ...] = option(
        (), label="Neighbour elements", help="Only these sites are looked at; empty for all."
    )
    weight_power: float = option(
        0.0, label="Group weight exponent", ge=0, le=10,
        help="Group k weighs k to the minus this in a distance; 0 weighs all alike.",
    )  # fmt: skip
    disorder: Disorder = option(
        "refuse", label="Partial occupancy", choices=("refuse", "weights"),
        help="Refuse disordered crystals, or weigh sites and neighbours by their occupancy.",
    )  # fmt: skip

    def __post_init__(self) -> None:
        Spec.__post_init__(self)
        bins = whole_bins(self.max_distance, self.bin_width, what="A maximum distance", unit="Å")
        if bins > 100_000:
            raise InvalidSpecError(f"{bins} bins are too many.", hint="Use wider bins.")
        if 0 < self.smearing < 1e-3 * self.bin_width:
            raise InvalidSpecError(
                f"A smearing of {self.smearing:g} Å is too fine for bins of {self.bin_width:g} Å.",
                hint="Use 0 for none, or at least a thousandth of the bin width.",
            )
        for symbol in (*self.centers, *self.neighbors):
            if symbol not in ATOMIC_NUMBERS:
                raise InvalidSpecError(f"{symbol!r} is no element.", hint="Write symbols: Si, O.")

    @property
    def n_bins(self) -> int:
        if self.mode == "gridrdf":  # that package may count one bin more
            return len(bin_edges(self.max_distance, self.bin_width)) - 1
        return round(self.max_distance / self.bin_width)

    @property
    def width(self) -> int:
        """Features of one group."""
        return self.n_quantiles if self.mode == "quantile" else self.n_bins

    @property
    def edges(self) -> FloatArray:
        """Bin edges (n_bins + 1,) in angstrom, or the quantile levels (n_quantiles,)."""
        if self.mode == "quantile":
            return (np.arange(self.n_quantiles) + 0.5) / self.n_quantiles
        if self.mode == "gridrdf":
            return bin_edges(self.max_distance, self.bin_width)
        return np.linspace(0.0, self.max_distance, self.n_bins + 1)

    @property
    def group_weights(self) -> FloatArray:
        """(n_groups,) weights of the groups in a distance, total 1."""
        weights = np.arange(1.0, self.n_groups + 1) ** -self.weight_power
        return weights / weights.sum()

    def chosen(self, symbols: tuple[str, ...]) -> frozenset[int] | None:
        """Atomic numbers of a choice of elements; None for all."""
        return frozenset(ATOMIC_NUMBERS[s] for s in symbols) if symbols else None


def grid(crystal: Crystal, spec: GridSpec | None = None) -> FloatArray:
    """Distribution of the k-th neighbour distance over the sites, for k = 1..n_groups.

    Returns: (n_groups, n_bins) float64 with rows that sum to 1; in mode `quantile` (n_groups,
        n_quantiles) in angstrom; in mode `gridrdf` densities in 1/angstrom. Independent of the
        choice of unit cell.
    Raises: DisorderedStructureError; NeighborShortageError when no site has a chosen element;
        NonFiniteError in mode `gridrdf` when a group lies wholly beyond max_distance.
    """
    spec = spec or GridSpec()
    return grid_batch([crystal], spec, dtype=np.float64)[0]


def grid_batch(
    crystals: Sequence[Crystal],
    spec: GridSpec,
    *,
    dtype: type = np.float32,
    out: FloatArray | None = None,
) -> FloatArray:
    """`grid` of many crystals: (n, n_groups, width) of dtype; `out` when given."""
    return _describe(crystals, spec, True, dtype, out)


def grid_features(
    crystals: Sequence[Crystal],
    spec: GridSpec,
    *,
    dtype: type = np.float32,
    out: FloatArray | None = None,
) -> FloatArray:
    """What distances compare: CDFs at the upper bin edges, quantiles, or gridrdf histograms.

    Returns: (n, n_groups, width) of dtype; `out` when given.
    """
    return _describe(crystals, spec, False, dtype, out)


def _describe(
    crystals: Sequence[Crystal], spec: GridSpec, mass: bool, dtype: type, out: FloatArray | None
) -> FloatArray:
    for crystal in crystals:
        require_ordered(crystal, spec.disorder)
    if out is None:
        out = np.empty((len(crystals), spec.n_groups, spec.width), dtype=dtype)
    centers, neighbors = spec.chosen(spec.centers), spec.chosen(spec.neighbors)
    start = 0
    while start < len(crystals):
        crystal = crystals[start]
        if not crystal.is_ordered or spec.mode == "gridrdf":
            (_package if crystal.is_ordered else _disordered)(crystal, spec, mass, out[start])
            start += 1
            continue
        stop, rows = start, 0
        while (
            stop < len(crystals)
            and crystals[stop].is_ordered
            and (rows == 0 or rows + crystals[stop].n_rows <= _CHUNK_POSITIONS)
        ):
            rows += crystals[stop].n_rows
            stop += 1
        _ordered(pack(crystals[start:stop], centers, neighbors), spec, mass, out[start:stop])
        start = stop
    return out


def _ordered(packed: PackedCrystals, spec: GridSpec, mass: bool, out: FloatArray) -> None:
    squared = squared_nearest(packed, spec.n_groups)
    if spec.mode == "quantile":
        quantile_chunk(squared, packed.starts, packed.is_center, spec.n_groups, out)
    else:
        table, first = smearing_table(spec.bin_width, spec.smearing)
        cdf_chunk(
            squared, packed.starts, packed.is_center, spec.n_groups, 1.0 / spec.bin_width,
            table, first, mass, out,
        )  # fmt: skip


def _package(crystal: Crystal, spec: GridSpec, mass: bool, out: FloatArray) -> None:
    """The gridrdf package's numbers, from distances with the last digit that package sees."""
    distances = package_distances(
        crystal,
        spec.n_groups,
        centers=spec.chosen(spec.centers),
        neighbors=spec.chosen(spec.neighbors),
    )
    out[:] = gridrdf_histogram(
        distances,
        max_distance=spec.max_distance,
        bin_width=spec.bin_width,
        sigma=spec.smearing,
    )


def _disordered(crystal: Crystal, spec: GridSpec, mass: bool, out: FloatArray) -> None:
    centers, neighbors = spec.chosen(spec.centers), spec.chosen(spec.neighbors)
    if spec.mode == "gridrdf":
        raise InvalidSpecError(
            "The gridrdf package has no occupancies.", hint="Use mode binned or quantile."
        )
    if spec.mode == "quantile":
        out[:] = expected_quantiles(crystal, spec.n_groups, spec.n_quantiles, centers, neighbors)
    else:
        cdf = expected_cdf(
            crystal, spec.n_groups, spec.edges[1:], spec.smearing, centers, neighbors
        )
        out[:] = np.diff(cdf, axis=1, prepend=0.0) if mass else cdf


def _labels(spec: GridSpec) -> list[str]:
    if spec.mode == "quantile":
        columns = [f"quantile {level:.4g}" for level in spec.edges]
    else:
        edges = spec.edges
        columns = [f"{low:.6g}-{high:.6g} Å" for low, high in pairwise(edges)]
    return [f"neighbour {k + 1}, {column}" for k in range(spec.n_groups) for column in columns]


DESCRIPTORS.register(
    Descriptor(
        key="grid",
        title="GRID",
        summary="Distribution over the sites of the distance to their 1st, 2nd, ... neighbour.",
        formula=r"p_{kb} = \frac{1}{N} \sum_{i=1}^{N} \left[ \Phi\!\left(\frac{e_b - "
        r"d_{ik}}{\sigma}\right) - \Phi\!\left(\frac{e_{b-1} - d_{ik}}{\sigma}\right) \right]",
        symbols="p_kb: mass of group k in bin b (mode binned); d_ik: distance from site i to its "
        "k-th neighbour; e_b: bin edges, the last bin also holds what lies beyond; σ: smearing; "
        "Φ: normal distribution function; N: sites. Mode quantile: the mid-quantiles of d_ik over "
        "the sites.",
        spec_type=GridSpec,
        compute=grid,
        labels=_labels,
        reference="Zhang, Seth & Cumby, Digital Discovery 2 (2023) 81, doi:10.1039/D2DD00054G",
        limits="Blind to the elements; mirror images and homometric crystals look the same.",
        batch=grid_batch,
    )
)

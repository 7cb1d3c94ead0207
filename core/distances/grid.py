"""Distances on GRID: earth mover's, exact Wasserstein, cosine and Euclidean.

The earth mover's distance of two crystals is the mean over groups of the one-dimensional
Wasserstein distance between the groups, in angstrom. Ref: doi 10.1039/D2DD00054G.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.descriptors.base import require_ordered
from core.descriptors.grid import GridSpec, grid_batch, grid_features
from core.descriptors.grid_disorder import expected_groups
from core.distances.base import DISTANCES, Distance
from core.distances.vectors import cosine_block, euclidean_block
from core.distances.wasserstein import Groups, groups_block
from core.errors import InvalidSpecError
from core.registry import option
from core.types import Crystal, FloatArray

_GRID = "Zhang, Seth & Cumby, Digital Discovery 2 (2023) 81, doi:10.1039/D2DD00054G"


@dataclass(frozen=True, slots=True, kw_only=True)
class GridEmdSpec(GridSpec):
    """Options of the earth mover's distance on GRID: quantiles unless chosen otherwise."""

    mode: str = option(
        "quantile", label="Mode", choices=("quantile", "binned", "gridrdf"),
        help="Quantiles need no bins and no cut-off; the others compare histograms.",
    )  # fmt: skip


def embed_emd(crystals: Sequence[Crystal], spec: GridEmdSpec, dtype: type) -> FloatArray:
    """(n, n_groups * width) vectors whose L1 distance is the earth mover's distance in angstrom."""
    values = grid_features(crystals, spec, dtype=dtype)
    step = {"quantile": 1.0 / spec.width, "binned": spec.bin_width}.get(spec.mode)
    if step is None:  # gridrdf histograms are densities: width once for mass, once for distance
        np.cumsum(values, axis=2, out=values)
        step = spec.bin_width**2
    if spec.weight_power == 0:
        values *= np.asarray(step / spec.n_groups, dtype)
    else:
        values *= (step * spec.group_weights[:, None]).astype(dtype)
    return values.reshape(len(values), -1)


def embed_histogram(crystals: Sequence[Crystal], spec: GridSpec, dtype: type) -> FloatArray:
    """(n, n_groups * n_bins) histograms or quantiles, groups scaled by the root of their weight."""
    values = grid_batch(crystals, spec, dtype=dtype)
    values *= np.sqrt(spec.group_weights * spec.n_groups)[:, None].astype(dtype)
    return values.reshape(len(values), -1)


def embed_groups(crystals: Sequence[Crystal], spec: GridSpec, dtype: type) -> FloatArray:
    """(n,) objects: every distance of every group, for the exact distance."""
    if spec.mode == "gridrdf":
        raise InvalidSpecError("The exact distance has no gridrdf mode.", hint="Use grid-emd.")
    centers, neighbors = spec.chosen(spec.centers), spec.chosen(spec.neighbors)
    out = np.empty(len(crystals), dtype=object)
    for i, crystal in enumerate(crystals):
        require_ordered(crystal, spec.disorder)
        out[i] = Groups.of(expected_groups(crystal, spec.n_groups, centers, neighbors))
    return out


def exact_block(a: FloatArray, b: FloatArray, spec: GridSpec) -> FloatArray:
    """(n, m) exact distances in angstrom, float64."""
    return groups_block(a, b, spec.group_weights)


DISTANCES.register(
    Distance(
        key="grid-emd",
        title="GRID earth mover's distance",
        summary="How far the k-th neighbours of one crystal must move to match the other's.",
        formula=r"D = \sum_{k=1}^{G} w_k \int_0^\infty \left| F^A_k(r) - F^B_k(r) \right| dr, "
        r"\quad w_k \propto k^{-n}, \quad \sum_k w_k = 1",
        symbols="F_k: cumulative distribution of the k-th neighbour distance over the sites; G: "
        "groups; w_k: weight of a group, alike for n = 0.",
        reference=_GRID,
        limits="Blind to the elements; quantiles differ from the exact value by < 0.005 Å.",
        spec_type=GridEmdSpec,
        unit="Å",
        embed=embed_emd,
        bound_width=lambda spec: spec.width,
    )
)
DISTANCES.register(
    Distance(
        key="grid-wasserstein",
        title="GRID earth mover's distance, exact",
        summary="The earth mover's distance of the unbinned, unsmeared groups.",
        formula=r"D = \sum_{k=1}^{G} w_k \int_0^\infty \left| F^A_k(r) - F^B_k(r) \right| dr",
        symbols="F_k: cumulative distribution of the k-th neighbour distances themselves, a step "
        "function; w_k: weight of a group, total 1.",
        reference=_GRID,
        limits="Blind to the elements; tens of times slower than quantiles.",
        spec_type=GridEmdSpec,
        unit="Å",
        embed=embed_groups,
        block=exact_block,
    )
)
DISTANCES.register(
    Distance(
        key="grid-cosine",
        title="GRID cosine distance",
        summary="One minus the cosine between the histograms, all groups as one vector.",
        formula=r"D = 1 - \frac{a \cdot b}{|a|\,|b|}",
        symbols="a, b: histograms p_kb of GRID as one vector, each group scaled by the root of "
        "its weight.",
        reference=_GRID,
        limits="Sees only overlap of bins: two shifted peaks are as far apart as two distant ones.",
        spec_type=GridSpec,
        unit="",
        embed=embed_histogram,
        block=cosine_block,
        is_metric=False,
        why_not_metric="one minus a cosine violates the triangle inequality.",
    )
)
DISTANCES.register(
    Distance(
        key="grid-euclidean",
        title="GRID Euclidean distance",
        summary="Euclidean distance between the histograms, all groups as one vector.",
        formula=r"D = \sqrt{\sum_{kb} G\, w_k \left( p^A_{kb} - p^B_{kb} \right)^2}",
        symbols="p_kb: histograms of GRID; G: groups; w_k: weight of a group, total 1.",
        reference=_GRID,
        limits="Sees only overlap of bins: two shifted peaks are as far apart as two distant ones.",
        spec_type=GridSpec,
        unit="",
        embed=embed_histogram,
        block=euclidean_block,
    )
)

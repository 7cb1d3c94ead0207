"""Group composition ("decorated GRID"): which elements are the k-th neighbours.

GRID is blind to elements, so ABX3 and BAX3 look alike. For each rank k this gives the distribution
of the k-th neighbour's element over the sites. Neighbours at the same distance share their ranks
evenly, so the order of atoms in the file does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from core.descriptors.base import DESCRIPTORS, Descriptor, Disorder, require_ordered
from core.elements import MAX_NUMBER, SYMBOLS
from core.geometry.neighbors import nearest, positions
from core.registry import Spec, option
from core.types import Crystal, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCompositionSpec(Spec):
    """Options of the group composition."""

    n_groups: int = option(
        100, label="Groups", ge=1, le=1000, help="Neighbours of each site that are counted."
    )
    tie: float = option(
        0.01, label="Tie", unit="Å", ge=1e-6, le=1,
        help="Neighbours whose distances differ by less than this share their ranks.",
    )  # fmt: skip
    disorder: Disorder = option(
        "refuse", label="Partial occupancy", choices=("refuse", "weights"),
        help="Refuse disordered crystals, or weigh sites and neighbours by their occupancy.",
    )  # fmt: skip


def group_composition(crystal: Crystal, spec: GroupCompositionSpec | None = None) -> FloatArray:
    """Share of each element among the k-th neighbours: (n_groups, 118), rows sum to 1.

    Column z - 1 belongs to atomic number z.
    Raises: DisorderedStructureError.
    """
    spec = spec or GroupCompositionSpec()
    require_ordered(crystal, spec.disorder)
    places = positions(crystal)
    wanted = spec.n_groups
    while True:
        # Disordered crystals need more positions for the same number of neighbours.
        found = nearest(crystal, wanted, tolerance=spec.tie)
        weight = np.add.reduceat(places.occupancy[found.neighbors], found.starts[:-1])
        if weight.min() >= spec.n_groups - 1e-9:
            break
        wanted = int(1.3 * wanted * spec.n_groups / weight.min()) + 1
    by_kind = np.zeros((spec.n_groups, len(places.numbers)))
    _share(
        found.starts, found.neighbors, found.distances, places.species, places.occupancy,
        spec.tie, by_kind,
    )  # fmt: skip
    out = np.zeros((spec.n_groups, MAX_NUMBER))
    out[:, places.numbers - 1] = by_kind / by_kind.sum(axis=1, keepdims=True)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _share(starts, neighbors, distances, species, occupancy, tie, out):  # type: ignore[no-untyped-def]
    """Add each centre's shells to the ranks they span."""
    n_groups, n_kinds = out.shape
    mix = np.empty(n_kinds)
    for center in range(len(starts) - 1):
        first, end = starts[center], starts[center + 1]
        low = 0.0  # neighbours counted so far, in units of full occupancy
        while first < end and low < n_groups:
            mix[:] = 0.0
            last = first
            while last < end and distances[last] - distances[first] <= tie:
                mix += species[neighbors[last]]
                last += 1
            high = low + mix.sum()
            for k in range(int(low), min(n_groups, int(np.ceil(high)))):
                share = (min(high, k + 1.0) - max(low, float(k))) / (high - low)
                out[k] += occupancy[center] * share * mix
            low, first = high, last


DESCRIPTORS.register(
    Descriptor(
        key="group_composition",
        title="Group composition",
        summary="Distribution over the sites of the element of their 1st, 2nd, ... neighbour.",
        formula=r"c_{kZ} = \frac{1}{N} \sum_{i=1}^{N} s_{ikZ}",
        symbols="c_kZ: share of element Z among the k-th neighbours; s_ikZ: share of Z at rank k "
        "around site i, neighbours at one distance sharing their ranks evenly; N: sites.",
        spec_type=GroupCompositionSpec,
        compute=group_composition,
        labels=lambda spec: [
            f"neighbour {k + 1}, {symbol}" for k in range(spec.n_groups) for symbol in SYMBOLS[1:]
        ],
        reference="After Zhang, Seth & Cumby, Digital Discovery 2 (2023) 81, "
        "doi:10.1039/D2DD00054G; decorated with elements by Gridscope",
        limits="Blind to distances; jumps where two shells cross.",
        continuous=False,
    )
)

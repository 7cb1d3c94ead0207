"""Radial distribution functions, total and by element pair: the baselines beside GRID.

g(r) counts the neighbours of a site in a shell, divided by what a structureless medium of the same
number density would hold, so it tends to 1 at large r whatever the cell.
Ref: Allen & Tildesley, Computer Simulation of Liquids (2017),
doi 10.1093/oso/9780198803195.001.0001.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core.descriptors.base import DESCRIPTORS, Descriptor, Disorder, require_ordered
from core.descriptors.bins import whole_bins
from core.elements import ATOMIC_NUMBERS
from core.errors import InvalidSpecError
from core.geometry.neighbors import positions, within
from core.registry import Spec, option
from core.types import Crystal, FloatArray

_REACH = 6.0  # standard deviations beyond which the smearing is cut
_SAME, _DIFFERENT = "same element", "different elements"


@dataclass(frozen=True, slots=True, kw_only=True)
class RdfSpec(Spec):
    """Options of the radial distribution function."""

    max_distance: float = option(
        10.0, label="Maximum distance", unit="Å", gt=0, le=30,
        help="Neighbours further away are not counted.",
    )  # fmt: skip
    bin_width: float = option(
        0.1, label="Bin width", unit="Å", ge=0.001, le=5, help="Thickness of the shells."
    )
    smearing: float = option(
        0.1, label="Smearing", unit="Å", ge=0, le=2,
        help="Standard deviation of the Gaussian around each distance; 0 for none.",
    )  # fmt: skip
    disorder: Disorder = option(
        "refuse", label="Partial occupancy", choices=("refuse", "weights"),
        help="Refuse disordered crystals, or weigh sites and neighbours by their occupancy.",
    )  # fmt: skip

    def __post_init__(self) -> None:
        Spec.__post_init__(self)
        whole_bins(self.max_distance, self.bin_width, what="A maximum distance", unit="Å")

    @property
    def edges(self) -> FloatArray:
        """(n_bins + 1,) bin edges, angstrom."""
        return np.linspace(0.0, self.max_distance, round(self.max_distance / self.bin_width) + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialRdfSpec(RdfSpec):
    """Options of the partial radial distribution functions."""

    pairs: tuple[str, ...] = option(
        (), label="Element pairs",
        help="Centre-neighbour pairs such as Ti-O; empty for like and unlike elements.",
    )  # fmt: skip

    def __post_init__(self) -> None:
        RdfSpec.__post_init__(self)
        for pair in self.pairs:
            symbols = pair.split("-")
            if len(symbols) != 2 or any(symbol not in ATOMIC_NUMBERS for symbol in symbols):
                raise InvalidSpecError(f"{pair!r} is no element pair.", hint="Write Ti-O.")

    @property
    def rows(self) -> tuple[str, ...]:
        return self.pairs or (_SAME, _DIFFERENT)


def rdf(crystal: Crystal, spec: RdfSpec | None = None) -> FloatArray:
    """g(r) averaged over each bin's shell: (n_bins,) float64, tends to 1.

    Raises: DisorderedStructureError.
    """
    spec = spec or RdfSpec()
    require_ordered(crystal, spec.disorder)
    occupancy = positions(crystal).occupancy[:, None]
    return _shells(crystal, spec, [(occupancy, occupancy)])[0]


def neighbor_counts(crystal: Crystal, spec: RdfSpec | None = None) -> FloatArray:
    """Mean number of neighbours of a site in each bin, (n_bins,): g(r) before the division.

    GRID summed over its groups gives the same, as far as the groups reach.
    Raises: DisorderedStructureError.
    """
    spec = spec or RdfSpec()
    volumes = 4 / 3 * np.pi * np.diff(spec.edges**3)
    occupied = float(positions(crystal).occupancy.sum())
    return rdf(crystal, spec) * occupied / crystal.volume * volumes


def partial_rdf(crystal: Crystal, spec: PartialRdfSpec | None = None) -> FloatArray:
    """g(r) by element pair: (n_pairs, n_bins) float64, each row tends to 1.

    A pair that the crystal does not hold gives zeros.
    Raises: DisorderedStructureError.
    """
    spec = spec or PartialRdfSpec()
    require_ordered(crystal, spec.disorder)
    places = positions(crystal)
    species = {int(z): places.species[:, [i]] for i, z in enumerate(places.numbers)}
    absent = np.zeros((len(places.row), 1))
    weights = []
    for row in spec.rows:
        if row == _SAME:
            weights.append((places.species, places.species))
        elif row == _DIFFERENT:
            weights.append((places.species, places.occupancy[:, None] - places.species))
        else:
            center, neighbor = (ATOMIC_NUMBERS[symbol] for symbol in row.split("-"))
            weights.append((species.get(center, absent), species.get(neighbor, absent)))
    return _shells(crystal, spec, weights)


def _shells(
    crystal: Crystal, spec: RdfSpec, weights: list[tuple[FloatArray, FloatArray]]
) -> FloatArray:
    """g(r) for pairs of weights (n_positions, n_kinds) of centre and neighbour."""
    from scipy.special import ndtr

    edges = spec.edges
    found = within(crystal, spec.max_distance + _REACH * spec.smearing + 1e-9)
    distance, shell = np.unique(np.round(found.distances, 9), return_inverse=True)
    if spec.smearing > 0:
        cumulative = ndtr((edges[None, :] - distance[:, None]) / spec.smearing)
    else:
        cumulative = (distance[:, None] < edges[None, :] - 1e-8).astype(float)
    in_bin = np.diff(cumulative, axis=1)
    volumes = 4 / 3 * np.pi * np.diff(edges**3)
    out = np.zeros((len(weights), len(volumes)))
    for row, (center, neighbor) in enumerate(weights):
        ideal = float((center.sum(axis=0) * neighbor.sum(axis=0)).sum()) / crystal.volume
        if ideal > 0:
            mass = (center[found.centers] * neighbor[found.neighbors]).sum(axis=1)
            out[row] = np.bincount(shell, mass, len(distance)) @ in_bin / (ideal * volumes)
    return out


def _bins(spec: RdfSpec) -> list[str]:
    edges = spec.edges
    return [f"{low:.6g}-{high:.6g} Å" for low, high in pairwise(edges)]


_REFERENCE = (
    "Allen & Tildesley, Computer Simulation of Liquids, 2nd ed. (2017), ch. 2.6, "
    "doi:10.1093/oso/9780198803195.001.0001"
)

DESCRIPTORS.register(
    Descriptor(
        key="rdf",
        title="Radial distribution function",
        summary="Density of neighbours at each distance, relative to the mean density.",
        formula=r"g_b = \frac{1}{N \rho V_b} \sum_{i=1}^{N} n_{ib}",
        symbols="n_ib: neighbours of site i in shell b, smeared by a Gaussian; V_b: volume of the "
        "shell; ρ: sites in a unit of volume; N: sites.",
        spec_type=RdfSpec,
        compute=rdf,
        labels=_bins,
        reference=_REFERENCE,
        limits="Loses which distances belong to the same rank of neighbour.",
    )
)
DESCRIPTORS.register(
    Descriptor(
        key="partial_rdf",
        title="Partial radial distribution functions",
        summary="Radial distribution function of each chosen pair of elements.",
        formula=r"g^{AB}_b = \frac{1}{N_A \rho_B V_b} \sum_{i \in A} n^B_{ib}",
        symbols="n^B_ib: neighbours B of site i in shell b; V_b: volume of the shell; ρ_B: sites "
        "B in a unit of volume; N_A: sites A.",
        spec_type=PartialRdfSpec,
        compute=partial_rdf,
        labels=lambda spec: [f"{row}, {label}" for row in spec.rows for label in _bins(spec)],
        reference=_REFERENCE,
        limits="A pair that a crystal does not hold gives zeros.",
    )
)

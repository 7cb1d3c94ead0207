"""Simple structure features: density, volume, packing, symmetry, lengths of bonds.

A bond joins a site to each neighbour that is not much further than its nearest one, so every
crystal has bonds and no table of radii decides. The same contacts define spheres that touch: each
site's radius is half the distance to its nearest neighbour, hence no two spheres overlap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.descriptors.base import DESCRIPTORS, Descriptor, Disorder, require_ordered
from core.errors import ComputeError
from core.geometry.bonds import covalent_radii
from core.geometry.neighbors import NeighborList, Positions, nearest, positions, within
from core.geometry.space_group_number import space_group_number
from core.geometry.symmetry import crystal_system
from core.registry import Spec, option
from core.types import Crystal, FloatArray

_COINCIDE = 1e-3  # angstrom
SYSTEMS = (
    "triclinic", "monoclinic", "orthorhombic", "tetragonal", "trigonal", "hexagonal", "cubic",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureFeaturesSpec(Spec):
    """Options of the simple structure features."""

    bond_tolerance: float = option(
        0.15, label="Bond tolerance", ge=0.001, le=1,
        help="Neighbours of a site up to this share beyond its nearest one count as bonded.",
    )  # fmt: skip
    symprec: float = option(
        0.01, label="Symmetry tolerance", unit="Å", ge=1e-5, le=1,
        help="How far atoms may be from their ideal place; 0.1 suits measured structures.",
    )  # fmt: skip
    disorder: Disorder = option(
        "refuse", label="Partial occupancy", choices=("refuse", "weights"),
        help="Refuse disordered crystals, or weigh sites and neighbours by their occupancy.",
    )  # fmt: skip


def structure_features(crystal: Crystal, spec: StructureFeaturesSpec | None = None) -> FloatArray:
    """Density, volume per atom, packing, bonds and symmetry: (19,) float64, see the labels.

    Raises: DisorderedStructureError; ComputeError when two atoms coincide; ConvergenceError when
        no symmetry can be found.
    """
    spec = spec or StructureFeaturesSpec()
    require_ordered(crystal, spec.disorder)
    places = positions(crystal)
    first = nearest(crystal, 1)
    shortest = first.distances[first.starts[:-1]]
    if shortest.min() < _COINCIDE:
        raise ComputeError(
            f"Two atoms of {crystal.id!r} are {shortest.min():.2g} Å apart.",
            hint="The file may list atoms twice: the doctor merges those of the same element.",
        )
    touching = 4 / 3 * np.pi * float(places.occupancy @ (shortest / 2) ** 3) / crystal.volume
    covalent = places.species @ covalent_radii()[places.numbers] ** 3
    number = space_group_number(crystal, symprec=spec.symprec)
    values = [
        crystal.density,
        crystal.volume / float(places.occupancy.sum()),
        touching,
        4 / 3 * np.pi * float(covalent.sum()) / crystal.volume,
        *_bonds(places, _bonded(crystal, shortest, spec.bond_tolerance)),
        number,
        *(float(crystal_system(number) == system) for system in SYSTEMS),
    ]
    return np.array(values, dtype=np.float64)


def _bonded(crystal: Crystal, shortest: FloatArray, tolerance: float) -> NeighborList:
    """Neighbours of each site up to (1 + tolerance) times its shortest contact."""
    reach = (1 + tolerance) * shortest
    found = within(crystal, float(reach.max()))
    keep = found.distances <= reach[found.centers]
    centers = found.centers[keep]
    return NeighborList(
        centers, found.neighbors[keep], found.distances[keep], found.images[keep],
        np.searchsorted(centers, np.arange(len(shortest) + 1)),
    )  # fmt: skip


def _bonds(places: Positions, bonds: NeighborList) -> list[float]:
    """Bond lengths (mean, spread, shortest, longest), over radii, and coordination numbers."""
    occupancy = places.occupancy
    weight = occupancy[bonds.centers] * occupancy[bonds.neighbors]
    mean = float(np.average(bonds.distances, weights=weight))
    spread = float(np.sqrt(np.average((bonds.distances - mean) ** 2, weights=weight)))
    # A mixed site has the mean radius of its species.
    radius = places.species @ covalent_radii()[places.numbers] / occupancy
    sums = radius[bonds.centers] + radius[bonds.neighbors]
    relative = float(np.average(bonds.distances / sums, weights=weight))
    counts = np.add.reduceat(occupancy[bonds.neighbors], bonds.starts[:-1])
    coordination = float(np.average(counts, weights=occupancy))
    variance = np.average((counts - coordination) ** 2, weights=occupancy)
    return [
        mean, spread, float(bonds.distances.min()), float(bonds.distances.max()), relative,
        coordination, float(np.sqrt(variance)),
    ]  # fmt: skip


def _labels(_: StructureFeaturesSpec) -> list[str]:
    return [
        "density [g/cm³]",
        "volume per atom [Å³/atom]",
        "packing fraction, touching spheres",
        "packing fraction, covalent radii",
        "bond length mean [Å]",
        "bond length standard deviation [Å]",
        "bond length min [Å]",
        "bond length max [Å]",
        "bond length over sum of covalent radii, mean",
        "coordination number mean",
        "coordination number standard deviation",
        "space group number",
        *(f"crystal system {system}" for system in SYSTEMS),
    ]


DESCRIPTORS.register(
    Descriptor(
        key="structure_features",
        title="Structure features",
        summary="Density, volume per atom, packing fractions, bond lengths, coordination numbers "
        "and symmetry in 19 numbers.",
        formula=r"\eta = \frac{4 \pi}{3 V} \sum_i w_i \left(\tfrac{1}{2} \min_j d_{ij}\right)^3, "
        r"\quad \bar d = \langle d_{ij} \rangle_{d_{ij} \le (1 + t) \min_k d_{ik}}",
        symbols="η: packing fraction of spheres that touch; d_ij: distances between sites; w_i: "
        "occupancy; t: bond tolerance; d̄: mean bond length, over all bonds; V: volume of the cell. "
        "The crystal system is 0 or 1 in each of seven columns.",
        spec_type=StructureFeaturesSpec,
        compute=structure_features,
        labels=_labels,
        unit="in the name of each feature",
        reference="Ward et al., Comput. Mater. Sci. 152 (2018) 60, "
        "doi:10.1016/j.commatsci.2018.05.018 (such features in general); covalent radii: Cordero "
        "et al., Dalton Trans. (2008) 2832, doi:10.1039/b801115j; packing and bonds as defined "
        "here",
        limits="Symmetry, bonds and coordination numbers jump under small displacements; one site "
        "with a very short contact has few bonds.",
        continuous=False,
    )
)

"""Angles and distances at atoms that bridge two centres: T-O-T of zeolites, M-O-M of oxides.

The ad hoc geometric features of the work on zeolites: mean, geometric mean, harmonic mean, largest,
smallest and variance, of the angles centre-bridge-centre and of the distances centre-bridge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.descriptors.base import DESCRIPTORS, Descriptor, Disorder, require_ordered
from core.errors import NeighborShortageError
from core.geometry.bonds import BOND_SCALE, bridge_bonds, check_elements, pairs_at_bridges
from core.registry import Spec, option
from core.types import Crystal, FloatArray

STATISTICS = ("mean", "geometric mean", "harmonic mean", "max", "min", "variance")


@dataclass(frozen=True, slots=True, kw_only=True)
class TotGeometrySpec(Spec):
    """Options of the geometry at bridges."""

    centers: tuple[str, ...] = option(
        ("Si",), label="Centres", help="Elements that are bridged; a crystal without is refused."
    )
    bridges: tuple[str, ...] = option(
        ("O",), label="Bridges", help="Elements that bridge two centres."
    )
    bond_scale: float = option(
        BOND_SCALE, label="Bond scale", ge=0.5, le=2,
        help="Centre and bridge are bonded up to this many times the sum of their covalent radii.",
    )  # fmt: skip
    disorder: Disorder = option(
        "refuse", label="Partial occupancy", choices=("refuse", "weights"),
        help="Refuse disordered crystals, or weigh bonds and angles by the occupancies.",
    )  # fmt: skip

    def __post_init__(self) -> None:
        Spec.__post_init__(self)
        check_elements(self.centers, "centre")
        check_elements(self.bridges, "bridge")


def tot_geometry(crystal: Crystal, spec: TotGeometrySpec | None = None) -> FloatArray:
    """Statistics of angles (degrees) and then of distances (angstrom): (12,) float64.

    Variances are of the population, in degrees² and angstrom². A bridge between three centres has
    three angles.
    Raises: DisorderedStructureError; NeighborShortageError when nothing is bridged.
    """
    spec = spec or TotGeometrySpec()
    require_ordered(crystal, spec.disorder)
    bonds = bridge_bonds(crystal, spec.centers, spec.bridges, spec.bond_scale)
    one, other = pairs_at_bridges(bonds)
    if not len(one):
        raise NeighborShortageError(
            f"No {'/'.join(spec.bridges)} of {crystal.id!r} bridges two {'/'.join(spec.centers)}.",
            hint="Raise the bond scale or choose other elements.",
        )
    a, b = bonds.vectors[one], bonds.vectors[other]
    # The arc cosine loses half of the digits near 180 degrees, where many T-O-T angles lie.
    sine, cosine = np.linalg.norm(np.cross(a, b), axis=1), (a * b).sum(axis=1)
    angles = np.degrees(np.arctan2(sine, cosine))
    share = bonds.center_share[bonds.centers]
    at_bridge = bonds.bridge_share[bonds.bridges]
    return np.concatenate([
        _statistics(angles, at_bridge[one] * share[one] * share[other]),
        _statistics(bonds.distances, at_bridge * share),
    ])  # fmt: skip


def _statistics(values: FloatArray, weights: FloatArray) -> FloatArray:
    """The six `STATISTICS` of positive values."""
    mean = float(np.average(values, weights=weights))
    # Two overlapping centres make an angle of zero, whose geometric and harmonic means are zero.
    with np.errstate(divide="ignore"):
        geometric = float(np.exp(np.average(np.log(values), weights=weights)))
        harmonic = 1 / float(np.average(1 / values, weights=weights))
    variance = float(np.average((values - mean) ** 2, weights=weights))
    return np.array([mean, geometric, harmonic, values.max(), values.min(), variance])


def _labels(spec: TotGeometrySpec) -> list[str]:
    center, bridge = "/".join(spec.centers), "/".join(spec.bridges)
    out = []
    angle, distance = f"{center}-{bridge}-{center} angle", f"{center}-{bridge} distance"
    for name, unit in ((angle, "°"), (distance, "Å")):
        out += [f"{name} {s} [{unit}{'²' if s == 'variance' else ''}]" for s in STATISTICS]
    return out


def _requires(spec: TotGeometrySpec) -> frozenset[str]:
    return frozenset(kinds[0] for kinds in (spec.centers, spec.bridges) if len(kinds) == 1)


DESCRIPTORS.register(
    Descriptor(
        key="tot_geometry",
        title="Angles and distances at bridges (T-O-T)",
        summary="Mean, geometric and harmonic mean, largest, smallest and variance of the angles "
        "centre-bridge-centre and of the distances centre-bridge.",
        formula=r"\theta_{ibj} = \angle(\mathbf r_i - \mathbf r_b, \mathbf r_j - \mathbf r_b), "
        r"\quad d_{ib} = |\mathbf r_i - \mathbf r_b| \le s (R_i + R_b)",
        symbols="i, j: centres (Si); b: the atom that bridges them (O); R: covalent radii; s: bond "
        "scale. The means are arithmetic, exp⟨ln x⟩ and 1/⟨1/x⟩; the variance is ⟨(x − ⟨x⟩)²⟩.",
        spec_type=TotGeometrySpec,
        compute=tot_geometry,
        labels=_labels,
        unit="in the name of each feature",
        reference="Ducamp & Coudert, J. Phys. Chem. C 126 (2022) 1651, "
        "doi:10.1021/acs.jpcc.1c09737; covalent radii: Cordero et al., Dalton Trans. (2008) 2832, "
        "doi:10.1039/b801115j",
        limits="Only for crystals in which the bridges join the centres; jumps where a bond passes "
        "the bond scale; bridges of several atoms (imidazolate) are not followed.",
        continuous=False,
        requires=_requires,
    )
)

"""Coordination sequences: how many centres are 1, 2, ... steps away on the net of a framework.

The topology alone counts: two centres are one step apart when they share a bridging atom (T-O-T),
or, without bridges, when they are bonded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.descriptors.base import DESCRIPTORS, Descriptor, Disorder, require_ordered
from core.errors import InvalidSpecError
from core.geometry.bonds import BOND_SCALE, check_elements, net
from core.geometry.shells import shell_sizes
from core.registry import Spec, option
from core.types import Crystal, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class CoordinationSequencesSpec(Spec):
    """Options of the coordination sequences."""

    centers: tuple[str, ...] = option(
        ("Si",), label="Centres", help="Elements on the nodes of the net."
    )
    bridges: tuple[str, ...] = option(
        ("O",), label="Bridges",
        help="Elements that join two centres; empty when centres are bonded themselves.",
    )  # fmt: skip
    first_shell: int = option(
        2, label="First shell", ge=1, le=30,
        help="The first shell is the same for all zeolites: 4.",
    )  # fmt: skip
    last_shell: int = option(13, label="Last shell", ge=1, le=30, help="Steps that are followed.")
    bond_scale: float = option(
        BOND_SCALE, label="Bond scale", ge=0.5, le=2,
        help="Atoms are bonded up to this many times the sum of their covalent radii.",
    )  # fmt: skip
    disorder: Disorder = option(
        "refuse", label="Partial occupancy", choices=("refuse", "weights"),
        help="Refuse disordered crystals, or take every position for the net and weigh the mean.",
    )  # fmt: skip

    def __post_init__(self) -> None:
        Spec.__post_init__(self)
        check_elements(self.centers, "centre")
        check_elements(self.bridges, "bridge", may_be_empty=True)
        if self.first_shell > self.last_shell:
            raise InvalidSpecError(
                f"The first shell is {self.first_shell}, the last one {self.last_shell}.",
                hint="The first shell can't come after the last.",
            )


def coordination_sequences(
    crystal: Crystal, spec: CoordinationSequencesSpec | None = None
) -> FloatArray:
    """Mean over the centres of the number of centres in each shell: (n_shells,) float64.

    Raises: DisorderedStructureError; NeighborShortageError when nothing is joined;
        MemoryBudgetError for far more centres than a framework holds.
    """
    spec = spec or CoordinationSequencesSpec()
    sizes, weights = sequences(crystal, spec)
    return np.average(sizes, axis=0, weights=weights)


def sequences(
    crystal: Crystal, spec: CoordinationSequencesSpec
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Coordination sequence of every centre (n_centres, n_shells) and its weight in the mean.

    Raises: as `coordination_sequences`.
    """
    require_ordered(crystal, spec.disorder)
    graph = net(crystal, spec.centers, spec.bridges, spec.bond_scale)
    sizes = shell_sizes(graph, spec.last_shell)[:, spec.first_shell - 1 :]
    return sizes.astype(np.float64), graph.weights


def _labels(spec: CoordinationSequencesSpec) -> list[str]:
    name = "-".join(filter(None, ("/".join(spec.centers), "/".join(spec.bridges))))
    return [f"{name} shell {k} mean" for k in range(spec.first_shell, spec.last_shell + 1)]


def _requires(spec: CoordinationSequencesSpec) -> frozenset[str]:
    return frozenset(kinds[0] for kinds in (spec.centers, spec.bridges) if len(kinds) == 1)


DESCRIPTORS.register(
    Descriptor(
        key="coordination_sequences",
        title="Coordination sequences",
        summary="Number of centres 2, 3, ... steps away on the net, as the mean over the centres.",
        formula=r"N_k = \frac{1}{N} \sum_{i=1}^{N} \left|\{ j : \ell(i, j) = k \}\right|",
        symbols="ℓ(i, j): fewest steps on the net from centre i to centre j, images included; N: "
        "centres in the cell. A step leads over a bridge (Si-O-Si) or along a bond.",
        spec_type=CoordinationSequencesSpec,
        compute=coordination_sequences,
        labels=_labels,
        reference="Ducamp & Coudert, J. Phys. Chem. C 126 (2022) 1651, "
        "doi:10.1021/acs.jpcc.1c09737; Grosse-Kunstleve, Brunner & Sloane, Acta Cryst. A52 (1996) "
        "879, doi:10.1107/S0108767396007519",
        limits="Blind to lengths, angles and elements; only for crystals in which the bridges join "
        "the centres; jumps where a bond passes the bond scale.",
        continuous=False,
        requires=_requires,
    )
)

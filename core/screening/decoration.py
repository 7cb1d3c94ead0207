"""Prototypes decorated with elements whose charges balance.

A prototype is a template all of whose elements may change. Decorations are ranked by how readily
the new elements take the place of the prototype's own, or drawn at random, and kept only where
common oxidation states add up to zero. Elements and alloys have no charges to balance: switch it
off for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.registry import option
from core.screening.candidates import Candidates
from core.screening.likelihood import Likelihood
from core.screening.radii import CHOICES
from core.screening.substitution import Made, SubstitutionSpec, substitute
from core.screening.templates import Template
from core.types import Progress, ShouldStop

EVERY = 5  # kinds of sites: as many as any option allows to change


@dataclass(frozen=True, slots=True, kw_only=True)
class DecorationSpec(SubstitutionSpec):
    """Options of decorating prototypes."""

    source: str = option(
        "ions", label="Likelihoods", choices=("ions", "mendeleev", "uniform"),
        help="Of an element in the place of the prototype's own; uniform with draw sampled tries "
        "all alike.",
    )  # fmt: skip
    per_parent: int = option(
        200, label="Per prototype", ge=1, le=20_000, help="Decorations of each, at most."
    )
    max_changed: int = option(
        EVERY, label="Elements changed", ge=1, le=EVERY, help="Of those of the prototype."
    )
    radii: str = option(
        "covalent", label="Radii", choices=CHOICES,
        help="By which cells are rescaled. Prototypes are too few to fit radii to; with many known "
        "crystals beside them choose library.",
    )  # fmt: skip
    charge_balance: bool = option(
        True, label="Charge balance", help="Only what common oxidation states make neutral."
    )
    max_atoms: int = option(
        30, label="Atoms of a prototype", ge=1, le=2000, help="Larger prototypes are left out."
    )


def decorate(
    prototypes: Sequence[Template],
    likelihood: Likelihood,
    spec: DecorationSpec,
    *,
    seed: int = 0,
    known: Sequence[Template] = (),
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> tuple[Candidates, Made]:
    """Decorated prototypes, the likeliest first; of prototypes with one label the first counts.

    Raises: JobCancelled; InvalidSpecError.
    """
    single: dict[str, Template] = {}
    for i, template in enumerate(prototypes):
        single.setdefault(template.label.partition(":")[0] or f"{i}", template)
    return substitute(
        tuple(single.values()), likelihood, replace(spec), seed=seed, known=known,
        on_progress=on_progress, should_stop=should_stop,
    )  # fmt: skip

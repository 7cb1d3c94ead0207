"""Limits on hull and novelty, and the ends of a rank or a front, as specs."""

from __future__ import annotations

from dataclasses import dataclass

from core.registry import Spec, option
from core.screening.criteria import Criterion
from core.screening.pareto import SENSES

ABOVE_HULL = "energy_above_known_hull_eV_per_atom"


@dataclass(frozen=True, slots=True, kw_only=True)
class HullSpec(Spec):
    """A limit on the energy above the hull of known phases."""

    energy: str = option(
        "formation_energy_eV_per_atom", label="Energy", help="Predicted, and known of the phases."
    )
    threshold: float = option(
        0.0, label="At most", unit="eV/atom", ge=-10, le=10, help="Above the hull."
    )
    how: str = option(
        "value", label="Judged by", choices=("value", "shifted", "probability"),
        help="The energy; with k standard deviations on top; its probability (Gaussian).",
    )  # fmt: skip
    k: float = option(1.0, label="Standard deviations", ge=0, le=10, help="Of shifted.")
    least: float = option(
        0.5, label="Least probability", gt=0, le=0.999, help="Of being below the threshold."
    )
    formation: bool = option(
        True, label="Energies of formation", help="Elements then are phases at zero."
    )

    @property
    def criterion(self) -> Criterion:
        return Criterion(
            key=ABOVE_HULL, high=self.threshold, how=self.how, k=self.k, least=self.least
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NoveltySpec(Spec):
    """What is asked of the distance to the crystals the models were trained on."""

    farthest: float = option(
        1.0, label="Farthest", gt=0, le=1,
        help="Candidates farther from their nearest training crystal than this share of the "
        "training crystals from theirs are removed; 1 keeps all.",
    )  # fmt: skip
    unseen_elements: str = option(
        "drop", label="Unseen elements", choices=("keep", "drop"),
        help="Candidates with elements that no training crystal holds.",
    )  # fmt: skip
    unseen_prototypes: str = option(
        "keep", label="Unseen prototypes", choices=("keep", "drop", "only"),
        help="Candidates of prototypes that no known crystal has.",
    )  # fmt: skip
    beyond: str = option(
        "keep", label="Beyond the training values", choices=("keep", "drop"),
        help="Candidates whose predicted value no training crystal reaches.",
    )  # fmt: skip

    outside_hull: str = option(
        "keep", label="Outside of the known crystals' hull", choices=("keep", "drop"),
        help="Candidates outside the convex hull of the known crystals, along three principal "
        "directions of their element statistics.",
    )  # fmt: skip

    @property
    def needs_prototypes(self) -> bool:
        return self.unseen_prototypes != "keep"

    @property
    def needs_known(self) -> bool:
        """Whether known crystals are needed, not the models' domain alone."""
        return self.needs_prototypes or self.outside_hull != "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal(Spec):
    """A property and its good end, for ranks and fronts."""

    key: str = option("", label="Property")
    sense: str = option("low", label="Good end", choices=SENSES)

"""What the boosted models of zeolites rest on: importances (Fig. 1, 3), dependence (Fig. 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.explain.collinear import collinear_groups
from core.explain.importances import Importances
from core.explain.partial_dependence import PartialDependence, partial_dependence
from core.labs.zeolites import ANGLE, COMBINED, FAMILIES, Zeolites
from core.labs.zeolites_trials import BEST, columns_of, grow, mean_over
from core.models import Context
from core.types import FloatArray

SEEDS = 15
CORRELATED = 0.9
TURN = 142.0  # degrees; where the paper sees the dependence set in
_POINTS = 40
GROWING = "growing trees"


@dataclass(frozen=True, slots=True, eq=False)
class Reasons:
    """What models of one target, fitted on all frameworks, rest on.

    Attributes:
        impurity: importances over seeds, by family (the combined one last).
        near: by family, groups of descriptors that are nearly collinear, by name.
        dependence: on the harmonic mean of the Si-O-Si angles, of the mean over seeds.
        second: the same on the shortest Si-O distance, Fig. 2's other panel.
    """

    impurity: dict[str, Importances]
    near: dict[str, tuple[tuple[str, ...], ...]]
    dependence: PartialDependence
    second: PartialDependence


_SHORTEST = 10  # column of the shortest Si-O distance


def find_reasons(
    zeolites: Zeolites,
    key: str,
    *,
    seeds: int = SEEDS,
    seed: int = 0,
    context: Context | None = None,
) -> Reasons:
    """Importances of all families and dependence of the geometric one.

    Raises: JobCancelled.
    """
    context = context or Context()
    y = zeolites.target(key).values
    impurity: dict[str, Importances] = {}
    near: dict[str, tuple[tuple[str, ...], ...]] = {}
    best: list[FloatArray] = []
    names: list[str] = []
    grown: list[Any] = []
    steps = [(family, s) for family in (*FAMILIES, COMBINED) for s in range(seeds)]
    done = 0
    for family in (*FAMILIES, COMBINED):
        if family is COMBINED:
            x, labels = np.hstack(best), tuple(names)
        else:
            x, labels = columns_of(zeolites, family)
        models = []
        for s in range(seeds):
            context.step(done, len(steps), GROWING)
            models.append(grow(family, x, y, seed + s))
            done += 1
        found = Importances(labels, np.array([m.feature_importances_ for m in models]), np.empty(0))
        impurity[family.key] = found
        near[family.key] = tuple(
            tuple(labels[j] for j in group.tolist())
            for group in collinear_groups(x, threshold=CORRELATED)
        )
        best.append(x[:, found.order[:BEST]])
        names += [labels[j] for j in found.order[:BEST].tolist()]
        grown = grown or models
    return Reasons(impurity, near, *_dependences(zeolites, grown))


def _dependences(
    zeolites: Zeolites, models: list[Any]
) -> tuple[PartialDependence, PartialDependence]:
    x, labels = columns_of(zeolites, FAMILIES[0])
    first, second = (
        partial_dependence(
            lambda rows: mean_over(models, rows), x, [column], names=[labels[column]],
            points=_POINTS,
        )
        for column in (ANGLE, _SHORTEST)
    )  # fmt: skip
    return first, second


def slopes(found: PartialDependence, turn: float = TURN) -> tuple[float, float]:
    """Slopes of straight lines below and above the turn, in the target's unit per degree.

    NaN where fewer than two points of the grid lie on a side.
    """
    x, y = found.grids[0], found.average
    return _slope(x[x <= turn], y[x <= turn]), _slope(x[x >= turn], y[x >= turn])


def _slope(x: FloatArray, y: FloatArray) -> float:
    return float(np.polyfit(x, y, 1)[0]) if len(x) > 1 else float("nan")

"""Columns to a shortlist: the filters of a request in order, what passed and why.

Hull and novelty are columns like any other; the Pareto front and the removal of duplicates look
only at what the filters before them left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidSpecError
from core.screening.criteria import Column, Criterion
from core.screening.funnel import Funnel, Stage, run_funnel
from core.screening.limits import Goal, HullSpec, NoveltySpec
from core.screening.pareto import pareto_front
from core.types import FloatArray, IntArray
from core.units import quantity

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known of n candidates besides predictions, as far as it was asked for.

    Attributes:
        percentile: (n,) of the distance to the nearest training crystal; NaN without a space.
        nearest: id of the nearest training crystal, or ''.
        unseen: elements that no training crystal holds.
        new_prototype: (n,) whether no known crystal is of its prototype; None when not looked at.
        within_hull: (n,) whether it lies in the convex hull of the known crystals along three
            principal directions of their element statistics; None when not looked at.
    """

    percentile: FloatArray
    nearest: Sequence[str]
    unseen: Sequence[str]
    new_prototype: Mask | None = None
    within_hull: Mask | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """All that is asked of candidates.

    Attributes:
        criteria: windows on predicted properties, in order.
        hull: or None.
        novelty: or None.
        pareto: goals of a front among what the filters left; () for none.
        order: by which the shortlist is ranked; None for the probability of meeting all criteria.
        duplicates: angstrom under GRID within which two of one formula are one; 0 for none.
    """

    criteria: tuple[Criterion, ...] = ()
    hull: HullSpec | None = None
    novelty: NoveltySpec | None = None
    pareto: tuple[Goal, ...] = ()
    order: Goal | None = None
    duplicates: float = 0.0

    def thresholds(self) -> list[dict[str, Any]]:
        """Every limit with its unit and meaning, for exports."""
        out = [c.thresholds() for c in self.criteria]
        if self.hull:
            out.append({**self.hull.criterion.thresholds(), "energy": self.hull.energy})
        return out


@dataclass(frozen=True, slots=True, eq=False)
class Screened:
    """The outcome.

    Attributes:
        funnel: the filters and their counts.
        score: (n,) by which candidates are ranked, the lower the better; NaN sorts last.
        ranked: (n_passed,) candidates that passed, best first.
    """

    funnel: Funnel
    score: FloatArray
    ranked: IntArray = field(repr=False)


def screen(
    request: Request,
    columns: Mapping[str, Column],
    known: Known | None,
    n: int,
    duplicates: Callable[[IntArray], Mask] | None = None,
) -> Screened:
    """Apply all filters of a request to n candidates.

    Args:
        columns: by key; that of the hull is `ABOVE_HULL`.
        duplicates: ranked rows -> (n_rows,) those that repeat an earlier one.

    Raises: InvalidSpecError for a property that was not predicted, an uncertainty a model does not
        state, novelty that was not looked at.
    """
    stages = [_window(c, columns) for c in request.criteria]
    if request.hull is not None:
        stages.append(_window(request.hull.criterion, columns, "hull"))
    if request.novelty is not None:
        stages += _novelty(request.novelty, known, columns)
    score = _score(request, columns, n)
    if request.pareto:
        stages.append(_front(request.pareto, columns, run_funnel(_numbered(stages), n).passed))
    if request.duplicates > 0 and duplicates is not None:
        left = _ranked(run_funnel(_numbered(stages), n).rows, score)
        repeated = np.zeros(n, dtype=bool)
        repeated[left] = duplicates(left)
        stages.append(
            Stage("duplicates", f"No likelier one of its formula within {request.duplicates:g} Å",
                  ~repeated, None, "Looked at only among what the filters before it left.")
        )  # fmt: skip
    funnel = run_funnel(_numbered(stages), n)
    return Screened(funnel, score, _ranked(funnel.rows, score))


def column_of(columns: Mapping[str, Column], key: str) -> Column:
    """Raises: InvalidSpecError naming what was predicted."""
    if key not in columns:
        raise InvalidSpecError(
            f"Nothing predicts {quantity(key).label!r} ({key}).",
            hint="Predicted: " + (", ".join(columns) or "nothing") + ".",
        )
    return columns[key]


def _window(criterion: Criterion, columns: Mapping[str, Column], key: str = "") -> Stage:
    column = column_of(columns, criterion.key)
    notes = []
    if criterion.how != "value" and column.is_uniform:
        notes.append("The uncertainty is the same for all candidates: it only moves the threshold.")
    if criterion.how != "value" and np.isfinite(share := column.share):
        notes.append(
            f"The uncertainty is {share:.1%} of every value, so it ranks candidates as the value "
            "does: as many would pass a stricter bound without it."
        )
    if missing := int(np.isnan(column.mean).sum()):
        notes.append(f"{missing:,} candidates have no value and do not pass.")
    if column.beyond.any():
        notes.append(f"{int(column.beyond.sum()):,} values lie outside the training values.")
    return Stage(
        key or criterion.key, criterion.title, criterion.passed(column),
        lambda i: criterion.reason(column, i), " ".join(notes),
    )  # fmt: skip


def _novelty(spec: NoveltySpec, known: Known | None, columns: Mapping[str, Column]) -> list[Stage]:
    if known is None:
        raise InvalidSpecError(
            "Novelty can't be judged: the models do not carry their training domain.",
            hint="Train them again with this version.",
        )
    stages = []
    if spec.unseen_elements == "drop":
        seen = np.asarray(known.unseen, dtype=np.str_) == ""
        stages.append(Stage("elements", "All elements known to the models", seen))
    if spec.farthest < 1:
        near = known.percentile <= spec.farthest
        title = f"No farther from the training crystals than {spec.farthest:.0%} of them"
        note = (
            "Without a space to measure in, no candidate passes."
            if np.isnan(known.percentile).all() and len(near) else ""
        )  # fmt: skip
        stages.append(Stage("distance", title, near, lambda i: _nearest(known, i), note))
    if spec.unseen_prototypes != "keep":
        if known.new_prototype is None:
            raise InvalidSpecError(
                "Prototypes were not looked at.", hint="Give the known crystals to compare with."
            )
        wanted = spec.unseen_prototypes == "only"
        title = "Of a prototype no known crystal has" if wanted else "Of a known prototype"
        passed = known.new_prototype if wanted else ~known.new_prototype
        stages.append(Stage("prototype", title, passed))
    if spec.outside_hull == "drop":
        if known.within_hull is None:
            raise InvalidSpecError(
                "The hull of the known crystals was not looked at.",
                hint="Give at least five known crystals of different compositions.",
            )
        title = "Element statistics in the hull of the known crystals"
        stages.append(Stage("extent", title, known.within_hull))
    if spec.beyond == "drop":
        inside = np.ones(len(known.percentile), dtype=bool)
        for column in columns.values():
            inside &= ~column.beyond
        stages.append(Stage("range", "Predicted values among the training values", inside))
    return stages


def _nearest(known: Known, i: int) -> str:
    return (
        f"nearest training crystal {known.nearest[i]}, farther than {known.percentile[i]:.0%} of "
        "the training crystals from theirs"
    )


def _front(goals: Sequence[Goal], columns: Mapping[str, Column], left: Mask) -> Stage:
    values = np.stack([column_of(columns, g.key).mean for g in goals], axis=1)
    rows = np.flatnonzero(left & np.isfinite(values).all(axis=1))
    on = np.zeros(len(left), dtype=bool)
    on[rows] = pareto_front(values[rows], [g.sense for g in goals])
    words = ", ".join(f"{quantity(g.key).label} {g.sense}" for g in goals)
    return Stage("pareto", f"On the Pareto front of {words}", on, None,
                 "The front of what the filters before it left.")  # fmt: skip


def _score(request: Request, columns: Mapping[str, Column], n: int) -> FloatArray:
    """By the goal; else minus the probability of meeting all criteria that have an uncertainty,
    else the energy above the hull, or the last window's value towards its bound.
    """
    if request.order is not None:
        mean = column_of(columns, request.order.key).mean
        return mean if request.order.sense == "low" else -mean
    criteria = list(request.criteria)
    if request.hull is not None:
        criteria.append(request.hull.criterion)
    stated = [c for c in criteria if column_of(columns, c.key).std is not None]
    if stated:
        chance = np.ones(n)
        for c in stated:
            plain = Criterion(key=c.key, low=c.low, high=c.high)
            chance = chance * plain.probability(columns[c.key])
        return -chance
    for c in reversed(criteria):
        mean = columns[c.key].mean
        return mean if c.high is not None else -mean
    return np.zeros(n)


def _ranked(rows: IntArray, score: FloatArray) -> IntArray:
    return rows[np.argsort(score[rows], kind="stable")]


def _numbered(stages: Sequence[Stage]) -> list[Stage]:
    """Two windows on one property get keys of their own."""
    out, seen = [], dict[str, int]()
    for stage in stages:
        seen[stage.key] = seen.get(stage.key, 0) + 1
        key = stage.key if seen[stage.key] == 1 else f"{stage.key} {seen[stage.key]}"
        out.append(Stage(key, stage.title, stage.passed, stage.reason, stage.note))
    return out

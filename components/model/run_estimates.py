"""What jobs that look again at a run will take, before they start.

Seconds are of one core and right within a factor of two or three, as those of the run itself; the
memory is that of the run: the same crystals are described and the same model is fitted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from components import runs
from core.descriptors import DESCRIPTORS
from core.errors import MemoryBudgetError
from core.evaluation import SPLITS
from core.evaluation.columns import named_columns
from core.evaluation.grid_blocks import grid_sources
from core.evaluation.importances import trees_of
from core.jobs.estimate import duration, size
from core.jobs.estimate_learning import (
    LearningEstimate,
    estimate_curve,
    estimate_learning,
    fit_seconds,
    sizes_of_tests,
)
from core.jobs.explain import spec_needs
from core.jobs.learn import read_choice, read_model
from core.models import MODELS
from core.types import Crystal

_ASK_SECONDS = 20.0  # what takes longer waits for a click
_START = 3.0  # seconds in which a worker loads what it learns with
_ANSWER, _ANSWER_EACH, _ANSWER_PAIR = 6e-3, 1e-4, 1.3e-7  # a call; each crystal; each pair
_GROUPS, _BLOCKS = 10, 18  # parts beside the features: collinear groups; of each GRID


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a job will take.

    Attributes:
        seconds: on one core.
        total, budget: bytes it holds at once; that it may hold.
    """

    seconds: float
    total: int
    budget: int

    @property
    def is_short(self) -> bool:
        """Whether it may begin without a click."""
        return self.seconds <= _ASK_SECONDS

    def __str__(self) -> str:
        return f"About {duration(self.seconds)} on a free core, {size(self.total)} of memory."

    def require(self) -> None:
        """Refuse what does not fit. Raises: MemoryBudgetError with the way out."""
        if self.total > self.budget:
            raise MemoryBudgetError(
                f"This needs about {size(self.total)} at once; the budget is {size(self.budget)}.",
                hint="Train the run on fewer crystals, or raise GRIDSCOPE_MEMORY_GB.",
                context={"bytes": self.total, "budget": self.budget},
            )


def of_importances(run: runs.Run, crystals: Sequence[Crystal], asked: Mapping[str, Any]) -> Cost:
    """Of the task `importances` with these options."""
    base = _again(run, crystals)
    columns = len(named_columns(spec_needs(run.options)))
    grown = trees_of(*read_model(run.options))
    trees = 0.0
    if grown is not None:
        trees = asked["seeds"] * fit_seconds(*grown, base.n)
        columns = min(columns, 40)
    shuffled = _shuffled(run, crystals, asked, columns + _GROUPS)
    return _cost(base, base.describing + trees + shuffled)


def of_grid(run: runs.Run, crystals: Sequence[Crystal], asked: Mapping[str, Any]) -> Cost:
    """Of the task `grid-importances` with these options."""
    base, needs = _again(run, crystals), spec_needs(run.options)
    parts = len(needs.single) + len(needs.sources) + _BLOCKS * len(grid_sources(needs))
    return _cost(base, base.describing + _shuffled(run, crystals, asked, parts))


def of_dependence(run: runs.Run, crystals: Sequence[Crystal], asked: Mapping[str, Any]) -> Cost:
    """Of the task `partial-dependence` with these options."""
    base, needs = _again(run, crystals), spec_needs(run.options)
    points, sample = asked["points"] ** len(asked["features"]), min(asked["sample"], base.n)
    each = base.describing / max(1, base.n) * sample
    wide = sum(len(DESCRIPTORS[t.key].labels(t.spec)) for t in needs.features if not t.is_given)
    answers = points * (_answer(run, base.n, sample) + 2e-9 * wide * sample)
    return _cost(base, each + answers)


def of_split(run: runs.Run, crystals: Sequence[Crystal], split: Mapping[str, Any]) -> Cost:
    """Of the run's model under another split."""
    base = estimate_learning(crystals, {**run.options, "at_most": None, "split": dict(split)})
    return _cost(base, base.seconds - _START)


def of_curve(run: runs.Run, crystals: Sequence[Crystal], points: int, repeats: int) -> Cost:
    """Of the task `learning-curve`."""
    base = _again(run, crystals)
    return _cost(base, base.describing + estimate_curve(run.options, base.n, points, repeats))


def of_stages(run: runs.Run, crystals: Sequence[Crystal]) -> Cost:
    """Of the task `stage-curve`: one fit a fold, then the error after every stage."""
    base = _again(run, crystals)
    key, spec = read_model(run.options)
    boosting: Any = spec  # stages are of boosting alone
    once = replace(boosting, error_folds=0)
    sizes = _tests(run, crystals)
    fits = sum(fit_seconds(key, once, base.n - t) for t in sizes)
    return _cost(base, base.describing + fits + 1e-5 * base.n * once.n_stages * len(sizes))


def _again(run: runs.Run, crystals: Sequence[Crystal]) -> LearningEstimate:
    """The run itself, on its own crystals."""
    return estimate_learning(crystals, {**run.options, "at_most": None})


def _cost(base: LearningEstimate, seconds: float) -> Cost:
    return Cost(seconds=_START + seconds, total=base.total, budget=base.budget)


def _tests(run: runs.Run, crystals: Sequence[Crystal]) -> list[int]:
    return sizes_of_tests(crystals, *read_choice(run.options["split"], SPLITS, "split"))


def _shuffled(
    run: runs.Run, crystals: Sequence[Crystal], asked: Mapping[str, Any], parts: int
) -> float:
    """Seconds to fit the first folds again and to answer once for each part and draw."""
    key, spec = read_model(run.options)
    n, seconds = len(crystals), 0.0
    for tested in _tests(run, crystals)[: asked["folds"]]:
        seen = min(tested, asked.get("sample", 300))
        seconds += fit_seconds(key, spec, n - tested)
        seconds += asked["draws"] * parts * _answer(run, n - tested, seen)
    return seconds


def _answer(run: runs.Run, n: int, seen: int) -> float:
    """Seconds in which a model of n crystals predicts `seen` of them."""
    pairs = n * seen if MODELS[run.options["model"]["key"]].space is not None else 0
    several = 3 if run.options["model"]["key"] == "averaged" else 1
    return several * (_ANSWER + _ANSWER_EACH * seen) + _ANSWER_PAIR * pairs

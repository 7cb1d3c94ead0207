"""Errors over the number of training crystals, and over the stages of boosting.

The test crystals of a fold stay the same; the training set is cut to nested random draws of it, so
that a curve shows what more crystals bring and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.errors import InvalidSpecError, SchemaError
from core.evaluation.base import Fold
from core.metrics import METRICS
from core.models.base import MIN_TRAINING, MODELS, Context, ModelSpec, fit
from core.models.inputs import Inputs
from core.models.targets import Target
from core.models.trees import BoostedSpec, predict_stages
from core.types import FloatArray, IntArray

_LEAST = 10  # crystals of the shortest training set, where there are more
BOOSTED = ("gradient-boosting", "hist-gradient-boosting")


@dataclass(frozen=True, slots=True, eq=False)
class LearningCurve:
    """Errors on one test fold of models trained on more and more crystals.

    Attributes:
        metrics: keys.
        sizes: (n_sizes,) training crystals, ascending; the last is all of the fold.
        errors: (n_metrics, n_sizes, repeats); NaN where a metric has no value.
        baselines: (n_metrics, n_sizes, repeats) of the trivial baseline on the same crystals.
        tested: test crystals.
    """

    metrics: tuple[str, ...]
    sizes: IntArray
    errors: FloatArray
    baselines: FloatArray
    tested: int

    def of(self, key: str) -> FloatArray:
        """(n_sizes, repeats) one metric."""
        return self.errors[self.metrics.index(key)]


def geometric_sizes(n: int, points: int) -> IntArray:
    """Up to `points` sizes from 10 to n, each larger than the last by one factor.

    Raises: SchemaError for fewer than 4 crystals; InvalidSpecError for fewer than 2 points.
    """
    if points < 2:
        raise InvalidSpecError(f"A curve of {points} points is none.", hint="Ask for 2 or more.")
    least = min(_LEAST, max(MIN_TRAINING, n // 2))
    if n <= least:
        raise SchemaError(
            f"The training set has {n} crystals: too few for a learning curve.",
            hint="Add crystals with a value of the property.",
        )
    return np.unique(np.rint(np.geomspace(least, n, points)).astype(np.int64))


def learning_curve(
    key: str,
    inputs: Inputs,
    target: Target,
    fold: Fold,
    *,
    spec: ModelSpec | None = None,
    points: int = 6,
    repeats: int = 3,
    seed: int = 0,
    context: Context | None = None,
) -> LearningCurve:
    """Fit the model on nested draws of a fold's training crystals; test on the same crystals.

    Args:
        points: sizes of the training set, geometric; the last is the whole of it.
        repeats: independent draws; draw r and its model come from seed + r.

    Raises: what `fit` raises; SchemaError for too few crystals; JobCancelled.
    """
    context = context or Context()
    quiet = replace(context, on_progress=None)
    sizes = geometric_sizes(len(fold.train), points)
    if repeats < 1:
        raise InvalidSpecError(f"The number of repeats is {repeats}.", hint="Ask for 1 or more.")
    test, truth = inputs[fold.test], target.values[fold.test]
    shape = (len(METRICS), len(sizes), repeats)
    errors, baselines = np.full(shape, np.nan), np.full(shape, np.nan)
    done, total = 0, int(sizes.sum()) * repeats  # crystals learned from: large sets take longer
    for r in range(repeats):
        order = np.random.default_rng(seed + r).permutation(fold.train)
        for s, size in enumerate(sizes.tolist()):
            context.step(done, total, "fitting")
            rows = np.sort(order[:size])
            train, known = inputs[rows], target[rows]
            model = fit(key, train, known, spec=spec, seed=seed + r, context=quiet)
            errors[:, s, r] = _scores(truth, model.predict(test, context=quiet).mean)
            baselines[:, s, r] = _scores(truth, fit("dummy", train, known).predict(test).mean)
            done += size
    context.step(total, total, "fitting")
    return LearningCurve(tuple(METRICS), sizes, errors, baselines, len(truth))


def slope(sizes: IntArray, errors: FloatArray) -> float:
    """Exponent b of error ~ n^b over the upper half of the sizes (two at least).

    Args: sizes (n_sizes,); errors (n_sizes, repeats) > 0. NaN where there are fewer than 2 sizes.
    """
    middle = np.median(errors, axis=1)
    upper = sizes >= min(np.sqrt(sizes[0] * sizes[-1]), *sizes[-2:])
    usable = upper & np.isfinite(middle) & (middle > 0)
    if usable.sum() < 2:
        return float("nan")
    return float(np.polyfit(np.log(sizes[usable]), np.log(middle[usable]), 1)[0])


@dataclass(frozen=True, slots=True, eq=False)
class StageCurve:
    """Errors after each stage of a boosted model.

    Attributes:
        stages: (n_stages,) 1, 2, ...
        train, test: (n_folds, n_stages) mean absolute errors in the target's unit.
    """

    stages: IntArray
    train: FloatArray
    test: FloatArray

    @property
    def best(self) -> int:
        """The stage of the least mean test error: an optimistic choice, made on test crystals."""
        return int(self.stages[self.test.mean(axis=0).argmin()])


def stage_curve(
    key: str,
    inputs: Inputs,
    target: Target,
    folds: Sequence[Fold],
    *,
    spec: ModelSpec | None = None,
    seed: int = 0,
    context: Context | None = None,
) -> StageCurve:
    """Errors of every stage of boosting, on training and test crystals of each fold.

    Raises: InvalidSpecError for a model without stages; what `fit` raises; JobCancelled.
    """
    context = context or Context()
    chosen = spec if spec is not None else MODELS[key].spec_type()
    if not isinstance(chosen, BoostedSpec):
        raise InvalidSpecError(
            f"The model {key!r} has no stages.", hint="Models with stages: " + ", ".join(BOOSTED)
        )
    quiet = replace(context, on_progress=None)
    train: list[FloatArray] = []
    test: list[FloatArray] = []
    for i, fold in enumerate(folds):
        context.step(i, len(folds), "boosting")
        if target[fold.train].is_constant:
            raise SchemaError("All training values are the same: there are no stages to show.")
        # Stages are of the model itself; the size of its errors is not asked for.
        model = fit(
            key, inputs[fold.train], target[fold.train], spec=replace(chosen, error_folds=0),
            seed=seed + i, context=quiet,
        )  # fmt: skip
        for rows, told in ((fold.train, train), (fold.test, test)):
            errors = predict_stages(model, inputs[rows]) - target.values[rows]
            told.append(np.abs(errors).mean(axis=1))
    context.step(len(folds), len(folds), "boosting")
    return StageCurve(np.arange(1, len(train[0]) + 1), np.stack(train), np.stack(test))


def _scores(truth: FloatArray, predicted: FloatArray) -> list[float]:
    return [
        float(m.compute(truth, predicted)) if m.applies_to(truth, predicted) else np.nan
        for m in METRICS.values()
    ]

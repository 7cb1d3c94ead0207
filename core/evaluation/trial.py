"""A model on trial: fitted on each fold's training crystals, judged on what was left out.

Everything a model chooses is chosen in its fit, so hyperparameters are nested by construction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.errors import ShapeMismatchError
from core.evaluation.base import Fold
from core.metrics import METRICS, Score, score
from core.models.base import Context, ModelSpec, check_levels, fit
from core.models.conformal import ConformalSpec, fit_conformal
from core.models.inputs import Inputs
from core.models.prediction import Prediction
from core.models.targets import Target
from core.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class FoldResult:
    """One fold: what was predicted of its test crystals, and by the trivial baseline.

    Attributes:
        fold: the partition.
        prediction: of the test crystals, in the fold's order.
        truth, baseline: (n_test,).
        chosen: hyperparameters of this fold.
        seconds: of the fit.
    """

    fold: Fold
    prediction: Prediction
    truth: FloatArray
    baseline: FloatArray
    chosen: Mapping[str, Any]
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """All folds of one model.

    Attributes:
        key: of the model.
        results: one a fold.
    """

    key: str
    results: tuple[FoldResult, ...]

    @property
    def rows(self) -> IntArray:
        """(n_tested,) crystal of each prediction, folds one after another."""
        return np.concatenate([r.fold.test for r in self.results])

    @property
    def truth(self) -> FloatArray:
        return np.concatenate([r.truth for r in self.results])

    @property
    def mean(self) -> FloatArray:
        return np.concatenate([r.prediction.mean for r in self.results])

    @property
    def std(self) -> FloatArray:
        return np.concatenate([r.prediction.std for r in self.results])

    @property
    def baseline(self) -> FloatArray:
        return np.concatenate([r.baseline for r in self.results])

    @property
    def levels(self) -> FloatArray:
        return self.results[0].prediction.levels

    @property
    def intervals(self) -> FloatArray:
        """(n_tested, 2, n_levels)."""
        return np.concatenate([r.prediction.intervals for r in self.results])

    def scores(
        self, *, level: float = 0.95, resamples: int = 1000, seed: int = 0
    ) -> tuple[Score, ...]:
        """All metrics with bootstrap intervals, over all test crystals together.

        What the split kept together is drawn together, as its crystals err together; so is a
        crystal tested in several folds.
        """
        return score(
            self.truth, self.mean, baseline=self.baseline, groups=self._together(), level=level,
            resamples=resamples, seed=seed,
        )  # fmt: skip

    def _together(self) -> list[str] | None:
        """(n_tested,) labels of what is drawn as one; None where each prediction is."""
        if all(r.fold.groups for r in self.results):
            return [name for r in self.results for name in r.fold.groups]
        ids = [name for r in self.results for name in r.prediction.ids]
        return ids if len(set(ids)) < len(ids) else None

    def by_fold(self, key: str) -> FloatArray:
        """(n_folds,) one metric of each fold; NaN where it has no value."""
        metric = METRICS[key]
        return np.array(
            [
                float(metric.compute(r.truth, r.prediction.mean))
                if metric.applies_to(r.truth, r.prediction.mean)
                else np.nan
                for r in self.results
            ]
        )


def evaluate(
    key: str,
    inputs: Inputs,
    target: Target,
    folds: Sequence[Fold],
    *,
    spec: ModelSpec | None = None,
    conformal: ConformalSpec | None = None,
    levels: Sequence[float] = (),
    groups: Sequence[str] | None = None,
    seed: int = 0,
    context: Context | None = None,
) -> Trial:
    """Fit and test a model on every fold.

    Args:
        conformal: how intervals are calibrated, inside each training set; needed for `levels`.
        groups: (n,) labels kept together in that calibration.
        seed: of fold i is seed + i.

    Raises: what `fit`, `fit_conformal` and `predict` raise; JobCancelled.
    """
    context = context or Context()
    if len(target) != len(inputs):
        raise ShapeMismatchError(f"{len(inputs)} crystals meet {len(target)} target values.")
    check_levels(levels)
    quiet = replace(context, on_progress=None)
    results = []
    for i, fold in enumerate(folds):
        context.step(i, len(folds), "fitting and testing")
        train, test, known = inputs[fold.train], inputs[fold.test], target[fold.train]
        if len(levels):
            inside = None if groups is None else [groups[j] for j in fold.train.tolist()]
            model = fit_conformal(
                key, train, known, spec=spec, conformal=conformal, groups=inside, seed=seed + i,
                context=quiet,
            )  # fmt: skip
        else:
            model = fit(key, train, known, spec=spec, seed=seed + i, context=quiet)
        results.append(
            FoldResult(
                fold=fold,
                prediction=model.predict(test, levels=levels, context=quiet),
                truth=target.values[fold.test],
                baseline=fit("dummy", train, known).predict(test).mean,
                chosen=model.chosen,
                seconds=model.seconds,
            )
        )
    context.step(len(folds), len(folds), "fitting and testing")
    return Trial(key, tuple(results))

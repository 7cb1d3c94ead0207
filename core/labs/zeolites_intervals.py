"""Whether 90% intervals hold on zeolites: pooled, in the tail, and on crystals unlike the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.base import Fold
from core.evaluation.splits import GroupSpec, make_folds
from core.labs.zeolites import FAMILIES, TAIL, Zeolites, fit_process
from core.labs.zeolites_trials import FITTING, folds_of
from core.models import Context
from core.models.conformal import ConformalSpec, fit_conformal
from core.types import FloatArray, IntArray
from core.uncertainty import Coverage, coverage

LEVELS = (0.5, 0.8, 0.9, 0.95)
LEVEL = 0.9
METHODS = ("Gaussian process", "CV+ conformal, geometric boosting")
SPLITS = ("3-fold", "by GRID cluster", "widest angles left out")
SHARE = 0.2  # of the frameworks, left out for their wide angles
_CONFORMAL = ConformalSpec(method="cv+", folds=5, scaled=False)


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Intervals of crystals left out, all methods and splits one after another.

    Attributes:
        method, split: (n_tested,) numbers in `METHODS` and `SPLITS`.
        crystal: (n_tested,) index of the framework, tested once a repeat.
        truth, mean: (n_tested,).
        intervals: (n_tested, 2, n_levels).
        levels: (n_levels,).
    """

    method: IntArray
    split: IntArray
    crystal: IntArray
    truth: FloatArray
    mean: FloatArray
    intervals: FloatArray
    levels: FloatArray

    def covered(self, method: int, split: int, *, tail: bool = False) -> Coverage | None:
        """Coverage of a method under a split, perhaps in the tail alone; None without crystals."""
        rows = (self.method == method) & (self.split == split)
        if tail:
            rows &= self.truth <= TAIL
        if not rows.any():
            return None
        ids = [str(i) for i in self.crystal[rows].tolist()]
        return coverage(self.truth[rows], self.intervals[rows], self.levels, ids=ids)


def hold_out(
    zeolites: Zeolites,
    key: str,
    *,
    repeats: int = 5,
    seed: int = 0,
    context: Context | None = None,
) -> Held:
    """Intervals of both methods under all splits.

    Raises: JobCancelled.
    """
    context = context or Context()
    plan = [
        (number, fold)
        for number, folds in enumerate(split_folds(zeolites, repeats, seed))
        for fold in folds
    ]
    parts: list[tuple[IntArray, IntArray, IntArray, FloatArray, FloatArray, FloatArray]] = []
    for i, (number, fold) in enumerate(plan):
        context.step(i, len(plan), FITTING)
        truth = zeolites.target(key).values[fold.test]
        for method, answer in enumerate(_intervals(zeolites, key, fold, seed + i)):
            same = np.full(len(truth), method), np.full(len(truth), number)
            parts.append((*same, fold.test, truth, *answer))
    columns = [np.concatenate(c) for c in zip(*parts, strict=True)]
    which, place, crystal, truths, means, every = columns
    return Held(which, place, crystal, truths, means, every, np.array(LEVELS))


def split_folds(zeolites: Zeolites, repeats: int, seed: int) -> Sequence[list[Fold]]:
    """Folds of each of `SPLITS`."""
    clusters = make_folds(
        "group", zeolites.crystals, spec=GroupSpec(by="grid-cluster", repeats=repeats), seed=seed
    )
    count = round(SHARE * len(zeolites.ids))
    order = np.argsort(zeolites.angles, kind="stable")
    wide = Fold(np.sort(order[:-count]), np.sort(order[-count:]), SPLITS[2])
    return folds_of(zeolites, repeats, seed), clusters, [wide]


def _intervals(
    zeolites: Zeolites, key: str, fold: Fold, seed: int
) -> list[tuple[FloatArray, FloatArray]]:
    """Means and bounds of each of `METHODS`."""
    from scipy.stats import norm

    train, test = zeolites.inputs[fold.train], zeolites.inputs[fold.test]
    known = zeolites.target(key)[fold.train]
    p = fit_process(train, known, seed=seed).predict(test)
    reach = np.outer(p.std, norm.ppf(0.5 + np.array(LEVELS) / 2))
    gaussian = np.stack([p.mean[:, None] - reach, p.mean[:, None] + reach], axis=1)
    boosted = fit_conformal(
        "gradient-boosting", train, known, spec=FAMILIES[0].spec(), conformal=_CONFORMAL, seed=seed
    )
    q = boosted.predict(test, levels=LEVELS)
    return [(p.mean, gaussian), (q.mean, q.intervals)]

"""Error over the stages of boosting (Fig. S1), for every family and for other depths and rates."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.labs.zeolites import FAMILIES, Family, Zeolites
from core.labs.zeolites_trials import FITTING, folds_of, split_columns
from core.models import Context
from core.models.base import pinned
from core.models.trees import grow
from core.types import FloatArray, IntArray

LAST, STEP = 1000, 10
DEPTHS, RATES = (1, 2, 4), (0.01, 0.05)


@dataclass(frozen=True, slots=True)
class Setting:
    """A family with a depth and a learning rate."""

    family: Family
    depth: int
    rate: float

    @property
    def name(self) -> str:
        return f"{self.family.title}, depth {self.depth}, rate {self.rate:g}"


def settings() -> tuple[Setting, ...]:
    """Table 1 for each family; other depths and rates for the geometric one."""
    first = tuple(Setting(family, 2, 0.01) for family in FAMILIES)
    others = tuple(
        Setting(FAMILIES[0], depth, rate)
        for rate in RATES
        for depth in DEPTHS
        if (depth, rate) != (2, 0.01)
    )
    return first + others


def stage_numbers() -> IntArray:
    """Stages at which the error is taken."""
    return np.arange(STEP, LAST + 1, STEP)


def stage_errors(
    zeolites: Zeolites,
    key: str,
    *,
    repeats: int = 3,
    seed: int = 0,
    context: Context | None = None,
) -> FloatArray:
    """(n_settings, n_stages) root mean square errors on crystals left out, mean over folds.

    Raises: JobCancelled.
    """
    context = context or Context()
    y, folds = zeolites.target(key).values, folds_of(zeolites, repeats, seed)
    every, at = settings(), stage_numbers() - 1
    out = np.zeros((len(every), len(at)))
    for i, setting in enumerate(every):
        spec = replace(
            setting.family.spec(), n_stages=LAST, depth=setting.depth, learning_rate=setting.rate
        )
        for j, fold in enumerate(folds):
            context.step(i * len(folds) + j, len(every) * len(folds), FITTING)
            x, z, _ = split_columns(zeolites, setting.family, fold)
            with pinned(1):
                model = grow(spec, x, y[fold.train], seed=seed + j)
            answers = np.array(list(model.staged_predict(z)))[at]
            out[i] += np.sqrt(((answers - y[fold.test]) ** 2).mean(axis=1)) / len(folds)
    return out

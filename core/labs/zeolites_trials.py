"""Families of descriptors on trial: repeated 3-fold cross-validation, Fig. 1 and 3 of the paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.evaluation.base import Fold
from core.evaluation.splits import KFoldSpec, make_folds
from core.labs.zeolites import COMBINED, EVERY, FAMILIES, MILD, TAIL, Family, Zeolites, fit_process
from core.models import Context, trees
from core.models.base import pinned
from core.models.feature_sets import apply_transforms, fit_transforms, transformed_labels
from core.types import FloatArray, IntArray

FOLDS, BEST = 3, 3
FITTING = "fitting and testing"


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """What cross-validation found of one target.

    Attributes:
        truth: (n,).
        predicted: (n_models, n_repeats, n) of crystals left out; models as in `EVERY`.
        picked: label -> in how many folds the combined model took this descriptor.
        groups: (n_folds,) GRID groups the Gaussian process chose.
        repeats: (n_repeats, n) the fold in which a crystal was tested.
    """

    truth: FloatArray
    predicted: FloatArray
    picked: dict[str, int]
    groups: IntArray
    repeats: IntArray

    def rmse(self, model: int) -> FloatArray:
        """(n_repeats, FOLDS) root mean square error of each fold, as the paper averages them."""
        squares = (self.predicted[model] - self.truth) ** 2
        return np.array(
            [
                [np.sqrt(s[which == fold].mean()) for fold in range(FOLDS)]
                for s, which in zip(squares, self.repeats, strict=True)
            ]
        )

    def pooled(self, model: int) -> float:
        """Root mean square error over all crystals of a repeat, averaged over repeats."""
        squares = (self.predicted[model] - self.truth) ** 2
        return float(np.sqrt(squares.mean(axis=1)).mean())


def folds_of(zeolites: Zeolites, repeats: int, seed: int) -> list[Fold]:
    """The 3 folds of each repeat."""
    return make_folds(
        "k-fold", zeolites.crystals, spec=KFoldSpec(folds=FOLDS, repeats=repeats), seed=seed
    )


def try_families(
    zeolites: Zeolites,
    key: str,
    *,
    repeats: int = 20,
    seed: int = 0,
    context: Context | None = None,
) -> Tried:
    """All families, the combined model and the Gaussian process on one target.

    The combined model takes the three descriptors of each family that mattered most (impurity) to
    the family's own model of the same training crystals; the paper chose them once, on all 120.

    Raises: JobCancelled; SchemaError for fewer than 3 crystals.
    """
    context = context or Context()
    folds = folds_of(zeolites, repeats, seed)
    n, target = len(zeolites.ids), zeolites.target(key)
    predicted = np.empty((len(EVERY), repeats, n))
    where = np.empty((repeats, n), dtype=np.int64)
    picked: dict[str, int] = {}
    groups = []
    for i, fold in enumerate(folds):
        context.step(i, len(folds), FITTING)
        at = i // FOLDS
        where[at, fold.test] = i % FOLDS
        answers, labels = _boosted(zeolites, target.values, fold, seed + i)
        for label in labels:
            picked[label] = picked.get(label, 0) + 1
        model = fit_process(zeolites.inputs[fold.train], target[fold.train], seed=seed + i)
        groups.append(int(str(model.spec.to_dict()["metric"]).split("=")[-1].rstrip(")")))
        answers.append(model.predict(zeolites.inputs[fold.test]).mean)
        for m, answer in enumerate(answers):
            predicted[m, at, fold.test] = answer
    return Tried(target.values, predicted, picked, np.array(groups), where)


def _boosted(
    zeolites: Zeolites, y: FloatArray, fold: Fold, seed: int
) -> tuple[list[FloatArray], list[str]]:
    """Answers of each family and of the combined model, and what the latter took."""
    answers, labels = [], []
    train, test = [], []
    for family in FAMILIES:
        x, z, names = split_columns(zeolites, family, fold)
        model = grow(family, x, y[fold.train], seed)
        answers.append(model.predict(z))
        best = np.argsort(-model.feature_importances_, kind="stable")[:BEST]
        labels += [names[j] for j in best.tolist()]
        train.append(x[:, best])
        test.append(z[:, best])
    model = grow(COMBINED, np.hstack(train), y[fold.train], seed)
    answers.append(model.predict(np.hstack(test)))
    return answers, labels


def split_columns(
    zeolites: Zeolites, family: Family, fold: Fold
) -> tuple[FloatArray, FloatArray, tuple[str, ...]]:
    """Training and test columns of a family; components are fitted on the training crystals."""
    block, terms = zeolites.block(family), [family.term]
    with pinned(1):
        states, x = fit_transforms(terms, [block.values[fold.train]], seed=0)
        z = apply_transforms(states, [block.values[fold.test]])
    return x, z, transformed_labels(terms, [block.labels], states)


def grow(family: Family, x: FloatArray, y: FloatArray, seed: int) -> Any:
    """A fitted gradient boosting of Table 1."""
    with pinned(1):
        return trees.grow(family.spec(), x, y, seed=seed)


def try_mild(
    zeolites: Zeolites,
    *,
    repeats: int = 20,
    seed: int = 0,
    context: Context | None = None,
) -> FloatArray:
    """(n_folds,) errors of the geometric model of thermal expansion without the tail."""
    context = context or Context()
    key = "thermal_expansion_1e6_K"
    kept = np.flatnonzero(zeolites.target(key).values > TAIL)
    few = Zeolites(
        tuple(zeolites.crystals[i] for i in kept.tolist()),
        zeolites.inputs[kept], zeolites.values[:, kept],
    )  # fmt: skip
    y, folds = few.target(key).values, folds_of(few, repeats, seed)
    out = []
    for i, fold in enumerate(folds):
        context.step(i, len(folds), FITTING)
        x, z, _ = split_columns(few, MILD, fold)
        answer = grow(MILD, x, y[fold.train], seed + i).predict(z)
        out.append(float(np.sqrt(((answer - y[fold.test]) ** 2).mean())))
    return np.array(out)


def within(family: Family, target: int, error: float) -> bool:
    """Whether an error lies where an honest computation is to put it."""
    least, most = family.bounds[target]
    return bool(least <= error <= most)


def columns_of(zeolites: Zeolites, family: Family) -> tuple[FloatArray, tuple[str, ...]]:
    """Columns of a family fitted on all crystals, for what is read and not tested."""
    everything = np.arange(len(zeolites.ids))
    x, _, names = split_columns(zeolites, family, Fold(everything, everything, "all"))
    return x, names


def mean_over(models: Sequence[Any], x: FloatArray) -> FloatArray:
    """(n,) mean answer of several fitted models."""
    out: FloatArray = np.mean([model.predict(x) for model in models], axis=0)
    return out

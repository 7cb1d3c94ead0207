"""What a model rests on: importances of features, of whole descriptors, and of blocks of GRID.

Permutation importances are measured on the test crystals of the folds a model is judged by, with
the models of those folds, never on training crystals. Impurity importances come from the training
itself and favour features with many values; they are shown beside the others, never alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.errors import InvalidSpecError
from core.evaluation.base import Fold
from core.evaluation.columns import Columns, means, with_blocks
from core.evaluation.grid_blocks import GridBlock, shuffled_vectors
from core.explain.importances import Importances, permutation_importances, shuffled
from core.models.averaged import AveragedSpec
from core.models.base import Context, ModelSpec, fit
from core.models.inputs import Inputs, Needs
from core.models.targets import Target
from core.models.trees import BoostedSpec, HistBoostingSpec, TreeSpec
from core.types import IntArray

SHUFFLING, FITTING, GROWING = "shuffling on held-out crystals", "fitting a fold", "growing trees"


@dataclass(frozen=True, slots=True)
class Part:
    """Something a model sees, with how it is shuffled among crystals: (inputs, order) -> inputs."""

    name: str
    shuffle: Callable[[Inputs, IntArray], Inputs]


def column_part(name: str, columns: Columns) -> Part:
    """Columns that are shuffled together."""
    every = np.arange(len(columns))
    return Part(
        name,
        lambda inputs, order: columns.write(inputs, shuffled(columns.read(inputs), every, order)),
    )


def term_parts(needs: Needs) -> list[Part]:
    """Each distance and each descriptor as a whole."""
    return [vector_part(str(m), str(m)) for m in needs.single] + [
        feature_part(source) for source in needs.sources
    ]


def vector_part(name: str, source: str, columns: IntArray | None = None) -> Part:
    """Columns of the vectors of a distance; None for all."""
    return Part(name, lambda inputs, order: shuffled_vectors(inputs, source, columns, order))


def feature_part(source: str, columns: IntArray | None = None, name: str = "") -> Part:
    """Columns of a descriptor; None for all."""

    def shuffle(inputs: Inputs, order: IntArray) -> Inputs:
        values = inputs.blocks[source].values
        every = np.arange(values.shape[1]) if columns is None else columns
        return with_blocks(inputs, {source: shuffled(values, every, order)})

    return Part(name or source, shuffle)


def block_part(block: GridBlock) -> Part:
    """A block of GRID."""
    if block.is_distance:
        return vector_part(block.name, block.source, block.columns)
    return feature_part(block.source, block.columns, block.name)


def held_out_importances(
    key: str,
    inputs: Inputs,
    target: Target,
    folds: Sequence[Fold],
    parts: Sequence[Part],
    *,
    spec: ModelSpec | None = None,
    draws: int = 5,
    sample: int = 300,
    seed: int = 0,
    context: Context | None = None,
) -> Importances:
    """Rise of the mean absolute error on test crystals when each part is shuffled.

    Args:
        folds: a model is fitted on each; that of fold i has the seed `seed` + i, as in a trial.
        draws: shuffles a fold.
        sample: at most so many test crystals of a fold, drawn by the seed.

    Returns: draws of all folds, one after another, in the target's unit.
    Raises: InvalidSpecError without parts or folds; what `fit` and `predict` raise; JobCancelled.
    """
    if not parts or not folds:
        raise InvalidSpecError("There is nothing to shuffle.", hint="Choose a model that has some.")
    context = context or Context()
    found: Importances | None = None
    for i, fold in enumerate(folds):
        context.step(i, len(folds), FITTING)
        test = _drawn(fold.test, sample, seed + i)
        model = fit(
            key, inputs[fold.train], target[fold.train], spec=spec, seed=seed + i,
            context=replace(context, on_progress=None),
        )  # fmt: skip
        quick = replace(context, on_progress=None, mean_only=True)
        seen = inputs[test]
        one = permutation_importances(
            target.values[test], means(model, seen, quick),
            lambda part, order: means(model, parts[part].shuffle(seen, order), quick),  # noqa: B023
            [p.name for p in parts], draws=draws, seed=seed + i,
            on_step=lambda done, total: context.step(
                i * total + done, len(folds) * total, SHUFFLING  # noqa: B023
            ),
        )  # fmt: skip
        found = one if found is None else found + one
    assert found is not None
    return found


def _drawn(test: IntArray, sample: int, seed: int) -> IntArray:
    if len(test) <= sample:
        return test
    return np.sort(np.random.default_rng(seed).permutation(test)[:sample])


def trees_of(key: str, spec: Any) -> tuple[str, TreeSpec] | None:
    """The model of trees with impurities inside a model; None where there is none."""
    if isinstance(spec, AveragedSpec):
        return "extra-trees", spec.forest
    if isinstance(spec, BoostedSpec) and not isinstance(spec, HistBoostingSpec):
        return key, replace(spec, error_folds=0)  # the size of its errors is not asked for
    if isinstance(spec, TreeSpec) and not isinstance(spec, HistBoostingSpec):
        return key, spec
    return None


def impurity_importances(
    key: str,
    inputs: Inputs,
    target: Target,
    *,
    spec: TreeSpec,
    seeds: int = 15,
    seed: int = 0,
    context: Context | None = None,
) -> Importances:
    """Shares of the fall of impurity, one draw for each of several fits with other seeds.

    Each draw sums to 1 over the columns the trees see (components, where a PCA comes first).
    Raises: what `fit` raises; InvalidSpecError for a constant target; JobCancelled.
    """
    if target.is_constant:
        raise InvalidSpecError("All values of the target are the same: nothing decides it.")
    context = context or Context()
    draws, labels = [], ()
    for i in range(seeds):
        context.step(i, seeds, GROWING)
        model = fit(
            key, inputs, target, spec=spec, seed=seed + i,
            context=replace(context, on_progress=None),
        )  # fmt: skip
        labels = tuple(model.state["labels"])
        draws.append(model.state["estimator"].feature_importances_)
    return Importances(labels, np.array(draws), np.empty(0))

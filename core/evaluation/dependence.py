"""Partial dependence of a fitted model on the numbers it sees by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.errors import InvalidSpecError
from core.evaluation.columns import means, named_columns
from core.explain.partial_dependence import PartialDependence, partial_dependence
from core.models.base import Context, FittedModel
from core.models.inputs import Inputs
from core.types import FloatArray

SETTING = "setting a feature"


def dependence(
    model: FittedModel,
    inputs: Inputs,
    names: Sequence[str],
    *,
    points: int = 20,
    context: Context | None = None,
) -> PartialDependence:
    """What the model answers on average over these crystals when one or two features are set.

    Everything else of a crystal stays, distances included: the crystal with that one number
    changed need not exist.

    Args:
        inputs: crystals to average over, such as the training crystals.
        names: one or two features, as `named_columns` names them.
        points: of the grid, for each.

    Raises: InvalidSpecError for a feature the model does not see by name, or one that is constant;
        JobCancelled.
    """
    context = context or Context()
    columns = named_columns(model.needs)
    if not len(columns) and any(t.is_given for t in model.needs.features):
        columns = named_columns(model.needs, inputs)
    if not len(columns):
        raise InvalidSpecError(
            "This model sees no feature by name.",
            hint="Partial dependence needs a descriptor with named columns and without PCA.",
        )
    chosen = columns[np.array([columns.find(name) for name in names], dtype=np.int64)]
    quick = replace(context, on_progress=None, mean_only=True)
    done, total = 0, 1

    def answer(x: FloatArray) -> FloatArray:
        nonlocal done
        context.step(min(done, total), total, SETTING)
        done += 1
        return means(model, chosen.write(inputs, x), quick)

    x = chosen.read(inputs)
    total = points ** len(names)
    return partial_dependence(answer, x, range(len(names)), names=chosen.names, points=points)

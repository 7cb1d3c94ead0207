"""The training domain of a fitted model: what it has seen, and how far new crystals are from that.

A model that compares crystals (neighbours, kernels) is asked for its own distance. For the others
the features they see are scaled to mean 0 and deviation 1 and brought to their first 16 principal
components, descriptor by descriptor: 64 bytes a training crystal and descriptor instead of
kilobytes. A direction in which the training crystals do not vary at all is therefore not seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from core.errors import ShapeMismatchError
from core.models.base import Context, FittedModel, pinned
from core.models.feature_sets import FeatureTerm, apply_transforms, fit_transforms
from core.models.inputs import Inputs
from core.models.prediction import Prediction
from core.models.space import euclidean
from core.models.targets import Target
from core.types import Crystal, FloatArray, IntArray
from core.uncertainty.applicability import Applicability, Domain, judge

_COMPONENTS = 16
_ROWS = 512  # crystals whose distances are held at once
_SAMPLE = 2000  # training crystals whose nearest other is looked for


def with_domain(
    model: FittedModel,
    inputs: Inputs,
    target: Target,
    crystals: Sequence[Crystal],
    *,
    context: Context | None = None,
) -> FittedModel:
    """The model with the domain of its training crystals.

    Args:
        inputs, target, crystals: of the same n crystals, among them all that the model was fitted
            on.

    Raises: ShapeMismatchError when a training crystal is missing; JobCancelled.
    """
    context = context or Context()
    row_of = {name: i for i, name in enumerate(inputs.ids)}
    missing = [name for name in model.ids if name not in row_of]
    if missing or not len(inputs) == len(target) == len(crystals):
        raise ShapeMismatchError(
            f"The domain of {len(model.ids)} training crystals can't be made of {len(inputs)} "
            f"crystals, {len(target)} values and {len(crystals)} structures."
        )
    rows = np.array([row_of[name] for name in model.ids])
    own, members = inputs[rows], [crystals[i] for i in rows.tolist()]
    with pinned(1):
        projection, space = _placed(model, own)
    domain = Domain.of(
        [c.elements for c in members], target.values[rows], np.empty(0), space,
        [c.digest for c in members], projection,
    )  # fmt: skip
    made = replace(model, domain=domain)
    if not space:
        return made
    rng = np.random.default_rng(model.seed)
    sample = np.sort(rng.permutation(len(own))[:_SAMPLE])
    distance, _ = nearest_training(made, own[sample], skip=sample, context=context)
    steps = np.linspace(0, 1, 101)
    return replace(model, domain=replace(domain, nearest=np.quantile(distance, steps)))


def nearest_training(
    model: FittedModel,
    inputs: Inputs,
    *,
    skip: IntArray | None = None,
    context: Context | None = None,
) -> tuple[FloatArray, IntArray]:
    """Distance (n,) to the nearest training crystal and its index (n,) among `model.ids`.

    NaN and -1 for a model without a domain or a space.

    Args:
        skip: (n,) index of the training crystal that is not to count, for each.

    Raises: InvalidSpecError when the inputs lack what the model needs; JobCancelled.
    """
    context = context or Context()
    n = len(inputs)
    domain = model.domain
    if domain is None or not domain.space:
        return np.full(n, np.nan), np.full(n, -1)
    distance, index = np.empty(n), np.empty(n, dtype=np.int64)
    with pinned(1):
        for start in range(0, n, _ROWS):
            context.step(start, n, "measuring the distance to the training crystals")
            rows = np.arange(start, min(start + _ROWS, n))
            found = np.asarray(_distances(model, inputs[rows], context), dtype=np.float64)
            _require_places(model, found.shape[1])
            if skip is not None:
                found[np.arange(len(rows)), skip[rows]] = np.inf
            index[rows] = found.argmin(axis=1)
            distance[rows] = found[np.arange(len(rows)), index[rows]]
    return distance, index


def applicability(
    model: FittedModel,
    inputs: Inputs,
    prediction: Prediction,
    crystals: Sequence[Crystal],
    *,
    context: Context | None = None,
) -> tuple[Applicability, tuple[str, ...]] | None:
    """The verdict on predicted crystals and the ids of their nearest training crystals.

    None for a model that carries no domain, such as one from a file of an earlier version.

    Raises: ShapeMismatchError; InvalidSpecError; JobCancelled.
    """
    if model.domain is None:
        return None
    measured = prediction.nearest if model.domain.space and not model.domain.projection else None
    distance, index = measured or nearest_training(model, inputs, context=context)
    if len(index):
        _require_places(model, max(len(model.ids), int(index.max()) + 1))
    nearest_ids = tuple(model.ids[i] if i >= 0 else "" for i in index.tolist())
    found = judge(
        model.domain, [c.elements for c in crystals], [c.digest for c in crystals], distance,
        nearest_ids, prediction.mean, value_range=model.range, unit=prediction.unit,
    )  # fmt: skip
    return found, nearest_ids


def _require_places(model: FittedModel, places: int) -> None:
    if places != len(model.ids):
        raise ShapeMismatchError(f"The model knows {places} places for {len(model.ids)} crystals.")


def _placed(model: FittedModel, own: Inputs) -> tuple[Mapping[str, Any], str]:
    """How crystals are placed (empty where the model's state says so), and the space in words."""
    if model.model.space is not None and model.constant is None:
        return {}, "the distance under which the model compares crystals"
    terms = _terms(model)
    if not terms:
        return {}, ""
    states, points = fit_transforms(terms, [own.block(t).values for t in terms], seed=model.seed)
    small = [[_single(state) for state in done] for done in states]
    words = (
        f"the Euclidean distance over {points.shape[1]} principal components of the scaled features"
    )
    return {"transforms": small, "points": points.astype(np.float32)}, words


def _terms(model: FittedModel) -> tuple[FeatureTerm, ...]:
    """The feature terms of the model, brought to few principal components."""
    return tuple(
        FeatureTerm(t.key, t.options, (*t.transforms, "scale", f"pca{_COMPONENTS}"))
        for t in model.needs.features
    )


def _single(state: Mapping[str, Any]) -> dict[str, Any]:
    return {
        k: v.astype(np.float32) if isinstance(v, np.ndarray) else v for k, v in state.items()
    }  # fmt: skip


def _distances(model: FittedModel, inputs: Inputs, context: Context) -> FloatArray:
    """(m, n_training)."""
    projection = model.domain.projection
    if not projection:
        assert model.model.space is not None
        return model.model.space(model.spec, model.state, inputs, context)
    blocks = [inputs.block(term).values for term in _terms(model)]
    placed = apply_transforms(projection["transforms"], blocks).astype(np.float32)
    return euclidean(placed, projection["points"])

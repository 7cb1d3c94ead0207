"""Intervals that cover what they say, around any model: split, cross and CV+ conformal prediction.

The scores are errors of crystals the model had not seen, divided (unless told otherwise) by the
standard deviation it stated, so that intervals are wide where the model is unsure. The guarantee
holds for new crystals drawn like the training ones: at least the level for split; for CV+ at least
2 level - 1 less sqrt(2 / n) (Barber et al., theorem 4; close to the level in practice); none proved
for cross. Nothing holds under a shift; `groups` keeps crystals of one group in one fold, which is
the better guide there.

Refs: Vovk, Gammerman & Shafer 2005; Lei et al. 2018, doi 10.1080/01621459.2017.1307116;
Barber et al. 2021, doi 10.1214/20-AOS1965. Agrees with MAPIE to rounding (tests); why it is not
used is docs/decisions/0017.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from core.errors import InvalidSpecError, SchemaError, ShapeMismatchError
from core.models.base import MIN_TRAINING, Context, FittedModel, ModelSpec, fit
from core.models.inputs import Inputs
from core.models.option_types import require_types
from core.models.prediction import Raw
from core.models.residuals import parts
from core.models.targets import Target, to_scale
from core.registry import Spec, option
from core.types import FloatArray, IntArray

Method = Literal["split", "cross", "cv+"]
_TINY = 1e-300  # times infinity still infinity: a stated deviation may be zero
_ROUNDING = 1e-9  # share of a value that counts as no error


@dataclass(frozen=True, slots=True, kw_only=True)
class ConformalSpec(Spec):
    """Options of conformal intervals."""

    method: Method = option(
        "cross", label="Method", choices=("split", "cross", "cv+"),
        help="split keeps crystals back; cross takes errors of fold models around the model of all "
        "crystals; cv+ also keeps the fold models: the guarantee, for more time and larger files.",
    )  # fmt: skip
    folds: int = option(5, label="Folds", ge=2, le=50, help="Of cross and cv+.")
    kept_back: float = option(
        0.25, label="Kept back", gt=0, le=0.9,
        help="Share of the crystals, of split; of groups, as many whole ones as come nearest.",
    )  # fmt: skip
    scaled: bool = option(
        True, label="Scale by uncertainty",
        help="Widen intervals where the model is unsure; otherwise all are of one width.",
    )  # fmt: skip

    def __post_init__(self) -> None:
        Spec.__post_init__(self)
        require_types(self)


@dataclass(frozen=True, slots=True, eq=False)
class Conformal:
    """What calibration found.

    Attributes:
        spec: the options.
        scores: (n,) absolute errors of unseen crystals, by the stated deviation where scaled.
        folds: the models of cv+; empty otherwise.
        fold_of: (n,) the model that had not seen the crystal of a score; zeros otherwise.
    """

    spec: ConformalSpec
    scores: FloatArray
    folds: tuple[FittedModel, ...]
    fold_of: IntArray


def fit_conformal(
    key: str,
    inputs: Inputs,
    target: Target,
    *,
    spec: ModelSpec | None = None,
    conformal: ConformalSpec | None = None,
    groups: Sequence[str] | None = None,
    seed: int = 0,
    context: Context | None = None,
) -> FittedModel:
    """Fit a model and calibrate its intervals on crystals it has not seen.

    Args:
        groups: (n,) label of each crystal; those of one group are kept back together.

    Raises: what `fit` raises; SchemaError when too few crystals or groups are left.
    """
    chosen = conformal if conformal is not None else ConformalSpec()
    context = context or Context()
    if len(target) != len(inputs):
        raise ShapeMismatchError(f"{len(inputs)} crystals meet {len(target)} target values.")
    held = _held(chosen, len(inputs), groups, np.random.default_rng(seed))
    n = len(inputs)
    models: list[FittedModel] = []
    scores, fold_of = [], []
    for i, part in enumerate(held):
        context.step(i, len(held) + 1, "calibrating intervals")
        rest = np.setdiff1d(np.arange(n), part)
        model = fit(key, inputs[rest], target[rest], spec=spec, seed=seed, context=context)
        scores.append(_scores(model, inputs[part], target[part], chosen.scaled, context))
        fold_of.append(np.full(len(part), i))
        models.append(model)
    if chosen.method == "split":
        final = models[0]
    else:
        final = fit(key, inputs, target, spec=spec, seed=seed, context=context)
    kept = tuple(models) if chosen.method == "cv+" else ()
    order = np.concatenate(fold_of) if kept else np.zeros(sum(map(len, scores)), dtype=np.int64)
    return replace(final, conformal=Conformal(chosen, np.concatenate(scores), kept, order))


def quantile(scores: FloatArray, level: float) -> float:
    """The score that a new one does not exceed with probability `level`; infinite for too few.

    The ceil((n + 1) level)-th smallest of n.
    """
    rank = int(np.ceil((len(scores) + 1) * level - 1e-9))
    return float(np.partition(scores, rank - 1)[rank - 1]) if rank <= len(scores) else np.inf


def intervals(
    model: FittedModel, raw: Raw, inputs: Inputs, levels: FloatArray, context: Context
) -> FloatArray:
    """(n, 2, n_levels) bounds on the scale of the fit.

    Raises: InvalidSpecError when the model was fitted without conformal scores.
    """
    c = model.conformal
    if c is None:
        raise InvalidSpecError(
            "This model was fitted without intervals.", hint="Fit it with conformal intervals."
        )
    out = np.empty((len(inputs), 2, len(levels)))
    if c.folds:
        return _cv_plus(c, inputs, levels, context, out)
    width = np.maximum(raw.std, _TINY) if c.spec.scaled else np.ones(len(inputs))
    for j, level in enumerate(levels):
        reach = quantile(c.scores, float(level)) * width
        out[:, 0, j], out[:, 1, j] = raw.mean - reach, raw.mean + reach
    return out


def _cv_plus(
    c: Conformal, inputs: Inputs, levels: FloatArray, context: Context, out: FloatArray
) -> FloatArray:
    """Quantiles over the calibration crystals of their fold model's answer plus or minus score."""
    answers = [model.raw(inputs, context) for model in c.folds]
    n = len(c.scores)
    for row in range(len(inputs)):
        centre = np.array([a.mean[row] for a in answers])
        width = np.array([a.std[row] for a in answers]) if c.spec.scaled else np.ones(len(answers))
        reach = c.scores * np.maximum(width, _TINY)[c.fold_of]
        low, high = np.sort(centre[c.fold_of] - reach), np.sort(centre[c.fold_of] + reach)
        for j, level in enumerate(levels):
            rank = int(np.ceil((n + 1) * level - 1e-9))
            inside = rank <= n
            out[row, 0, j] = low[n - rank] if inside else -np.inf
            out[row, 1, j] = high[rank - 1] if inside else np.inf
    return out


def _scores(
    model: FittedModel, inputs: Inputs, target: Target, scaled: bool, context: Context
) -> FloatArray:
    raw = model.raw(inputs, context)
    y = to_scale(target.values, model.spec.target_scale, inputs.ids, target.key)
    errors = np.abs(y - raw.mean)
    if not scaled:
        return errors
    # A model that was certain (its part of the crystals had one value) and erred: no multiple of
    # its deviation would have covered that.
    certain = raw.std <= 0
    right = errors <= _ROUNDING * np.maximum(np.abs(y), np.abs(raw.mean))
    scores = errors / np.where(certain, 1.0, raw.std)
    return np.where(certain, np.where(right, 0.0, np.inf), scores)


def _held(
    spec: ConformalSpec, n: int, groups: Sequence[str] | None, rng: np.random.Generator
) -> list[IntArray]:
    """Crystals kept back from each fit.

    Raises: SchemaError when too few are left to learn from; ShapeMismatchError.
    """
    if groups is not None and len(groups) != n:
        raise ShapeMismatchError(f"{n} crystals meet {len(groups)} group labels.")
    if spec.method == "split":
        held = [_kept_back(n, spec.kept_back, groups, rng)]
    else:
        held = _parts(n, spec.folds, groups, rng)
    alone = len(held) < 2 and spec.method != "split"
    if alone or min(map(len, held)) < 1 or n - max(map(len, held)) < MIN_TRAINING:
        apart = f", in groups of which there are {len(set(groups))}" if groups is not None else ""
        less = "Keep back fewer" if spec.method == "split" else "Use fewer folds"
        raise SchemaError(
            f"There are too few crystals for {spec.method} intervals ({n}{apart}): each fit needs "
            f"{MIN_TRAINING}.",
            hint=f"{less}, add crystals, or predict without intervals.",
        )
    return held


def _kept_back(
    n: int, share: float, groups: Sequence[str] | None, rng: np.random.Generator
) -> IntArray:
    """The share of single crystals, at least one; or whole groups in random order.

    A group is passed over where it would overshoot by more than is missing, so that a large one
    is kept back no more often than chance and the share have it; at least one group is.
    """
    order = rng.permutation(n)
    if groups is None:
        return np.sort(order[: max(1, round(share * n))])
    _, member = np.unique(np.asarray(groups), return_inverse=True)
    sizes = np.bincount(member)
    queue = rng.permutation(len(sizes))
    missing, chosen = share * n, []
    for group in queue.tolist():
        if sizes[group] <= 2 * missing:
            chosen.append(group)
            missing -= sizes[group]
    return np.flatnonzero(np.isin(member, chosen or [int(sizes.argmin())]))


def _parts(
    n: int, count: int, groups: Sequence[str] | None, rng: np.random.Generator
) -> list[IntArray]:
    """Parts kept back in turn: of single crystals, or of whole groups, largest groups first."""
    if groups is None:
        return parts(n, count, rng)
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    sizes = np.bincount(member)
    order = np.lexsort((rng.permutation(len(names)), -sizes))
    load = np.zeros(min(count, len(names)), dtype=np.int64)
    place = np.empty(len(names), dtype=np.int64)
    for group in order:
        place[group] = load.argmin()
        load[place[group]] += sizes[group]
    return [np.flatnonzero(place[member] == i) for i in range(len(load))]

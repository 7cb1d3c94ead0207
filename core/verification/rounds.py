"""Verified crystals join the training set, the model learns again: rounds of active learning.

Every round is judged on the same held-out crystals, drawn once and never learnt from, by a model
without the new crystals and one with them. A verified crystal that shares its group (formula or
chemical system) with a held-out one would make that test easier than it was: it stands aside in
the comparison, and joins the model that is used afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np

from core.errors import SchemaError, ShapeMismatchError
from core.evaluation import group_labels
from core.evaluation.splits import GroupSpec, make_folds
from core.metrics import METRICS, Score, score
from core.models import Context, Inputs, ModelSpec, Prediction, Target, fit
from core.registry import Spec, option
from core.types import Crystal, Failure, FloatArray, IntArray

ROUND = "verified_in_round"
"""Property of a crystal that joined a training set: the number of the round."""
METRIC_KEYS = ("mae", "rmse", "bias", "r2")
_RESAMPLES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutSpec(Spec):
    """Which crystals every round is judged on."""

    share: float = option(
        0.2, label="Held out", gt=0, le=0.5, help="Share of the library that is never learnt from."
    )
    by: str = option(
        "chemical-system", label="Group", choices=("formula", "chemical-system"),
        help="Crystals that share this are held out together.",
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round did.

    Attributes:
        number: from 1 on.
        target: key of the property.
        model: key and options of the model.
        seed: of held-out crystals (in the first round) and fits.
        held_out: ids.
        by: their grouping.
        added: ids of verified crystals that joined the training set.
        aside: those of them that stood aside in the comparison.
        n_before, n_after: training crystals of the two models compared.
        before, after: metric -> value, low, high (bootstrap, 95%) on the held-out crystals.
        change: MAE after minus before, with its paired 95% interval: below zero is better.
    """

    number: int
    target: str
    model: Mapping[str, Any]
    seed: int
    held_out: tuple[str, ...]
    by: str
    added: tuple[str, ...]
    aside: tuple[str, ...]
    n_before: int
    n_after: int
    before: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    after: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    change: tuple[float, float, float] = (np.nan, np.nan, np.nan)

    def to_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Round:
        """Raises: SchemaError for what is no round."""
        names = {f.name for f in fields(cls)}
        if not isinstance(values, Mapping) or set(values) != names:
            raise SchemaError(
                f"A round of the history holds {sorted(values)}, not {sorted(names)}."
                if isinstance(values, Mapping) else f"A round of the history is {values!r}.",
                hint="Give the history that the last round returned.",
            )  # fmt: skip
        lists = {k: tuple(values[k]) for k in ("held_out", "added", "aside", "change")}
        scores = {
            side: {key: tuple(value) for key, value in values[side].items()}
            for side in ("before", "after")
        }
        return cls(**{**values, **lists, **scores})


def read_history(rows: Sequence[Mapping[str, Any]], target: str) -> tuple[Round, ...]:
    """The rounds so far, in order.

    Raises: SchemaError when they are not one history of this target: numbers 1, 2, ..., the same
        property and the same held-out crystals.
    """
    rounds = tuple(Round.from_dict(row) for row in rows)
    for i, one in enumerate(rounds):
        if one.number != i + 1:
            raise SchemaError(f"Round {i + 1} of the history says it is round {one.number!r}.")
        if one.target != target:
            raise SchemaError(
                f"The history is of {one.target!r}, not of {target!r}.", hint="Begin a new one."
            )
        if one.held_out != rounds[0].held_out:
            raise SchemaError(f"Round {one.number} was judged on other held-out crystals.")
    return rounds


def joined(
    library: Sequence[Crystal], verified: Sequence[Crystal], number: int
) -> tuple[tuple[Crystal, ...], tuple[Failure, ...]]:
    """The verified crystals as the library takes them, and a row for each it has already.

    They carry `verified_in_round`, and their id with a number where it is taken. A crystal of the
    same structure that the library holds is not added again.
    """
    taken, structures = {c.id for c in library}, {c.digest for c in library}
    out, failures = [], []
    for crystal in verified:
        if crystal.digest in structures:
            known = SchemaError(
                f"The structure of {crystal.id!r} is in the library already.",
                hint="It is not added again.",
            )
            failures.append(Failure.from_error(known, id=crystal.id, stage="join"))
            continue
        name, n = crystal.id, 2
        while name in taken:
            name, n = f"{crystal.id}~{n}", n + 1
        taken.add(name)
        structures.add(crystal.digest)
        out.append(crystal.with_(id=name, properties={**crystal.properties, ROUND: number}))
    return tuple(out), tuple(failures)


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Rows of a library and its new crystals, one after another.

    Attributes:
        base: learnt from before and after.
        added: learnt from after.
        aside: new crystals of a group that is held out.
        held_out: judged on.
    """

    base: IntArray
    added: IntArray
    aside: IntArray
    held_out: IntArray


def divide(
    crystals: Sequence[Crystal],
    n_new: int,
    spec: HeldOutSpec,
    *,
    seed: int,
    held_out: Sequence[str] = (),
) -> Parts:
    """Which crystals are learnt from, and which judged on.

    Args:
        crystals: the library's, then the `n_new` verified ones.
        spec: how many are held out, and by what group.
        seed: of the draw.
        held_out: ids of earlier rounds; drawn when there are none.

    Raises: SchemaError when crystals held out before are missing, or the library is one group.
    """
    n = len(crystals) - n_new
    old = crystals[:n]
    if held_out:
        row_of = {c.id: i for i, c in enumerate(old)}
        missing = [name for name in held_out if name not in row_of]
        if missing:
            raise SchemaError(
                f"{missing[0]!r}, held out in earlier rounds, is not in the library "
                f"({len(missing)} such crystals).",
                hint="Go on with the library of the last round, or begin a new history.",
            )
        test = np.sort([row_of[name] for name in held_out])
    else:
        split = GroupSpec(test_share=spec.share, repeats=1, by=spec.by)
        (fold,) = make_folds("group", old, spec=split, seed=seed)
        test = fold.test
    labels = np.array(group_labels(crystals, spec.by))
    new = np.arange(n, len(crystals))
    shared = np.isin(labels[new], labels[test])
    return Parts(np.setdiff1d(np.arange(n), test), new[~shared], new[shared], test)


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """The held-out crystals by a model without the new crystals, and by one with them.

    Attributes:
        truth: (n_held_out,).
        before, after: predictions.
        scores_before, scores_after: of `METRIC_KEYS`.
        change: MAE after minus before, low, high.
    """

    truth: FloatArray
    before: Prediction
    after: Prediction
    scores_before: tuple[Score, ...]
    scores_after: tuple[Score, ...]
    change: tuple[float, float, float]


def compare(
    key: str,
    inputs: Inputs,
    target: Target,
    parts: Parts,
    *,
    spec: ModelSpec | None = None,
    seed: int = 0,
    context: Context | None = None,
) -> Comparison:
    """Fit the model without and with the added crystals; judge both on the held-out ones.

    Without added crystals the two are one model, and the change is 0.
    Raises: what `fit` and `predict` raise; JobCancelled.
    """
    context = context or Context()
    test, truth = inputs[parts.held_out], target.values[parts.held_out]
    found: list[Prediction] = []
    for i, rows in enumerate((parts.base, np.concatenate([parts.base, parts.added]))):
        context.step(i, 2, "fitting and testing")
        if i and not len(parts.added):
            found.append(found[0])
            continue
        model = fit(key, inputs[rows], target[rows], spec=spec, seed=seed, context=context)
        found.append(model.predict(test, context=context))
    context.step(2, 2, "fitting and testing")
    before, after = found
    keys = [k for k in METRIC_KEYS if METRICS[k].applies_to(truth, before.mean)]
    scores = [score(truth, p.mean, keys=keys, seed=seed) for p in found]
    change = paired_change(truth, before.mean, after.mean, seed=seed)
    return Comparison(truth, before, after, scores[0], scores[1], change)


def paired_change(
    truth: FloatArray,
    before: FloatArray,
    after: FloatArray,
    *,
    level: float = 0.95,
    resamples: int = _RESAMPLES,
    seed: int = 0,
) -> tuple[float, float, float]:
    """MAE after minus before on the same (n,) crystals, with a paired bootstrap interval.

    Raises: ShapeMismatchError.
    """
    if not (truth.shape == before.shape == after.shape and truth.ndim == 1 and len(truth)):
        raise ShapeMismatchError(
            f"Truth has shape {truth.shape}, predictions {before.shape} and {after.shape}."
        )
    gain = np.abs(after - truth) - np.abs(before - truth)
    rng, n = np.random.default_rng(seed), len(gain)
    means = np.array([gain[rng.integers(n, size=n)].mean() for _ in range(resamples)])
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(gain.mean()), float(low), float(high)

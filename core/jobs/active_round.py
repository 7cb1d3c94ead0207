"""Task `active-round`: verified crystals join the library, the model learns again, and is judged.

    {"target": "bulk_modulus_GPa", "seed": 0, "model": {"key": "averaged"}, "conformal": null,
     "held_out": {"share": 0.2, "by": "chemical-system"}, "history": []}

`history` is what the round before returned, [] for the first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidSpecError, SchemaError
from core.jobs.base import TASKS, Inputs, Resources, Task, only
from core.jobs.learn import TRAIN, context_of, learning, read_model, resolve_train, trained
from core.metrics import Score
from core.types import Failure
from core.verification.rounds import (
    METRIC_KEYS,
    Comparison,
    HeldOutSpec,
    Parts,
    Round,
    compare,
    divide,
    joined,
    read_history,
)

ROUND_OPTIONS = (*TRAIN, "held_out", "history")
Outputs = tuple[dict[str, NDArray[Any]], tuple[Failure, ...]]


def resolve_round(options: Mapping[str, Any]) -> dict[str, Any]:
    """All options with their defaults. Raises: InvalidSpecError, UnknownNameError, SchemaError."""
    only("active-round", options, ROUND_OPTIONS)
    history = options["history"]
    if not isinstance(history, list):
        raise InvalidSpecError(f"The history is {history!r}.", hint="Give a list of rounds, or [].")
    resolved = resolve_train({k: options[k] for k in TRAIN})
    rounds = read_history(history, options["target"])
    return {
        **resolved, "held_out": _held_out(options).to_dict(),
        "history": [one.to_dict() for one in rounds],
    }  # fmt: skip


def run_round(inputs: Inputs, options: Mapping[str, Any], resources: Resources) -> Outputs:
    """Inputs: `crystals`, the library as it is; `verified`, with their value of the target.

    Outputs: `model`, `train_ids`, `chosen`, `notes` of the model of all crystals, new ones among
    them; `history` (JSON text), this round last; of the held-out crystals `held_out`, `truth`,
    `before`, `before_std`, `after`, `after_std` (n,); `added` and `aside` ids; `metrics` with
    `before_scores` and `after_scores` (n_metrics, 3): value, low, high; `change` (3,).

    Raises: SchemaError when no verified crystal has a value that is new; what `train` raises.
    """
    history = read_history(options["history"], options["target"])
    number = len(history) + 1
    new, known = joined(inputs["crystals"], inputs["verified"], number)
    names = {c.id for c in new}
    data, target, crystals, lost = learning([*inputs["crystals"], *new], options, resources)
    n_new = sum(c.id in names for c in crystals)
    if not n_new:
        raise SchemaError(
            f"None of {len(inputs['verified'])} verified crystals brings a new value of "
            f"{options['target']!r}.",
            hint="Verify others, or verify a property that the model predicts.",
        )
    spec = _held_out(options)
    if history:
        spec = HeldOutSpec(share=spec.share, by=history[0].by)
    parts = divide(
        crystals, n_new, spec, seed=options["seed"],
        held_out=history[0].held_out if history else (),
    )  # fmt: skip
    key, model_spec = read_model(options)
    found = compare(
        key, data, target, parts, spec=model_spec, seed=options["seed"],
        context=context_of(resources),
    )  # fmt: skip
    this = _round(number, options, spec, [c.id for c in crystals], parts, found)
    model = trained(data, target, crystals, options, resources)
    outputs = {"train_ids" if name == "ids" else name: array for name, array in model.items()}
    return outputs | _arrays((*history, this), found), (*lost, *known)


def _held_out(options: Mapping[str, Any]) -> HeldOutSpec:
    value = options["held_out"]
    if not isinstance(value, Mapping):
        raise InvalidSpecError(f"held_out is {value!r}.", hint='Write {"share": 0.2}, or {}.')
    return HeldOutSpec.from_dict(value)


def _round(
    number: int, options: Mapping[str, Any], spec: HeldOutSpec, ids: list[str], parts: Parts,
    found: Comparison,
) -> Round:  # fmt: skip
    def named(rows: NDArray[Any]) -> tuple[str, ...]:
        return tuple(ids[i] for i in rows.tolist())

    return Round(
        number=number, target=options["target"], model=dict(options["model"]),
        seed=options["seed"], held_out=named(parts.held_out), by=spec.by,
        added=named(np.concatenate([parts.added, parts.aside])), aside=named(parts.aside),
        n_before=len(parts.base), n_after=len(parts.base) + len(parts.added),
        before=_finite(found.scores_before), after=_finite(found.scores_after),
        change=found.change,
    )  # fmt: skip


def _finite(scores: Sequence[Score]) -> dict[str, tuple[float, float, float]]:
    """Metrics that have a value (R² of one truth has none): a history is JSON."""
    rows = {s.key: (s.value, s.low, s.high) for s in scores}
    return {key: row for key, row in rows.items() if np.isfinite(row).all()}


def _arrays(history: tuple[Round, ...], found: Comparison) -> dict[str, NDArray[Any]]:
    this = history[-1]
    metrics = [key for key in METRIC_KEYS if key in this.before and key in this.after]
    return {
        "history": np.array(json.dumps([one.to_dict() for one in history])),
        "held_out": np.array(this.held_out, dtype=np.str_), "truth": found.truth,
        "before": found.before.mean, "before_std": found.before.std,
        "after": found.after.mean, "after_std": found.after.std,
        "added": np.array(this.added, dtype=np.str_),
        "aside": np.array(this.aside, dtype=np.str_),
        "metrics": np.array(metrics, dtype=np.str_),
        "before_scores": np.array([this.before[key] for key in metrics]),
        "after_scores": np.array([this.after[key] for key in metrics]),
        "change": np.array(this.change),
    }  # fmt: skip


TASKS.register(
    Task(
        key="active-round", title="Learn from verified crystals",
        summary="Add verified crystals to the training set, train again, compare on crystals held "
        "out.",
        resolve=resolve_round, run=run_round,
        stages=(
            ("describing crystals", 1.0), ("fitting and testing", 2.0),
            ("calibrating intervals", 1.0),
        ),
    )
)  # fmt: skip

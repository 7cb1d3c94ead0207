"""Tasks `learning-curve` and `stage-curve`: what more crystals, and more stages, would bring.

The options are those of a run (`core.jobs.learn_run`) without intervals, so the first fold is the
run's first fold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.errors import InvalidSpecError
from core.evaluation import SPLITS
from core.evaluation.learning_curve import BOOSTED, learning_curve, stage_curve
from core.evaluation.splits import make_folds
from core.jobs.base import TASKS, Inputs, Resources, Task, only
from core.jobs.learn import Outputs, context_of, learning, read_choice, read_model
from core.jobs.learn_run import resolve_learn

SHARED = ("target", "model", "split", "seed", "at_most")
_POINTS, _REPEATS = (2, 20), (1, 50)


def of_run(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a run that a curve shares."""
    return {"at_most": None, **{k: v for k, v in options.items() if k in SHARED}}


def resolve_curve(options: Mapping[str, Any]) -> dict[str, Any]:
    """All options with their defaults. Raises: InvalidSpecError, UnknownNameError."""
    only("learning-curve", options, (*SHARED, "points", "repeats"))
    for name, (low, high) in (("points", _POINTS), ("repeats", _REPEATS)):
        value = options[name]
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise InvalidSpecError(
                f"{name} is {value!r}.", hint=f"Give a whole number from {low} to {high}."
            )
    return {**_resolved(options), "points": options["points"], "repeats": options["repeats"]}


def resolve_stages(options: Mapping[str, Any]) -> dict[str, Any]:
    """All options with their defaults. Raises: InvalidSpecError for a model without stages."""
    only("stage-curve", options, SHARED)
    key, _ = read_model(options)
    if key not in BOOSTED:
        raise InvalidSpecError(
            f"The model {key!r} has no stages.", hint="Models with stages: " + ", ".join(BOOSTED)
        )
    return _resolved(options)


def run_curve(inputs: Inputs, options: Mapping[str, Any], resources: Resources) -> Outputs:
    """`sizes` (n_sizes,), `metrics`, `errors` and `baselines` (n_metrics, n_sizes, repeats),
    `tested`: the number of test crystals; `fold`: its name.
    """
    key, spec = read_model(options)
    data, target, folds, failures = _prepared(inputs, options, resources)
    found = learning_curve(
        key, data, target, folds[0], spec=spec, points=options["points"],
        repeats=options["repeats"], seed=options["seed"], context=context_of(resources),
    )  # fmt: skip
    return {
        "sizes": found.sizes, "metrics": np.array(found.metrics), "errors": found.errors,
        "baselines": found.baselines, "tested": np.array(found.tested),
        "fold": np.array(folds[0].name),
    }, failures  # fmt: skip


def run_stages(inputs: Inputs, options: Mapping[str, Any], resources: Resources) -> Outputs:
    """`stages` (n_stages,); `train` and `test` (n_folds, n_stages) mean absolute errors."""
    key, spec = read_model(options)
    data, target, folds, failures = _prepared(inputs, options, resources)
    found = stage_curve(
        key, data, target, folds, spec=spec, seed=options["seed"], context=context_of(resources)
    )
    return {"stages": found.stages, "train": found.train, "test": found.test}, failures


def _prepared(inputs: Inputs, options: Mapping[str, Any], resources: Resources) -> Any:
    """Model inputs, target, folds of the run's split, failures."""
    split, how = read_choice(options["split"], SPLITS, "split")
    data, target, crystals, failures = learning(
        inputs["crystals"], options, resources, at_most=options["at_most"]
    )
    return data, target, make_folds(split, crystals, spec=how, seed=options["seed"]), failures


def _resolved(options: Mapping[str, Any]) -> dict[str, Any]:
    shared = {k: options[k] for k in SHARED}
    found = resolve_learn({**shared, "conformal": None, "levels": []})
    return {k: v for k, v in found.items() if k not in ("conformal", "levels")}


TASKS.register(
    Task(
        key="learning-curve", title="Learning curve",
        summary="Errors on one test fold over the number of training crystals.",
        resolve=resolve_curve, run=run_curve,
        stages=(("describing crystals", 1.0), ("fitting", 3.0)),
    )
)  # fmt: skip
TASKS.register(
    Task(
        key="stage-curve", title="Stages of boosting",
        summary="Errors of a boosted model after each of its stages.",
        resolve=resolve_stages, run=run_stages,
        stages=(("describing crystals", 1.0), ("boosting", 3.0)),
    )
)  # fmt: skip

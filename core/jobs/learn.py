"""Tasks `train` and `evaluate`: crystals with a property to models and their errors.

What is asked is a value, the same from a page, from the command line or from a file:

    {"target": "bulk_modulus_vrh_GPa", "seed": 0,
     "model": {"key": "averaged", "target_scale": "log"},
     "conformal": {"method": "cross", "by": ""},
     "split": {"key": "group", "by": "chemical-system"}, "levels": [0.5, 0.9, 0.95]}
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidSpecError
from core.evaluation import SPLITS, evaluate, find_leakage, group_labels
from core.evaluation.splits import make_folds
from core.jobs.base import TASKS, Inputs, Resources, Task, only
from core.jobs.kept_tables import keeper
from core.metrics import METRICS
from core.models import MODELS, Context, fit, prepare, read_target
from core.models.base import ModelSpec, check_levels
from core.models.conformal import ConformalSpec, fit_conformal
from core.models.domain import with_domain
from core.models.inputs import Inputs as ModelInputs
from core.models.persistence import model_bytes
from core.models.targets import Target
from core.registry import Spec
from core.types import Crystal, Failure

Outputs = tuple[dict[str, NDArray[Any]], tuple[Failure, ...]]
TRAIN = ("target", "model", "conformal", "seed")
EVALUATE = (*TRAIN, "split", "levels")
_RESAMPLES = 1000


def resolve_train(options: Mapping[str, Any]) -> dict[str, Any]:
    """All options with their defaults. Raises: InvalidSpecError, UnknownNameError."""
    only("train", options, TRAIN)
    return _resolved(options)


def resolve_evaluate(options: Mapping[str, Any]) -> dict[str, Any]:
    """All options with their defaults. Raises: InvalidSpecError, UnknownNameError."""
    only("evaluate", options, EVALUATE)
    split, spec = read_choice(options["split"], SPLITS, "split")
    levels = check_levels(options["levels"]).tolist()
    resolved = {**_resolved(options), "split": {"key": split, **spec.to_dict()}, "levels": levels}
    if SPLITS[split].keeps_groups(spec):
        resolved["metric_intervals"] = "of whole groups"  # once of single crystals
    return resolved


def run_train(inputs: Inputs, options: Mapping[str, Any], resources: Resources) -> Outputs:
    """`model`: the bytes of the model file; `ids`: the training crystals."""
    data, target, crystals, failures = learning(inputs["crystals"], options, resources)
    return trained(data, target, crystals, options, resources), failures


def trained(
    data: ModelInputs, target: Target, crystals: Sequence[Crystal], options: Mapping[str, Any],
    resources: Resources,
) -> dict[str, NDArray[Any]]:  # fmt: skip
    """The model of all these crystals: `model`, `ids`, `chosen`, `notes` (see `run_train`)."""
    key, spec = read_model(options)
    conformal, by = read_conformal(options)
    context = context_of(resources)
    if conformal is None:
        model = fit(key, data, target, spec=spec, seed=options["seed"], context=context)
    else:
        model = fit_conformal(
            key, data, target, spec=spec, conformal=conformal,
            groups=group_labels(crystals, by) if by else None, seed=options["seed"],
            context=context,
        )  # fmt: skip
    model = with_domain(model, data, target, crystals, context=context)
    return {
        "model": np.frombuffer(model_bytes(model), dtype=np.uint8),
        "ids": np.array(model.ids, dtype=np.str_),
        "chosen": np.array(json.dumps(dict(model.chosen))),
        "notes": np.array(model.notes, dtype=np.str_),
    }


def run_evaluate(inputs: Inputs, options: Mapping[str, Any], resources: Resources) -> Outputs:
    """Predictions of all test crystals, fold by fold, and metrics beside the trivial baseline.

    `ids`, `fold`, `truth`, `mean`, `std`, `baseline` (n_tested,); `intervals` (n_tested, 2,
    n_levels) and `levels`; `fold_names`; `metrics` with `values`, `low`, `high`, `baselines`;
    `leakage`: a warning, or ''.
    """
    data, target, crystals, failures = learning(inputs["crystals"], options, resources)
    return tried(data, target, crystals, options, resources), failures


def tried(
    data: ModelInputs, target: Target, crystals: Sequence[Crystal], options: Mapping[str, Any],
    resources: Resources,
) -> dict[str, NDArray[Any]]:  # fmt: skip
    """The model on every fold of these crystals; outputs as of `run_evaluate`."""
    key, spec = read_model(options)
    split, how = read_choice(options["split"], SPLITS, "split")
    folds = make_folds(split, crystals, spec=how, seed=options["seed"])
    conformal, by = read_conformal(options)
    trial = evaluate(
        key, data, target, folds, spec=spec, conformal=conformal,
        levels=options["levels"] if conformal else (),
        groups=group_labels(crystals, by) if by else None, seed=options["seed"],
        context=context_of(resources),
    )  # fmt: skip
    scores = trial.scores(resamples=_RESAMPLES, seed=options["seed"])
    lengths = [len(r.truth) for r in trial.results]
    return {
        "ids": np.array([data.ids[i] for i in trial.rows], dtype=np.str_),
        "fold": np.repeat(np.arange(len(lengths)), lengths),
        "fold_names": np.array([f.name for f in folds], dtype=np.str_),
        "truth": trial.truth, "mean": trial.mean, "std": trial.std, "baseline": trial.baseline,
        "levels": trial.levels, "intervals": trial.intervals,
        "metrics": np.array([s.key for s in scores], dtype=np.str_),
        "values": np.array([s.value for s in scores]),
        "low": np.array([s.low for s in scores]), "high": np.array([s.high for s in scores]),
        "baselines": np.array([s.baseline for s in scores]),
        "by_fold": np.stack([trial.by_fold(name) for name in METRICS]),
        "leakage": np.array(find_leakage(crystals, folds, threads=resources.threads).warning),
    }  # fmt: skip


def read_choice(value: Any, registry: Any, kind: str) -> tuple[str, Any]:
    """Key and spec of `{"key": ..., option: ...}`. Raises: InvalidSpecError, UnknownNameError."""
    if not isinstance(value, Mapping) or not isinstance(value.get("key"), str):
        raise InvalidSpecError(
            f"The {kind} is {value!r}.",
            hint='Write {"key": NAME, OPTION: VALUE, ...}; names: ' + ", ".join(registry) + ".",
        )
    entry = registry[value["key"]]
    spec: Spec = entry.spec_type.from_dict({k: v for k, v in value.items() if k != "key"})
    return value["key"], spec


def read_model(options: Mapping[str, Any]) -> tuple[str, ModelSpec]:
    """Key and spec of the model; what it needs is checked too."""
    key, spec = read_choice(options["model"], MODELS, "model")
    MODELS[key].needs(spec)
    return key, spec


def read_conformal(options: Mapping[str, Any]) -> tuple[ConformalSpec | None, str]:
    """How intervals are calibrated (None: not at all), and the grouping kept together."""
    value = options["conformal"]
    if value is None:
        return None, ""
    if not isinstance(value, Mapping):
        raise InvalidSpecError(f"conformal is {value!r}.", hint="Write its options, or null.")
    by = value.get("by", "")
    return ConformalSpec.from_dict({k: v for k, v in value.items() if k != "by"}), by


def _resolved(options: Mapping[str, Any]) -> dict[str, Any]:
    key, spec = read_model(options)
    conformal, by = read_conformal(options)
    seed, target = options["seed"], options["target"]
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise InvalidSpecError(f"The seed is {seed!r}.", hint="Give a whole number from 0 on.")
    if not isinstance(target, str) or not target:
        raise InvalidSpecError(f"The target is {target!r}.", hint="Name a property.")
    group_labels([], by) if by else None
    model = MODELS[key]
    return {
        "target": target, "seed": seed,
        "model": {"key": key, "version": model.version, **spec.to_dict()},
        "needs": model.needs(spec).to_dict(),
        "conformal": None if conformal is None else {**conformal.to_dict(), "by": by},
    }  # fmt: skip


def learning(
    crystals: Sequence[Crystal],
    options: Mapping[str, Any],
    resources: Resources,
    *,
    at_most: int | None = None,
) -> tuple[ModelInputs, Target, list[Crystal], tuple[Failure, ...]]:
    """What the model sees of the crystals that have a usable value and can be described.

    Args:
        at_most: of those with a value, so many are drawn by the seed, in their order; None for all.

    Raises: what `read_target` and `prepare` raise.
    """
    key, spec = read_model(options)
    target, kept, without = read_target(crystals, options["target"])
    if at_most is not None and at_most < len(kept):
        drawn = np.random.default_rng(options["seed"]).permutation(len(kept))[:at_most]
        target, kept = target[np.sort(drawn)], kept[np.sort(drawn)]
    usable = [crystals[i] for i in kept.tolist()]
    data, rows, failures = prepare(
        usable, MODELS[key].needs(spec), threads=resources.threads,
        processes=resources.processes, on_progress=resources.on_progress,
        should_stop=resources.should_stop, keep=keeper(resources),
    )  # fmt: skip
    return data, target[rows], [usable[i] for i in rows.tolist()], without + failures


def context_of(resources: Resources) -> Context:
    """What a fit inside a job may use and whom it tells."""
    return Context(
        threads=resources.threads, on_progress=resources.on_progress,
        should_stop=resources.should_stop,
    )  # fmt: skip


def _register(key: str, title: str, summary: str, resolve: Any, run: Any, step: str) -> None:
    stages: Sequence[tuple[str, float]] = (("describing crystals", 1.0), (step, 2.0))
    TASKS.register(
        Task(key=key, title=title, summary=summary, resolve=resolve, run=run, stages=tuple(stages))
    )


_register("train", "Train a model", "Fit a model to a property and keep it as a file.",
          resolve_train, run_train, "calibrating intervals")  # fmt: skip
_register("evaluate", "Evaluate a model", "Fit and test a model on every fold of a split.",
          resolve_evaluate, run_evaluate, "fitting and testing")  # fmt: skip

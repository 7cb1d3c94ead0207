"""Task `partial-dependence`: what a trained model answers when one or two features are set.

The model is a model file, or `result:KEY` for the result of a job that trained one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InvalidSpecError, ModelFileError
from core.evaluation.dependence import SETTING, dependence
from core.jobs.base import TASKS, Inputs, Resources, Task, only
from core.jobs.explain import context_of, whole
from core.jobs.kept_tables import keeper
from core.jobs.learn import Outputs
from core.jobs.results import load_result
from core.models import prepare
from core.models.persistence import load_model, read_manifest
from core.types import Crystal

DEPENDENCE: dict[str, Any] = {"points": 20, "sample": 200, "seed": 0}
STORED = "result:"


def resolve_dependence(options: Mapping[str, Any]) -> dict[str, Any]:
    """The model by its content, and the rest. Raises: ModelFileError, InvalidSpecError."""
    given = {**DEPENDENCE, **options}
    only("partial-dependence", given, ("model", "features", *DEPENDENCE))
    names = given["features"]
    if not (isinstance(names, Sequence) and not isinstance(names, str) and len(names) in (1, 2)):
        raise InvalidSpecError(f"The features are {names!r}.", hint="Name one or two in a list.")
    for name, least in (("points", 2), ("sample", 1), ("seed", 0)):
        whole(name, given[name], least)
    return {**given, "features": list(names), "model": _named(given["model"])}


def run_dependence(inputs: Inputs, options: Mapping[str, Any], resources: Resources) -> Outputs:
    """`average` and `individual` (n, ...) on `grid_0` (and `grid_1`), `values` (n, k), `ids`.

    Averaged over `sample` crystals drawn by the seed: training crystals, where any are here.
    `supported`: where crystals lie; `features`, `target`.
    """
    given = {**DEPENDENCE, **options}
    model = load_model(_model_source(given["model"]))
    crystals = background(inputs["crystals"], model.ids, given["sample"], given["seed"])
    data, _, failures = prepare(
        crystals, model.needs, threads=resources.threads, processes=resources.processes,
        on_progress=resources.on_progress, should_stop=resources.should_stop,
        keep=keeper(resources),
    )  # fmt: skip
    found = dependence(
        model, data, given["features"], points=given["points"], context=context_of(resources)
    )
    return {
        "features": np.array(found.names, dtype=np.str_),
        **{f"grid_{i}": grid for i, grid in enumerate(found.grids)},
        "average": found.average, "individual": found.individual, "values": found.values,
        "supported": found.supported, "ids": np.array(data.ids, dtype=np.str_),
        "target": np.array(model.target_key),
    }, failures  # fmt: skip


def _named(value: Any) -> str:
    """What a model is keyed by: the content of its file; a result's key says its content already.

    Raises: InvalidSpecError, ModelFileError; SchemaError for a result that is no longer there.
    """
    if isinstance(value, str) and value.startswith(STORED):
        if "model" not in load_result(value.removeprefix(STORED)).outputs:
            raise ModelFileError(
                "That job trained no model.", hint="Name the result of a training."
            )
        return value
    return str(read_manifest(_model_source(value))["state_sha256"])


def _model_source(value: Any) -> Path | bytes:
    """A model file, or the bytes in the result of a job. Raises: InvalidSpecError."""
    if not isinstance(value, str):
        raise InvalidSpecError(f"The model is {value!r}.", hint="Name a model file.")
    if not value.startswith(STORED):
        return Path(value)
    return np.asarray(load_result(value.removeprefix(STORED)).outputs["model"]).tobytes()


def background(
    crystals: Sequence[Crystal], known: Sequence[str], sample: int, seed: int
) -> list[Crystal]:
    """At most `sample` of the crystals, drawn by the seed: of those known, where there are any."""
    inside = set(known)
    pool = [c for c in crystals if c.id in inside] or list(crystals)
    order = np.random.default_rng(seed).permutation(len(pool))[:sample]
    return [pool[i] for i in np.sort(order).tolist()]


TASKS.register(
    Task(
        key="partial-dependence", title="Partial dependence",
        summary="Set one or two features of a trained model over a grid, and average its answers.",
        resolve=resolve_dependence, run=run_dependence,
        stages=(("describing crystals", 1.0), (SETTING, 2.0)),
    )
)  # fmt: skip

"""Tasks `similarity` (matrix, order, tree, map) and `umap` (the other map)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidSpecError
from core.jobs.base import TASKS, Inputs, JobSpec, Resources, Task, only, read_metric
from core.jobs.compare import run_distance
from core.jobs.results import has_result, load_result, result_key
from core.library.library import crystals_digest
from core.maps.order import cluster
from core.maps.project import mds, umap
from core.types import Failure

MAP_VERSION = 2  # raised whenever order or maps change
_Out = tuple[dict[str, NDArray[Any]], tuple[Failure, ...]]


def resolve(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options: `metric`, as `parse_metric` reads it."""
    only("similarity", options, ("metric",))
    return {**read_metric(options).to_dict(), "map_version": MAP_VERSION}


def run_similarity(inputs: Inputs, options: Mapping[str, Any], resources: Resources) -> _Out:
    """`ids` (n,), `matrix` (n, n), `order` (n,), `merges` (n - 1, 4), `points` (n, 2), `stress`.

    Raises: MemoryBudgetError before anything is computed; JobCancelled.
    """
    outputs, failures = run_distance(inputs, options, resources)
    matrix = outputs["matrix"]
    if resources.on_progress:
        resources.on_progress(0, 1, "ordering crystals")
    tree = cluster(matrix)
    if resources.on_progress:
        resources.on_progress(1, 1, "ordering crystals")
        resources.on_progress(0, 1, "drawing the map")
    plane = mds(matrix, on_progress=resources.on_progress, should_stop=resources.should_stop)
    if resources.on_progress:
        resources.on_progress(1, 1, "drawing the map")
    outputs |= {
        "order": tree.order, "merges": tree.merges, "points": plane.points,
        "stress": np.array(plane.stress), "how": np.array(plane.how),
    }  # fmt: skip
    return outputs, failures


def resolve_umap(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options: `metric`, `neighbors` (from 2 on), `seed` (from 0 on)."""
    only("umap", options, ("metric", "neighbors", "seed"))
    for name, least in (("neighbors", 2), ("seed", 0)):
        value = options[name]
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise InvalidSpecError(
                f"{name} is {value!r}.", hint=f"Give a whole number from {least} on."
            )
    return {
        **read_metric(options).to_dict(), "neighbors": options["neighbors"],
        "seed": options["seed"], "map_version": MAP_VERSION,
    }  # fmt: skip


def run_umap(inputs: Inputs, options: Mapping[str, Any], resources: Resources) -> _Out:
    """`ids` (n,), `points` (n, 2), `stress`. Raises: as `similarity`; InvalidSpecError."""
    outputs, failures = _distances(inputs, {"metric": options["metric"]}, resources)
    if resources.on_progress:
        resources.on_progress(0, 1, "drawing the map")
    plane = umap(outputs["matrix"], neighbors=options["neighbors"], seed=options["seed"])
    if resources.on_progress:
        resources.on_progress(1, 1, "drawing the map")
    kept = {
        "ids": outputs["ids"], "points": plane.points, "stress": np.array(plane.stress),
        "how": np.array(plane.how),
    }  # fmt: skip
    return kept, failures


def _distances(inputs: Inputs, options: Mapping[str, Any], resources: Resources) -> _Out:
    """`ids` and `matrix`: those of a similarity on disk where there is one."""
    if resources.use_store:
        key = result_key(
            JobSpec(task="similarity", options=options), crystals_digest(inputs["crystals"])
        )
        if has_result(key):
            known = load_result(key)
            return {name: known.outputs[name] for name in ("ids", "matrix")}, known.failures
    return run_distance(inputs, options, resources)


TASKS.register(
    Task(
        key="similarity",
        title="Similarity",
        summary="Compare every crystal with every other, order them, draw a map.",
        resolve=resolve,
        run=run_similarity,
        stages=(
            ("describing crystals", 1.0),
            ("comparing crystals", 1.0),
            ("ordering crystals", 0.2),
            ("drawing the map", 1.0),
        ),
    )
)
TASKS.register(
    Task(
        key="umap",
        title="UMAP",
        summary="Draw a map that keeps neighbours together.",
        resolve=resolve_umap,
        run=run_umap,
        stages=(
            ("describing crystals", 0.5),
            ("comparing crystals", 0.5),
            ("drawing the map", 9.0),
        ),
    )
)

"""Task `distance`: the matrix of distances between all crystals, in memory or on disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from core.distances.features import embed
from core.distances.matrix import full, to_disk
from core.jobs.base import TASKS, Inputs, Resources, Task, id_array, only, read_metric
from core.jobs.budget import require_disk, require_memory
from core.types import Failure


def resolve(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options: `metric`, as `parse_metric` reads it."""
    only("distance", options, ("metric",))
    return read_metric(options).to_dict()


def run_distance(
    inputs: Inputs, options: Mapping[str, Any], resources: Resources
) -> tuple[dict[str, NDArray[Any]], tuple[Failure, ...]]:
    """`ids` (n,) and `matrix` (n, n); with `resources.tiles` the matrix goes to that path instead.

    Raises: MemoryBudgetError before anything is computed.
    """
    crystals = inputs["crystals"]
    metric = read_metric(options)
    require_memory(crystals, metric, matrix=resources.tiles is None)
    if resources.tiles is not None:
        require_disk(crystals, metric, resources.tiles)
    tell, stop, threads = resources.on_progress, resources.should_stop, resources.threads
    features, table = embed(
        crystals, metric, threads=threads, processes=resources.processes, on_progress=tell,
        should_stop=stop,
    )  # fmt: skip
    outputs: dict[str, NDArray[Any]] = {"ids": id_array([crystals[i] for i in table.kept])}
    if resources.tiles is None:
        outputs["matrix"] = full(features, threads=threads, on_progress=tell, should_stop=stop)
    else:
        to_disk(features, resources.tiles, threads=threads, on_progress=tell, should_stop=stop)
    return outputs, table.failures


TASKS.register(
    Task(
        key="distance",
        title="Distance matrix",
        summary="Compare every crystal with every other.",
        resolve=resolve,
        run=run_distance,
        stages=(("describing crystals", 1.0), ("comparing crystals", 1.0)),
    )
)

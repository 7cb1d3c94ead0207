"""Task `distance`: the matrix of distances between all crystals, in memory or on disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from core.distances.base import parse_metric
from core.distances.features import embed
from core.distances.matrix import full, require_budget, to_disk
from core.errors import InvalidSpecError
from core.jobs.base import TASKS, Inputs, Resources, Task, id_array
from core.types import Failure


def validate(options: Mapping[str, Any]) -> None:
    """Options: `metric` (as `parse_metric` reads it), `tiles` (a .npy or .zarr path, or absent)."""
    extra = set(options) - {"metric", "tiles"}
    if extra:
        raise InvalidSpecError(f"The task distance has no option {sorted(extra)[0]!r}.")
    parse_metric(options["metric"])


def run_distance(
    inputs: Inputs, options: Mapping[str, Any], resources: Resources
) -> tuple[dict[str, NDArray[Any]], tuple[Failure, ...]]:
    """`ids` (n,) and `matrix` (n, n); with `tiles` the matrix goes to that path instead."""
    crystals = inputs["crystals"]
    metric = parse_metric(options["metric"])
    tiles = options.get("tiles")
    if tiles is None:  # refuse before the features are computed
        require_budget(len(crystals), len(crystals), "f4")
    tell, stop = resources.on_progress, resources.should_stop
    threads = resources.threads
    features, table = embed(
        crystals, metric, threads=threads, processes=resources.processes, on_progress=tell,
        should_stop=stop,
    )  # fmt: skip
    outputs: dict[str, NDArray[Any]] = {"ids": id_array([crystals[i] for i in table.kept])}
    if tiles is None:
        outputs["matrix"] = full(features, threads=threads, on_progress=tell, should_stop=stop)
    else:
        path = Path(tiles)
        to_disk(features, path, threads=threads, on_progress=tell, should_stop=stop)
    return outputs, table.failures


TASKS.register(
    Task(
        key="distance",
        title="Distance matrix",
        summary="Compare every crystal with every other.",
        validate=validate,
        run=run_distance,
    )
)

"""Task `grid`: the GRID of every crystal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from numpy.typing import NDArray

from core.descriptors import DESCRIPTORS
from core.descriptors.grid import GridSpec, grid_batch
from core.distances.features import tabulate
from core.jobs.base import TASKS, Inputs, Resources, Task, id_array
from core.types import Crystal, Failure, FloatArray


def _batch(spec: GridSpec, crystals: Sequence[Crystal]) -> tuple[FloatArray, ...]:
    return (grid_batch(crystals, spec),)


def resolve(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options: those of `GridSpec`."""
    spec = GridSpec.from_dict(options)
    return {"spec": spec.to_dict(), "version": DESCRIPTORS["grid"].version}


def run_grid(
    inputs: Inputs, options: Mapping[str, Any], resources: Resources
) -> tuple[dict[str, NDArray[Any]], tuple[Failure, ...]]:
    """`ids` (n,), `grid` (n, n_groups, bins or quantiles) float32, `edges` (bins + 1,).

    In mode `quantile` `edges` holds the quantile levels.
    """
    spec = GridSpec.from_dict(options)
    crystals = inputs["crystals"]
    table = tabulate(
        crystals, partial(_batch, spec), stage="grid", threads=resources.threads,
        processes=resources.processes,
        on_progress=resources.on_progress, should_stop=resources.should_stop,
    )  # fmt: skip
    ids = id_array([crystals[i] for i in table.kept])
    return {"ids": ids, "grid": table.arrays[0], "edges": spec.edges}, table.failures


TASKS.register(
    Task(
        key="grid",
        title="GRID",
        summary="Describe every crystal by its grouped interatomic distances.",
        resolve=resolve,
        run=run_grid,
    )
)

"""What a job will take, estimated before it starts, and the refusal when it does not fit."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.config import memory_budget_bytes
from core.distances.base import Metric
from core.errors import ComputeError, InputError, MemoryBudgetError
from core.types import Crystal

_TRIED = 20  # crystals tried for one that shows how large its features are
_GB = 2**30
_DISK_HEADER = 2**16


def require_memory(crystals: Sequence[Crystal], metric: Metric, *, matrix: bool) -> None:
    """Refuse a job whose features, with the matrix if it is kept in memory, exceed the budget.

    Raises: MemoryBudgetError with the estimate and the alternatives.
    """
    n = len(crystals)
    each, itemsize = _probe(crystals, metric)
    features = n * each
    distances = n * n * itemsize if matrix else 0
    budget = memory_budget_bytes()
    if features + distances <= budget:
        return
    advice = "raise GRIDSCOPE_MEMORY_GB"
    if features > budget:
        hint = f"Use a metric with fewer numbers (mode=quantile, fewer groups), or {advice}."
    else:
        hint = (
            "Ask for the nearest neighbours instead (`neighbors`), write tiles to disk "
            f"(-o FILE.zarr or FILE.npy), or {advice}."
        )
    parts = f"{_size(features)} of features"
    if matrix:
        parts += f" and {_size(distances)} for the {n} x {n} distances"
    raise MemoryBudgetError(
        f"{n} crystals under {metric} need {parts}; the memory budget is {_size(budget)}.",
        hint=hint,
        context={"features": features, "distances": distances, "budget": budget},
    )


def require_disk(crystals: Sequence[Crystal], metric: Metric, path: Path) -> None:
    """Refuse a matrix in tiles that the disk can't hold: a full disk kills a mapped file's process.

    Raises: MemoryBudgetError with the estimate.
    """
    n = len(crystals)
    wanted = n * n * _probe(crystals, metric)[1] + _DISK_HEADER
    free = shutil.disk_usage(path.absolute().parent).free
    if wanted > free:
        raise MemoryBudgetError(
            f"{n} x {n} distances need {_size(wanted)} on disk; {str(path.parent)!r} has "
            f"{_size(free)} left.",
            hint="Write to another disk, or ask for the nearest neighbours (`neighbors`).",
            context={"bytes": wanted, "free": free},
        )


def _probe(crystals: Sequence[Crystal], metric: Metric) -> tuple[int, int]:
    """Bytes of the features of a crystal, and of a distance."""
    for crystal in crystals[:_TRIED]:
        try:
            features = metric.embed([crystal])
        except (InputError, ComputeError):  # the job itself reports it
            continue
        return features.nbytes, 4 if features.parts[0].dtype == np.float32 else 8
    return 0, 8


def _size(n_bytes: float) -> str:
    if n_bytes < 0.1 * _GB:
        return f"{n_bytes / 2**20:.1f} MB"
    return f"{n_bytes / _GB:.1f} GB"

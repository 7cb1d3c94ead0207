"""Crystals to vectors in chunks: progress, cancellation, threads or processes, failures as rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from core.config import memory_budget_bytes
from core.distances.base import Features, Metric
from core.distances.crew import Crew
from core.errors import ComputeError, InputError, JobCancelled, MemoryBudgetError
from core.types import Crystal, Failure, FloatArray, IntArray, Progress, ShouldStop

_CHUNK = 48  # crystals per task: short enough for a smooth progress bar and a prompt cancel


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Arrays of the crystals that could be described, and a row for each that could not.

    Attributes:
        arrays: each (n_kept, ...).
        kept: (n_kept,) indices into the crystals given.
        failures: one for each of the others.
    """

    arrays: tuple[FloatArray, ...]
    kept: IntArray
    failures: tuple[Failure, ...]


def embed(
    crystals: Sequence[Crystal],
    metric: Metric,
    *,
    dtype: type = np.float32,
    threads: int = 1,
    processes: int = 1,
    crew: Crew | None = None,
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> tuple[Features, Table]:
    """Features of all crystals that have them under this metric; the table names the rest.

    Raises: JobCancelled, MemoryBudgetError; ComputeError when not one crystal has features.
    """
    function = partial(_embed_chunk, metric, dtype)
    table = tabulate(
        crystals, function, stage=str(metric), threads=threads, processes=processes,
        crew=crew, on_progress=on_progress, should_stop=should_stop,
    )  # fmt: skip
    sizes = metric.embed([crystals[int(table.kept[0])]], dtype).sizes
    return Features(metric, table.arrays, sizes), table


def _embed_chunk(metric: Metric, dtype: type, crystals: Sequence[Crystal]) -> tuple[Any, ...]:
    return metric.embed(crystals, dtype).parts


def tabulate(
    crystals: Sequence[Crystal],
    function: Callable[[Sequence[Crystal]], tuple[FloatArray, ...]],
    *,
    stage: str,
    threads: int = 1,
    processes: int = 1,
    crew: Crew | None = None,
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    chunk: int = _CHUNK,
) -> Table:
    """Apply a function of several crystals to all of them.

    Args:
        function: crystals -> arrays with one row each; must be picklable for processes > 1.
        threads: for compiled functions that release the interpreter lock.
        processes: for the others.
        crew: who helps, shared by several tables; `threads` and `processes` are then its own.
        chunk: crystals given at once; one that fails makes the function run again for each of them.

    Raises: JobCancelled, MemoryBudgetError, ResourceError; ComputeError when it fails for every
        crystal.
    """
    chunks = [range(i, min(i + chunk, len(crystals))) for i in range(0, len(crystals), chunk)]
    out: list[FloatArray] = []
    kept = np.zeros(len(crystals), dtype=bool)
    bad: dict[int, list[Failure]] = {}
    done = 0
    with ExitStack() as stack:
        crew = crew or stack.enter_context(Crew(threads=threads, processes=processes))
        attempt = partial(_attempt, function, stage)
        parts = crew.each(
            attempt, len(chunks), lambda i: [crystals[j] for j in chunks[i]], chunk
        )  # fmt: skip
        for i, (rows, bad[i]) in parts:
            for offset, arrays in rows:
                out = out or _allocate(arrays, len(crystals))
                first = chunks[i][offset]
                for target, array in zip(out, arrays, strict=True):
                    target[first : first + len(array)] = array
                kept[first : first + len(arrays[0])] = True
            done += len(chunks[i])
            if on_progress:
                on_progress(done, len(crystals), "describing crystals")
            if should_stop and should_stop():
                raise JobCancelled(f"stopped after {done} of {len(crystals)} crystals")
    failures = tuple(failure for i in sorted(bad) for failure in bad[i])
    if not kept.any():
        raise _nothing(len(crystals), failures)
    if not kept.all():
        out = [array[kept] for array in out]
    return Table(tuple(out), np.flatnonzero(kept), failures)


def _nothing(count: int, failures: tuple[Failure, ...]) -> ComputeError:
    first = failures[0] if failures else None
    return ComputeError(
        f"None of the {count} crystals can be described" + (f": {first.message}" if first else "."),
        hint=first.hint if first else "Give at least one readable crystal.",
    )


def _allocate(arrays: tuple[FloatArray, ...], n: int) -> list[FloatArray]:
    wanted = sum(n * a[0].nbytes if a.dtype != object else 0 for a in arrays)
    budget = memory_budget_bytes()
    if wanted > budget:
        raise MemoryBudgetError(
            f"The features of {n} crystals need {wanted / 2**30:.3g} GB; "
            f"the budget is {budget / 2**30:.3g} GB.",
            hint="Use mode quantile, fewer groups, or raise GRIDSCOPE_MEMORY_GB.",
        )
    return [np.empty((n, *a.shape[1:]), a.dtype) for a in arrays]


_Rows = list[tuple[int, tuple[FloatArray, ...]]]


def _attempt(
    function: Callable[..., Any], stage: str, crystals: Sequence[Crystal]
) -> tuple[_Rows, list[Failure]]:
    """The whole chunk at once; when one crystal spoils it, each by itself."""
    try:
        return [(0, function(crystals))], []
    except (InputError, ComputeError) as error:
        if len(crystals) == 1:
            only = crystals[0]
            failure = Failure.from_error(error, id=only.id, stage=stage, source=only.source)
            return [], [failure]
    rows: _Rows = []
    failures: list[Failure] = []
    for offset, crystal in enumerate(crystals):
        good, bad = _attempt(function, stage, [crystal])
        rows.extend((offset, arrays) for _, arrays in good)
        failures.extend(bad)
    return rows, failures

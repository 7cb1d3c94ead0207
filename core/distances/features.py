"""Crystals to vectors in chunks: progress, cancellation, threads or processes, failures as rows."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Any

import numpy as np

from core.config import memory_budget_bytes
from core.distances.base import Features, Metric
from core.errors import (
    ComputeError,
    InputError,
    JobCancelled,
    MemoryBudgetError,
    ResourceError,
)
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
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> tuple[Features, Table]:
    """Features of all crystals that have them under this metric; the table names the rest.

    Raises: JobCancelled, MemoryBudgetError; ComputeError when not one crystal has features.
    """
    function = partial(_embed_chunk, metric, dtype)
    table = tabulate(
        crystals, function, stage=str(metric), threads=threads, processes=processes,
        on_progress=on_progress, should_stop=should_stop,
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
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    chunk: int = _CHUNK,
) -> Table:
    """Apply a function of several crystals to all of them.

    Args:
        function: crystals -> arrays with one row each; must be picklable for processes > 1.
        threads: for compiled functions that release the interpreter lock.
        processes: for the others.
        chunk: crystals given at once; one that fails makes the function run again for each of them.

    Raises: JobCancelled, MemoryBudgetError; ComputeError when it fails for every crystal.
    """
    chunks = [range(i, min(i + chunk, len(crystals))) for i in range(0, len(crystals), chunk)]
    out: list[FloatArray] = []
    kept: list[int] = []
    failures: list[Failure] = []
    done = 0
    for members, rows, bad in _run(crystals, chunks, function, stage, threads, processes):
        for offset, arrays in rows:
            if not out:
                out = _allocate(arrays, len(crystals))
            n = len(arrays[0])
            for target, array in zip(out, arrays, strict=True):
                target[len(kept) : len(kept) + n] = array
            kept.extend(members[offset + i] for i in range(n))
        failures.extend(bad)
        done += len(members)
        if on_progress:
            on_progress(done, len(crystals), "describing crystals")
        if should_stop and should_stop():
            raise JobCancelled(f"stopped after {done} of {len(crystals)} crystals")
    if not kept:
        first = failures[0] if failures else None
        raise ComputeError(
            f"None of the {len(crystals)} crystals can be described"
            + (f": {first.message}" if first else "."),
            hint=first.hint if first else "Give at least one readable crystal.",
        )
    return Table(tuple(a[: len(kept)] for a in out), np.array(kept), tuple(failures))


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


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _outcome(pending: Future[Any]) -> Any:
    try:
        return pending.result()
    except BrokenProcessPool as error:
        raise ResourceError(
            "A process that described crystals was ended from outside.",
            hint="Memory may have run out: use fewer processes, or fewer crystals.",
        ) from error


def _run(
    crystals: Sequence[Crystal],
    chunks: list[range],
    function: Callable[..., Any],
    stage: str,
    threads: int,
    processes: int,
) -> Iterator[tuple[range, _Rows, list[Failure]]]:
    def members(chunk: range) -> Sequence[Crystal]:
        return [crystals[i] for i in chunk]

    if max(threads, processes) <= 1 or len(chunks) == 1:
        for chunk in chunks:
            yield chunk, *_attempt(function, stage, members(chunk))
        return
    pool: Executor
    if processes > 1:
        pool = ProcessPoolExecutor(
            processes, mp_context=get_context("spawn"), initializer=_leave_interrupts_to_the_parent
        )
    else:
        pool = ThreadPoolExecutor(threads)
    ahead = 2 * max(threads, processes)
    try:
        pending: list[Future[Any]] = []
        for n in range(len(chunks) + ahead):
            if n < len(chunks):
                pending.append(pool.submit(_attempt, function, stage, members(chunks[n])))
            if n >= ahead - 1 and n - ahead + 1 < len(chunks):
                index = n - ahead + 1
                yield chunks[index], *_outcome(pending[index])
                pending[index] = Future()  # let go of the arrays
    finally:
        pool.shutdown(wait=True, cancel_futures=True)

"""Threads and processes that describe crystals beside this one, called only when they pay.

A process takes seconds to start, so what is done before that stays here. One crew serves all the
tables of a model's inputs, so its processes start once.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any

from core.errors import ResourceError

_START_PAYS = 5.0  # seconds of work ahead from which processes are started
_WARM_PAYS = 0.5  # the same for threads, and for processes that run already
_TRIAL = 0.1  # seconds of work on which the estimate rests
_SENT = 2e-4  # seconds it takes to send a crystal to a process and to take back what it gives


class Crew:
    """Whoever works beside this process; used as a context manager.

    Args:
        threads: for compiled functions that release the interpreter lock.
        processes: for the others, this one among them.
    """

    def __init__(self, *, threads: int = 1, processes: int = 1) -> None:
        self.threads = threads
        self.processes = processes
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def each(
        self, function: Callable[[Any], Any], count: int, part: Callable[[int], Any], size: int
    ) -> Iterator[tuple[int, Any]]:
        """(i, function(part(i))) of each i < count, as they are done: in no certain order.

        Args:
            function: picklable where there is more than one process.
            part: i -> what the function takes.
            size: crystals of a part, for the estimate.

        Raises: ResourceError when a process was ended from outside.
        """
        started = 0.0
        for i in range(count):
            # The first part is no measure: modules are imported in it, kernels compiled.
            if i == 1:
                started = time.perf_counter()
            seconds = time.perf_counter() - started
            if i > 1 and seconds > _TRIAL:
                how = self._helpers(seconds / (i - 1), count - i, size)
                if how:
                    yield from self._together(how, function, range(i, count), part)
                    return
            yield i, function(part(i))

    def _helpers(self, each: float, left: int, size: int) -> str:
        """Who is to help with so many parts of so many seconds: '', `threads` or `processes`."""
        if self.processes > 1 and each / size > _SENT:
            pays = _START_PAYS if self._pool is None else _WARM_PAYS
            return "processes" if each * left > pays else ""
        return "threads" if self.threads > 1 and each * left > _WARM_PAYS else ""

    def _together(
        self, how: str, function: Callable[[Any], Any], parts: range, part: Callable[[int], Any]
    ) -> Iterator[tuple[int, Any]]:
        """This process works too, unless its threads do."""
        own = how == "processes"
        executor: Executor = self._processes() if own else ThreadPoolExecutor(self.threads)
        ahead = 2 * (self.processes - 1 if own else self.threads)
        waiting: dict[Future[Any], int] = {}
        left = iter(parts)
        try:
            while True:
                while len(waiting) < ahead and (i := next(left, -1)) >= 0:
                    waiting[_submit(executor, function, part(i))] = i
                if own and (i := next(left, -1)) >= 0:
                    yield i, function(part(i))
                elif not waiting:
                    return
                else:
                    wait(waiting, return_when=FIRST_COMPLETED)
                for done in [f for f in waiting if f.done()]:
                    yield waiting.pop(done), _outcome(done)
        finally:
            for future in waiting:
                future.cancel()
            if not own:
                executor.shutdown(wait=True)

    def _processes(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self.processes - 1, mp_context=get_context("spawn"), initializer=_begin
            )
        return self._pool


def _begin() -> None:
    """Ctrl-C is the parent's to handle; warnings have been given there."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _submit(executor: Executor, function: Callable[[Any], Any], part: Any) -> Future[Any]:
    try:
        return executor.submit(function, part)
    except BrokenProcessPool as error:
        raise _ended() from error


def _outcome(done: Future[Any]) -> Any:
    try:
        return done.result()
    except BrokenProcessPool as error:
        raise _ended() from error


def _ended() -> ResourceError:
    return ResourceError(
        "A process that described crystals was ended from outside.",
        hint="Memory may have run out: use fewer processes, or fewer crystals.",
    )

"""Worker processes that can be killed: one task at a time each, under a time limit.

Workers are kept for the next call, since starting one takes about a second.
"""

from __future__ import annotations

import atexit
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Generic, TypeVar

from core.errors import JobCancelled, ResourceError
from core.io.draft import Outcome, Refusal
from core.io.tasks import Task
from core.io.worker import DONE, READY
from core.types import ShouldStop

_START_SECONDS = 120.0
_POLL_SECONDS = 0.2
_MAX_TASKS_OF_A_WORKER = 5_000  # parsers leak; a fresh process now and then

K = TypeVar("K")


class _Worker:
    """A child process and the pipe to it."""

    def __init__(self) -> None:
        here, there = Pipe()
        root = str(Path(__file__).resolve().parents[2])
        fd = there.fileno()
        code = (
            f"import sys; sys.path.insert(0, {root!r}); from core.io.worker import main; main({fd})"
        )
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
            [sys.executable, "-P", "-c", code],
            pass_fds=(fd,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        there.close()
        self.connection: Connection = here
        self.ready = False
        self.owner = os.getpid()  # a forked copy of this process must leave our workers alone
        self.n_tasks = 0
        self.deadline = time.monotonic() + _START_SECONDS

    def close(self) -> int:
        """Kill at once; the exit status."""
        self.connection.close()
        self.process.kill()
        return self.process.wait()


def _message(worker: _Worker) -> tuple[str, Any]:
    """What a worker of ours sent: (READY | ITEM | DONE, outcome or None)."""
    kind, outcome = pickle.loads(worker.connection.recv_bytes())  # noqa: S301 - sent by ourselves
    return kind, outcome


_idle: list[_Worker] = []
_idle_lock = threading.Lock()


def _take() -> _Worker:
    with _idle_lock:
        while _idle:
            worker = _idle.pop()
            if worker.owner != os.getpid():
                continue
            if worker.process.poll() is None:
                return worker
            worker.close()
        if not _take.__dict__.get("registered"):
            _take.__dict__["registered"] = True
            atexit.register(close_idle)
    return _Worker()


def _keep(worker: _Worker, most: int) -> None:
    with _idle_lock:
        if len(_idle) < most and worker.n_tasks < _MAX_TASKS_OF_A_WORKER:
            _idle.append(worker)
            return
    worker.close()


def close_idle() -> None:
    """End the workers kept for the next call."""
    with _idle_lock:
        workers, _idle[:] = [w for w in _idle if w.owner == os.getpid()], []
    for worker in workers:
        worker.close()


@dataclass(slots=True)
class _Running(Generic[K]):
    worker: _Worker
    key: K
    task: Task
    received: int = 0


@dataclass(slots=True)
class Pool(Generic[K]):
    """Runs tasks on up to `n_workers` processes.

    Attributes:
        n_workers: at most this many at once; they start as work arrives.
        seconds: limit for each crystal; a task that sends none for longer is killed.
        should_stop: asked a few times a second.
    """

    n_workers: int
    seconds: float
    should_stop: ShouldStop | None = None
    _running: list[_Running[K]] = field(default_factory=list)
    _free: list[_Worker] = field(default_factory=list)

    def run(self, tasks: Iterator[tuple[K, Task]]) -> Iterator[tuple[K, Outcome]]:
        """Outcomes as they come, each with the key of its task.

        Raises: JobCancelled when `should_stop` says so, ResourceError when no worker starts.
        """
        try:
            for key, task in tasks:
                while len(self._running) >= self.n_workers:
                    yield from self._collect(_POLL_SECONDS)
                self._start(key, task)
                yield from self._collect(0.0)
            while self._running:
                yield from self._collect(_POLL_SECONDS)
        finally:
            for running in self._running:  # left early: by a stop, an error or a closed generator
                running.worker.close()
            self._running.clear()
            for worker in self._free:
                _keep(worker, self.n_workers)
            self._free.clear()

    def _start(self, key: K, task: Task) -> None:
        worker = self._free.pop() if self._free else _take()
        if worker.ready:
            self._send(worker, task)
        self._running.append(_Running(worker, key, task))

    def _send(self, worker: _Worker, task: Task) -> None:
        worker.n_tasks += 1
        worker.deadline = time.monotonic() + self.seconds
        with suppress(BrokenPipeError, ConnectionResetError):  # it died: reading will tell
            worker.connection.send_bytes(pickle.dumps((task, self.seconds)))

    def _collect(self, patience: float) -> Iterator[tuple[K, Outcome]]:
        if self.should_stop is not None and self.should_stop():
            raise JobCancelled
        by_connection = {r.worker.connection: r for r in self._running}
        for connection in wait(list(by_connection), timeout=patience):
            running = by_connection[connection]  # type: ignore[index]
            try:
                kind, outcome = _message(running.worker)
            except (EOFError, OSError, pickle.UnpicklingError):
                yield running.key, self._died(running)
                continue
            if kind == READY:
                running.worker.ready = True
                self._send(running.worker, running.task)
            elif kind == DONE:
                self._running.remove(running)
                self._free.append(running.worker)
            else:
                running.received += 1
                running.worker.deadline = time.monotonic() + self.seconds
                yield running.key, outcome
        now = time.monotonic()
        for running in [r for r in self._running if now > r.worker.deadline]:
            yield running.key, self._timed_out(running)

    def _died(self, running: _Running[K]) -> Refusal:
        status = running.worker.close()
        self._running.remove(running)
        if not running.worker.ready:
            raise ResourceError(
                f"A worker process could not start (exit status {status}).",
                hint="Check that the same Python can import `core`, pymatgen and gemmi.",
            )
        message = f"The parser crashed on this file (exit status {status})."
        return Refusal("", "ParseError", message, "Please report this file.")

    def _timed_out(self, running: _Running[K]) -> Refusal:
        running.worker.close()
        self._running.remove(running)
        if not running.worker.ready:
            raise ResourceError(f"A worker process did not start in {_START_SECONDS:.0f} s.")
        where = f" at crystal {running.received + 1}" if running.received else ""
        return Refusal(
            "", "Timeout", f"Reading took longer than {self.seconds:g} s{where}; it was stopped.",
            "Use a smaller cell, or raise seconds_per_file.",
        )  # fmt: skip

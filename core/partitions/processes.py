"""A pool of processes for partitions: one that dies is replaced, its partition done again."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from core.errors import JobCancelled, ResourceError
from core.partitions.schedulers import ATTEMPTS, Payloads
from core.partitions.work import Work
from core.partitions.worker import DONE, PART, RAISED, WORK
from core.types import ShouldStop

_POLL_SECONDS = 0.2
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class _Worker:
    """A process, the pipe to it, and the partition it has."""

    def __init__(self, work: Work) -> None:
        here, there = Pipe()
        root = str(Path(__file__).resolve().parents[2])
        fd = there.fileno()
        code = (
            f"import sys; sys.path.insert(0, {root!r}); "
            f"from core.partitions.worker import main; main({fd})"
        )
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
            [sys.executable, "-P", "-c", code],
            pass_fds=(fd,),
            stdin=subprocess.DEVNULL,
            env={**os.environ, **dict.fromkeys(_THREADS, "1")},
        )
        there.close()
        self.connection: Connection = here
        self.number = -1
        self.payload = b""
        self._send(WORK, work)

    def give(self, number: int, payload: bytes) -> None:
        """A partition to do."""
        self.number, self.payload = number, payload
        self._send(PART, payload)

    def _send(self, kind: str, content: Any) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):  # it died: hearing will tell
            self.connection.send_bytes(pickle.dumps((kind, content)))

    def close(self) -> int:
        """End it at once; its exit status."""
        self.connection.close()
        with suppress(subprocess.TimeoutExpired):  # it may be ending by itself: its own status
            return self.process.wait(0.1)
        self.process.kill()
        return self.process.wait()


@dataclass(slots=True)
class Processes:
    """A pool of worker processes, started for a run and ended with it.

    Attributes:
        workers: how many.
    """

    workers: int
    label: str = field(init=False, default="")
    _busy: list[_Worker] = field(default_factory=list)
    _tries: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.label = f"{self.workers} processes"

    @property
    def pids(self) -> list[int]:
        """Of the workers that are busy."""
        return [worker.process.pid for worker in self._busy]

    def run(
        self, work: Work, payloads: Payloads, should_stop: ShouldStop | None = None
    ) -> Iterator[tuple[int, bytes]]:
        """Results as they come."""
        self._tries.clear()
        idle: list[_Worker] = []
        try:
            for number, payload in payloads:
                while not idle and len(self._busy) >= self.workers:
                    yield from self._collect(work, idle, should_stop)
                worker = idle.pop() if idle else _Worker(work)
                worker.give(number, payload)
                self._busy.append(worker)
            while self._busy:
                yield from self._collect(work, idle, should_stop)
        finally:
            for worker in (*self._busy, *idle):
                worker.process.kill()  # at once: what it was doing is not wanted any more
                worker.close()
            self._busy.clear()

    def _collect(
        self, work: Work, idle: list[_Worker], should_stop: ShouldStop | None
    ) -> Iterator[tuple[int, bytes]]:
        if should_stop and should_stop():
            raise JobCancelled
        ready = wait([worker.connection for worker in self._busy], timeout=_POLL_SECONDS)
        for worker in [w for w in self._busy if w.connection in ready]:
            self._busy.remove(worker)
            try:
                kind, content = pickle.loads(  # noqa: S301 - sent by ourselves
                    worker.connection.recv_bytes()
                )
            except (EOFError, OSError, pickle.UnpicklingError):
                self._busy.append(self._again(worker, work))
                continue
            idle.append(worker)
            if kind == DONE:
                yield worker.number, content
            elif kind == RAISED:
                raise content
            else:
                raise RuntimeError(f"partition {worker.number}: {content}")

    def _again(self, dead: _Worker, work: Work) -> _Worker:
        """Another worker for the partition of one that died."""
        status = dead.close()
        tries = self._tries[dead.number] = self._tries.get(dead.number, 1) + 1
        if tries > ATTEMPTS:
            raise ResourceError(
                f"Partition {dead.number} ended {ATTEMPTS} workers (exit status {status}).",
                hint="Memory may have run out: use fewer workers or smaller partitions.",
            )
        worker = _Worker(work)
        worker.give(dead.number, dead.payload)
        return worker

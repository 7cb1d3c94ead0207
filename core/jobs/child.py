"""A worker process as the job manager holds it: send a call, hear from it, stop it, kill it."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from core.jobs.worker import READY, STOP, Call


class ChildDied(Exception):  # noqa: N818 - an event the manager handles
    """The worker is gone; `status` is its exit status, negative for a signal."""

    def __init__(self, status: int, ready: bool) -> None:
        super().__init__(status)
        self.status = status
        self.ready = ready


class Child:
    """One worker process and the pipe to it."""

    def __init__(self, threads: int) -> None:
        here, there = Pipe()
        root = str(Path(__file__).resolve().parents[2])
        fd = there.fileno()
        code = (
            f"import sys; sys.path.insert(0, {root!r}); from core.jobs.worker import main; "
            f"main({fd})"
        )
        limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads))
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
            [sys.executable, "-P", "-c", code],
            pass_fds=(fd,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **limits},
        )
        there.close()
        self.connection: Connection = here
        self.ready = False

    def send(self, call: Call) -> None:
        """Give it a function to run."""
        self._send(pickle.dumps((call.home, pickle.dumps(call))))

    def stop(self) -> None:
        """Ask the running function to stop."""
        self._send(STOP)

    def _send(self, message: bytes) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):  # it died: hearing will tell
            self.connection.send_bytes(message)

    def hear(self, patience: float) -> tuple[Any, ...] | None:
        """Its next message; None when it says nothing for that many seconds.

        Raises: ChildDied.
        """
        try:
            if not self.connection.poll(patience):
                return None
            message: tuple[Any, ...] = pickle.loads(  # noqa: S301 - sent by ourselves
                self.connection.recv_bytes()
            )
        except (EOFError, OSError, pickle.UnpicklingError):
            raise ChildDied(self.close(), self.ready) from None
        if message[0] == READY:
            self.ready = True
            return None
        return message

    def close(self) -> int:
        """Kill it at once; its exit status."""
        self.connection.close()
        with suppress(subprocess.TimeoutExpired):  # it may be ending by itself: keep its own status
            return self.process.wait(0.2)
        self.process.kill()
        return self.process.wait()

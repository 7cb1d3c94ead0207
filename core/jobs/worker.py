"""The other side of the job manager: a process that runs one named function after another.

Started as `python -c "...main(fd)"`, so it never runs the script of the server again. A thread
listens for a stop while the function runs; when the server is gone, the process ends.
"""

from __future__ import annotations

import importlib
import os
import pickle
import queue
import signal
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from core.errors import GridscopeError, InvalidSpecError, JobCancelled
from core.types import Progress, ShouldStop

READY, PROGRESS, DONE, FAILED, CANCELLED = "ready", "progress", "done", "failed", "cancelled"
STOP = b"stop"  # no pickle begins so
_TELL_SECONDS = 0.1
_NICE = 10  # pages answer first, jobs take what is left


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A function to run in a worker.

    Attributes:
        function: `core.package.module:name`; called as `name(*args, on_progress=, should_stop=)`,
            returns a JobResult, which is kept under `key`.
        args: picklable.
        key: digest of all that decides the result.
        stages: steps it tells of, in order, and their shares of the time.
        home: where results go.
    """

    function: str
    args: tuple[Any, ...]
    key: str
    stages: tuple[tuple[str, float], ...] = ()
    home: str = ""


def named(function: str) -> Callable[..., Any]:
    """The function of a dotted path inside `core`.

    Raises: InvalidSpecError when there is none.
    """
    module, _, name = function.partition(":")
    try:
        if module.partition(".")[0] != "core":
            raise ImportError("not of core")
        found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise InvalidSpecError(f"There is no function {function!r} to run: {error}.") from error
    return found


class Fraction:
    """Share of all stages that is done; it never falls."""

    def __init__(self, stages: tuple[tuple[str, float], ...]) -> None:
        total = sum(share for _, share in stages) or 1.0
        self._spans: dict[str, tuple[float, float]] = {}
        start = 0.0
        for name, share in stages:
            self._spans[name] = (start / total, share / total)
            start += share
        self._reached = 0.0

    def at(self, done: int, total: int, what: str) -> float:
        """The share after this message; a step that was not announced moves nothing back."""
        start, share = self._spans.get(what, (0.0, 0.0 if self._spans else 1.0))
        part = min(1.0, max(0.0, done / total)) if total > 0 else 0.0
        self._reached = max(self._reached, start + share * part)
        return self._reached


def main(descriptor: int) -> None:
    """Serve calls until the pipe closes."""
    _confine()
    connection = Connection(descriptor)
    calls: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    stopped = threading.Event()
    threading.Thread(target=_listen, args=(connection, calls, stopped), daemon=True).start()
    import core.jobs  # noqa: F401 - what nearly every job needs

    _send(connection, READY)
    while True:
        _send(connection, *_answer(connection, calls.get(), stopped.is_set))


def _listen(connection: Connection, calls: queue.SimpleQueue[bytes], stopped: Any) -> None:
    """Calls to the queue, stops to the flag, in the order they were sent.

    A call stays bytes here: reading it imports modules, which the main thread may be importing too,
    and then one of the two meets a module that is half made.
    """
    try:
        while True:
            message = connection.recv_bytes()
            if message == STOP:
                stopped.set()
            else:
                stopped.clear()
                calls.put(message)
    except (EOFError, OSError):
        os._exit(0)  # the server is gone


def _answer(connection: Connection, message: bytes, should_stop: ShouldStop) -> tuple[Any, ...]:
    try:
        home, packed = pickle.loads(message)  # noqa: S301 - our own server
        os.environ["GRIDSCOPE_HOME"] = home  # first: reading a call may look for results there
        call: Call = pickle.loads(packed)  # noqa: S301 - our own server
    except GridscopeError as error:
        return FAILED, error.message, error.hint, ""
    except Exception:  # noqa: BLE001 - whatever is wrong with it, the server must hear of it
        return FAILED, "The job could not be read.", "Report what you did.", traceback.format_exc()
    return _outcome(call, _teller(connection, call.stages), should_stop)


def _outcome(call: Call, tell: Progress, should_stop: ShouldStop) -> tuple[Any, ...]:
    from core.jobs.results import save_result

    try:
        result = named(call.function)(*call.args, on_progress=tell, should_stop=should_stop)
        if should_stop():
            return (CANCELLED,)
        save_result(call.key, result)
    except JobCancelled:
        return (CANCELLED,)
    except GridscopeError as error:
        return FAILED, error.message, error.hint, ""
    except MemoryError:
        hint = "Use fewer crystals, or a metric with fewer numbers."
        return FAILED, "The job ran out of memory.", hint, ""
    except Exception as error:  # noqa: BLE001 - a process boundary: a fault of ours ends this job
        # only, and is told.
        message = f"Something unexpected went wrong ({type(error).__name__}); it was logged."
        return FAILED, message, "Report what you did.", traceback.format_exc()
    return (DONE,)


def _teller(connection: Connection, stages: tuple[tuple[str, float], ...]) -> Progress:
    fraction, last = Fraction(stages), [0.0]

    def tell(done: int, total: int, what: str) -> None:
        reached, now = fraction.at(done, total, what), time.monotonic()
        if now - last[0] >= _TELL_SECONDS or done >= total:
            last[0] = now
            _send(connection, PROGRESS, reached, int(done), int(total), what)

    return tell


def _send(connection: Connection, *message: Any) -> None:
    with suppress(OSError):  # the listener sees that the server is gone
        connection.send_bytes(pickle.dumps(message))


def _confine() -> None:
    """No Ctrl-C of its own, less urgent than the server, and the first to go when memory is out."""
    import warnings

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")
    with suppress(OSError, AttributeError):
        os.nice(_NICE)
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as stream:
        stream.write("600")

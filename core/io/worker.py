"""The other side of the pool: reads tasks from a pipe, answers with outcomes, one by one.

Started as `python -c "...main(fd)"`, never by re-running the caller's script, so it works from
scripts without a `__main__` guard, notebooks and servers alike.
"""

from __future__ import annotations

import pickle
import signal
import warnings
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

READY, ITEM, DONE = "ready", "item", "done"
_MAX_MEMORY = 8 * 2**30


def main(descriptor: int) -> None:
    """Serve tasks until the pipe closes."""
    _confine()
    connection = Connection(descriptor)
    _preload()
    try:
        connection.send_bytes(pickle.dumps((READY, None)))
        while True:
            task, seconds = pickle.loads(connection.recv_bytes())  # noqa: S301 - our own
            _serve(connection, task, seconds)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the caller is gone


def _serve(connection: Connection, task: Any, seconds: float) -> None:
    from core.io.draft import Refusal
    from core.io.tasks import outcomes

    # Should the caller die while this process hangs, the unhandled alarm ends it.
    backstop = int(seconds) + 10
    signal.alarm(backstop)
    try:
        for outcome in outcomes(task):
            connection.send_bytes(pickle.dumps((ITEM, outcome)))
            signal.alarm(backstop)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except Exception as error:  # noqa: BLE001 - a process boundary: a fault of ours in one file
        # must cost that file only, and be told.
        message = f"Unexpected {type(error).__name__} while reading: {str(error)[:160]}"
        refusal = Refusal("", "ParseError", message, "Please report this file.")
        connection.send_bytes(pickle.dumps((ITEM, refusal)))
    signal.alarm(0)
    connection.send_bytes(pickle.dumps((DONE, None)))


def _confine() -> None:
    """No memory beyond reason, no core dumps, no Ctrl-C of its own (the caller handles that)."""
    import resource

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = _MAX_MEMORY if hard == resource.RLIM_INFINITY else min(_MAX_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    np.seterr(all="ignore")  # results that are not finite are refused by name
    warnings.simplefilter("ignore")  # those of the parsers are caught where they arise


def _preload() -> None:
    """Import what nearly every file needs, before the clock of the first file starts."""
    import gemmi  # noqa: F401
    import pymatgen.io.cif  # noqa: F401
    import spglib  # noqa: F401

    import core.io.cif.blocks
    import core.io.doctor.examine  # noqa: F401

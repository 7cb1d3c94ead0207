"""How a job comes to its end: what its worker said, or why it says nothing more."""

from __future__ import annotations

import logging
import os
import time
from typing import Any

from core.errors import ResourceError
from core.jobs.child import ChildDied
from core.jobs.records import JobRecord
from core.jobs.worker import CANCELLED, DONE, FAILED

_LOG = logging.getLogger("gridscope.jobs")
_SILENT_SECONDS = 15.0  # a record of another server not touched for so long is of a dead one


def ending(message: tuple[Any, ...]) -> dict[str, Any]:
    """Changes of the record after the last message of a worker. Raises: ResourceError."""
    kind = message[0]
    if kind == DONE:
        return {"state": "done", "fraction": 1.0}
    if kind == CANCELLED:
        return {"state": "cancelled"}
    if kind != FAILED:
        raise ResourceError(f"A worker sent {kind!r}.")
    _, text, hint, trace = message
    if trace:
        _LOG.error("a job failed\n%s", trace)
    return {"state": "failed", "message": text, "hint": hint}


def why_died(died: ChildDied, cancelled: bool) -> dict[str, Any]:
    """Changes of the record when the worker died."""
    if cancelled:
        return {"state": "cancelled"}
    if not died.ready:
        message = f"A worker process could not start (exit status {died.status})."
        return {"state": "failed", "message": message, "hint": "Check the installation."}
    how = f"signal {-died.status}" if died.status < 0 else f"exit status {died.status}"
    return {
        "state": "failed",
        "message": f"The process that ran this job was ended from outside ({how}).",
        "hint": "The machine may have run out of memory: use fewer crystals or a leaner metric.",
    }


def is_alive(record: JobRecord, own: str) -> bool:
    """Whether the server that holds an active record still runs."""
    pid = record.owner.partition("-")[0]
    if record.owner == own or not pid.isdigit() or int(pid) == os.getpid():
        return False  # of this process, and not among its jobs
    if os.name == "posix":
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return False
        except OSError:
            return time.time() - record.updated < _SILENT_SECONDS
    return time.time() - record.updated < _SILENT_SECONDS

"""The other side of the pool: a process that does partitions until its pipe closes.

Started as `python -c "...main(fd)"`, so it never runs the caller's script again.
"""

from __future__ import annotations

import pickle
import signal
import traceback
import warnings
from multiprocessing.connection import Connection

from core.errors import GridscopeError

WORK, PART = "work", "part"
DONE, RAISED, BROKEN = "done", "raised", "broken"


def main(descriptor: int) -> None:
    """Serve a work and its partitions."""
    from core.partitions.work import Work, run_part

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller handles Ctrl-C
    warnings.simplefilter("ignore")
    connection = Connection(descriptor)
    work: Work | None = None
    try:
        while True:
            kind, content = pickle.loads(connection.recv_bytes())  # noqa: S301 - our own caller
            if kind == WORK:
                work = content
                continue
            assert work is not None
            try:
                answer = (DONE, run_part(work, content))
            except GridscopeError as error:
                answer = (RAISED, error)  # type: ignore[assignment]
            except Exception as error:  # noqa: BLE001 - a process boundary: it is told there
                text = f"{type(error).__name__}: {error}\n{traceback.format_exc()}"
                answer = (BROKEN, text)  # type: ignore[assignment]
            connection.send_bytes(pickle.dumps(answer))
    except (EOFError, OSError):
        return  # the caller is gone

"""What the garbage collector need not look at: decoded files while they are read, and modules.

A set of thousands of structures is a million lists and dictionaries while its JSON is read. None
of them is part of a cycle, yet each full collection walks through all, and Streamlit asks for one
after every run of a page, twice a second while progress is shown: reading then all but stands.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

# Seconds between two looks through all that is set aside: each takes a quarter of a second.
_PAUSE = 30.0

_lock = threading.Lock()
_n_readers = 0
_is_aside = False
_looked = 0.0


def set_aside() -> None:
    """Spare the collector what exists now, as it will stay: imported modules.

    What is in a cycle and dies later is collected after a later `unwatched` block only.
    """
    global _is_aside
    with _lock:
        _is_aside = True
        if not _n_readers:
            _look()


def _look() -> None:
    global _looked
    gc.collect()
    gc.freeze()
    _looked = time.monotonic()


@contextmanager
def unwatched() -> Iterator[None]:
    """What exists now is not collected inside the block; it is freed by its count of references.

    Blocks may overlap in several threads: collection of all resumes at the end of the last.
    """
    global _n_readers
    with _lock:
        _n_readers += 1
        gc.freeze()
    try:
        yield
    finally:
        with _lock:
            _n_readers -= 1
            if not _n_readers and not (_is_aside and time.monotonic() - _looked < _PAUSE):
                gc.unfreeze()
                if _is_aside:
                    _look()

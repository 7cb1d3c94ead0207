"""What the garbage collector need not look at: decoded files while they are read, and modules.

A set of thousands of structures is a million lists and dictionaries while its JSON is read. None
of them is part of a cycle, yet each full collection walks through all, and Streamlit asks for one
after every run of a page, twice a second while progress is shown: reading then all but stands.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_n_readers = 0
_is_aside = False


def set_aside() -> None:
    """Spare the collector what exists now, as it will stay: imported modules.

    What is in a cycle and dies later is collected after the next `unwatched` block only.
    """
    global _is_aside
    with _lock:
        _is_aside = True
        if not _n_readers:
            gc.collect()
            gc.freeze()


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
            if not _n_readers:
                gc.unfreeze()
                if _is_aside:
                    gc.collect()
                    gc.freeze()

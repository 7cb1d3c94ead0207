"""Decoded files out of the garbage collector's sight while they are read.

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

"""The only place with cache decorators. Keys are digests; arrays and crystals pass underscored.

What `st.cache_resource` returns is shared by all sessions: immutable values only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

T = TypeVar("T")


@st.cache_resource(max_entries=64, show_spinner=False)
def _shared(key: str, digest: str, _make: Callable[[], Any]) -> Any:
    return _make()


def shared(key: str, digest: str, make: Callable[[], T]) -> T:
    """The immutable value of `make`, computed once for this key and digest in the server.

    Args:
        key: what is computed ("grid.figure").
        digest: content of all inputs and options; `core.hashing` makes it.
        make: computes the value; its arrays must not be written to afterwards.
    """
    value: T = _shared(key, digest, make)
    return value


@st.cache_resource(show_spinner=False)
def _singleton(key: str, _make: Callable[[], Any]) -> Any:
    return _make()


def singleton(key: str, make: Callable[[], T]) -> T:
    """One object for the whole server (the job manager, the warm-up thread)."""
    value: T = _singleton(key, make)
    return value

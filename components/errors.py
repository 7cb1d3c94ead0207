"""Faults in plain words. The only broad catch of the app; text of users is never markup."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.errors import GridscopeError, JobCancelled

_LOG = logging.getLogger("gridscope")
_ESCAPES = str.maketrans(
    {mark: f"\\{mark}" for mark in "\\`*_{}[]()#+-.!|~$:"}
    | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
)


def plain(text: str) -> str:
    """Text that Streamlit shows as it stands: no Markdown, no HTML, no colour directives."""
    return text.translate(_ESCAPES)


def show_error(error: GridscopeError) -> None:
    """A fault that can be explained: message and what to do."""
    st.error(plain(error.message), icon=":material/error:")
    if error.hint:
        st.caption(plain(error.hint))


@contextmanager
def guard() -> Iterator[None]:
    """Around a page: explained faults are shown, others logged and owned up to."""
    try:
        yield
    except GridscopeError as error:
        show_error(error)
    except JobCancelled:
        st.info("Stopped.", icon=":material/stop_circle:")
    except Exception as error:
        # Streamlit steers reruns and stops by exceptions of its own: let those through.
        if type(error).__module__.startswith("streamlit.runtime"):
            raise
        _LOG.exception("unexpected fault")
        st.error("Something unexpected went wrong; it was logged.", icon=":material/error:")
        st.caption("Your crystals are untouched. Reload the page, or report what you did.")

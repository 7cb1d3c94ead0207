"""The empty state: what to do, and an embedded set one click away."""

from __future__ import annotations

import streamlit as st

from components import state
from core.library import Library


def require_library(minimum: int = 1) -> Library:
    """The session's library, or the empty state and the end of the page."""
    library = state.library()
    if library is not None and len(library) >= minimum:
        return library
    _offer(library is not None and len(library) > 0, minimum)
    st.stop()
    raise AssertionError("st.stop does not return")


def _offer(too_few: bool, minimum: int) -> None:
    if too_few:
        st.info(f"This page compares crystals: load at least {minimum}.", icon=":material/info:")
    else:
        st.info("No crystals yet. Load your files, or start with a set.", icon=":material/info:")
    left, middle, right = st.columns(3)
    if left.button("GRID report set", width="stretch", key="empty.grid-report"):
        state.set_library(Library.embedded("grid-report"))
        st.rerun()
    if middle.button("71 elements", width="stretch", key="empty.elements"):
        state.set_library(Library.embedded("elements"))
        st.rerun()
    with right:
        st.page_link("pages/explore/library.py", label="Load my files", icon=":material/upload:")

"""The empty state: what to do, and an embedded set one click away."""

from __future__ import annotations

import streamlit as st

from components import state
from core.library import Library

_REPORT = (("grid-report", "GRID report set"), ("elements", "71 elements"))
LEARNING = (("prototype-elastic", "5,472 crystals with a bulk modulus"), _REPORT[1])


def require_library(minimum: int = 1, offer: tuple[tuple[str, str], ...] = _REPORT) -> Library:
    """The session's library, or the empty state and the end of the page.

    Args:
        minimum: crystals that the page needs.
        offer: two embedded sets, key and words, one click away.
    """
    library = state.library()
    if library is not None and len(library) >= minimum:
        return library
    _offer(library is not None and len(library) > 0, minimum, offer)
    st.stop()
    raise AssertionError("st.stop does not return")


def _offer(too_few: bool, minimum: int, offer: tuple[tuple[str, str], ...]) -> None:
    if too_few:
        st.info(f"This page compares crystals: load at least {minimum}.", icon=":material/info:")
    else:
        st.info("No crystals yet. Load your files, or start with a set.", icon=":material/info:")
    sets(offer)


def sets(offer: tuple[tuple[str, str], ...] = _REPORT) -> None:
    """Embedded sets one click away, and the way to the user's own files."""
    *slots, last = st.columns(len(offer) + 1)
    for slot, (key, words) in zip(slots, offer, strict=True):
        if slot.button(words, width="stretch", key=f"empty.{key}"):
            state.set_library(Library.embedded(key))
            st.rerun()
    with last:
        st.page_link("pages/explore/library.py", label="Load my files", icon=":material/upload:")

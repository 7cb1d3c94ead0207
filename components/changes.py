"""Changing the library from a page: the last state is kept for one Undo."""

from __future__ import annotations

import streamlit as st

from components import state
from components.errors import plain
from core.library import Library

_BEFORE, _TOLD = "library.before", "library.told"


def apply(new: Library) -> None:
    """Make this the session's library, and start the page again."""
    state.put(_BEFORE, state.library())
    state.set_library(new)
    if new.decisions:
        state.put(_TOLD, new.decisions[-1])
    st.rerun()


def undo_button() -> None:
    """Take the last change back; nothing is shown when there is none."""
    if told := state.get(_TOLD):
        state.drop(_TOLD)
        st.toast(plain(f"Done: {told[:200]}"), icon=":material/check:")
    before: Library | None = state.get(_BEFORE)
    current = state.library()
    if before is None or current is None or len(current.decisions) <= len(before.decisions):
        return
    if st.button(
        "Undo", icon=":material/undo:", key="library.undo",
        help=f"Take back: {plain(current.decisions[-1][:200])}",
    ):  # fmt: skip
        state.drop(_BEFORE)
        state.set_library(before)
        st.rerun()


def decisions(library: Library) -> None:
    """What was decided on the way, in order."""
    if not library.decisions:
        return
    with st.expander(f"Decisions on record: {len(library.decisions)}"):
        rows = [{"Step": n, "Decision": d} for n, d in enumerate(library.decisions, 1)]
        st.dataframe(rows, hide_index=True, alt="Decisions taken on this library, in order")
        st.caption("They travel into every export.")

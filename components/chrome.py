"""What surrounds every page: logo, the chip of the current data set, notes, the guard."""

from __future__ import annotations

from typing import Any

import streamlit as st

from components import errors, serving, state, uploads
from components.counts import crystals

# The accent of the dark theme is light, so what is written on it must be dark.
_DARK_INK = """<style>
[data-testid="stBaseButton-primary"]:enabled, [data-testid="stBaseButton-primary"]:enabled *,
[data-testid="stMultiSelectTagsContainer"] [data-tag] * {color: #0B1F1D}
</style>"""


def frame(page: Any) -> None:
    """Run a page inside the common frame."""
    serving.warm_up()
    dark = st.context.theme.type == "dark"
    st.logo("assets/logo-dark.svg" if dark else "assets/logo.svg", icon_image="assets/favicon.svg")
    if dark:
        st.html(_DARK_INK)
    state.begin_page()
    uploads.collect()
    with st.sidebar:
        _chip()
    note = state.take_note()
    if note:
        st.warning(errors.plain(note), icon=":material/info:")
    with errors.guard():
        uploads.progress()
        page.run()


def _chip() -> None:
    """The current data set: name, count, a way to the library."""
    library = state.library()
    if library is None:
        st.caption("No crystals loaded")
        return
    st.page_link(
        "pages/explore/library.py",
        # The end may be cut off in the sidebar: that of the name is missed less than the count.
        label=f"{crystals(len(library))} · {errors.plain(library.name)}",
        icon=":material/dataset:",
        help="The crystals at hand: open the library",
    )

"""What surrounds every page: logo, the chip of the current data set, notes, the guard."""

from __future__ import annotations

import threading
from typing import Any

import streamlit as st

from components import cache, errors, state

_HEAVY = (
    "pymatgen.core",
    "pymatgen.io.cif",
    "spglib",
    "scipy.cluster.hierarchy",
    "sklearn.manifold",
)


def frame(page: Any) -> None:
    """Run a page inside the common frame."""
    cache.singleton("warm-up", _warm_up)
    st.logo("assets/logo.svg", icon_image="assets/favicon.svg")
    state.begin_page()
    with st.sidebar:
        _chip()
    note = state.take_note()
    if note:
        st.warning(errors.plain(note), icon=":material/info:")
    with errors.guard():
        page.run()


def _chip() -> None:
    """The current data set: name, count, a way to the library."""
    library = state.library()
    if library is None:
        st.caption("No crystals loaded")
        return
    st.page_link(
        "pages/explore/library.py",
        label=f"{errors.plain(library.name)} · {len(library)}",
        icon=":material/dataset:",
        help="The crystals at hand: open the library",
    )


def _warm_up() -> threading.Thread:
    """Import what is heavy in the background, so that the first use does not wait."""
    thread = threading.Thread(target=_import_heavy, name="warm-up", daemon=True)
    thread.start()
    return thread


def _import_heavy() -> None:
    import importlib

    for name in _HEAVY:
        importlib.import_module(name)

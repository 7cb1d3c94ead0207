"""The way out when a page meets partial occupancy that the library refuses."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from components import errors, state
from core.library import Library
from core.library.library import WEIGHTS
from core.types import Crystal


def explain_refusal(
    library: Library, crystals: Iterable[Crystal], disorder: str, *, key: str, widget: str = ""
) -> bool:
    """Say why a disordered crystal is refused, and offer to count by occupancy.

    Args:
        library: the decision is recorded with it.
        crystals: that the page wants to describe.
        disorder: how the page's spec treats them.
        key: of the button.
        widget: key of a widget that holds the same choice, brought in line.

    Returns: whether one is refused.
    """
    refused = [crystal for crystal in crystals if not crystal.is_ordered]
    if disorder != "refuse" or not refused:
        return False
    names = ", ".join(crystal.id for crystal in refused)
    st.warning(
        f"{errors.plain(names)}: some sites are partly occupied, so who has which neighbour is "
        "not known for certain. Until you decide how to count them, nothing is computed.",
        icon=":material/blur_on:",
    )
    row = st.container(horizontal=True, vertical_alignment="center")
    row.button(
        "Keep the weights", key=key, icon=":material/balance:",
        on_click=_keep_weights, args=(library, widget),
        help="Sites and neighbours count by their occupancy, on every page; recorded as a decision",
    )  # fmt: skip
    row.page_link(
        "pages/explore/library.py", label="Order them or drop guests",
        icon=":material/folder_open:",
        help="The library makes ordered approximations and drops guest species",
    )  # fmt: skip
    return True


def _keep_weights(library: Library, widget: str) -> None:
    state.set_library(library.deciding(WEIGHTS))
    if widget:
        state.put(widget, "weights")

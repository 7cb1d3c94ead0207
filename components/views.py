"""Tabs of a page, of which the address names the open one; only that one is computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components import state


def open_view(key: str, names: Mapping[str, str]) -> tuple[str, Any]:
    """Draw tabs and return the open one: its name in the address and its container.

    Args:
        key: of the widget.
        names: name in the address -> words on the tab; the first is open at first. In the address:
            view.
    """
    words = list(names.values())
    named = names.get(state.url("view"))
    if state.get(key) is None and named:
        state.put(key, named)
    tabs = st.tabs(words, key=key, on_change="rerun")
    at = next((i for i, tab in enumerate(tabs) if tab.open), 0)
    chosen = list(names)[at]
    state.set_url("view", chosen if at else None)
    return chosen, tabs[at]

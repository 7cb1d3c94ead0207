"""Choosing a crystal of the library: kept in the address, reachable by keyboard."""

from __future__ import annotations

import streamlit as st

from components import state
from core.library import Library
from core.types import Crystal

_NONE = "none"


def crystal(library: Library, *, label: str = "Crystal", url_key: str = "crystal") -> Crystal:
    """A select box over the library; the choice is in the address."""
    ids = library.ids
    named = state.url(url_key)
    index = ids.index(named) if named in ids else 0
    chosen = st.selectbox(
        label, ids, index=index, key=f"pick.{url_key}.{library.digest[:12]}",
        help="Type to search among the ids of the library",
    )  # fmt: skip
    state.set_url(url_key, chosen)
    return library.get(chosen)


def second(library: Library, *, label: str = "Compare with", url_key: str = "b") -> Crystal | None:
    """An optional second crystal."""
    ids = (_NONE, *library.ids)
    named = state.url(url_key)
    index = ids.index(named) if named in ids else 0
    chosen = st.selectbox(
        label, ids, index=index, key=f"pick.{url_key}.{library.digest[:12]}",
        help="A second crystal, drawn over the first",
    )  # fmt: skip
    state.set_url(url_key, None if chosen == _NONE else chosen)
    return None if chosen == _NONE else library.get(chosen)

"""Choosing a crystal of the library: kept in the address, reachable by keyboard."""

from __future__ import annotations

import streamlit as st

from components import state
from components.errors import plain
from core.library import Library
from core.types import Crystal

_UNSET = object()


def crystal(library: Library, *, label: str = "Crystal", url_key: str = "crystal") -> Crystal:
    """A select box over the library; the choice is in the address."""
    chosen = _choose(
        library.ids, library, label, url_key, "Type to search among the ids of the library"
    )
    assert chosen is not None
    return library.get(chosen)


def second(library: Library, *, label: str = "Compare with", url_key: str = "b") -> Crystal | None:
    """An optional second crystal."""
    help_text = "A second crystal, shown beside the first and subtracted from it"
    chosen = _choose((None, *library.ids), library, label, url_key, help_text)
    return None if chosen is None else library.get(chosen)


def _choose(
    options: tuple[str | None, ...], library: Library, label: str, url_key: str, help_text: str
) -> str | None:
    key = f"pick.{url_key}.{library.digest[:12]}"
    named = state.url(url_key) or None
    # The address wins when it says something else than this box wrote there: a link was followed.
    followed = named in options and state.get(f"{key}.written", named) != named
    if named and named not in options:
        st.caption(f"The link names {plain(named[:80])}, which is not among these crystals.")
    current = state.get(key, _UNSET)
    if followed or current not in options:
        current = named if named in options else options[0]
    # Written in any case: on another page the box of this key is a new one and would start anew.
    state.put(key, current)
    chosen = st.selectbox(
        label, options, key=key, help=help_text, placeholder="none",
        format_func=lambda name: "none" if name is None else name,
    )  # fmt: skip
    state.set_url(url_key, chosen)
    state.put(f"{key}.written", chosen)
    return chosen

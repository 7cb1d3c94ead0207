"""Which part of a long matrix is shown: a slider, a box drawn in the figure, the address."""

from __future__ import annotations

import re

import streamlit as st

from components import state

URL_KEY = "places"
_SLIDER = "similar.span"
_LEAST = 2


def span(n: int) -> tuple[int, int]:
    """First and last place (exclusive) of the part of n places that the address names, or all."""
    told = re.fullmatch(r"(\d{1,9})-(\d{1,9})", state.url(URL_KEY))
    first, last = (int(told[1]), int(told[2])) if told else (0, n)
    return (first, last) if first + _LEAST <= last <= n else (0, n)


def choose(n: int, help_text: str) -> tuple[int, int]:
    """A slider over the places, and a way back to all of them."""
    shown = span(n)
    left, right = st.columns([6, 1], vertical_alignment="bottom")
    state.put(_SLIDER, shown)  # a box drawn in the figure moves the slider too
    left.slider(
        "Places shown", 0, n, key=_SLIDER, help=help_text, on_change=_moved, args=(n,)
    )  # fmt: skip
    right.button(
        "All", key="similar.span.all", on_click=_put, args=(0, n, n), disabled=shown == (0, n),
        icon=":material/zoom_out_map:", help="Show the whole matrix",
    )  # fmt: skip
    return shown


def _moved(n: int) -> None:
    first, last = state.get(_SLIDER)
    _put(first, last, n)


def _put(first: int, last: int, n: int) -> None:
    last = min(n, max(last, first + _LEAST))
    first = max(0, min(first, last - _LEAST))
    state.set_url(URL_KEY, None if (first, last) == (0, n) else f"{first}-{last}")


def to_box(chart: str, n: int) -> None:
    """Zoom to the box drawn in a chart: where its sides meet the diagonal, else its columns."""
    boxes = (state.get(chart) or {}).get("selection", {}).get("box", [])
    if not boxes:
        return
    across, down = sorted(boxes[0]["x"]), sorted(boxes[0]["y"])
    low, high = across
    if down[0] <= high and low <= down[1]:
        low, high = min(low, down[0]), max(high, down[1])
    _put(max(0, round(low)), min(n, round(high) + 1), n)

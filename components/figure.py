"""A figure with all that it owes: data, picture, code, citation, and words for who can't see it.

PNG and SVG are made by the browser, from the camera in the figure's tool bar: nothing is rendered
on the server.
"""

from __future__ import annotations

import re
from typing import Any, Literal

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from components import state
from components.figures.theme import PICTURES, config
from core.citations import bibtex


def dark() -> bool:
    """Whether the reader's browser shows the dark theme."""
    return st.context.theme.type == "dark"


def show(
    figure: go.Figure,
    *,
    key: str,
    name: str,
    data: pd.DataFrame | None,
    code: str,
    cite: tuple[str, ...],
    alt: str,
    on_select: Any = "ignore",
    modes: tuple[Literal["points", "box"], ...] = ("points",),
) -> Any:
    """Draw a figure and, under it, its data, its picture, its code and what to cite.

    Args:
        figure: finished by `theme.finish`.
        key: widget key, unique on the page.
        name: file name without suffix; made safe here.
        data: the numbers shown, units in the column names; None for no table.
        code: a script against `core` that gives the same numbers.
        cite: DOIs of method and data.
        alt: the figure in a sentence.
        on_select: as of `st.plotly_chart`.
        modes: what can be selected: "points", "box".

    Returns: the selection when `on_select` asks for one, else None.
    """
    name = file_stem(name)
    event = st.plotly_chart(
        figure,
        theme=None,
        key=key,
        config=config(name, state.get(f"{key}.picture") or next(iter(PICTURES))),
        on_select=on_select,
        selection_mode=modes,
        alt=alt,
    )
    owed(key=key, name=name, data=data, code=code, cite=cite, figure=figure)
    return event if on_select != "ignore" else None


def owed(
    *,
    key: str,
    name: str,
    data: pd.DataFrame | None,
    code: str,
    cite: tuple[str, ...],
    figure: go.Figure | None = None,
) -> None:
    """The row under a figure, or under a table (no `figure`): data, picture, code, citation."""
    name = file_stem(name)
    with st.container(horizontal=True, gap="small"):
        if data is not None:
            _csv(data, key, name)
        if figure is not None:
            with st.popover("Picture", icon=":material/photo_camera:", help="SVG, PNG, web page"):
                _picture(figure, key, name)
        with st.popover("Show code", icon=":material/code:", help="A script that gives the same"):
            st.code(code, language="python")
        with st.popover("Cite", icon=":material/format_quote:", help="BibTeX of method and data"):
            st.code(bibtex(cite), language="bibtex")


def _csv(data: pd.DataFrame, key: str, name: str) -> None:
    st.download_button(
        "CSV",
        lambda: data.to_csv(index=False, float_format="%.10g").encode(),
        file_name=f"{name}.csv",
        mime="text/csv",
        key=f"{key}.csv",
        on_click="ignore",
        icon=":material/table:",
        help="The numbers of this figure",
    )


def _picture(figure: go.Figure, key: str, name: str) -> None:
    st.radio(
        "The camera of the figure saves", list(PICTURES), key=f"{key}.picture",
        help="A column is 85 mm wide; a slide has 16 to 9",
    )  # fmt: skip
    st.download_button(
        "Web page",
        lambda: figure.to_html(include_plotlyjs=True).encode(),
        file_name=f"{name}.html",
        mime="text/html",
        key=f"{key}.html",
        on_click="ignore",
        icon=":material/html:",
        help="The figure as an HTML page that works offline",
    )


def file_stem(text: str) -> str:
    """Text of users as a file name without suffix."""
    return re.sub(r"[^\w+-]+", "_", text).strip("_")[:80] or "figure"

"""A figure with all that it owes: data, picture, code, citation, and words for who can't see it.

PNG and SVG come from the tool bar of the figure itself: nothing is rendered on the server.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from components.figures.theme import config
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
) -> Any:
    """Draw a figure and, under it, its data, its page, its code and what to cite.

    Args:
        figure: finished by `theme.finish`.
        key: widget key, unique on the page.
        name: file name without suffix.
        data: the numbers shown, units in the column names; None for no table.
        code: a script against `core` that gives the same numbers.
        cite: DOIs of method and data.
        alt: the figure in a sentence.
        on_select: as of `st.plotly_chart`.

    Returns: the selection when `on_select` asks for one, else None.
    """
    event = st.plotly_chart(
        figure,
        theme=None,
        key=key,
        config=config(name),
        on_select=on_select,
        selection_mode=("points",),
        alt=alt,
    )
    row = st.container(horizontal=True, gap="small")
    with row:
        if data is not None:
            st.download_button(
                "CSV",
                lambda: data.to_csv(index=False).encode(),
                file_name=f"{name}.csv",
                mime="text/csv",
                key=f"{key}.csv",
                on_click="ignore",
                icon=":material/table:",
                help="The numbers of this figure",
            )
        st.download_button(
            "HTML",
            lambda: figure.to_html(include_plotlyjs=True).encode(),
            file_name=f"{name}.html",
            mime="text/html",
            key=f"{key}.html",
            on_click="ignore",
            icon=":material/code_blocks:",
            help="The figure as a page that works offline; PNG and SVG are in its tool bar",
        )
        with st.popover("Show code", icon=":material/code:", help="A script that gives the same"):
            st.code(code, language="python")
        with st.popover("Cite", icon=":material/format_quote:", help="BibTeX of method and data"):
            st.code(bibtex(cite), language="bibtex")
    return event if on_select != "ignore" else None

"""One look for all figures, light and dark; sizes for a journal column and a slide."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

SEQUENTIAL = "Cividis"
DIVERGING = "RdBu"  # only around a meaningful zero
CATEGORIES = (  # Okabe & Ito: told apart by people with any colour vision
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442", "#999999",
)  # fmt: skip
ACCENT = {False: "#0F766E", True: "#5EEAD4"}
_PLATE = {False: "#FFFFFF", True: "#121616"}
_INK = {False: "#1B1F1F", True: "#E7ECEB"}
_LINE = {False: "#B9BFBF", True: "#4A5353"}
_COLUMN_PIXELS = 1004  # 85 mm at 300 dots per inch


def finish(
    figure: go.Figure,
    *,
    dark: bool,
    x: str = "",
    y: str = "",
    count: str = "",
    height: int = 420,
) -> go.Figure:
    """Give a figure the common look; returns the same figure.

    Args:
        figure: changed in place.
        dark: for the dark theme.
        x: axis title with the unit in square brackets.
        y: the same.
        count: what is counted, for the corner ("71 crystals").
        height: pixels.
    """
    ink, line = _INK[dark], _LINE[dark]
    axis = {
        "showgrid": False, "zeroline": False, "ticks": "outside", "ticklen": 4, "tickcolor": line,
        "linecolor": line, "showline": True, "mirror": True, "automargin": True,
        "title": {"font": {"size": 13}},
    }  # fmt: skip
    figure.update_layout(
        paper_bgcolor=_PLATE[dark],
        plot_bgcolor=_PLATE[dark],
        font={"family": "sans-serif", "size": 12, "color": ink},
        colorway=list(CATEGORIES),
        margin={"l": 60, "r": 20, "t": 28, "b": 50},
        height=height,
        hoverlabel={"bgcolor": _PLATE[dark], "font": {"color": ink}, "bordercolor": line},
        legend={"orientation": "v", "x": 1.02, "y": 1, "xanchor": "left"},
    )
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
    if x:
        figure.update_xaxes(title_text=x)
    if y:
        figure.update_yaxes(title_text=y)
    if count:
        figure.add_annotation(
            text=escape(count), xref="paper", yref="paper", x=0, y=1, xanchor="left",
            yanchor="bottom",
            showarrow=False, font={"size": 11, "color": line if not dark else "#8A9494"},
        )  # fmt: skip
    return figure


def config(name: str) -> dict[str, Any]:
    """Plotly's tool bar: a picture as PNG or SVG at the width of a journal column, no logo."""
    return {
        "displaylogo": False,
        "displayModeBar": True,
        "modeBarButtonsToRemove": ["lasso2d", "autoScale2d"],
        "toImageButtonOptions": {
            "format": "svg", "filename": name, "width": _COLUMN_PIXELS, "height": 700, "scale": 1,
        },
    }  # fmt: skip


def escape(text: str) -> str:
    """Text of users as Plotly shows it: its few HTML tags must not take effect."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

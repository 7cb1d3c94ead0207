"""One look for all figures, light and dark; sizes for a journal column and a slide."""

from __future__ import annotations

from functools import cache
from typing import Any

import plotly.graph_objects as go
from plotly.colors import sample_colorscale

SEQUENTIAL = "Cividis"
DIVERGING = "RdBu"  # only around a meaningful zero
CATEGORIES = (  # Okabe & Ito: told apart by people with any colour vision
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442", "#999999",
)  # fmt: skip
ACCENT = {False: "#0F766E", True: "#5EEAD4"}
_PLATE = {False: "#FFFFFF", True: "#121616"}
_INK = {False: "#1B1F1F", True: "#E7ECEB"}
_LINE = {False: "#B9BFBF", True: "#4A5353"}
_GREY = {False: "#5F6868", True: "#8A9494"}
PICTURES = {  # name -> format, width and height in pixels, scale
    "SVG, column": ("svg", 450, 320, 1.0),  # set to 85 mm its text is 6.4 points high
    "PNG, column": ("png", 450, 320, 2.5),  # 336 dots per inch at 85 mm
    "SVG, slide": ("svg", 1280, 720, 1.0),
    "PNG, slide": ("png", 1280, 720, 1.5),
}


@cache
def template(dark: bool) -> go.layout.Template:
    """The look of all figures: one plate, thin axes, Okabe-Ito and cividis, legend outside."""
    ink, line, plate, grey = _INK[dark], _LINE[dark], _PLATE[dark], _GREY[dark]
    axis = {
        "showgrid": False, "zeroline": False, "ticks": "outside", "ticklen": 4, "tickcolor": line,
        "linecolor": line, "showline": True, "mirror": True, "automargin": True,
        "title": {"font": {"size": 13}, "standoff": 8},
    }  # fmt: skip
    bar = {"thickness": 12, "outlinewidth": 0, "ticklen": 3, "ticks": "outside"}
    return go.layout.Template(
        layout={
            "paper_bgcolor": plate, "plot_bgcolor": plate, "colorway": list(CATEGORIES),
            "font": {"family": "sans-serif", "size": 12, "color": ink},
            "margin": {"l": 60, "r": 20, "t": 46, "b": 50},
            "hoverlabel": {"bgcolor": plate, "font": {"color": ink}, "bordercolor": line},
            "legend": {"orientation": "v", "x": 1.02, "y": 1, "xanchor": "left"},
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": grey, "activecolor": ACCENT[dark]},
            "xaxis": axis, "yaxis": axis, "bargap": 0,
            "colorscale": {"sequential": SEQUENTIAL, "diverging": DIVERGING},
        },
        data={"heatmap": [go.Heatmap(colorbar=bar)], "contour": [go.Contour(colorbar=bar)]},
    )  # fmt: skip


def finish(
    figure: go.Figure,
    *,
    dark: bool,
    x: str = "",
    y: str = "",
    count: str = "",
    height: int = 420,
) -> go.Figure:
    """Give a figure the common look; returns the same figure. What it says itself is kept.

    Args:
        figure: changed in place.
        dark: for the dark theme.
        x: axis title with the unit in square brackets.
        y: the same.
        count: what is counted, for the corner ("71 crystals").
        height: pixels.
    """
    figure.update_layout(template=template(dark), height=height)
    if x:
        figure.update_xaxes(title_text=x)
    if y:
        figure.update_yaxes(title_text=y)
    if count:
        figure.add_annotation(
            text=escape(count), xref="paper", yref="paper", x=0, y=1, xanchor="left",
            yanchor="bottom", showarrow=False, font={"size": 11, "color": _GREY[dark]},
        )  # fmt: skip
    return figure


def on_plate(dark: bool) -> list[tuple[float, str]]:
    """The sequential colours that stand out from the plate, 2:1 at least: for points and cells.

    The dark end of cividis all but vanishes on a dark plate, its yellow on a white one.
    """
    low, high = (0.22, 1.0) if dark else (0.0, 0.79)
    shares = [i / 16 for i in range(17)]
    colours = sample_colorscale(SEQUENTIAL.lower(), [low + (high - low) * s for s in shares])
    return list(zip(shares, colours, strict=True))


def diverging(dark: bool) -> list[tuple[float, str]]:
    """Colours around a meaningful zero, which has the colour of the plate."""
    ends = ("#D6604D", "#4393C3") if not dark else ("#F4A582", "#92C5DE")
    return [(0.0, ends[0]), (0.5, _PLATE[dark]), (1.0, ends[1])]


def config(name: str, picture: str = "SVG, column") -> dict[str, Any]:
    """Plotly's tool bar without its logo; the camera saves a picture of `PICTURES`."""
    kind, width, height, scale = PICTURES[picture]
    return {
        "displaylogo": False,
        "displayModeBar": True,
        "modeBarButtonsToRemove": ["lasso2d", "autoScale2d"],
        "toImageButtonOptions": {
            "format": kind, "filename": name, "width": width, "height": height, "scale": scale,
        },
    }  # fmt: skip


def escape(text: str) -> str:
    """Text of users as Plotly shows it: its few HTML tags must not take effect."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

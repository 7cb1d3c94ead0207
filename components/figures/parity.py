"""Prediction against truth: equal axes, the diagonal, colour by density or by a property."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from components.figures.maps import scatter
from components.figures.target import ticks
from components.figures.theme import ACCENT, escape, finish, on_plate
from core.types import FloatArray
from core.units import quantity

DENSE = 300  # points from which on colour says how many lie on one another
WEBGL = 2_000
_CELLS, _SMOOTH = 96, 1.5  # of the grid on which points are counted, in cells
_AMBER = "#F59E0B"
_GREY = "#8A9494"


def parity(
    truth: FloatArray,
    predicted: FloatArray,
    names: Sequence[str],
    key: str,
    *,
    dark: bool,
    logarithmic: bool = False,
    values: Sequence[Any] | None = None,
    label: str = "",
    marked: str = "",
    count: str = "",
    hover: Sequence[str] = (),
) -> go.Figure:
    """Each prediction over the true value; on the diagonal the two are the same.

    Args:
        truth, predicted: (n,), positive where `logarithmic`.
        names: id of each point; it is the point's `customdata`.
        key: of the property.
        dark: for the dark theme.
        logarithmic: both axes show powers of ten.
        values: a number or a word for each point, to colour it; None for density.
        label: what the values are, with their unit.
        marked: id whose points are ringed.
        count: for the corner.
        hover: a line for each point.
    """
    points = np.column_stack([truth, predicted])
    if logarithmic:
        points = np.log10(points)
    unit = quantity(key).unit
    told = [
        f"true {t:.4g}, predicted {p:.4g} {unit}{'<br>' + h if h else ''}"
        for t, p, h in zip(truth, predicted, hover or [""] * len(truth), strict=True)
    ]
    if values is None:
        figure = _by_density(points, names, told, dark)
    else:
        figure = scatter(points, names, told, dark=dark, axis="x", values=values, label=label)
        figure.layout.annotations = ()
    _mark(figure, points, names, marked, dark)
    _axes(figure, points, key, logarithmic, dark, count)
    return figure


def density(points: FloatArray) -> FloatArray:
    """(n,) how crowded it is around each point, from 0 to 1: counts on a grid, smoothed."""
    from scipy.ndimage import gaussian_filter

    low, high = points.min(axis=0), points.max(axis=0)
    span = np.where(high > low, high - low, 1.0)
    cell = np.minimum(((points - low) / span * _CELLS).astype(int), _CELLS - 1)
    grid = np.zeros((_CELLS, _CELLS))
    np.add.at(grid, (cell[:, 0], cell[:, 1]), 1.0)
    found = gaussian_filter(grid, _SMOOTH, mode="constant")[cell[:, 0], cell[:, 1]]
    out: FloatArray = found / found.max()
    return out


def _by_density(
    points: FloatArray, names: Sequence[str], told: Sequence[str], dark: bool
) -> go.Figure:
    crowded = len(points) >= DENSE
    order = np.arange(len(points))
    marker: dict[str, Any] = {"size": 5 if crowded else 8, "color": ACCENT[dark]}
    if crowded:
        dense = density(points)
        order = np.argsort(dense, kind="stable")  # the crowd is drawn last, so it is seen
        marker |= {
            "color": dense[order], "colorscale": on_plate(dark), "showscale": True,
            "colorbar": {"thickness": 10, "tickvals": [float(dense.min()), 1.0],
                         "ticktext": ["few", "many"]},
        }  # fmt: skip
    else:
        marker["line"] = {"width": 0.5, "color": "#FFFFFF"}
    draw = go.Scattergl if len(points) > WEBGL else go.Scatter
    return go.Figure(
        draw(
            x=points[order, 0], y=points[order, 1], mode="markers", name="crystals", marker=marker,
            customdata=[names[i] for i in order.tolist()],
            text=[f"{escape(names[i])}<br>{told[i]}" for i in order.tolist()],
            hovertemplate="%{text}<extra></extra>", unselected={"marker": {"opacity": 0.9}},
        )
    )  # fmt: skip


def _mark(
    figure: go.Figure, points: FloatArray, names: Sequence[str], marked: str, dark: bool
) -> None:
    rows = [i for i, name in enumerate(names) if name == marked]
    if rows:
        draw = go.Scattergl if len(points) > WEBGL else go.Scatter
        figure.add_trace(
            draw(
                x=points[rows, 0], y=points[rows, 1], mode="markers", name="chosen",
                marker={"size": 15, "color": "rgba(0,0,0,0)",
                        "line": {"width": 2.5, "color": _AMBER}},
                hoverinfo="skip", showlegend=False,
            )
        )  # fmt: skip


def _axes(
    figure: go.Figure, points: FloatArray, key: str, logarithmic: bool, dark: bool, count: str
) -> None:
    """The same range on both axes, the diagonal, and ticks in the property's own unit."""
    low, high = float(points.min()), float(points.max())
    margin = 0.03 * (high - low) or 0.5
    ends = [low - margin, high + margin]
    figure.add_shape(
        type="line", x0=ends[0], y0=ends[0], x1=ends[1], y1=ends[1], layer="below",
        line={"color": _GREY, "width": 1, "dash": "dash"},
    )  # fmt: skip
    name, unit = quantity(key).label, quantity(key).unit
    bracket = f" [{unit}]" if unit else ""
    finish(
        figure, dark=dark, x=f"True: {name}{bracket}", y=f"Predicted{bracket}", count=count,
        height=520,
    )  # fmt: skip
    shown: dict[str, Any] = {"range": ends, "constrain": "domain"}
    if logarithmic:
        marks = ticks(10.0 ** ends[0], 10.0 ** ends[1])
        shown |= {"tickvals": np.log10(marks), "ticktext": [f"{mark:g}" for mark in marks]}
    figure.update_xaxes(**shown)
    figure.update_yaxes(**shown, scaleanchor="x", scaleratio=1)
    figure.update_layout(showlegend=sum(bool(t.showlegend is not False) for t in figure.data) > 1)

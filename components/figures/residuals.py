"""Errors: how often which size, and against anything they might depend on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from components.figures.theme import ACCENT, CATEGORIES, escape, finish
from core.types import FloatArray
from core.units import quantity

WEBGL = 2_000
_GREY = "#8A9494"
_ORANGE = CATEGORIES[3]
_FEWEST, _MOST, _EACH = 3, 15, 20  # running medians, and crystals in each at least


def histogram(residuals: FloatArray, edges: FloatArray, key: str, *, dark: bool) -> go.Figure:
    """How often which error (prediction minus truth) occurs; zero is marked.

    Args:
        residuals: (n,) in the property's unit.
        edges: (n_bins + 1,) of equal width.
        key: of the property.
        dark: for the dark theme.
    """
    counts, _ = np.histogram(residuals, edges)
    unit, width = quantity(key).unit, float(edges[1] - edges[0])
    figure = go.Figure(
        go.Bar(
            x=(edges[:-1] + edges[1:]) / 2, y=counts, width=np.diff(edges),
            marker={"color": ACCENT[dark], "line": {"width": 0.5, "color": "rgba(127,127,127,.6)"}},
            customdata=np.column_stack([edges[:-1], edges[1:]]),
            hovertemplate=f"%{{customdata[0]:.4g}} to %{{customdata[1]:.4g}} {unit}"
            "<br>%{y} predictions<extra></extra>",
        )
    )  # fmt: skip
    figure.add_vline(0, line={"color": _GREY, "width": 1, "dash": "dash"})
    return finish(
        figure, dark=dark, x=_title(key), y="Predictions", height=420,
        count=f"{len(residuals):,} predictions, bin width {width:.4g} {unit}".strip(),
    )  # fmt: skip


def against(
    x: Sequence[float] | FloatArray,
    residuals: FloatArray,
    names: Sequence[str],
    key: str,
    *,
    title: str,
    dark: bool,
) -> go.Figure:
    """Errors over a number of each crystal, with the running median where there are many.

    Args:
        x: (n,) finite.
        residuals: (n,) in the property's unit.
        names: ids, the points' `customdata`.
        key: of the property.
        title: of the x axis, with its unit.
        dark: for the dark theme.
    """
    places, unit = np.asarray(x, dtype=np.float64), quantity(key).unit
    draw = go.Scattergl if len(places) > WEBGL else go.Scatter
    figure = go.Figure(
        draw(
            x=places, y=residuals, mode="markers", name="predictions", customdata=list(names),
            marker={"size": 5 if len(places) > 300 else 8, "color": ACCENT[dark], "opacity": 0.6},
            text=[f"{escape(n)}<br>error {r:+.4g} {unit}" for n, r in
                  zip(names, residuals, strict=True)],
            hovertemplate="%{text}<extra></extra>", unselected={"marker": {"opacity": 0.6}},
        )
    )  # fmt: skip
    centre, middle = running_median(places, residuals)
    if len(centre):
        figure.add_trace(
            draw(x=centre, y=middle, mode="lines+markers", name="running median",
                 line={"color": _ORANGE, "width": 2}, marker={"size": 6, "color": _ORANGE},
                 hovertemplate=f"median error %{{y:+.4g}} {unit}<extra></extra>")
        )  # fmt: skip
    figure.add_hline(0, line={"color": _GREY, "width": 1, "dash": "dash"})
    figure.update_layout(showlegend=False)
    said = ", line: running median" if len(centre) else ""
    return finish(
        figure, dark=dark, x=escape(title), y=_title(key), height=420,
        count=f"{len(places):,} predictions{said}",
    )  # fmt: skip


def running_median(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Median of x and y over runs of equal size along x; () where there are too few points."""
    parts = min(_MOST, len(x) // _EACH)
    if parts < _FEWEST:
        return np.empty(0), np.empty(0)
    groups = np.array_split(np.argsort(x, kind="stable"), parts)
    return (
        np.array([np.median(x[rows]) for rows in groups]),
        np.array([np.median(y[rows]) for rows in groups]),
    )


def _title(key: str) -> str:
    unit = quantity(key).unit
    return "Predicted minus true" + (f" [{unit}]" if unit else "")

"""Predictions put to the test: parity with verified values, hit rates, error by round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from components.figures.predictions import is_logarithmic
from components.figures.target import ticks
from components.figures.theme import ACCENT, escape, finish
from core.types import FloatArray
from core.units import quantity
from core.verification.hits import HitRate, Parity, Window
from core.verification.rounds import Round

_GREY = {False: "#5F6868", True: "#B9BFBF"}
_BAND = {False: "rgba(15,118,110,.10)", True: "rgba(94,234,212,.13)"}
_LEGEND = {"orientation": "h", "x": 0, "y": -0.2, "xanchor": "left", "yanchor": "top"}


def parity(
    found: Parity,
    names: Sequence[str],
    key: str,
    window: Window,
    *,
    dark: bool,
    bounds: FloatArray | None = None,
    level: float = 0.0,
) -> go.Figure:
    """Verified over predicted values on equal axes; the window wanted is shaded.

    Args:
        found: predicted and verified values of n crystals.
        names: (n,) their ids, each point's `customdata`.
        key: of the property.
        window: verified values that make a hit.
        bounds: (n, 2) predicted intervals, drawn as bars; the standard deviation without them.
        level: of the intervals.
    """
    figure = go.Figure()
    hit = window.holds(found.verified)
    logarithmic = is_logarithmic(found.predicted, found.verified)
    low, high = _ends(found, bounds, logarithmic)
    _shade(figure, window, low, high, dark)
    for inside, words, symbol, color in (
        (True, "Hit", "circle", ACCENT[dark]),
        (False, "Miss", "x", _GREY[dark]),
    ):
        rows = np.flatnonzero(hit == inside)
        if len(rows):
            figure.add_scatter(
                x=found.predicted[rows], y=found.verified[rows], mode="markers",
                name=f"{words} ({len(rows)})",
                marker={"color": color, "symbol": symbol, "size": 9},
                error_x=_bars(found, bounds, rows, color),
                customdata=[names[i] for i in rows.tolist()],
                text=[escape(names[i]) for i in rows.tolist()],
                hovertemplate="%{text}<br>predicted %{x:.4g}, verified %{y:.4g}<extra></extra>",
            )  # fmt: skip
    figure.add_shape(
        type="line", x0=low, y0=low, x1=high, y1=high, layer="below",
        line={"color": _GREY[dark], "width": 1, "dash": "dash"},
    )  # fmt: skip
    unit = quantity(key).unit
    bracket = f" [{unit}]" if unit else ""
    what = f"{100 * level:g}% interval" if bounds is not None else "± deviation"
    barred = bounds is not None or np.isfinite(found.std).any()
    finish(
        figure, dark=dark, x=f"Predicted: {quantity(key).label}{bracket}",
        y=f"Verified by CHGNet{bracket}", height=500,
        count=f"{found.n:,} crystals" + (f"; bars: {what}" if barred else ""),
    )  # fmt: skip
    _equal(figure, low, high, logarithmic)
    figure.update_layout(showlegend=True, legend=_LEGEND)
    return figure


def _bars(found: Parity, bounds: FloatArray | None, rows: Any, color: str) -> dict[str, Any] | None:
    style = {"type": "data", "thickness": 1, "width": 2, "color": color}
    if bounds is not None:
        middle = found.predicted[rows]
        return {**style, "symmetric": False, "array": bounds[rows, 1] - middle,
                "arrayminus": middle - bounds[rows, 0]}  # fmt: skip
    if not np.isfinite(found.std).any():
        return None
    return {**style, "array": found.std[rows]}


def _ends(found: Parity, bounds: FloatArray | None, logarithmic: bool) -> tuple[float, float]:
    values = np.concatenate([found.predicted, found.verified])
    if bounds is not None:
        values = np.concatenate([values, bounds.ravel()])
    values = values[np.isfinite(values) & ((values > 0) | (not logarithmic))]
    low, high = float(values.min()), float(values.max())
    if logarithmic:
        return low / 1.15, high * 1.15
    margin = 0.06 * (high - low) or 0.5
    return low - margin, high + margin


def _shade(figure: go.Figure, window: Window, low: float, high: float, dark: bool) -> None:
    if not (np.isfinite(window.low) or np.isfinite(window.high)):
        return
    bottom, top = max(low, window.low), min(high, window.high)
    if bottom < top:
        figure.add_shape(
            type="rect", x0=low, x1=high, y0=bottom, y1=top, layer="below",
            fillcolor=_BAND[dark], line={"width": 0},
        )  # fmt: skip


def _equal(figure: go.Figure, low: float, high: float, logarithmic: bool) -> None:
    shown: dict[str, Any] = {"range": [low, high], "constrain": "domain"}
    if logarithmic:
        marks = ticks(low, high)
        shown |= {
            "type": "log", "range": [np.log10(low), np.log10(high)], "tickvals": marks,
            "ticktext": [f"{mark:g}" for mark in marks],
        }  # fmt: skip
    figure.update_xaxes(**shown)
    figure.update_yaxes(**shown, scaleanchor="x", scaleratio=1)


def hits(rows: Sequence[tuple[str, HitRate]], *, dark: bool) -> go.Figure:
    """Shares with their binomial intervals, one under the other.

    Args:
        rows: words and rate; those without verified crystals are left out.
    """
    known = [(words, rate) for words, rate in rows if rate.n]
    share = np.array([100 * rate.share for _, rate in known])
    figure = go.Figure(
        go.Scatter(
            x=share, y=[words for words, _ in known], mode="markers",
            marker={"color": ACCENT[dark], "size": 11},
            error_x={
                "type": "data", "symmetric": False, "thickness": 1.5, "width": 5,
                "color": ACCENT[dark],
                "array": [100 * r.high - s for (_, r), s in zip(known, share, strict=True)],
                "arrayminus": [s - 100 * r.low for (_, r), s in zip(known, share, strict=True)],
            },
            customdata=[[r.hits, r.n, 100 * r.low, 100 * r.high] for _, r in known],
            hovertemplate="%{y}: %{customdata[0]} of %{customdata[1]}<br>%{x:.0f}%, interval "
            "%{customdata[2]:.0f} to %{customdata[3]:.0f}%<extra></extra>",
        )
    )  # fmt: skip
    n, level = (known[0][1].n, known[0][1].level) if known else (0, 0.95)
    finish(
        figure, dark=dark, x="Share of verified crystals [%]", height=130 + 46 * len(known),
        count=f"{n:,} crystals; bars: {100 * level:g}% interval",
    )  # fmt: skip
    figure.update_xaxes(range=[-3, 103])
    figure.update_yaxes(ticks="", range=[max(len(known), 1) - 0.5, -0.5])
    return figure


def rounds(history: Sequence[Round], *, dark: bool) -> go.Figure:
    """Error on the held-out crystals against the crystals learnt from, round by round."""
    unit = quantity(history[0].target).unit
    bracket = f" [{unit}]" if unit else ""
    first = history[0]
    x = [first.n_before, *(one.n_after for one in history)]
    scores = np.array([first.before["mae"], *(one.after["mae"] for one in history)])
    words = ["before", *(f"round {one.number}" for one in history)]
    figure = go.Figure(
        go.Scatter(
            x=x, y=scores[:, 0], mode="lines+markers", text=words,
            line={"color": ACCENT[dark], "width": 1.6}, marker={"color": ACCENT[dark], "size": 8},
            error_y={"type": "data", "symmetric": False, "array": scores[:, 2] - scores[:, 0],
                     "arrayminus": scores[:, 0] - scores[:, 1], "thickness": 1.2, "width": 4,
                     "color": ACCENT[dark]},
            hovertemplate="%{text}: %{x} crystals learnt from, %{y:.4g}<extra></extra>",
        )
    )  # fmt: skip
    finish(
        figure, dark=dark, x="Crystals learnt from", y=f"Mean absolute error{bracket}",
        count=f"{len(first.held_out):,} held-out crystals, the same in every round; bars: 95%",
        height=340,
    )  # fmt: skip
    figure.update_yaxes(rangemode="tozero")
    figure.update_xaxes(tickformat="d", nticks=6)
    return figure

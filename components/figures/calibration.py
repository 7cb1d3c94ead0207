"""Figures of calibration: coverage by level, quantiles, coverage of several sets side by side."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from components.figures.theme import ACCENT, CATEGORIES, escape, finish
from core.types import FloatArray, IntArray
from core.uncertainty import Coverage

_GREY = {False: "#7A8383", True: "#9AA5A5"}
_MOST = 1500  # points of a quantile-quantile plot
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "x", "star")


def reliability(
    intervals: Coverage | None, gaussian: Coverage | None, *, dark: bool, count: str = ""
) -> go.Figure:
    """Share covered over the level asked for; on the diagonal the two are the same.

    Args:
        intervals: of the conformal intervals; None without.
        gaussian: of the standard deviation taken as that of a Gaussian; None without.
        dark: for the dark theme.
        count: for the corner.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 100], y=[0, 100], mode="lines", hoverinfo="skip", showlegend=False,
        line={"color": _GREY[dark], "width": 1, "dash": "dot"}, name="diagonal",
    )  # fmt: skip
    if gaussian is not None:
        low, high = 100 * gaussian.low, 100 * gaussian.high
        levels = 100 * gaussian.levels
        figure.add_scatter(
            x=np.concatenate([levels, levels[::-1]]), y=np.concatenate([high, low[::-1]]),
            fill="toself", fillcolor=_faint(_GREY[dark]), line={"width": 0}, hoverinfo="skip",
            showlegend=False, name="95% interval",
        )  # fmt: skip
        figure.add_scatter(
            x=levels, y=100 * gaussian.covered, mode="lines", name="standard deviation as Gaussian",
            line={"color": _GREY[dark], "width": 2},
            hovertemplate="mean ± z std at %{x:.0f}%<br>covers %{y:.1f}%<extra></extra>",
        )  # fmt: skip
    if intervals is not None:
        figure.add_scatter(
            x=100 * intervals.levels, y=100 * intervals.covered, mode="markers",
            name="conformal intervals", error_y=_bars(intervals),
            marker={"color": ACCENT[dark], "size": 9},
            hovertemplate="interval at %{x:.0f}%<br>covers %{y:.1f}%<extra></extra>",
        )  # fmt: skip
    finish(
        figure, dark=dark, x="Level asked for [%]", y="Test crystals inside [%]", count=count,
        height=440,
    )  # fmt: skip
    figure.update_xaxes(range=[0, 101])
    figure.update_yaxes(range=[0, 101], scaleanchor="x", constrain="domain")
    figure.update_xaxes(constrain="domain")
    return _legend_below(figure)


def quantiles(expected: FloatArray, found: FloatArray, *, dark: bool, count: str = "") -> go.Figure:
    """Errors over their standard deviation, in order, against those of a standard normal.

    Args:
        expected, found: (n,), rising; thinned to 1,500 points with both tails whole.
        dark: for the dark theme.
        count: for the corner.
    """
    rows = thinned(len(expected))
    x, y = expected[rows], found[rows]
    end = float(np.abs(x).max()) if len(x) else 1.0
    figure = go.Figure()
    figure.add_scatter(
        x=[-end, end], y=[-end, end], mode="lines", hoverinfo="skip", showlegend=False,
        line={"color": _GREY[dark], "width": 1, "dash": "dot"}, name="diagonal",
    )  # fmt: skip
    figure.add_scatter(
        x=x, y=y, mode="markers", showlegend=False, name="errors",
        marker={"color": ACCENT[dark], "size": 5, "opacity": 0.7},
        hovertemplate="Gaussian %{x:.2f}<br>found %{y:.2f}<extra></extra>",
    )  # fmt: skip
    return finish(
        figure, dark=dark, x="Quantile of a standard normal", y="(true - predicted) / std",
        count=count, height=420,
    )  # fmt: skip


def thinned(n: int) -> IntArray:
    """Indices of at most 1,500 of n sorted points: 250 of either end, the rest evenly."""
    if n <= _MOST:
        return np.arange(n)
    end = _MOST // 6
    inner = np.linspace(end, n - end - 1, _MOST - 2 * end).astype(int)
    return np.unique(np.concatenate([np.arange(end), inner, np.arange(n - end, n)]))


def beside(found: Mapping[str, Coverage], *, dark: bool, height: int = 400) -> go.Figure:
    """Coverage of several sets of crystals side by side, a place for each level.

    Args:
        found: by name; all of the same levels. The first is the one others are held against.
        dark: for the dark theme.
        height: pixels.
    """
    levels = next(iter(found.values())).levels
    places = np.arange(len(levels))
    figure = go.Figure()
    for place, level in zip(places, levels, strict=True):
        figure.add_shape(
            type="line", x0=place - 0.42, x1=place + 0.42, y0=100 * level, y1=100 * level,
            line={"color": _GREY[dark], "width": 1.5, "dash": "dash"},
        )  # fmt: skip
    step = min(0.2, 0.7 / max(1, len(found)))
    for i, (name, c) in enumerate(found.items()):
        color = ACCENT[dark] if i == 0 else CATEGORIES[i % len(CATEGORIES)]
        figure.add_scatter(
            x=places + (i - (len(found) - 1) / 2) * step, y=100 * c.covered, mode="markers",
            name=f"{escape(name)} ({c.n:,})", error_y=_bars(c),
            marker={"color": color, "size": 9, "symbol": _SYMBOLS[i % len(_SYMBOLS)]},
            customdata=100 * levels, hovertemplate=escape(name)
            + "<br>interval at %{customdata:.0f}%<br>covers %{y:.1f}%<extra></extra>",
        )  # fmt: skip
    finish(figure, dark=dark, x="Level asked for [%]", y="Crystals inside [%]", height=height)
    figure.update_xaxes(
        tickvals=places, ticktext=[f"{100 * level:g}" for level in levels],
        range=[-0.6, len(levels) - 0.4],
    )  # fmt: skip
    figure.update_yaxes(range=[0, 103])
    return _legend_below(figure)


def table(found: Mapping[str, Coverage], unit: str) -> dict[str, list[object]]:
    """Columns: set, level, share covered with its 95% interval, median width, crystals."""
    width = f"median width [{unit}]" if unit else "median width"
    out: dict[str, list[object]] = {
        name: [] for name in ("of", "level", "covered", "low", "high", width, "crystals")
    }
    for name, c in found.items():
        for i, level in enumerate(c.levels.tolist()):
            row = (name, level, c.covered[i], c.low[i], c.high[i], c.width[i], c.n)
            for column, value in zip(out.values(), row, strict=True):
                column.append(value if isinstance(value, str) else float(value))
    return out


def _bars(c: Coverage) -> dict[str, object]:
    return {
        "type": "data", "symmetric": False, "array": 100 * (c.high - c.covered),
        "arrayminus": 100 * (c.covered - c.low), "thickness": 1.2, "width": 3,
    }  # fmt: skip


def _legend_below(figure: go.Figure) -> go.Figure:
    figure.update_layout(
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": -0.22, "yanchor": "top"}
    )
    return figure


def _faint(color: str) -> str:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.2)"

"""Predictions beside what the model has learnt from, and beside what is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from components.figures.target import ticks
from components.figures.theme import ACCENT, escape, finish
from core.types import FloatArray
from core.units import quantity

_GREY = {False: "#5F6868", True: "#B9BFBF"}
_AMBER = "#E69F00"
_BINS = 40
_TICKS = 12  # at most, or their labels overlap
_DECADES = 1.5  # powers of ten that values must span to be shown on a logarithmic axis
_BARS = 300  # points from which on intervals would hide them
_CROWD = 1_000  # points from which on they are small and drawn by WebGL
_KINDS = {  # standing of a crystal -> words, symbol; drawn in this order
    "seen": ("In training, or as good as", "x-thin-open"),
    "new": ("New to the model", "circle"),
    "look": ("New, look twice", "diamond"),
}


def is_logarithmic(*values: FloatArray) -> bool:
    """Whether values are positive and span so much that a linear axis would hide most of them."""
    both = np.concatenate(values)
    return bool(len(both) and both.min() > 0 and np.log10(both.max() / both.min()) > _DECADES)


def bins(predicted: FloatArray, trained_on: FloatArray) -> FloatArray:
    """(41,) edges over both, even on the axis that is drawn."""
    both = np.concatenate([predicted, trained_on])
    low, high = float(both.min()), float(both.max())
    if low == high:
        low, high = low - 0.5 * (abs(low) or 1.0), high + 0.5 * (abs(high) or 1.0)
    if is_logarithmic(predicted, trained_on):
        return np.geomspace(low, high, _BINS + 1)
    return np.linspace(low, high, _BINS + 1)


def shares(values: FloatArray, edges: FloatArray) -> FloatArray:
    """(n_bins,) percentage of the values in each bin."""
    counts, _ = np.histogram(values, edges)
    return 100.0 * counts / max(1, len(values))


def distribution(
    predicted: FloatArray, trained_on: FloatArray, key: str, *, dark: bool, flagged: FloatArray
) -> go.Figure:
    """Histogram of predictions (m,) over the outline of the training values (n,).

    Args:
        key: of the property.
        flagged: (k,) predictions with a reason to look twice: a part of them, drawn in front.
    """
    edges = bins(predicted, trained_on)
    middle, figure = _middle(edges), go.Figure()
    width = np.diff(edges)
    for name, values, color in (
        ("Predictions", predicted, ACCENT[dark]), ("of them: look twice", flagged, _AMBER),
    ):  # fmt: skip
        if not len(values):
            continue
        counts, _ = np.histogram(values, edges)
        figure.add_bar(
            x=middle, y=100.0 * counts / len(predicted), width=width, name=name,
            marker={"color": color, "line": {"width": 0}}, opacity=0.85,
            customdata=np.column_stack([edges[:-1], edges[1:], counts]),
            hovertemplate="%{customdata[0]:.4g} to %{customdata[1]:.4g}: %{customdata[2]} crystals"
            "<extra></extra>",
        )  # fmt: skip
    if len(trained_on):
        share = shares(trained_on, edges)
        figure.add_scatter(
            x=np.repeat(edges, 2), y=np.concatenate([[0], np.repeat(share, 2), [0]]),
            mode="lines", name="Training values", line={"color": _GREY[dark], "width": 2},
            hoverinfo="skip",
        )  # fmt: skip
    figure.update_layout(barmode="overlay", legend=_LEGEND)
    if is_logarithmic(predicted, trained_on):
        figure.update_xaxes(type="log", **_marks(float(edges[0]), float(edges[-1])))
    figure.update_yaxes(rangemode="tozero")
    unit = quantity(key).unit
    step = f"{_BINS} bins" if is_logarithmic(predicted, trained_on) else (
        f"bins of {width[0]:.3g} {unit}".strip()
    )  # fmt: skip
    return finish(
        figure, dark=dark, x=quantity(key).axis_title, y="Share of crystals [%]",
        count=f"{len(predicted):,} predictions; {step}", height=400,
    )  # fmt: skip


def known(
    truth: FloatArray,
    predicted: FloatArray,
    bounds: FloatArray | None,
    kinds: Sequence[str],
    names: Sequence[str],
    key: str,
    *,
    dark: bool,
    level: float = 0.0,
) -> go.Figure:
    """Predicted over known values on equal axes, with the diagonal.

    Args:
        truth, predicted: (n,).
        bounds: (n, 2) of an interval, or None.
        kinds: for each point `new`, `look` or `seen`.
        names: id of each point, its `customdata`.
        key: of the property.
        level: of the interval.
    """
    figure = go.Figure()
    logarithmic = is_logarithmic(truth, predicted)
    _add_points(figure, truth, predicted, bounds, kinds, names, dark)
    barred = bounds is not None and len(truth) <= _BARS
    low, high = _ends(truth, predicted, bounds if barred else None, logarithmic)
    figure.add_shape(
        type="line", x0=low, y0=low, x1=high, y1=high, layer="below",
        line={"color": _GREY[dark], "width": 1, "dash": "dash"},
    )  # fmt: skip
    name, unit = quantity(key).label, quantity(key).unit
    bracket = f" [{unit}]" if unit else ""
    finish(
        figure, dark=dark, x=f"Known: {name}{bracket}", y=f"Predicted{bracket}", height=520,
        count=f"{len(truth):,} crystals"
        + (f"; bars: {100 * level:g}% interval{_cut(bounds, low, high)}" if barred else ""),
    )  # fmt: skip
    ends = np.log10([low, high]) if logarithmic else np.array([low, high])
    axis = {"range": ends.tolist(), "type": "log" if logarithmic else "linear",
            "constrain": "domain", **(_marks(low, high) if logarithmic else {})}  # fmt: skip
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis, scaleanchor="x", scaleratio=1)
    figure.update_layout(legend=_LEGEND)
    # The plate is square, narrower than the paper: the count belongs to its corner.
    figure.update_annotations(xref="x domain", yref="y domain")
    return figure


def _add_points(
    figure: go.Figure, truth: FloatArray, predicted: FloatArray, bounds: FloatArray | None,
    kinds: Sequence[str], names: Sequence[str], dark: bool,
) -> None:  # fmt: skip
    """A trace for each kind of point, with bars where there are not too many."""
    kind = np.array(kinds)
    colors = {"new": ACCENT[dark], "look": _AMBER, "seen": _GREY[dark]}
    for which, (words, symbol) in _KINDS.items():
        rows = np.flatnonzero(kind == which)
        if not len(rows):
            continue
        crowd = len(truth) > _CROWD
        draw = go.Scattergl if crowd else go.Scatter
        # The graphics card draws plain discs a quarter sooner than other marks with outlines.
        figure.add_trace(draw(
            x=truth[rows], y=predicted[rows], mode="markers", name=f"{words} ({len(rows):,})",
            marker={"color": colors[which], "symbol": "circle" if crowd else symbol,
                    "size": 5 if crowd else 8,
                    "line": {"width": 0 if crowd else 1.5 if which == "seen" else 0.5,
                             "color": colors[which]}},
            error_y=_bars(predicted[rows], bounds, rows, len(truth), colors[which]),
            customdata=[names[i] for i in rows.tolist()],
            text=[escape(names[i]) for i in rows.tolist()],
            hovertemplate="%{text}<br>known %{x:.4g}, predicted %{y:.4g}<extra></extra>",
            unselected={"marker": {"opacity": 0.9}},
        ))  # fmt: skip


_LEGEND = {"orientation": "h", "x": 0, "y": -0.2, "xanchor": "left", "yanchor": "top"}


def _marks(low: float, high: float) -> dict[str, list[Any]]:
    """Ticks of a logarithmic axis in the property's own unit."""
    marks = ticks(low, high)
    marks = marks[:: -(-len(marks) // _TICKS)]
    return {"tickvals": marks, "ticktext": [f"{mark:g}" for mark in marks]}


def _middle(edges: FloatArray) -> FloatArray:
    return 0.5 * (edges[:-1] + edges[1:])


def _bars(
    predicted: FloatArray, bounds: FloatArray | None, rows: np.ndarray, n: int, color: str
) -> dict[str, object] | None:
    if bounds is None or n > _BARS or not np.isfinite(bounds[rows]).all():
        return None
    return {
        "type": "data", "symmetric": False, "array": bounds[rows, 1] - predicted,
        "arrayminus": predicted - bounds[rows, 0], "thickness": 1, "width": 0, "color": color,
    }  # fmt: skip


def _ends(
    truth: FloatArray, predicted: FloatArray, bounds: FloatArray | None, logarithmic: bool
) -> tuple[float, float]:
    """Of both axes: bars inside, unless they would leave the points less than a third."""
    scale: Any = np.log10 if logarithmic else np.asarray
    both = scale(np.concatenate([truth, predicted]))
    low, high = float(both.min()), float(both.max())
    if bounds is not None:
        ends = bounds[np.isfinite(bounds) & ((bounds > 0) | (not logarithmic))]
        span = high - low or 1.0
        reach = scale(ends) if len(ends) else both
        low, high = (
            min(low, max(float(reach.min()), low - span)),
            max(high, min(float(reach.max()), high + span)),
        )
    margin = 0.06 if logarithmic else 0.04 * (high - low) or 0.5
    low, high = low - margin, high + margin
    return (10.0**low, 10.0**high) if logarithmic else (low, high)


def _cut(bounds: FloatArray | None, low: float, high: float) -> str:
    """Words for bars that end beyond the plot."""
    if bounds is None or not np.isfinite(bounds).all():
        return ""
    beyond = int(((bounds[:, 0] < low) | (bounds[:, 1] > high)).sum())
    return f", {beyond} of them longer than the plot" if beyond else ""

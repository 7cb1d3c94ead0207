"""Candidates as clouds: value against uncertainty, beside the training crystals, what if."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from components.figures.theme import ACCENT, escape, finish, on_plate
from core.screening.criteria import Column, Criterion
from core.screening.what_if import WhatIf
from core.types import FloatArray, IntArray
from core.uncertainty.applicability import MOST_VALUES
from core.units import quantity

MOST_POINTS = 10_000  # above it a density is drawn: a message stays small, the browser quick
_MOST_DRAWN = 300  # points as shapes; more by WebGL, which takes longer to begin
_CELLS = 160
_FEW = 6  # candidates, each with a tick of its own
_GREY = {False: "#8A9494", True: "#6B7676"}
_AMBER = "#E69F00"
_BELOW = {"orientation": "h", "x": 0, "y": -0.2, "xanchor": "left", "yanchor": "top"}


def value_against_uncertainty(
    column: Column,
    passed: NDArray[np.bool_],
    names: Sequence[str],
    criterion: Criterion | None,
    *,
    dark: bool,
    shortlist: IntArray | None = None,
    widest: float | None = None,
) -> go.Figure:
    """Predicted value and standard deviation of each candidate, with the thresholds as lines.

    Args:
        column: with standard deviations.
        passed: (n,) those that all filters let through.
        names: id of each candidate, the `customdata` of its point.
        criterion: on this column; its window is drawn, slanted where it is moved by the deviation.
        dark: for the dark theme.
        shortlist: (k,) rows; of more than MOST_POINTS candidates these alone are points, beside a
            density, as ten thousand points take a browser half a second.
        widest: largest deviation let through, as a line.
    """
    assert column.std is not None
    known = np.isfinite(column.mean) & np.isfinite(column.std)
    x, y = column.mean[known], column.std[known]
    inside = passed[known]
    figure = go.Figure()
    if len(x) > MOST_POINTS:
        _density(figure, x, y, dark)
        rows = np.empty(0, dtype=np.int64) if shortlist is None else shortlist[:MOST_POINTS]
        _marks(figure, column, names, rows[known[rows]], "Shortlist", _AMBER)
    else:
        ids = [name for name, has in zip(names, known, strict=True) if has]
        _points(figure, x, y, ids, np.flatnonzero(~inside), "Candidates", _GREY[dark], 5)
        _marks(figure, column, names, np.flatnonzero(known & passed), "Passed", ACCENT[dark])
    top = float(y.max(initial=0.0)) * 1.05 or 1.0
    ends = _range(x)
    if criterion is not None:
        _window(figure, criterion, top, dark)
    if widest is not None:
        figure.add_hline(y=widest, line={"color": _AMBER, "width": 1.5, "dash": "dash"})
    unit = f" [{column.unit}]" if column.unit else ""
    finish(
        figure, dark=dark, x=f"Predicted: {quantity(column.key).axis_title}",
        y=f"Standard deviation{unit}", count=f"{len(x):,} candidates, {int(inside.sum()):,} passed",
        height=460,
    )  # fmt: skip
    figure.update_xaxes(range=ends)
    figure.update_yaxes(range=[0, top])
    figure.update_layout(legend=_BELOW, dragmode="select")
    return figure


def beside_training(
    values: FloatArray,
    training: FloatArray,
    passed: NDArray[np.bool_],
    label: str,
    *,
    dark: bool,
    bins: int = 50,
) -> tuple[go.Figure, dict[str, FloatArray]]:
    """Histogram of a quantity among candidates (n,), shortlist and training crystals (m,).

    Returns: the figure, and its numbers: `from`, `to`, shares in percent.
    """
    values, training = values[np.isfinite(values)], training[np.isfinite(training)]
    chosen = values if len(passed) != len(values) else values[passed]
    both = np.concatenate([values, training])
    low, high = (float(both.min()), float(both.max())) if len(both) else (0.0, 1.0)
    edges = np.linspace(low, high if high > low else low + 1.0, bins + 1)
    table: dict[str, FloatArray] = {"from": edges[:-1], "to": edges[1:]}
    figure = go.Figure()
    for name, part, color in (
        ("Candidates", values, _GREY[dark]), ("Passed", chosen, ACCENT[dark]),
    ):  # fmt: skip
        share = _shares(part, edges)
        table[name.lower()] = share
        figure.add_bar(
            x=0.5 * (edges[:-1] + edges[1:]), y=share, width=np.diff(edges), name=name,
            opacity=0.75, marker={"color": color, "line": {"width": 0}},
            hovertemplate="%{y:.3g}% at %{x:.4g}<extra></extra>",
        )  # fmt: skip
    if len(training):
        share = _shares(training, edges)
        table["training"] = share
        figure.add_scatter(
            x=np.repeat(edges, 2), y=np.concatenate([[0], np.repeat(share, 2), [0]]), mode="lines",
            name="Training crystals", hoverinfo="skip",
            line={"color": "#D55E00", "width": 2},
        )  # fmt: skip
    figure.update_layout(barmode="overlay", legend=_BELOW)
    figure.update_yaxes(rangemode="tozero")
    finish(
        figure, dark=dark, x=escape(label), y="Share [%]", height=400,
        count=f"{len(values):,} candidates, {len(chosen):,} passed"
        + _trained(len(training)),
    )  # fmt: skip
    return figure, table


def _trained(n: int) -> str:
    """Of how many: a model's domain holds quantiles of more training values than it keeps."""
    if n >= MOST_VALUES:
        return f", training crystals by {n:,} quantiles"
    return f", {n:,} training crystals" if n else ""


def what_if(found: WhatIf, at: float | None, *, dark: bool) -> go.Figure:
    """Candidates kept and precision to expect, over the number of standard deviations."""
    figure = go.Figure()
    figure.add_scatter(
        x=found.k, y=found.kept, mode="lines", name="Candidates kept",
        line={"color": ACCENT[dark], "width": 2}, hovertemplate="%{y:,} kept<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=found.k, y=100 * found.precision, mode="lines", name="Expected precision", yaxis="y2",
        line={"color": "#D55E00", "width": 2, "dash": "dash"},
        hovertemplate="%{y:.1f}% expected<extra></extra>",
    )  # fmt: skip
    if at is not None:
        figure.add_vline(x=at, line={"color": _AMBER, "width": 1.5, "dash": "dot"})
    finish(
        figure, dark=dark, x="Standard deviations asked for, k", y="Candidates kept", height=380,
    )  # fmt: skip
    figure.update_layout(
        yaxis2={
            "overlaying": "y", "side": "right", "range": [0, 101], "showgrid": False,
            "title": {"text": "Expected precision [%]", "standoff": 8}, "showline": True,
            "ticks": "outside", "automargin": True, "tickmode": "linear", "dtick": 20,
        },
        legend=_BELOW, hovermode="x unified",
    )  # fmt: skip
    figure.update_yaxes(rangemode="tozero", mirror=False, tickformat=",d", selector={"side": None})
    if found.kept.max(initial=0) < _FEW:  # else ticks between whole numbers, rounded to them
        figure.update_yaxes(dtick=1, selector={"side": None})
    return figure


def _points(
    figure: go.Figure, x: FloatArray, y: FloatArray, ids: Sequence[str],
    rows: NDArray[np.intp], name: str, color: str, size: int,
) -> None:  # fmt: skip
    figure.add_trace(
        go.Scattergl(
            x=x[rows], y=y[rows], mode="markers", name=name,
            marker={"size": size, "color": color, "opacity": 0.6},
            customdata=[ids[i] for i in rows.tolist()],
            hovertemplate="%{customdata}<br>%{x:.4g} ± %{y:.3g}<extra></extra>",
        )
    )  # fmt: skip


def _marks(
    figure: go.Figure, column: Column, names: Sequence[str], rows: IntArray, name: str, color: str
) -> None:
    """Some candidates, on top of the others."""
    if not len(rows):
        return
    assert column.std is not None
    kind = go.Scatter if len(rows) <= _MOST_DRAWN else go.Scattergl
    figure.add_trace(
        kind(
            x=column.mean[rows], y=column.std[rows], mode="markers", name=name,
            marker={"size": 7, "color": color, "line": {"width": 0.5, "color": "#FFFFFF"}},
            customdata=[names[i] for i in rows.tolist()],
            hovertemplate="%{customdata}<br>%{x:.4g} ± %{y:.3g}<extra></extra>",
        )
    )  # fmt: skip


def _density(figure: go.Figure, x: FloatArray, y: FloatArray, dark: bool) -> None:
    """Counts on a grid, on a logarithmic scale of colour; empty cells stay empty."""
    low, high = _range(x)
    across = np.linspace(low, high, _CELLS + 1)
    up = np.linspace(0.0, float(y.max()) * 1.05 or 1.0, _CELLS + 1)
    # np.histogram2d takes ten times as long, and thresholds move while people watch.
    column = ((x - across[0]) * (_CELLS / (across[-1] - across[0]))).astype(np.int32)
    row = (y * (_CELLS / up[-1])).astype(np.int32)
    counts = np.bincount(row * _CELLS + column, minlength=_CELLS**2).reshape(_CELLS, _CELLS)
    with np.errstate(divide="ignore"):
        shown = np.where(counts > 0, np.log10(counts), np.nan).astype(np.float32)
    most = float(np.log10(counts.max()))
    marks = np.arange(0, int(most) + 1)
    figure.add_trace(
        go.Heatmap(
            z=shown, x=0.5 * (across[:-1] + across[1:]), y=0.5 * (up[:-1] + up[1:]),
            colorscale=on_plate(dark), hoverongaps=False, zmin=0, zmax=max(most, 1e-9),
            colorbar={"title": {"text": "Candidates a cell", "side": "right"}, "thickness": 12,
                      "tickvals": marks, "ticktext": [f"{10**m:,}" for m in marks.tolist()]},
            hovertemplate="%{x:.4g} ± %{y:.3g}: 10^%{z:.2f} candidates<extra></extra>",
            name="Candidates",
        )
    )  # fmt: skip


def _window(figure: go.Figure, criterion: Criterion, top: float, dark: bool) -> None:
    """The bounds; those moved by k standard deviations lean inwards."""
    lean = criterion.k if criterion.how == "shifted" else 0.0
    for bound, sign in ((criterion.low, 1.0), (criterion.high, -1.0)):
        if bound is not None:
            figure.add_shape(
                type="line", x0=bound, y0=0, x1=bound + sign * lean * top, y1=top,
                line={"color": ACCENT[dark], "width": 2},
            )  # fmt: skip


def _range(x: FloatArray) -> tuple[float, float]:
    low, high = (float(x.min()), float(x.max())) if len(x) else (0.0, 1.0)
    margin = 0.03 * (high - low) or 0.5
    return low - margin, high + margin


def _shares(values: FloatArray, edges: FloatArray) -> FloatArray:
    counts: Any = np.histogram(values, edges)[0]
    return 100.0 * counts / max(1, len(values))

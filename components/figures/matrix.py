"""The distance matrix in the order of its clustering, under the dendrogram."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from components.figures.theme import ACCENT, SEQUENTIAL, escape, finish
from core.maps.order import Tree
from core.maps.views import Picture

CELLS = 100  # rows up to which each cell can be chosen
_NAMED = 100  # rows up to which the axes carry ids
_BESIDE = 40  # columns up to which they carry the ids too; the rows always do
_BRACKETS = 500  # drawn, highest first
_AMBER = "#F59E0B"


def heat(
    shown: Picture,
    tree: Tree,
    ids: Sequence[str],
    *,
    title: str,
    dark: bool,
    pair: tuple[str, str] | None = None,
    count: str = "",
) -> go.Figure:
    """Heat map with the dendrogram of the same places above it.

    Args:
        shown: part of the ordered matrix.
        tree: the clustering of all crystals.
        ids: of all crystals, as the rows of the matrix.
        title: of the colour bar: distance and unit.
        dark: for the dark theme.
        pair: ids of the chosen pair, marked.
        count: for the corner.
    """
    half = shown.block / 2
    span = [float(shown.places[0] - half), float(shown.places[-1] + half)]
    figure = go.Figure(
        go.Heatmap(
            z=shown.values, x=shown.places, y=shown.places, colorscale=SEQUENTIAL, zmin=0,
            colorbar={"title": {"text": title, "side": "right"}, "thickness": 12, "len": 0.8,
                      "y": 0.4},
            hovertemplate="places %{x} and %{y}<br>%{z:.4f}<extra></extra>",
        )
    )  # fmt: skip
    _dendrogram(figure, tree, span, dark)
    names = [ids[i] for i in shown.rows.tolist()] if shown.block == 1 else []
    if 0 < len(names) <= CELLS:
        _cells(figure, shown, names)
    else:
        _corners(figure, shown)
    if pair:
        _mark(figure, tree, ids, pair, shown)
    finish(figure, dark=dark, count=count, height=_height(len(names)))
    _axes(figure, shown, names, span)
    return figure


def _height(n_named: int) -> int:
    """A few crystals need less room, so that what explains them stays in sight."""
    return 420 if 0 < n_named <= 6 else 540 if 0 < n_named <= 20 else 680


def _axes(figure: go.Figure, shown: Picture, names: list[str], span: list[float]) -> None:
    named = 0 < len(names) <= _NAMED
    title = "" if named else "Place in the order of clustering"
    every = 1 + len(names) // 50  # a name needs nine pixels
    ticks = {"tickvals": shown.places[::every],
             "tickfont": {"size": 13 if len(names) <= 20 else 9},
             "ticktext": [escape(n[:18]) for n in names[::every]]} if named else {}  # fmt: skip
    figure.update_layout(
        xaxis={"range": span, "title": {"text": title}, "tickangle": 90 if named else 0, **ticks,
               "showticklabels": not named or len(names) <= _BESIDE},
        yaxis={"range": span[::-1], "domain": [0, 0.82], "title": {"text": title}, **ticks},
        yaxis2={"domain": [0.84, 1], "anchor": "x", "showgrid": False, "rangemode": "tozero",
                "showticklabels": False, "ticks": "", "mirror": False, "showline": False},
        showlegend=False,
    )  # fmt: skip


def _dendrogram(figure: go.Figure, tree: Tree, span: list[float], dark: bool) -> None:
    xs, ys = tree.lines()
    inside = (xs[:, 2] >= span[0]) & (xs[:, 0] <= span[1])
    xs, ys = xs[inside][-_BRACKETS:], ys[inside][-_BRACKETS:]
    gaps = np.full((len(xs), 1), np.nan)
    figure.add_scatter(
        x=np.hstack([xs, gaps]).ravel(), y=np.hstack([ys, gaps]).ravel(), yaxis="y2",
        mode="lines", line={"color": ACCENT[dark], "width": 1}, name="dendrogram",
        hovertemplate="clusters %{y:.4f} apart on average<extra></extra>",
    )  # fmt: skip


def _cells(figure: go.Figure, shown: Picture, names: list[str]) -> None:
    """Markers that can't be seen but can be clicked: a heat map alone tells of no selection."""
    n = len(names)
    labels = [escape(name) for name in names]
    figure.add_trace(
        go.Scattergl(
            x=np.tile(shown.places, n), y=np.repeat(shown.places, n), mode="markers",
            marker={"opacity": 0, "size": max(5, 480 // n), "symbol": "square"}, name="cells",
            customdata=[[a, b] for b in names for a in names],
            text=[f"{a} and {b}" for b in labels for a in labels],
            hovertemplate="%{text}<br>%{hovertext}<extra></extra>",
            hovertext=[f"{v:.4f}" for v in shown.values.ravel().tolist()],
            selected={"marker": {"opacity": 0}}, unselected={"marker": {"opacity": 0}},
        )
    )  # fmt: skip


def _corners(figure: go.Figure, shown: Picture) -> None:
    """Two markers that can't be seen: without any, a box drawn over a heat map is not told."""
    ends = shown.places[[0, -1]]
    hidden = {"marker": {"opacity": 0}}
    figure.add_trace(
        go.Scatter(
            x=ends, y=ends, mode="markers", marker={"opacity": 0}, hoverinfo="skip",
            name="corners", selected=hidden, unselected=hidden,
        )
    )  # fmt: skip
    figure.update_layout(dragmode="select")


def _mark(
    figure: go.Figure, tree: Tree, ids: Sequence[str], pair: tuple[str, str], shown: Picture
) -> None:
    place = {ids[i]: at for at, i in enumerate(tree.order.tolist())}
    if not all(name in place for name in pair):
        return
    a, b = place[pair[0]], place[pair[1]]
    figure.add_trace(
        go.Scatter(
            x=[a, b], y=[b, a], mode="markers", name="chosen pair", hoverinfo="skip",
            marker={"symbol": "square-open", "color": _AMBER,
                    "size": max(8, min(24, 500 // len(shown.places))), "line": {"width": 2}},
        )
    )  # fmt: skip

"""How well a screening did where the truth is known: curves, split histograms, rolling error."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from components.figures.theme import CATEGORIES, escape, finish
from core.screening.discovery import Ranking, RollingError, Stacked

_BELOW = {"orientation": "h", "x": 0, "y": -0.2, "xanchor": "left", "yanchor": "top"}
_POINTS = 600  # of a curve drawn
_KINDS = {  # part of a histogram -> words, colour
    "true_positive": ("Selected, right", "#009E73"),
    "false_positive": ("Selected, wrong", "#D55E00"),
    "false_negative": ("Missed", "#56B4E9"),
    "true_negative": ("Rightly left out", "#B0B7B7"),
}


def rankings(found: Mapping[str, Ranking], *, dark: bool, chosen: int = 0) -> go.Figure:
    """Precision, recall and enrichment over the number of candidates evaluated.

    Args:
        found: by the name of the order in which candidates are evaluated.
        dark: for the dark theme.
        chosen: length of the shortlist, marked; 0 for none.
    """
    figure = make_subplots(
        rows=1, cols=3, horizontal_spacing=0.09,
        subplot_titles=("Precision [%]", "Recall [%]", "Enrichment factor"),
    )  # fmt: skip
    for number, (name, ranking) in enumerate(found.items()):
        at = _places(len(ranking.evaluated))
        color = CATEGORIES[number % len(CATEGORIES)]
        for column, values in enumerate(
            (100 * ranking.precision, 100 * ranking.recall, ranking.enrichment), start=1
        ):
            figure.add_scatter(
                x=ranking.evaluated[at], y=values[at], mode="lines", name=escape(name),
                legendgroup=name, showlegend=column == 1, line={"color": color, "width": 2},
                hovertemplate="after %{x:,}: %{y:.4g}<extra></extra>", row=1, col=column,
            )  # fmt: skip
    first = next(iter(found.values()))
    n, positives = len(first.evaluated), first.positives
    for column, level in ((1, 100 * positives / n), (3, 1.0)):
        figure.add_hline(
            y=level, line={"color": "#8A9494", "width": 1, "dash": "dash"}, row=1, col=column
        )
    if chosen:
        for column in (1, 2, 3):
            figure.add_vline(
                x=chosen, line={"color": "#E69F00", "width": 1.5, "dash": "dot"}, row=1, col=column
            )
    finish(
        figure, dark=dark, x="Candidates evaluated", height=400,
    )  # fmt: skip
    figure.update_xaxes(tickformat="~s", nticks=5)
    figure.update_yaxes(rangemode="tozero")
    figure.update_annotations(font={"size": 13})
    figure.update_layout(legend={**_BELOW, "y": -0.28})
    return figure


def split_histogram(found: Stacked, label: str, *, dark: bool, at: float | None) -> go.Figure:
    """Candidates by a quantity, stacked by what the screening said and what is true.

    Args:
        found: counts a bin.
        label: of the quantity, with its unit.
        dark: for the dark theme.
        at: the threshold of the truth, a line; None for none.
    """
    middle = 0.5 * (found.edges[:-1] + found.edges[1:])
    figure = go.Figure()
    for part, (words, color) in _KINDS.items():
        counts = getattr(found, part)
        figure.add_bar(
            x=middle, y=counts, width=np.diff(found.edges), name=f"{words}: {int(counts.sum()):,}",
            marker={"color": color, "line": {"width": 0}},
            hovertemplate=f"{words}: %{{y:,}} at %{{x:.3g}}<extra></extra>",
        )  # fmt: skip
    if at is not None:
        figure.add_vline(x=at, line={"color": "#8A9494", "width": 1.5, "dash": "dash"})
    figure.update_layout(barmode="stack", legend=_BELOW)
    beyond = f"; {found.outside:,} beyond the ends" if found.outside else ""
    step = float(found.edges[1] - found.edges[0])
    return finish(
        figure, dark=dark, x=escape(label), y="Candidates", height=420,
        count=f"bins of {step:.3g}{beyond}",
    )  # fmt: skip


def rolling(found: Mapping[str, RollingError], label: str, unit: str, *, dark: bool) -> go.Figure:
    """Mean absolute error in a moving window, with the band of its standard error.

    Args:
        found: by the name of what is judged.
        label: of the quantity along which the window moves, with its unit.
        unit: of the error.
        dark: for the dark theme.
    """
    figure = go.Figure()
    for number, (name, error) in enumerate(found.items()):
        color = CATEGORIES[number % len(CATEGORIES)]
        known = np.isfinite(error.standard_error)
        x, y, half = error.centers[known], error.mae[known], error.standard_error[known]
        figure.add_scatter(
            x=np.concatenate([x, x[::-1]]), y=np.concatenate([y + half, (y - half)[::-1]]),
            fill="toself", mode="lines", line={"width": 0, "color": color}, opacity=0.25,
            hoverinfo="skip", showlegend=False,
        )  # fmt: skip
        figure.add_scatter(
            x=x, y=y, mode="lines", name=escape(name), line={"color": color, "width": 2},
            customdata=error.counts[known],
            hovertemplate="%{y:.4g} at %{x:.3g}, %{customdata:,} candidates<extra></extra>",
        )  # fmt: skip
    figure.update_layout(legend=_BELOW)
    figure.update_yaxes(rangemode="tozero")
    width = next(iter(found.values())).window
    return finish(
        figure, dark=dark, x=escape(label), y=f"Mean absolute error [{unit}]", height=400,
        count=f"window of {width:g}; band: standard error",
    )  # fmt: skip


def _places(n: int) -> np.ndarray:
    """At most some hundred places of a curve, dense at its start, where it moves."""
    if n <= _POINTS:
        return np.arange(n)
    return np.unique(np.concatenate([np.arange(20), np.geomspace(20, n - 1, _POINTS).astype(int)]))

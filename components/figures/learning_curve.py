"""Errors over the number of training crystals, and over the stages of boosting."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from components.figures.target import ticks
from components.figures.theme import ACCENT, CATEGORIES, escape, finish
from core.types import FloatArray, IntArray

_GREY = {False: "#5F6868", True: "#9AA5A5"}
_MOST_STAGES = 500  # drawn; more are thinned


def sizes(
    n: IntArray,
    errors: FloatArray,
    baselines: FloatArray,
    *,
    title: str,
    dark: bool,
    count: str = "",
) -> go.Figure:
    """Error over training crystals, both on powers of ten: median, range of the repeats, baseline.

    Args:
        n: (n_sizes,) training crystals.
        errors, baselines: (n_sizes, repeats), positive.
        title: of the error, with its unit.
        dark: for the dark theme.
        count: for the corner.
    """
    low, middle, high = errors.min(axis=1), np.median(errors, axis=1), errors.max(axis=1)
    figure = go.Figure(
        go.Scatter(
            x=np.concatenate([n, n[::-1]]), y=np.concatenate([high, low[::-1]]), fill="toself",
            mode="lines", fillcolor=_faint(ACCENT[dark]), line={"width": 0}, hoverinfo="skip",
            name="range of the repeats",
        )
    )  # fmt: skip
    figure.add_scatter(
        x=n, y=middle, mode="lines+markers", name="model, median",
        line={"color": ACCENT[dark], "width": 2}, marker={"size": 8},
        customdata=np.column_stack([low, high]),
        hovertemplate="%{x} crystals<br>%{y:.4g} (%{customdata[0]:.4g} to %{customdata[1]:.4g})"
        "<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=n, y=np.median(baselines, axis=1), mode="lines", name="trivial baseline",
        line={"color": _GREY[dark], "width": 1.5, "dash": "dash"},
        hovertemplate="%{x} crystals<br>%{y:.4g}<extra>trivial baseline</extra>",
    )  # fmt: skip
    finish(figure, dark=dark, x="Training crystals", y=escape(title), count=count, height=420)
    values = np.concatenate([errors.ravel(), baselines.ravel()])
    ends = 0.8 * float(values.min()), 1.25 * float(values.max())
    marks = ticks(*ends)
    if ends[1] < 10 * ends[0]:  # within a decade 1, 2, 5 would leave the axis all but bare
        powers = 10.0 ** np.floor(np.log10(ends[0])) * np.array([1.0, 10.0])
        fine = np.outer(powers, [1, 1.5, 2, 3, 4, 5, 6, 8]).ravel()
        marks = [v for v in fine.tolist() if ends[0] <= v <= ends[1]]
    figure.update_xaxes(type="log", tickvals=n, ticktext=[f"{v:,}" for v in n.tolist()])
    figure.update_yaxes(type="log", tickvals=marks, ticktext=[f"{mark:g}" for mark in marks])
    return _below(figure)


def stages(
    n: IntArray, train: FloatArray, test: FloatArray, *, title: str, dark: bool, count: str = ""
) -> go.Figure:
    """Mean absolute error after each stage: mean of the folds, and each fold of the test thinly.

    Args:
        n: (n_stages,).
        train, test: (n_folds, n_stages).
        title: of the error, with its unit.
        dark: for the dark theme.
        count: for the corner.
    """
    rows = np.unique(np.linspace(0, len(n) - 1, min(len(n), _MOST_STAGES)).round().astype(int))
    figure = go.Figure()
    if len(test) > 1:
        for fold in test:
            figure.add_scatter(
                x=n[rows], y=fold[rows], mode="lines", hoverinfo="skip", showlegend=False,
                line={"color": _faint(ACCENT[dark]), "width": 1},
            )  # fmt: skip
    for values, name, colour in (
        (test, "test crystals", ACCENT[dark]), (train, "training crystals", CATEGORIES[1])
    ):  # fmt: skip
        figure.add_scatter(
            x=n[rows], y=values.mean(axis=0)[rows], mode="lines", name=name,
            line={"color": colour, "width": 2},
            hovertemplate=f"stage %{{x}}<br>%{{y:.4g}}<extra>{name}</extra>",
        )  # fmt: skip
    mean = test.mean(axis=0)
    best = int(mean.argmin())
    figure.add_scatter(
        x=[n[best]], y=[mean[best]], mode="markers", name=f"least test error, stage {n[best]}",
        marker={"color": ACCENT[dark], "size": 10, "symbol": "circle-open", "line": {"width": 2}},
        hoverinfo="skip",
    )  # fmt: skip
    finish(figure, dark=dark, x="Stages", y=escape(title), count=count, height=420)
    figure.update_yaxes(rangemode="tozero")
    return _below(figure)


def _below(figure: go.Figure) -> go.Figure:
    """The legend under the plate: beside it, it would take a narrow window's half."""
    figure.update_layout(
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": -0.2, "yanchor": "top"},
        margin={"b": 90},
    )
    return figure


def _faint(colour: str) -> str:
    """A colour at a fifth of its strength."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.2)"

"""Figures of the stability lab: criteria side by side, and what is found in order of evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from components.figures.theme import ACCENT, CATEGORIES, escape, finish
from core.types import FloatArray

AMBER = "#E69F00"
_GREY = {False: "#7A8383", True: "#9AA5A5"}
_ROW = 30  # pixels
_BELOW = {"orientation": "h", "x": 0, "xanchor": "left", "yanchor": "top"}
_DASHES = ("solid", "dash", "dot")


@dataclass(frozen=True, slots=True)
class Mark:
    """A mean over seeds with its interval; NaN bounds for one seed."""

    mean: float
    low: float
    high: float


def criteria(
    names: Sequence[str],
    marks: Sequence[Mark],
    beside: Sequence[Mark | None],
    *,
    label: str,
    chance: float | None,
    dark: bool,
    count: str = "",
) -> go.Figure:
    """A row for each criterion: a quantity of what it selects, and of as many by distance alone.

    Args:
        names: (n,) words for the criteria, from the top.
        marks: (n,) of what each selects.
        beside: (n,) of as many of the lowest predicted distance; None where that is the same.
        label: of the quantity, with its unit.
        chance: what chance gives, a line; None for none.
        dark: for the dark theme.
        count: for the corner.
    """
    places = np.arange(len(names))
    figure = go.Figure()
    at = [i for i, mark in enumerate(beside) if mark is not None]
    others = [mark for mark in beside if mark is not None]
    _dots(figure, marks, places - 0.12, names, "by this criterion",
          {"color": ACCENT[dark], "size": 10})  # fmt: skip
    if at:
        _dots(figure, others, places[at] + 0.16, [names[i] for i in at],
              "as many by predicted distance alone",
              {"color": AMBER, "size": 9, "symbol": "diamond-open",
               "line": {"width": 2}})  # fmt: skip
    if chance is not None:
        figure.add_vline(x=chance, line={"color": _GREY[dark], "dash": "dot", "width": 1.2},
                         annotation={"text": "chance", "font": {"size": 11}})  # fmt: skip
    finish(figure, dark=dark, x=label, height=150 + _ROW * len(names), count=count)
    figure.update_yaxes(
        tickvals=places.tolist(), ticktext=[escape(name) for name in names],
        range=[len(names) - 0.4, -0.6], ticks="",
    )  # fmt: skip
    # Pixels below the axis, whatever the height.
    figure.update_layout(legend={**_BELOW, "y": -60 / (50 + _ROW * len(names))})
    return figure


def _dots(
    figure: go.Figure,
    marks: Sequence[Mark],
    places: FloatArray,
    names: Sequence[str],
    title: str,
    marker: Mapping[str, object],
) -> None:
    means = np.array([mark.mean for mark in marks])
    figure.add_scatter(
        x=means, y=places, mode="markers", name=title, marker=dict(marker),
        error_x={"type": "data", "symmetric": False, "thickness": 1.4, "width": 4,
                 "array": np.array([m.high for m in marks]) - means,
                 "arrayminus": means - np.array([m.low for m in marks])},
        customdata=[[escape(name), m.low, m.high] for name, m in zip(names, marks, strict=True)],
        hovertemplate="%{customdata[0]}<br>%{x:.4g} (%{customdata[1]:.4g} to "
        f"%{{customdata[2]:.4g}})<extra>{title}</extra>",
    )  # fmt: skip


def in_order(
    shares: FloatArray,
    found: Mapping[str, FloatArray],
    *,
    y: str,
    level: float | None,
    dark: bool,
    logarithmic: bool = False,
    count: str = "",
) -> go.Figure:
    """A quantity over the share of the candidates evaluated; the band is from least to most.

    Args:
        shares: (m,) of the candidates evaluated.
        found: by name, (n_seeds, m).
        y: axis title.
        level: what chance gives, a line; None for none.
        dark: for the dark theme.
        logarithmic: whether shares are shown so, for what happens first.
        count: for the corner.
    """
    x = 100 * shares
    figure = go.Figure()
    for number, (name, values) in enumerate(found.items()):
        color = CATEGORIES[number % len(CATEGORIES)]
        figure.add_scatter(
            x=np.concatenate([x, x[::-1]]),
            y=np.concatenate([values.max(axis=0), values.min(axis=0)[::-1]]), fill="toself",
            mode="lines", line={"width": 0, "color": color}, opacity=0.25, hoverinfo="skip",
            showlegend=False,
        )  # fmt: skip
        figure.add_scatter(
            x=x, y=values.mean(axis=0), mode="lines", name=escape(name),
            line={"color": color, "width": 2.2, "dash": _DASHES[number % len(_DASHES)]},
            hovertemplate="%{y:.3g} after %{x:.0f}%<extra></extra>",
        )  # fmt: skip
    if level is not None:
        figure.add_hline(y=level, line={"color": _GREY[dark], "width": 1, "dash": "dash"})
    finish(figure, dark=dark, x="Candidates evaluated [%]", y=y, height=400, count=count)
    if logarithmic:
        figure.update_xaxes(
            type="log", tickvals=[1, 2, 5, 10, 20, 50, 100],
            ticktext=["1", "2", "5", "10", "20", "50", "100"],
        )  # fmt: skip
    figure.update_layout(legend={**_BELOW, "y": -0.2})
    return figure

"""Crystals as points of a plane, coloured by a property."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from components.figures.theme import ACCENT, CATEGORIES, escape, finish, on_plate
from core.types import FloatArray

WEBGL = 2_000  # points from which on the browser's graphics card draws them
_AMBER = "#F59E0B"
_GREY = "#8A9494"


def scatter(
    points: FloatArray,
    ids: Sequence[str],
    formulas: Sequence[str],
    *,
    dark: bool,
    axis: str,
    values: Sequence[Any] | None = None,
    label: str = "",
    marked: Sequence[str] = (),
    count: str = "",
    equal: bool = True,
) -> go.Figure:
    """A map of crystals.

    Args:
        points: (n, 2).
        ids, formulas: of the n crystals.
        dark: for the dark theme.
        axis: title of both axes with the unit in brackets; a number is put between.
        values: a number or a word for each crystal, None where unknown (drawn in grey).
        label: what the values are, with their unit.
        marked: ids ringed and named.
        count: for the corner.
        equal: one unit is the same length on both axes.
    """
    figure = go.Figure()
    draw = go.Scattergl if len(points) > WEBGL else go.Scatter
    size = 8 if len(points) <= 500 else 5
    names = [escape(f"{i}  {f}") for i, f in zip(ids, formulas, strict=True)]

    def add(rows: Sequence[int], name: str, marker: dict[str, Any], told: Sequence[str]) -> None:
        figure.add_trace(
            draw(
                x=points[list(rows), 0], y=points[list(rows), 1], mode="markers", name=name,
                marker={"size": size, "line": {"width": 0.5, "color": "#FFFFFF"}, **marker},
                customdata=[ids[i] for i in rows],
                text=[f"{names[i]}{t}" for i, t in zip(rows, told, strict=True)],
                hovertemplate="%{text}<extra></extra>", unselected={"marker": {"opacity": 0.9}},
            )
        )  # fmt: skip

    everyone = range(len(points))
    if values is None:
        add(everyone, "crystals", {"color": ACCENT[dark]}, [""] * len(points))
    else:
        _coloured(add, everyone, values, label, dark)
    _ring(figure, draw, points, ids, marked)
    finish(figure, dark=dark, x=_axis(axis, 1), y=_axis(axis, 2), count=count, height=560)
    if equal:
        figure.update_yaxes(scaleanchor="x", scaleratio=1)
    figure.update_layout(showlegend=len(figure.data) > 1 + bool(marked))
    return figure


def _axis(title: str, number: int) -> str:
    name, bracket, unit = title.partition(" [")
    return f"{name} {number}{bracket}{unit}"


def _coloured(add: Any, everyone: range, values: Sequence[Any], label: str, dark: bool) -> None:
    known = [i for i in everyone if values[i] is not None]
    missing = [i for i in everyone if values[i] is None]
    if missing:
        add(missing, "unknown", {"color": _GREY, "opacity": 0.6}, [""] * len(missing))
    if all(isinstance(values[i], (int, float)) for i in known):
        numbers = np.array([values[i] for i in known], dtype=np.float64)
        bar = {"title": {"text": escape(label), "side": "right"}, "thickness": 12}
        colour = {
            "color": numbers,
            "colorscale": on_plate(dark),
            "colorbar": bar,
            "showscale": True,
        }
        told = [f"<br>{escape(label)} {values[i]:.5g}" for i in known]
        add(known, "known", colour, told)
        return
    kinds: dict[str, list[int]] = {}
    for i in known:
        kinds.setdefault(str(values[i]), []).append(i)
    ranked = sorted(kinds, key=lambda kind: (-len(kinds[kind]), kind))
    for colour_name, kind in zip(CATEGORIES, ranked[: len(CATEGORIES) - 1], strict=False):
        told = [f"<br>{escape(kind)}"] * len(kinds[kind])
        add(kinds[kind], escape(kind), {"color": colour_name}, told)
    rest = [i for kind in ranked[len(CATEGORIES) - 1 :] for i in kinds[kind]]
    if rest:
        add(rest, "others", {"color": CATEGORIES[-1]}, [f"<br>{escape(str(values[i]))}"
                                                        for i in rest])  # fmt: skip


def _ring(
    figure: go.Figure,
    draw: Any,
    points: FloatArray,
    ids: Sequence[str],
    marked: Sequence[str],
) -> None:
    rows = [ids.index(name) for name in dict.fromkeys(marked) if name in ids]
    if rows:
        top = max(rows, key=lambda i: points[i, 1])
        figure.add_trace(
            draw(  # of the points' own kind: the graphics card draws above all else
                x=points[rows, 0], y=points[rows, 1], mode="markers+text", name="chosen pair",
                marker={"size": 15, "color": "rgba(0,0,0,0)",
                        "line": {"width": 2.5, "color": _AMBER}},
                text=[escape(ids[i]) for i in rows], hoverinfo="skip",
                # above the upper, below the others: names of near points would lie on each other
                textposition=["top center" if i == top else "bottom center" for i in rows],
            )
        )  # fmt: skip

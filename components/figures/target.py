"""The values of a property to learn, as a histogram of stated bin width."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from components.figures.theme import ACCENT, finish
from core.types import FloatArray
from core.units import quantity


def histogram(
    values: FloatArray, edges: FloatArray, key: str, *, logarithmic: bool, dark: bool
) -> go.Figure:
    """How often which value occurs.

    Args:
        values: (n,), positive where `logarithmic`.
        edges: (n_bins + 1,) in log10 of the values where `logarithmic`, else in their unit.
        key: of the property.
        logarithmic: the axis shows powers of ten.
        dark: for the dark theme.
    """
    counts, _ = np.histogram(np.log10(values) if logarithmic else values, edges)
    ends = 10.0**edges if logarithmic else edges
    unit = quantity(key).unit
    figure = go.Figure(
        go.Bar(
            x=(edges[:-1] + edges[1:]) / 2, y=counts, width=np.diff(edges),
            marker={"color": ACCENT[dark], "line": {"width": 0.5, "color": "rgba(127,127,127,.6)"}},
            customdata=np.column_stack([ends[:-1], ends[1:]]),
            hovertemplate=f"%{{customdata[0]:.4g}} to %{{customdata[1]:.4g}} {unit}"
            "<br>%{y} crystals<extra></extra>",
        )
    )  # fmt: skip
    width = float(edges[1] - edges[0])
    said = f"{width:.3g} in log10" if logarithmic else f"{width:.4g} {unit}".strip()
    finish(
        figure, dark=dark, x=quantity(key).axis_title, y="Crystals",
        count=f"{len(values):,} crystals, bin width {said}", height=280,
    )  # fmt: skip
    if logarithmic:
        marks = ticks(float(ends[0]), float(ends[-1]))
        figure.update_xaxes(
            tickvals=np.log10(marks), ticktext=[f"{mark:g}" for mark in marks],
            range=[float(edges[0]), float(edges[-1])],
        )  # fmt: skip
    return figure


def ticks(low: float, high: float) -> list[float]:
    """1, 2, 5 times powers of ten between two positive values; only the powers over 3 decades."""
    first, last = int(np.floor(np.log10(low))), int(np.ceil(np.log10(high)))
    parts = (1,) if last - first > 3 else (1, 2, 5)
    every = [part * 10.0**power for power in range(first, last + 1) for part in parts]
    return [value for value in every if low <= value <= high] or [low, high]


def table(
    values: FloatArray, edges: FloatArray, key: str, *, logarithmic: bool
) -> dict[str, list[float]]:
    """Columns of the histogram: edges in the property's unit, and counts."""
    counts, _ = np.histogram(np.log10(values) if logarithmic else values, edges)
    ends = 10.0**edges if logarithmic else edges
    return {f"from_{key}": ends[:-1].tolist(), f"to_{key}": ends[1:].tolist(),
            "crystals": counts.tolist()}  # fmt: skip

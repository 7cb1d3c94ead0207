"""Figures of made candidates: how likely they are, and which elements they hold."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from components.figures.periodic import place
from components.figures.theme import ACCENT, SEQUENTIAL, finish
from core.elements import SYMBOLS
from core.types import FloatArray, IntArray

STEP = 0.25  # decades, of a bin
_SHORT = 2.5  # decades, up to which an axis has ticks between the powers of ten
_FAINT = {False: "#A3ABAB", True: "#5C6666"}
_HALF = 0.46  # of a square's side
_GAP = 0.4  # above lanthanides and actinides
_BRIGHT = 0.55  # of the scale, from which on ink is dark


def probability_bins(probability: FloatArray) -> tuple[FloatArray, IntArray]:
    """Edges (m + 1,) as powers of ten, a quarter of a decade apart, and counts (m,).

    Probabilities (n,) are above zero; n is at least 1.
    """
    powers = np.log10(probability)
    low = np.floor(powers.min() / STEP) * STEP
    steps = int(np.floor((powers.max() - low) / STEP + 1e-9)) + 1
    edges = low + STEP * np.arange(steps + 1)
    # Rounding of the logarithm may put the largest a hair beyond the last edge.
    counts, _ = np.histogram(np.clip(powers, edges[0], edges[-1]), edges)
    return edges, counts


def probabilities(probability: FloatArray, *, dark: bool) -> go.Figure:
    """How many candidates are how likely, on a logarithmic axis."""
    edges, counts = probability_bins(probability)
    figure = go.Figure(
        go.Bar(
            x=0.5 * (edges[:-1] + edges[1:]), y=counts, width=STEP,
            marker={"color": ACCENT[dark], "line": {"width": 0.5, "color": "rgba(127,127,127,.6)"}},
            customdata=np.column_stack([10 ** edges[:-1], 10 ** edges[1:]]),
            hovertemplate="%{customdata[0]:.2g} to %{customdata[1]:.2g}"
            "<br>%{y:,} candidates<extra></extra>",
        )
    )  # fmt: skip
    finish(
        figure, dark=dark, x="Probability of the substitution", y="Candidates", height=360,
        count=f"{len(probability):,} candidates, bins of {STEP:g} decades",
    )  # fmt: skip
    low, high = int(np.floor(edges[0])), int(np.ceil(edges[-1]))
    parts = (1, 2, 5) if edges[-1] - edges[0] < _SHORT else (1,)
    ticks = [m * 10.0**t for t in range(low, high + 1, max(1, (high - low) // 6)) for m in parts]
    figure.update_xaxes(
        tickvals=np.log10(ticks).tolist(), ticktext=[f"{t:.4g}" for t in ticks],
        range=[edges[0], edges[-1]],
    )  # fmt: skip
    return figure


def elements(counts: Mapping[str, int], *, dark: bool) -> go.Figure:
    """Candidates with each element, over the periodic table, coloured by the logarithm.

    Args:
        counts: candidates by element; elements without one may be left out.
        dark: for the dark theme.
    """
    symbols = SYMBOLS[1:]
    most = max(max(counts.values(), default=0), 10)
    shares = [np.log10(max(counts.get(s, 0), 1)) / np.log10(most) for s in symbols]
    colours = sample_colorscale(SEQUENTIAL.lower(), shares)
    here = [counts.get(s, 0) > 0 for s in symbols]
    fills = [c if h else "rgba(0,0,0,0)" for c, h in zip(colours, here, strict=True)]
    inks = [
        ("#121616" if share > _BRIGHT else "#FFFFFF") if h else _FAINT[dark]
        for share, h in zip(shares, here, strict=True)
    ]
    places = [place(z) for z in range(1, len(symbols) + 1)]
    rows = [y + (_GAP if y > 7 else 0) for _, y in places]
    columns = [x for x, _ in places]
    ticks = [t for t in range(7) if 10**t <= most]
    figure = go.Figure(
        go.Scatter(
            x=columns, y=rows, mode="markers+text", text=list(symbols), hoverinfo="text",
            textfont={"size": 10, "color": inks}, showlegend=False,
            hovertext=[f"{s}: {counts.get(s, 0):,} candidates" for s in symbols],
            # Squares are shapes, which grow with the page; the markers only carry words and scale.
            marker={"symbol": "square", "size": 20, "opacity": 0, "color": shares,
                    "colorscale": SEQUENTIAL, "cmin": 0, "cmax": np.log10(most), "showscale": True,
                    "colorbar": {"title": {"text": "Candidates", "side": "bottom"},
                                 "orientation": "h", "y": -0.02, "yanchor": "top", "len": 0.6,
                                 "tickvals": ticks, "ticktext": [f"{10**t:,}" for t in ticks],
                                 "thickness": 10, "outlinewidth": 0}},
        )
    )  # fmt: skip
    figure.update_layout(shapes=[
        {"type": "rect", "x0": x - _HALF, "x1": x + _HALF, "y0": y - _HALF, "y1": y + _HALF,
         "fillcolor": fill, "line": {"width": 1, "color": _FAINT[dark]}, "layer": "below"}
        for x, y, fill in zip(columns, rows, fills, strict=True)
    ])  # fmt: skip
    finish(figure, dark=dark, height=380)
    figure.update_xaxes(visible=False, fixedrange=True, range=[0.3, 18.7])
    figure.update_yaxes(visible=False, fixedrange=True, range=[9.95, 0.45])
    figure.update_layout(margin={"l": 4, "r": 4, "t": 30, "b": 64}, dragmode=False)
    return figure

"""Figures of a chemist's own frameworks: beside the training set (Fig. 4), predicted (Fig. 5)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from components.figures.theme import ACCENT, escape, finish, on_plate
from core.labs.zeolites_frameworks import SHOWN
from core.types import FloatArray

_GREY = {False: "#B9BFBF", True: "#4A5353"}
_INK = {False: "#5F6868", True: "#9AA5A5"}
_BINS = 24
_FEW = 25  # frameworks up to which each is a stroke rather than a part of a histogram


def distributions(
    trained: FloatArray, own: FloatArray, ids: Sequence[str], *, dark: bool
) -> go.Figure:
    """Histograms of five descriptors: the training set, and one's own frameworks.

    Args:
        trained: (n_training, 5) in the order of `SHOWN`.
        own: (n, 5).
        ids: (n,) of one's own.
        dark: for the dark theme.

    Both are shares of their own set; few frameworks are strokes under the histogram.
    """
    figure = make_subplots(rows=3, cols=2, subplot_titles=SHOWN, vertical_spacing=0.13)
    for i in range(len(SHOWN)):
        where = {"row": i // 2 + 1, "col": i % 2 + 1}
        both = np.concatenate([trained[:, i], own[:, i]])
        edges = np.linspace(both.min(), both.max() + 1e-9, _BINS + 1)
        centres, width = (edges[1:] + edges[:-1]) / 2, float(edges[1] - edges[0])
        share = 100 * np.histogram(trained[:, i], edges)[0] / len(trained)
        figure.add_bar(
            x=centres, y=share, width=width, marker={"color": _GREY[dark]}, showlegend=i == 0,
            name=f"training set ({len(trained)})", legendgroup="training",
            hovertemplate="%{x:.4g}<br>%{y:.0f}% of the training set<extra></extra>", **where,
        )  # fmt: skip
        legend = {"name": f"yours ({len(own)})", "legendgroup": "own", "showlegend": i == 0}
        if len(own) <= _FEW:
            figure.add_scatter(
                x=own[:, i], y=np.full(len(own), 0.04 * share.max()), mode="markers",
                marker={"color": ACCENT[dark], "symbol": "line-ns-open", "size": 16,
                        "line": {"width": 2.5}},
                customdata=[escape(x) for x in ids],
                hovertemplate="%{customdata}<br>%{x:.5g}<extra></extra>", **legend, **where,
            )  # fmt: skip
        else:
            counts = 100 * np.histogram(own[:, i], edges)[0] / len(own)
            figure.add_scatter(
                x=centres, y=counts, mode="lines", line={"color": ACCENT[dark], "shape": "hvh"},
                hovertemplate="%{x:.4g}<br>%{y:.0f}% of yours<extra></extra>", **legend, **where,
            )  # fmt: skip
    finish(figure, dark=dark, height=640)
    figure.update_yaxes(title_text="[%]", nticks=4)
    figure.update_layout(
        margin={"t": 60, "b": 70}, barmode="overlay",
        legend={"orientation": "h", "x": 0, "xanchor": "left", "yref": "container", "y": 0,
                "yanchor": "bottom"},
    )  # fmt: skip
    return figure


def expansion_and_modulus(
    predicted: FloatArray,
    std: FloatArray | None,
    angle: FloatArray,
    ids: Sequence[str],
    known: FloatArray,
    known_ids: Sequence[str],
    *,
    dark: bool,
) -> go.Figure:
    """Predicted thermal expansion over bulk modulus, coloured by the angle (Fig. 5).

    Args:
        predicted: (2, n) expansion in 1e-6/K and modulus in GPa.
        std: (2, n) deviations drawn as bars, or None.
        angle: (n,) harmonic mean Si-O-Si angle in degrees.
        ids: (n,).
        known: (2, n_training) values by DFT of the training set, in grey.
        known_ids: (n_training,).
        dark: for the dark theme.
    """
    figure = go.Figure(
        go.Scatter(
            x=known[1], y=known[0], mode="markers", name="training set, DFT",
            marker={"color": _INK[dark], "size": 5, "symbol": "circle-open"},
            customdata=list(known_ids),
            hovertemplate="%{customdata}<br>%{y:.1f} 10⁻⁶/K, %{x:.0f} GPa<extra>DFT</extra>",
        )
    )  # fmt: skip
    bars = {"thickness": 1, "width": 0, "color": _INK[dark]}
    figure.add_scatter(
        x=predicted[1], y=predicted[0], mode="markers", name="yours, predicted",
        error_x=None if std is None else {"type": "data", "array": std[1], **bars},
        error_y=None if std is None else {"type": "data", "array": std[0], **bars},
        marker={"color": angle, "colorscale": on_plate(dark), "size": 10, "showscale": True,
                "line": {"width": 0.8, "color": "#FFFFFF"},
                "colorbar": {"title": {"text": "Si-O-Si [°]"}, "thickness": 12}},
        customdata=np.column_stack([np.array([escape(x) for x in ids]), np.round(angle, 1)]),
        hovertemplate="%{customdata[0]}<br>%{y:.1f} 10⁻⁶/K, %{x:.0f} GPa<br>"
        "%{customdata[1]}°<extra>predicted</extra>",
    )  # fmt: skip
    finish(
        figure, dark=dark, x="Bulk modulus [GPa]", y="Thermal expansion [10⁻⁶/K]", height=500,
        count=f"{len(ids)} frameworks",
    )  # fmt: skip
    figure.update_layout(
        legend={"orientation": "h", "x": 0, "xanchor": "left", "yref": "container", "y": 0,
                "yanchor": "bottom"},
        margin={"b": 95},
    )  # fmt: skip
    return figure

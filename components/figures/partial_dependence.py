"""Partial dependence: average and single curves over the data, and surfaces of two features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from components.figures.theme import ACCENT, SEQUENTIAL, escape, finish
from core.explain.partial_dependence import PartialDependence
from core.types import FloatArray
from core.units import quantity

_CURVES = 60  # single curves drawn
_BINS = 30
_GREY = {False: "rgba(95,104,104,0.28)", True: "rgba(154,165,165,0.28)"}
_BAR = {False: "#B9BFBF", True: "#4A5353"}
_POINT = {False: "rgba(255,255,255,0.85)", True: "rgba(255,255,255,0.85)"}


@dataclass(frozen=True, slots=True)
class Look:
    """How single curves are drawn.

    Attributes:
        single: whether they are drawn at all.
        centred: whether every curve starts at zero, so that shapes can be compared.
    """

    single: bool = True
    centred: bool = False


def one(found: PartialDependence, key: str, look: Look, *, dark: bool, count: str) -> go.Figure:
    """Average over the crystals and single crystals' curves, with the data underneath.

    Args:
        found: of one feature.
        key: of the target.
        look: how single curves are drawn.
        dark: for the dark theme.
        count: for the corner.
    """
    x, q = found.grids[0], quantity(key)
    average, curves = centred(found, look.centred)
    figure = make_subplots(
        rows=2, cols=1, shared_xaxes=True, row_heights=[0.82, 0.18], vertical_spacing=0.03
    )
    if look.single:
        rows = np.linspace(0, len(curves) - 1, min(_CURVES, len(curves))).astype(int)
        # One trace with gaps: sixty traces would be slow.
        gap = np.column_stack([curves[rows], np.full(len(rows), np.nan)]).ravel()
        figure.add_scatter(
            x=np.tile(np.append(x, np.nan), len(rows)), y=gap, mode="lines", hoverinfo="skip",
            line={"color": _GREY[dark], "width": 1}, name="single crystals", row=1, col=1,
        )  # fmt: skip
    figure.add_scatter(
        x=x, y=average, mode="lines+markers", name="average",
        line={"color": ACCENT[dark], "width": 2.6}, marker={"size": 5},
        hovertemplate="%{x:.4g}<br>average %{y:.4g} " + q.unit + "<extra></extra>",
        row=1, col=1,
    )  # fmt: skip
    figure.add_histogram(
        x=found.values[:, 0], nbinsx=_BINS, marker={"color": _BAR[dark]}, showlegend=False,
        hovertemplate="%{x}<br>%{y} crystals<extra></extra>", name="crystals", row=2, col=1,
    )  # fmt: skip
    finish(figure, dark=dark, count=count, height=470)
    change = "change of " + q.label[:1].lower() + q.label[1:]
    title = f"Predicted {change if look.centred else q.label[:1].lower() + q.label[1:]}"
    figure.update_yaxes(title_text=f"{title} [{q.unit}]" if q.unit else title, row=1, col=1)
    figure.update_yaxes(title_text="Crystals", nticks=3, row=2, col=1)
    figure.update_xaxes(title_text=escape(found.names[0]), row=2, col=1)
    figure.update_layout(
        legend={"orientation": "h", "x": 0, "xanchor": "left", "yref": "container", "y": 0,
                "yanchor": "bottom"},
        margin={"b": 84},
    )  # fmt: skip
    return figure


def two(found: PartialDependence, key: str, *, dark: bool, count: str) -> go.Figure:
    """Average over the crystals by two features: contours where data lie, and the crystals.

    Args:
        found: of two features.
        key: of the target.
        dark: for the dark theme.
        count: for the corner.
    """
    q = quantity(key)
    z = np.where(found.supported, found.average, np.nan).T
    figure = go.Figure(
        go.Contour(
            x=found.grids[0], y=found.grids[1], z=z, colorscale=SEQUENTIAL, connectgaps=False,
            line={"width": 0.5}, ncontours=16,
            colorbar={"title": {"text": f"[{q.unit}]" if q.unit else ""}, "thickness": 12},
            hovertemplate="%{x:.4g}, %{y:.4g}<br>average %{z:.4g} " + q.unit + "<extra></extra>",
        )
    )  # fmt: skip
    figure.add_scatter(
        x=found.values[:, 0], y=found.values[:, 1], mode="markers", name="crystals",
        showlegend=False, hoverinfo="skip",
        marker={"size": 4.5, "color": _POINT[dark], "line": {"width": 0.8, "color": "#1B1F1F"}},
    )  # fmt: skip
    finish(
        figure, dark=dark, x=escape(found.names[0]), y=escape(found.names[1]), count=count,
        height=480,
    )  # fmt: skip
    for update, grid in zip(
        (figure.update_xaxes, figure.update_yaxes), found.grids, strict=True
    ):  # few crystals lie beyond; they would squeeze the rest
        margin = 0.03 * float(grid[-1] - grid[0])
        update(range=[float(grid[0]) - margin, float(grid[-1]) + margin])
    return figure


def centred(found: PartialDependence, at_start: bool) -> tuple[FloatArray, FloatArray]:
    """Average (g,) and curves (n, g), less where each starts if asked."""
    if not at_start:
        return found.average, found.individual
    return found.average - found.average[0], found.individual - found.individual[:, :1]


def table(found: PartialDependence, key: str) -> dict[str, list[Any]]:
    """Columns: the features, the average, its quartiles over crystals, whether data lie there."""
    unit = f" [{quantity(key).unit}]" if quantity(key).unit else ""
    mesh = np.meshgrid(*found.grids, indexing="ij")
    low, high = np.quantile(found.individual, [0.25, 0.75], axis=0)
    out: dict[str, list[Any]] = {
        name: grid.ravel().tolist() for name, grid in zip(found.names, mesh, strict=True)
    }
    out[f"average{unit}"] = found.average.ravel().tolist()
    out[f"lower quartile{unit}"] = low.ravel().tolist()
    out[f"upper quartile{unit}"] = high.ravel().tolist()
    out["data here"] = found.supported.ravel().tolist()
    return out

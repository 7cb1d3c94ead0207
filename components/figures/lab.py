"""Figures of the lab pages: one series of crystals under several metrics side by side."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from components.figures.theme import ACCENT, SEQUENTIAL, finish
from core.distances import DISTANCES
from core.labs.grid_report import PUBLISHED_LAYERS, StrainTrials
from core.labs.series import Series
from core.units import quantity

HERE = "#E69F00"  # "look here": the crystal the slider stands at
_GREY = {False: "#7A8383", True: "#9AA5A5"}
_ROWS, _COLUMNS = 2, 2
_GATE = 0.9
_TITLES = 64  # pixels above the panels: their titles below the tool bar


def short(metric: str) -> str:
    """Words for a metric that fit above a small panel: "GRID EMD", "RDF cosine"."""
    title = DISTANCES[metric].title
    return title.replace("earth mover's distance", "EMD").removesuffix(" distance")


def with_unit(metric: str) -> str:
    """The same with the unit in square brackets, where there is one."""
    unit = DISTANCES[metric].unit
    return f"{short(metric)} [{unit}]" if unit else short(metric)


def distances(series: Series, at: int, dark: bool) -> go.Figure:
    """A panel for each metric: distance to the reference along the series.

    Args:
        series: at most four metrics are drawn.
        at: index of the crystal at hand, marked in amber.
        dark: for the dark theme.

    The dashed line goes through zero with the fitted slope; it is left out where the parameter is
    not a number (infinitely many layers).
    """
    panels, layered = list(series.matrices)[: _ROWS * _COLUMNS], np.isinf(series.x).any()
    labels = [_label(x) for x in series.x]
    places = labels if layered else series.x
    figure = _grid([with_unit(m) for m in panels])
    for i, metric in enumerate(panels):
        where = {"row": i // _COLUMNS + 1, "col": i % _COLUMNS + 1}
        d, unit = series.distances(metric), DISTANCES[metric].unit
        color = ACCENT[dark] if i == 0 else _GREY[dark]
        if not layered:
            fit = series.fit(metric).slope * np.abs(series.x - series.x[series.reference])
            figure.add_scatter(
                x=series.x, y=fit, mode="lines", hoverinfo="skip", showlegend=False,
                line={"color": _GREY[dark], "width": 1, "dash": "dash"}, **where,
            )  # fmt: skip
        figure.add_scatter(
            x=places, y=d, mode="lines+markers", showlegend=False,
            line={"color": color, "width": 1.6},
            marker={"color": color, "size": 6, "symbol": _symbols(series)},
            customdata=_hover(series), name=short(metric),
            hovertemplate="%{customdata[0]}, %{customdata[1]}<br>%{y:.4f} " + unit
            + "<extra></extra>", **where,
        )  # fmt: skip
        figure.add_scatter(
            x=[places[at]], y=[d[at]], mode="markers", hoverinfo="skip", showlegend=False,
            marker={"color": HERE, "size": 13, "symbol": "circle-open", "line": {"width": 3}},
            name="at hand", **where,
        )  # fmt: skip
    finish(figure, dark=dark, height=460)
    for column in (1, 2):
        figure.update_xaxes(title_text=quantity(series.x_key).axis_title, row=_ROWS, col=column)
    figure.update_yaxes(rangemode="tozero", nticks=5)
    figure.update_layout(margin={"t": _TITLES})
    if layered:
        figure.update_xaxes(type="category")
    return figure


def matrices(series: Series, dark: bool) -> go.Figure:
    """A heat map for each metric: distance of each crystal to each, on a scale of its own."""
    panels = list(series.matrices)[: _ROWS * _COLUMNS]
    labels = [_label(x) for x in series.x]
    few = len(labels) <= 10
    figure = _grid([with_unit(m) for m in panels])
    for i, metric in enumerate(panels):
        matrix = series.matrices[metric]
        figure.add_heatmap(
            z=matrix, x=labels, y=labels, colorscale=SEQUENTIAL, showscale=False, name=metric,
            texttemplate="%{z:.2f}" if few else None, textfont={"size": 10},
            hovertemplate="%{y} and %{x}<br>%{z:.4f} " + DISTANCES[metric].unit
            + "<extra></extra>", row=i // _COLUMNS + 1, col=i % _COLUMNS + 1,
        )  # fmt: skip
    finish(figure, dark=dark, height=720)
    figure.update_layout(margin={"t": _TITLES})
    title = quantity(series.x_key).axis_title
    figure.update_xaxes(type="category", nticks=8, ticks="")
    figure.update_yaxes(type="category", nticks=8, ticks="", autorange="reversed")
    figure.update_xaxes(title_text=title, row=_ROWS)
    figure.update_yaxes(title_text=title, col=1)
    return figure


def strain(trials: StrainTrials, dark: bool) -> go.Figure:
    """Bars: share of strained trials in which each metric keeps n = 0, 1, 2 in order."""
    metrics = list(trials.kept)
    shares = [100 * trials.kept[m] for m in metrics]
    figure = go.Figure(
        go.Bar(
            x=shares, y=[short(m) for m in metrics], orientation="h",
            marker={"color": [ACCENT[dark] if i == 0 else _GREY[dark] for i in range(len(shares))]},
            text=[f"{share:.0f}%" for share in shares], textposition="inside",
            hovertemplate="%{y}<br>%{x:.0f}% of trials keep the order<extra></extra>",
        )
    )  # fmt: skip
    finish(
        figure, dark=dark, x="Trials that keep n = 0, 1, 2 in order [%]", height=260,
        count=f"{trials.n_trials} trials, seed {trials.seed}, strain ±{100 * trials.strain:g}%",
    )  # fmt: skip
    figure.add_vline(x=100 * _GATE, line={"color": HERE, "width": 1.5, "dash": "dash"})
    figure.update_xaxes(range=[0, 103])
    figure.update_yaxes(autorange="reversed", ticks="")
    figure.update_layout(margin={"l": 90})
    return figure


def table(series: Series) -> dict[str, list[object]]:
    """Columns of the data behind `distances`: ids, parameter, a distance for each metric."""
    columns: dict[str, list[object]] = {
        "id": list(series.ids),
        "formula": [crystal.formula for crystal in series.crystals],
        quantity(series.x_key).axis_title: [float(x) for x in series.x],
    }
    for metric in series.matrices:
        columns[with_unit(metric)] = [float(d) for d in series.distances(metric)]
    return columns


def pair_table(series: Series) -> dict[str, list[object]]:
    """Columns of the data behind `matrices`: each pair once, a distance for each metric."""
    first, second = np.triu_indices(len(series.ids), 1)
    columns: dict[str, list[object]] = {
        "a": [series.ids[i] for i in first],
        "b": [series.ids[j] for j in second],
    }
    for metric, matrix in series.matrices.items():
        columns[with_unit(metric)] = [float(d) for d in matrix[first, second]]
    return columns


def strain_table(trials: StrainTrials) -> dict[str, list[object]]:
    """Columns of the data behind `strain`."""
    return {
        "metric": list(trials.kept),
        "order kept [%]": [100 * share for share in trials.kept.values()],
        "SrO nearer than n = 1 or 2 [%]": [100 * trials.sro_nearer[m] for m in trials.kept],
    }


def _grid(titles: list[str]) -> go.Figure:
    return make_subplots(
        rows=_ROWS, cols=_COLUMNS, subplot_titles=titles,
        horizontal_spacing=0.13, vertical_spacing=0.14,
    )  # fmt: skip


def _label(x: float) -> str:
    return "∞" if np.isinf(x) else f"{x:g}"


def _symbols(series: Series) -> list[str]:
    """Open circles for crystals that are idealised."""
    layered = series.x_key == "n_layers"
    return [
        "circle-open" if layered and PUBLISHED_LAYERS < x < np.inf else "circle" for x in series.x
    ]


def _hover(series: Series) -> list[list[str]]:
    return [[crystal.id, crystal.formula] for crystal in series.crystals]

"""Figures of the zeolite lab: errors of the families, importances, stages, displaced atoms."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import plotly.graph_objects as go

from components.figures.importances import short
from components.figures.theme import ACCENT, CATEGORIES, escape, finish
from core.explain.importances import Importances
from core.labs.zeolites import EVERY
from core.types import FloatArray

AMBER = "#E69F00"
_GREY = {False: "#7A8383", True: "#9AA5A5"}
_ROW = 34  # pixels
_APART = (1, 4, 5, 3, 6, 7)  # categories that can't be taken for the accent


def errors(
    found: FloatArray, paper: Sequence[float], unit: str, *, baseline: float, dark: bool
) -> go.Figure:
    """A row for each model: its error here with the spread over repeats, and the paper's.

    Args:
        found: (n_models, n_repeats) root mean square errors, models as in `EVERY`.
        paper: (n_models,), NaN where the paper has none.
        unit: of the target.
        baseline: error of the mean of the training crystals.
        dark: for the dark theme.
    """
    places = np.arange(len(EVERY))
    names = [family.title for family in EVERY]
    figure = go.Figure()
    figure.add_scatter(
        x=found.mean(axis=1), y=places, mode="markers", name="here",
        error_x={"type": "data", "array": found.std(axis=1), "thickness": 1.2, "width": 4},
        marker={"color": ACCENT[dark], "size": 11}, customdata=names,
        hovertemplate="%{customdata}<br>%{x:.3f} " + unit + "<extra>here</extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=paper, y=places, mode="markers", name="paper", customdata=names,
        marker={"color": AMBER, "size": 12, "symbol": "diamond-open", "line": {"width": 2}},
        hovertemplate="%{customdata}<br>%{x:.3g} " + unit + "<extra>paper</extra>",
    )  # fmt: skip
    finish(
        figure, dark=dark, x=f"Root mean square error [{unit}]", height=150 + _ROW * len(names),
        count=f"{found.shape[1]} repeats of 3 folds; bars: their spread",
    )  # fmt: skip
    figure.add_vline(x=baseline, line={"color": _GREY[dark], "dash": "dot", "width": 1.2},
                     annotation={"text": "mean value", "font": {"size": 11}})  # fmt: skip
    _names(figure, names)
    return _below(figure)


def errors_table(
    found: FloatArray, pooled: Sequence[float], paper: Sequence[float], unit: str
) -> dict[str, list[object]]:
    """Columns of the data behind `errors`."""
    return {
        "model": [family.title for family in EVERY],
        f"RMSE [{unit}], mean over folds": found.mean(axis=1).tolist(),
        f"spread over repeats [{unit}]": found.std(axis=1).tolist(),
        f"RMSE [{unit}], all crystals of a repeat": list(pooled),
        f"paper [{unit}]": list(paper),
    }


def importances(
    found: Importances, near: Collection[str], *, dark: bool, count: str = ""
) -> go.Figure:
    """Bars: share of impurity, mean and spread over seeds; collinear descriptors are marked."""
    shown = found.order.tolist()
    names = [found.names[i] for i in shown]
    places = np.arange(len(names))
    figure = go.Figure(
        go.Bar(
            x=100 * found.mean[shown], y=places, orientation="h", width=0.62, showlegend=False,
            marker={"color": ACCENT[dark]}, name="importance",
            error_x={"type": "data", "array": 100 * found.spread[shown], "thickness": 1.2,
                     "width": 3},
            customdata=[escape(n) for n in names],
            hovertemplate="%{customdata}<br>%{x:.1f}% of the impurity<extra></extra>",
        )
    )  # fmt: skip
    at = [i for i, name in enumerate(names) if name in near]
    if at:
        figure.add_scatter(
            x=np.full(len(at), 3 * float(found.mean.max())), y=places[at],
            mode="markers", name="nearly collinear with others",
            marker={"color": AMBER, "symbol": "diamond", "size": 9}, cliponaxis=False,
            hoverinfo="skip", showlegend=True,
        )  # fmt: skip
    finish(figure, dark=dark, x="Share of impurity [%]", height=150 + 27 * len(names), count=count)
    _names(figure, [short(name) for name in names])
    figure.update_xaxes(rangemode="tozero")
    return _below(figure)


def importances_table(found: Importances, near: Collection[str]) -> dict[str, list[object]]:
    """Columns of the data behind `importances`."""
    shown = found.order.tolist()
    return {
        "descriptor": [found.names[i] for i in shown],
        "share of impurity": found.mean[shown].tolist(),
        "spread over seeds": found.spread[shown].tolist(),
        "nearly collinear": [found.names[i] in near for i in shown],
    }


def stages(
    numbers: FloatArray, found: FloatArray, names: Sequence[str], unit: str, *, dark: bool
) -> go.Figure:
    """Lines: error on crystals left out over the stages of boosting, least one ringed."""
    figure = go.Figure()
    for i, (name, line) in enumerate(zip(names, found, strict=True)):
        colour = ACCENT[dark] if i == 0 else CATEGORIES[_APART[(i - 1) % len(_APART)]]
        figure.add_scatter(
            x=numbers, y=line, mode="lines", name=escape(name),
            line={"color": colour, "width": 2.4 if i == 0 else 1.6},
            hovertemplate="stage %{x}<br>%{y:.3f} " + unit + f"<extra>{escape(name)}</extra>",
        )  # fmt: skip
        best = int(line.argmin())
        figure.add_scatter(
            x=[numbers[best]], y=[line[best]], mode="markers", showlegend=False, hoverinfo="skip",
            marker={"color": colour, "size": 9, "symbol": "circle-open", "line": {"width": 2}},
        )  # fmt: skip
    finish(figure, dark=dark, x="Stages of boosting", y=f"Root mean square error [{unit}]",
           height=440)  # fmt: skip
    return _below(figure)


def displaced(amplitudes: FloatArray, found: FloatArray, unit: str, *, dark: bool) -> go.Figure:
    """Line: error of the geometric model on crystals whose atoms were displaced."""
    figure = go.Figure(
        go.Scatter(
            x=amplitudes,
            y=found,
            mode="lines+markers",
            showlegend=False,
            name="error",
            line={"color": ACCENT[dark], "width": 2},
            marker={"size": 8},
            hovertemplate="%{x:g} Å<br>%{y:.3f} " + unit + "<extra></extra>",
        )
    )
    finish(
        figure, dark=dark, x="Displacement of every atom along each axis [Å]",
        y=f"Root mean square error [{unit}]", height=360,
    )  # fmt: skip
    figure.update_yaxes(rangemode="tozero")
    return figure


def densities(density: FloatArray, ids: Sequence[str], *, dark: bool) -> go.Figure:
    """Points: density after the quasi-harmonic calculation over that of the CIF."""
    ends = [float(density.min()) - 0.03, float(density.max()) + 0.03]
    figure = go.Figure(
        go.Scatter(
            x=density[:, 0], y=density[:, 1], mode="markers", showlegend=False, name="frameworks",
            marker={"color": ACCENT[dark], "size": 7}, customdata=list(ids),
            hovertemplate="%{customdata}<br>CIF %{x:.3f}, calculated %{y:.3f} g/cm³"
            "<extra></extra>",
        )
    )  # fmt: skip
    figure.add_shape(
        type="line", x0=ends[0], y0=ends[0], x1=ends[1], y1=ends[1], layer="below",
        line={"color": _GREY[dark], "width": 1, "dash": "dash"},
    )  # fmt: skip
    finish(
        figure, dark=dark, x="Density of the CIF [g/cm³]",
        y="Density after DFT [g/cm³]", height=400, count=f"{len(ids)} frameworks",
    )  # fmt: skip
    figure.update_xaxes(range=ends, constrain="domain")
    figure.update_yaxes(range=ends, scaleanchor="x", constrain="domain")
    return figure


def _names(figure: go.Figure, names: Sequence[str]) -> None:
    figure.update_yaxes(
        tickvals=np.arange(len(names)), ticktext=[name.replace(", ", ",<br>") for name in names],
        ticks="", range=[len(names) - 0.4, -0.6],
    )  # fmt: skip


def _below(figure: go.Figure) -> go.Figure:
    """The legend under the plate: beside it, it would take a narrow window's half."""
    figure.update_layout(
        legend={"orientation": "h", "x": 0, "xanchor": "left", "yref": "container", "y": 0,
                "yanchor": "bottom"},
        margin={"b": 100},
    )  # fmt: skip
    return figure

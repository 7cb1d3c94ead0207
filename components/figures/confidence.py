"""Error against confidence: what is left when the least certain crystals are set aside."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from components.figures.theme import ACCENT, finish
from core.uncertainty import ConfidenceCurve

_GREY = {False: "#7A8383", True: "#9AA5A5"}
_MOST = 600  # points of a curve


def curve(found: ConfidenceCurve, unit: str, *, dark: bool, count: str = "") -> go.Figure:
    """Mean absolute error of the most certain crystals, between random order and the oracle.

    Args:
        found: the curve.
        unit: of the target.
        dark: for the dark theme.
        count: for the corner.
    """
    rows = np.unique(np.linspace(0, len(found.kept) - 1, _MOST).astype(int))
    kept = 100 * found.kept[rows]
    figure = go.Figure()
    lines = (
        ("random order", np.full(len(rows), found.random), _GREY[dark], "dash"),
        ("by the stated uncertainty", found.error[rows], ACCENT[dark], "solid"),
        ("oracle: largest errors first", found.oracle[rows], _GREY[dark], "dot"),
    )
    for name, error, color, dash in lines:
        figure.add_scatter(
            x=kept, y=error, mode="lines", name=name,
            line={"color": color, "width": 2.4 if dash == "solid" else 1.6, "dash": dash},
            hovertemplate=f"{name}<br>%{{x:.0f}}% kept<br>MAE %{{y:.4g}} {unit}<extra></extra>",
        )  # fmt: skip
    finish(
        figure, dark=dark, x="Crystals kept, most certain first [%]",
        y=f"Mean absolute error [{unit}]" if unit else "Mean absolute error", count=count,
        height=420,
    )  # fmt: skip
    figure.update_xaxes(range=[100, 0])
    figure.update_yaxes(rangemode="tozero")
    figure.update_layout(
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": -0.22, "yanchor": "top"}
    )
    return figure


def table(found: ConfidenceCurve, unit: str) -> dict[str, list[float]]:
    """Columns of the data behind `curve`."""
    end = f" [{unit}]" if unit else ""
    return {
        "share kept": found.kept.tolist(),
        f"MAE by uncertainty{end}": found.error.tolist(),
        f"MAE of the oracle{end}": found.oracle.tolist(),
        f"MAE in random order{end}": [found.random] * len(found.kept),
    }

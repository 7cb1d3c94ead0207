"""The radial distribution function."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from components.figures.grid import DISTANCE, centres
from components.figures.theme import ACCENT, finish
from core.types import FloatArray


def rdf(values: FloatArray, edges: FloatArray, dark: bool) -> go.Figure:
    """g(r) over bins, with the line of a structureless medium."""
    figure = go.Figure(
        go.Scatter(
            x=centres(edges), y=values, mode="lines", line={"color": ACCENT[dark], "width": 1.8},
            hovertemplate="%{x:.2f} Å<br>g = %{y:.2f}<extra></extra>",
        )
    )  # fmt: skip
    figure.add_hline(y=1, line_width=1, line_dash="dot", line_color="#8A9494")
    return finish(
        figure, dark=dark, x=DISTANCE, y="g(r)", height=340,
        count=f"bins of {edges[1] - edges[0]:.3g} Å; dotted: no structure",
    )  # fmt: skip


def table(values: FloatArray, edges: FloatArray) -> pd.DataFrame:
    """The numbers of `rdf`."""
    return pd.DataFrame({"distance_A": centres(edges), "g": np.asarray(values)})

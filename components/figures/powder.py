"""The powder pattern: sticks over |S|, over d, or over the angle of a diffractometer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from components.figures.theme import ACCENT, finish
from core.types import FloatArray

CU_K_ALPHA = 1.5406  # angstrom
AXES = ("|S|", "d", "2θ (Cu Kα)")
_TITLES = {
    "|S|": "|S| = 1/d [1/Å]", "d": "Spacing of planes d [Å]",
    "2θ (Cu Kα)": "Angle 2θ for 1.5406 Å [°]",
}  # fmt: skip
_SHOWN = 1e-3  # smallest stick, relative to the largest


def table(values: FloatArray, bin_width: float) -> pd.DataFrame:
    """Bin centres in |S|, d and 2 theta, and the share of the intensity.

    2 theta is empty where 1.5406 Å can't reach.
    """
    s = (np.arange(len(values)) + 0.5) * bin_width
    sine = 0.5 * CU_K_ALPHA * s
    angle = 2 * np.degrees(np.arcsin(np.where(sine <= 1, sine, np.nan)))
    return pd.DataFrame(
        {"S_1_per_A": s, "d_A": 1 / s, "two_theta_deg": angle, "intensity_share": values}
    )


def powder(values: FloatArray, bin_width: float, dark: bool, axis: str = AXES[0]) -> go.Figure:
    """X-ray intensity as sticks: (n_bins,) shares over bins of |S| from 0.

    Args:
        axis: one of `AXES`.
    """
    found = table(values, bin_width)
    column = dict(zip(AXES, ("S_1_per_A", "d_A", "two_theta_deg"), strict=True))[axis]
    seen = found[found.intensity_share > _SHOWN * found.intensity_share.max()]
    seen = seen[seen[column].notna()]
    n = len(seen)
    x, y = np.full((n, 3), np.nan), np.full((n, 3), np.nan)
    x[:, 0] = x[:, 1] = seen[column]
    y[:, 0], y[:, 1] = 0.0, 100 * seen.intensity_share
    figure = go.Figure(
        go.Scatter(
            x=x.ravel(), y=y.ravel(), mode="lines", line={"color": ACCENT[dark], "width": 2},
            customdata=np.repeat(seen[["S_1_per_A", "d_A"]].to_numpy(), 3, axis=0),
            hovertemplate="|S| %{customdata[0]:.3f} 1/Å<br>d %{customdata[1]:.3f} Å<br>"
            "%{y:.2f}% of the intensity<extra></extra>",
        )
    )  # fmt: skip
    figure.update_yaxes(rangemode="tozero")
    if axis == "d":
        figure.update_xaxes(type="log", autorange="reversed")
    return finish(
        figure, dark=dark, x=_TITLES[axis], y="Part of the intensity [%]", height=340,
        count=f"bins of {bin_width:.3g} 1/Å; kinematic X-ray intensities",
    )  # fmt: skip

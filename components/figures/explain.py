"""Figures of an explained match: which neighbours, and which distances, make the difference."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from components.figures.theme import ACCENT, SEQUENTIAL, escape, finish
from core.explain import Explanation


def by_group(explanation: Explanation, dark: bool) -> go.Figure:
    """Bars: what each rank of neighbour contributes to the distance."""
    ranks = np.arange(1, len(explanation.by_group) + 1)
    figure = go.Figure(
        go.Bar(
            x=ranks, y=explanation.by_group, marker_color=ACCENT[dark], marker_line_width=0,
            hovertemplate="neighbour %{x}<br>%{y:.5f} Å<extra></extra>",
        )
    )  # fmt: skip
    return finish(
        figure, dark=dark, x="Rank of the neighbour k", y="Part of the distance [Å]",
        count=f"total {explanation.distance:.4f} Å", height=300,
    )  # fmt: skip


def by_range(explanation: Explanation, dark: bool) -> go.Figure:
    """Bars: what each range of interatomic distances contributes."""
    low, high = explanation.edges[:-1], explanation.edges[1:]
    labels = [f"{a:.1f}-{b:.1f}" if np.isfinite(b) else f"> {a:.1f}"
              for a, b in zip(low, high, strict=True)]  # fmt: skip
    figure = go.Figure(
        go.Bar(
            x=labels, y=explanation.by_range, marker_color=ACCENT[dark], marker_line_width=0,
            hovertemplate="%{x} Å<br>%{y:.5f} Å<extra></extra>",
        )
    )  # fmt: skip
    return finish(
        figure, dark=dark, x="Interatomic distance [Å]", y="Part of the distance [Å]",
        count=f"total {explanation.distance:.4f} Å", height=300,
    )  # fmt: skip


def heat(explanation: Explanation, dark: bool) -> go.Figure:
    """Heat map: contributions by rank of neighbour and range of distance."""
    starts = explanation.edges[:-1]
    width = starts[1] - starts[0] if len(starts) > 1 else 1.0
    figure = go.Figure(
        go.Heatmap(
            z=explanation.by_group_and_range.T, y=starts + width / 2,
            x=np.arange(1, len(explanation.by_group) + 1), colorscale=SEQUENTIAL,
            colorbar={"title": {"text": "Å"}, "thickness": 12},
            hovertemplate="neighbour %{x}<br>around %{y:.2f} Å<br>%{z:.5f} Å<extra></extra>",
        )
    )  # fmt: skip
    return finish(
        figure, dark=dark, x="Rank of the neighbour k", y="Interatomic distance [Å]", height=340
    )


def table(explanation: Explanation) -> dict[str, list[object]]:
    """Columns of the element-pair table, largest contribution first."""
    moves = explanation.moves
    a, b = explanation.a, explanation.b
    return {
        f"pair in {a}": [m.pair_a for m in moves],
        f"pair in {b}": [m.pair_b for m in moves],
        "part of the distance [Å]": [m.contribution for m in moves],
        "share [%]": [100 * m.share for m in moves],
        f"mean distance in {a} [Å]": [m.mean_a for m in moves],
        f"mean distance in {b} [Å]": [m.mean_b for m in moves],
    }


def group_table(explanation: Explanation) -> pd.DataFrame:
    """The numbers of `by_group`."""
    ranks = np.arange(1, len(explanation.by_group) + 1)
    return pd.DataFrame({"neighbour": ranks, "part_A": explanation.by_group})


def range_table(explanation: Explanation) -> pd.DataFrame:
    """The numbers of `by_range`; the last range is open."""
    low, high = explanation.edges[:-1], explanation.edges[1:]
    return pd.DataFrame({"from_A": low, "to_A": high, "part_A": explanation.by_range})


def title(explanation: Explanation) -> str:
    """Both ids, safe to show in a figure."""
    return f"{escape(explanation.a)} and {escape(explanation.b)}"

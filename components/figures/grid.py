"""Figures of GRID: heat map, single groups, cumulative, sum, element pairs, two crystals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import ArrayLike
from plotly.subplots import make_subplots

from components.figures.theme import ACCENT, CATEGORIES, SEQUENTIAL, diverging, escape, finish
from core.explain import Explanation
from core.types import FloatArray

DISTANCE = "Interatomic distance [Å]"
RANK = "Rank of the neighbour k"
_MASS = "Share of the sites"
_DASHES = ("solid", "dash")
_GREY = "#999999"
_PAIRS = 7  # element pairs with a colour of their own; the rest are added up
_SATURATION = 0.98  # quantile of the shares at which the colours of a heat map end


def centres(edges: ArrayLike) -> FloatArray:
    """Bin centres from bin edges."""
    values = np.asarray(edges)
    return 0.5 * (values[1:] + values[:-1])


def table(rows: FloatArray, edges: FloatArray, quantile: bool = False) -> pd.DataFrame:
    """GRID as a table: a row for each neighbour, a column for each bin or quantile."""
    columns = (
        [f"quantile_{level:.4f}_A" for level in edges]
        if quantile
        else [f"share_{low:.4g}_to_{high:.4g}_A"
              for low, high in zip(edges[:-1], edges[1:], strict=True)]
    )  # fmt: skip
    out = pd.DataFrame(rows, columns=columns)
    out.insert(0, "neighbour", np.arange(1, len(rows) + 1))
    return out


def brightest(grids: Sequence[FloatArray]) -> float:
    """Share at which the colours of heat maps end: one for all crystals in comparison."""
    seen = np.concatenate([grid[grid > 1e-4] for grid in grids])
    return float(np.quantile(seen, _SATURATION)) if len(seen) else 1.0


def heat(
    grid: FloatArray, edges: FloatArray, dark: bool, n_sites: int, top: float | None = None
) -> go.Figure:
    """Groups x distance: (n_groups, n_bins) shares of the sites; colours end at `top`."""
    top = brightest([grid]) if top is None else top
    figure = go.Figure(
        go.Heatmap(
            z=grid.T.astype(np.float32), x=np.arange(1, len(grid) + 1), y=centres(edges),
            colorscale=SEQUENTIAL, zmin=0, zmax=top,
            colorbar={"title": {"text": "share"}},
            hovertemplate="neighbour %{x}<br>%{y:.2f} Å<br>share %{z:.3f}<extra></extra>",
        )
    )  # fmt: skip
    return finish(
        figure, dark=dark, x=RANK, y=DISTANCE, height=460,
        count=f"{n_sites} sites in the cell; brightest from a share of {top:.2f}",
    )  # fmt: skip


def quantiles(values: FloatArray, levels: FloatArray, dark: bool) -> go.Figure:
    """Quantiles of each group: (n_groups, n_quantiles) angstrom, as a band of lines."""
    ranks = np.arange(1, len(values) + 1)
    figure = go.Figure()
    for index, level in enumerate(levels):
        middle = abs(level - 0.5)
        figure.add_scatter(
            x=ranks, y=values[:, index], mode="lines", showlegend=False,
            line={"color": ACCENT[dark], "width": 1}, opacity=1 - 1.4 * middle,
            hovertemplate=f"k = %{{x}}<br>%{{y:.3f}} Å<br>quantile {level:.3f}<extra></extra>",
        )  # fmt: skip
    return finish(
        figure, dark=dark, x=RANK, y=DISTANCE, height=460,
        count=f"{len(levels)} quantiles of each group",
    )  # fmt: skip


def groups(
    grids: Mapping[str, FloatArray],
    edges: FloatArray,
    ranks: Sequence[int],
    dark: bool,
    cumulative: bool = False,
) -> go.Figure:
    """Chosen groups as lines, one colour a group, one dash a crystal; or their running sums."""
    figure = go.Figure()
    x = edges[1:] if cumulative else centres(edges)
    for dash, (name, grid) in zip(_DASHES, grids.items(), strict=False):
        for index, rank in enumerate(ranks):
            row = grid[rank - 1]
            figure.add_scatter(
                x=x, y=np.cumsum(row) if cumulative else row, mode="lines",
                name=f"k = {rank}" + (f", {escape(name)}" if len(grids) > 1 else ""),
                line={"color": CATEGORIES[index % len(CATEGORIES)], "dash": dash, "width": 1.8},
                hovertemplate="%{x:.2f} Å<br>share %{y:.3f}<extra>%{fullData.name}</extra>",
            )  # fmt: skip
    y = "Share of the sites, running sum" if cumulative else _MASS
    figure.update_layout(showlegend=True)
    return finish(
        figure, dark=dark, x=DISTANCE, y=y, height=460,
        count=f"bins of {edges[1] - edges[0]:.3g} Å",
    )  # fmt: skip


def groups_table(
    grids: Mapping[str, FloatArray], edges: FloatArray, ranks: Sequence[int], cumulative: bool
) -> pd.DataFrame:
    """The numbers of `groups`."""
    x = edges[1:] if cumulative else centres(edges)
    columns = {
        f"{name} k={rank}": np.cumsum(grid[rank - 1]) if cumulative else grid[rank - 1]
        for name, grid in grids.items()
        for rank in ranks
    }
    return pd.DataFrame({"distance_A": x, **columns})


def total(
    grids: Mapping[str, FloatArray],
    counts: Mapping[str, FloatArray],
    edges: FloatArray,
    dark: bool,
) -> go.Figure:
    """Sum over groups, and all neighbours of a site in each bin: equal as far as groups reach.

    The last bin is left out: GRID keeps there what lies beyond.
    """
    figure = go.Figure()
    x = centres(edges)[:-1]
    for index, (name, grid) in enumerate(grids.items()):
        figure.add_scatter(
            x=x, y=grid.sum(axis=0)[:-1], mode="lines", name=f"sum of groups, {escape(name)}",
            line={"color": CATEGORIES[index], "width": 1.8},
            hovertemplate="%{x:.2f} Å<br>%{y:.2f} neighbours<extra>%{fullData.name}</extra>",
        )  # fmt: skip
        if name in counts:
            figure.add_scatter(
                x=x, y=counts[name][:-1], mode="lines", name=f"all pairs, {escape(name)}",
                line={"color": _GREY, "dash": ("dot", "dashdot")[index], "width": 1.8},
                hovertemplate="%{x:.2f} Å<br>%{y:.2f} neighbours<extra>%{fullData.name}</extra>",
            )  # fmt: skip
    figure.update_yaxes(rangemode="tozero")
    figure.update_layout(
        showlegend=True, legend={"orientation": "h", "x": 0, "y": -0.2, "xanchor": "left"}
    )
    return finish(
        figure, dark=dark, x=DISTANCE, y="Neighbours of a site per bin", height=460,
        count=f"bins of {edges[1] - edges[0]:.3g} Å",
    )  # fmt: skip


def total_table(
    grids: Mapping[str, FloatArray], counts: Mapping[str, FloatArray], edges: FloatArray
) -> pd.DataFrame:
    """The numbers of `total`."""
    return pd.DataFrame(
        {
            "distance_A": centres(edges)[:-1],
            **{f"sum_of_groups {name}": grid.sum(axis=0)[:-1] for name, grid in grids.items()},
            **{f"all_pairs {name}": values[:-1] for name, values in counts.items()},
        }
    )


def colored_pairs(
    crystals: Sequence[Mapping[str, FloatArray]], ranks: tuple[int, int]
) -> list[str]:
    """The element pairs with most neighbours among these ranks: those with a colour of their own.

    Taken over all crystals in comparison, so that a pair has one colour.
    """
    totals: dict[str, float] = {}
    for parts in crystals:
        for pair, part in parts.items():
            mass = float(part[ranks[0] - 1 : ranks[1]].sum())
            totals[pair] = totals.get(pair, 0.0) + mass
    return sorted(totals, key=lambda pair: (-totals[pair], pair))[:_PAIRS]


def pairs(
    parts: Mapping[str, FloatArray],
    edges: FloatArray,
    ranks: tuple[int, int],
    colored: Sequence[str],
    dark: bool,
) -> go.Figure:
    """Chosen groups stacked by element pair: centre-neighbour -> (n_groups, n_bins)."""
    first, last = ranks
    rows = {pair: part[first - 1 : last].sum(axis=0) for pair, part in parts.items()}
    rest = [row for pair, row in rows.items() if pair not in colored]
    shown = {pair: rows[pair] for pair in colored if pair in rows}
    colors = {pair: CATEGORIES[index] for index, pair in enumerate(colored)}
    if rest:
        shown[f"{len(rest)} other pairs"] = np.sum(rest, axis=0)
    figure = go.Figure()
    for pair, row in shown.items():
        figure.add_bar(
            x=centres(edges), y=row, name=pair, width=edges[1] - edges[0], marker_line_width=0,
            marker_color=colors.get(pair, _GREY),
            hovertemplate="%{x:.2f} Å<br>%{y:.3f}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    figure.update_layout(barmode="stack", showlegend=True)
    return finish(
        figure, dark=dark, x=DISTANCE, y=f"Neighbours {first} to {last} of a site per bin",
        count=f"bins of {edges[1] - edges[0]:.3g} Å", height=460,
    )  # fmt: skip


def pairs_table(
    parts: Mapping[str, FloatArray], edges: FloatArray, ranks: tuple[int, int]
) -> pd.DataFrame:
    """The numbers of `pairs`, each pair by itself."""
    first, last = ranks
    columns = {pair: part[first - 1 : last].sum(axis=0) for pair, part in parts.items()}
    return pd.DataFrame({"distance_A": centres(edges), **columns})


def overlay(
    a: FloatArray, b: FloatArray, edges: FloatArray, found: Explanation, dark: bool
) -> go.Figure:
    """Where two crystals differ (a minus b); below it what each group adds to their distance."""
    ranks = np.arange(1, len(a) + 1)
    difference = (a - b).T.astype(np.float32)
    top = max(float(np.quantile(np.abs(difference), 0.995)), 1e-3)
    figure = make_subplots(
        rows=2, cols=1, shared_xaxes=True, row_heights=[0.7, 0.3], vertical_spacing=0.05
    )
    figure.add_trace(
        go.Heatmap(
            z=difference, x=ranks, y=centres(edges), colorscale=diverging(dark), zmin=-top,
            zmax=top, colorbar={"title": {"text": "share"}, "len": 0.68, "y": 0.66},
            hovertemplate="neighbour %{x}<br>%{y:.2f} Å<br>%{z:+.3f}<extra></extra>",
        ),
        row=1, col=1,
    )  # fmt: skip
    figure.add_trace(
        go.Bar(
            x=ranks, y=found.by_group, marker_color=ACCENT[dark], marker_line_width=0,
            hovertemplate="neighbour %{x}<br>%{y:.5f} Å<extra></extra>",
        ),
        row=2, col=1,
    )  # fmt: skip
    finish(
        figure, dark=dark, height=560,
        count=f"blue: more in {found.a}; red: more in {found.b}; distance {found.distance:.4f} Å",
    )  # fmt: skip
    figure.update_layout(showlegend=False)
    figure.update_xaxes(title_text=RANK, row=2, col=1)
    figure.update_yaxes(title_text=DISTANCE, row=1, col=1)
    figure.update_yaxes(title_text="Part of it [Å]", row=2, col=1)
    return figure

"""Figures of GRID: heat map, single groups, cumulative, sum, element pairs, two crystals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from components.figures.theme import ACCENT, CATEGORIES, SEQUENTIAL, escape, finish
from core.types import FloatArray

_DISTANCE = "Interatomic distance [Å]"
_RANK = "Rank of the neighbour k"
_MASS = "Share of the sites"
_DASHES = ("solid", "dash")


def centres(edges: ArrayLike) -> FloatArray:
    """Bin centres from bin edges."""
    values = np.asarray(edges)
    return 0.5 * (values[1:] + values[:-1])


def heat(grid: FloatArray, edges: FloatArray, dark: bool, n_sites: int) -> go.Figure:
    """Groups x distance: (n_groups, n_bins) shares of the sites."""
    figure = go.Figure(
        go.Heatmap(
            z=grid.T.astype(np.float32), x=np.arange(1, len(grid) + 1), y=centres(edges),
            colorscale=SEQUENTIAL, zmin=0, zmax=float(np.quantile(grid[grid > 1e-4], 0.98)),
            colorbar={"title": {"text": "share"}, "thickness": 12},
            hovertemplate="neighbour %{x}<br>%{y:.2f} Å<br>share %{z:.3f}<extra></extra>",
        )
    )  # fmt: skip
    return finish(
        figure, dark=dark, x=_RANK, y=_DISTANCE, count=f"{n_sites} sites in the cell", height=460
    )


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
    return finish(figure, dark=dark, x=_RANK, y=_DISTANCE, height=460)


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
                hovertemplate="%{x:.2f} Å<br>%{y:.3f}<extra>%{fullData.name}</extra>",
            )  # fmt: skip
    y = "Share of the sites, running sum" if cumulative else _MASS
    return finish(figure, dark=dark, x=_DISTANCE, y=y)


def total(
    grids: Mapping[str, FloatArray], rdfs: Mapping[str, FloatArray], edges: FloatArray, dark: bool
) -> go.Figure:
    """Sum over groups (neighbours of a site in each bin) beside the radial distribution function.

    The last bin is left out: GRID keeps there what lies beyond.
    """
    figure = go.Figure()
    x = centres(edges)[:-1]
    for dash, (name, grid) in zip(_DASHES, grids.items(), strict=False):
        figure.add_scatter(
            x=x, y=grid.sum(axis=0)[:-1], mode="lines", name=f"sum of GRID, {escape(name)}",
            line={"color": CATEGORIES[0], "dash": dash},
            hovertemplate="%{x:.2f} Å<br>%{y:.2f} neighbours<extra>%{fullData.name}</extra>",
        )  # fmt: skip
        figure.add_scatter(
            x=x, y=rdfs[name][:-1], mode="lines", name=f"g(r), {escape(name)}", yaxis="y2",
            line={"color": CATEGORIES[3], "dash": dash},
            hovertemplate="%{x:.2f} Å<br>g = %{y:.2f}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    finish(figure, dark=dark, x=_DISTANCE, y="Neighbours of a site per bin")
    figure.update_layout(
        yaxis2={
            "title": {"text": "g(r)"}, "overlaying": "y", "side": "right", "showgrid": False,
            "rangemode": "tozero",
        },
        yaxis={"mirror": False, "rangemode": "tozero"},
        legend={"orientation": "h", "x": 0, "y": 1.12, "xanchor": "left"},
    )  # fmt: skip
    return figure


def pairs(
    parts: Mapping[str, FloatArray], edges: FloatArray, ranks: tuple[int, int], dark: bool
) -> go.Figure:
    """Chosen groups stacked by element pair: centre-neighbour -> (n_groups, n_bins)."""
    figure = go.Figure()
    first, last = ranks
    for index, (pair, part) in enumerate(parts.items()):
        figure.add_bar(
            x=centres(edges), y=part[first - 1 : last].sum(axis=0), name=pair,
            width=edges[1] - edges[0], marker_line_width=0,
            marker_color=CATEGORIES[index % len(CATEGORIES)],
            hovertemplate="%{x:.2f} Å<br>%{y:.3f}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    figure.update_layout(barmode="stack")
    return finish(
        figure, dark=dark, x=_DISTANCE, y=f"Neighbours {first} to {last} of a site per bin"
    )


def rdf(values: FloatArray, edges: FloatArray, dark: bool) -> go.Figure:
    """Radial distribution function with the line of a structureless medium."""
    figure = go.Figure(
        go.Scatter(
            x=centres(edges), y=values, mode="lines", line={"color": ACCENT[dark], "width": 1.8},
            hovertemplate="%{x:.2f} Å<br>g = %{y:.2f}<extra></extra>",
        )
    )  # fmt: skip
    figure.add_hline(y=1, line_width=1, line_dash="dot", line_color="#8A9494")
    return finish(figure, dark=dark, x=_DISTANCE, y="g(r)", height=320)


def powder(values: FloatArray, edges: ArrayLike, dark: bool) -> go.Figure:
    """X-ray intensity over |S| = 1/d, scaled to a total of one."""
    figure = go.Figure(
        go.Bar(
            x=centres(edges), y=values, width=edges[1] - edges[0], marker_line_width=0,
            marker_color=ACCENT[dark], customdata=1 / centres(edges),
            hovertemplate="|S| %{x:.3f} 1/Å<br>d %{customdata:.3f} Å<br>%{y:.4f}<extra></extra>",
        )
    )  # fmt: skip
    return finish(figure, dark=dark, x="|S| = 1/d [1/Å]", y="Share of the intensity", height=320)

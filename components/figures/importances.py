"""Figures of importances: features by name, whole descriptors, blocks of GRID."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from components.figures.theme import ACCENT, SEQUENTIAL, escape, finish
from core.explain.importances import Importances
from core.types import FloatArray, IntArray

MOST = 20  # bars
_LETTERS = 34  # of a name beside a bar
_GREY = {False: "#7A8383", True: "#9AA5A5"}
_AMBER = "#E69F00"
_ROW = 26  # pixels of a bar


def short(name: str) -> str:
    """A feature's name as it fits beside a bar; safe to show."""
    name = name.removeprefix("MagpieData ")
    return escape(name if len(name) <= _LETTERS else name[: _LETTERS - 1] + "…")


def features(
    found: Importances,
    impurity: Importances | None,
    flagged: Mapping[str, str],
    unit: str,
    *,
    dark: bool,
    count: str = "",
) -> go.Figure:
    """Bars of the most important features: rise of the error, and share of impurity beside it.

    Args:
        found: rises of the mean absolute error, in the target's unit.
        impurity: shares by feature; None without trees. Features it lacks have no second bar.
        flagged: name -> words, for features that are nearly collinear with others.
        unit: of the target.
        dark: for the dark theme.
        count: for the corner.
    """
    shown = found.order[:MOST]
    names = [found.names[i] for i in shown.tolist()]
    places = np.arange(len(names))
    figure = go.Figure()
    beside = _impurity_of(names, impurity)
    offset = 0.2 if beside is not None else 0.0
    figure.add_bar(
        x=found.mean[shown], y=places - offset, orientation="h", width=0.36 + 0.3 * (offset == 0),
        name="permutation, held-out crystals", marker={"color": ACCENT[dark]},
        error_x={"type": "data", "array": found.spread[shown], "thickness": 1.2, "width": 3},
        customdata=[escape(n) for n in names],
        hovertemplate="%{customdata}<br>error rises by %{x:.4g} " + unit + "<extra></extra>",
    )  # fmt: skip
    if beside is not None:
        figure.add_bar(
            x=100 * beside[0], y=places + offset, orientation="h", width=0.36, xaxis="x2",
            name="impurity, training", marker={"color": _GREY[dark]},
            error_x={"type": "data", "array": 100 * beside[1], "thickness": 1.2, "width": 3},
            customdata=[escape(n) for n in names],
            hovertemplate="%{customdata}<br>%{x:.2f}% of the impurity<extra></extra>",
        )  # fmt: skip
    _flag(figure, names, flagged, places)
    finish(figure, dark=dark, count=count, height=190 + _ROW * len(names))
    _rows(figure, [short(_called(n, flagged)) for n in names])
    title = f"Rise of the mean absolute error [{unit}]" if unit else "Rise of the error"
    figure.update_layout(
        xaxis={"title": {"text": title}, "rangemode": "tozero", "mirror": beside is None},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "yref": "container", "y": 0,
                "yanchor": "bottom"},
        margin={"b": 120, "t": 70 if beside is not None else 46},
    )  # fmt: skip
    if beside is not None:
        figure.update_layout(
            xaxis2={"overlaying": "x", "side": "top", "title": {"text": "Share of impurity [%]"},
                    "anchor": "y", "tickmode": "auto", "nticks": 7},
        )  # fmt: skip
        figure.layout.annotations = ()  # its place is that of the upper axis
        _aligned(figure, found.mean[shown], found.spread[shown], 100 * (beside[0] + beside[1]))
    elif flagged:  # marks at zero need room beside the names
        low, high = _reach(found.mean[shown], found.spread[shown])
        figure.update_xaxes(range=[min(1.05 * low, -0.03 * high), 1.05 * high])
    return figure


def _called(name: str, flagged: Mapping[str, str]) -> str:
    """A group by its first member and how many go with it; a feature by its own name."""
    told, _, members = flagged.get(name, "").partition(": ")
    if told != name:
        return name
    first, end = members.split(", ")[0].removeprefix("MagpieData "), f" & co. ({name})"
    room = _LETTERS - len(end)
    return (first if len(first) <= room else first[: room - 1] + "…") + end


def _aligned(figure: go.Figure, rises: FloatArray, spread: FloatArray, ends: FloatArray) -> None:
    """Ranges under which both axes have their zero at one place."""
    low, high = _reach(rises, spread)
    most = max(float(np.nanmax(ends)), 1e-12)
    figure.update_layout(
        xaxis={"range": [1.05 * low, 1.05 * high]},
        xaxis2={"range": [1.05 * low / high * most, 1.05 * most]},
    )  # fmt: skip


def _reach(rises: FloatArray, spread: FloatArray) -> tuple[float, float]:
    """Where bars with their spread end, zero between."""
    return min(0.0, float((rises - spread).min())), max(float((rises + spread).max()), 1e-12)


def terms(found: Importances, names: Sequence[str], unit: str, *, dark: bool) -> go.Figure:
    """Bars: the rise of the error when a whole distance or descriptor is shuffled."""
    places = np.arange(len(names))
    figure = go.Figure(
        go.Bar(
            x=found.mean, y=places, orientation="h", width=0.6, marker={"color": ACCENT[dark]},
            error_x={"type": "data", "array": found.spread, "thickness": 1.2, "width": 3},
            customdata=[escape(n) for n in names], showlegend=False,
            hovertemplate="%{customdata}<br>error rises by %{x:.4g} " + unit + "<extra></extra>",
        )
    )  # fmt: skip
    error = float(found.errors.mean())
    finish(
        figure, dark=dark, height=130 + 40 * len(names), count=f"error as it is: {error:.3g} {unit}"
    )
    _rows(figure, [short(n) for n in names])
    figure.update_xaxes(
        title_text=f"Rise of the mean absolute error [{unit}]" if unit else "Rise of the error",
        rangemode="tozero",
    )
    return figure


def grid_blocks(
    found: Importances,
    ranks: IntArray,
    across: Sequence[str],
    ranges: FloatArray,
    unit: str,
    *,
    dark: bool,
) -> go.Figure:
    """Heat map: the rise of the error by rank of neighbour and by range across.

    Args:
        found: rises, a block each.
        ranks: (n_blocks, 2) first and last neighbour.
        across: (n_blocks,) words for the range across.
        ranges: (n_blocks, 2) what lies in each block, in angstrom.
        unit: of the target.
        dark: for the dark theme.
    """
    rows = list(dict.fromkeys((int(a), int(b)) for a, b in ranks))
    columns = list(dict.fromkeys(across))
    z = np.full((len(rows), len(columns)), np.nan)
    spread, text = z.copy(), np.full(z.shape, "", dtype=object)
    for i, (pair, words) in enumerate(zip(ranks.tolist(), across, strict=True)):
        at = rows.index((pair[0], pair[1])), columns.index(words)
        z[at], spread[at] = found.mean[i], found.spread[i]
        text[at] = f"{ranges[i, 0]:.1f}-{ranges[i, 1]:.1f} Å"
    figure = go.Figure(
        go.Heatmap(
            z=np.maximum(z, 0), x=[_wrapped(c) for c in columns],
            y=[f"{a}-{b}" for a, b in rows], colorscale=SEQUENTIAL, zmin=0,
            text=text, customdata=np.dstack([z, spread]), texttemplate="%{text}",
            textfont={"size": 11}, xgap=2, ygap=2,
            colorbar={"title": {"text": f"rise<br>[{unit}]" if unit else "rise"}, "thickness": 12},
            hovertemplate="neighbours %{y}, %{x}<br>%{text}<br>error rises by "
            "%{customdata[0]:.4g} ± %{customdata[1]:.2g} " + unit + "<extra></extra>",
        )
    )  # fmt: skip
    finish(
        figure, dark=dark, y="Rank of the neighbour", height=160 + 48 * len(rows),
    )  # fmt: skip
    figure.update_xaxes(type="category", ticks="")
    figure.update_yaxes(type="category", autorange="reversed", ticks="")
    return figure


def table(
    found: Importances, impurity: Importances | None, flagged: Mapping[str, str], unit: str
) -> dict[str, list[object]]:
    """Columns of the data behind `features`, most important first, all of them."""
    end = f" [{unit}]" if unit else ""
    names = [found.names[i] for i in found.order.tolist()]
    out: dict[str, list[object]] = {
        "feature": list(names),
        f"rise of MAE{end}": found.mean[found.order].tolist(),
        f"spread{end}": found.spread[found.order].tolist(),
        "collinear": [flagged.get(n, "") for n in names],
    }
    beside = _impurity_of(names, impurity)
    if beside is not None:
        out["share of impurity"] = beside[0].tolist()
        out["its spread"] = beside[1].tolist()
    return out


def _impurity_of(
    names: Sequence[str], impurity: Importances | None
) -> tuple[FloatArray, FloatArray] | None:
    """Mean and spread of each name; NaN where the trees do not see it by that name."""
    if impurity is None:
        return None
    at = {name: i for i, name in enumerate(impurity.names)}
    rows = [at.get(name, -1) for name in names]
    mean, spread = (np.append(v, np.nan)[rows] for v in (impurity.mean, impurity.spread))
    return mean, spread


def _flag(
    figure: go.Figure, names: Sequence[str], flagged: Mapping[str, str], places: IntArray
) -> None:
    at = [i for i, name in enumerate(names) if name in flagged]
    if at:
        figure.add_scatter(
            x=np.zeros(len(at)), y=places[at], mode="markers", name="nearly collinear",
            marker={"color": _AMBER, "symbol": "diamond", "size": 9}, cliponaxis=False,
            customdata=[escape(flagged[names[i]]) for i in at],
            hovertemplate="%{customdata}<extra></extra>",
        )  # fmt: skip


def _rows(figure: go.Figure, labels: Sequence[str]) -> None:
    figure.update_yaxes(
        tickvals=np.arange(len(labels)), ticktext=list(labels), ticks="",
        range=[len(labels) - 0.4, -0.6],
    )  # fmt: skip


def _wrapped(words: str) -> str:
    first, _, rest = escape(words).partition(" of ")
    return f"{first}<br>of {rest}" if rest else first.replace(" ", "<br>", 1)

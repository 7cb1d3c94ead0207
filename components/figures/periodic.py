"""The periodic table as a figure: a square an element, marked by what is at hand and chosen."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import plotly.graph_objects as go

from core.elements import SYMBOLS

_INK = {False: "#1B1F1F", True: "#E7ECEB"}
_FAINT = {False: "#A3ABAB", True: "#5C6666"}
_PRESENT = {False: "#D5EBE8", True: "#1D3B38"}
_WANTED = {False: "#0F766E", True: "#5EEAD4"}
_UNWANTED = {False: "#B45309", True: "#F59E0B"}
_ON = {False: "#FFFFFF", True: "#121616"}
# First and last element of each period, and how many of them stand at the left edge.
_PERIODS = (
    (1, 2, 1), (3, 10, 2), (11, 18, 2), (19, 36, 18), (37, 54, 18), (55, 86, 2), (87, 118, 2),
)  # fmt: skip
_GAP = 0.4  # above lanthanides and actinides
_HALF = 0.46  # of a square's side


def place(number: int) -> tuple[int, int]:
    """(column 1-18, row 1-9) of an element; lanthanides and actinides in rows 8 and 9."""
    if 57 <= number <= 71:
        return number - 54, 8
    if 89 <= number <= 103:
        return number - 86, 9
    for row, (first, last, n_left) in enumerate(_PERIODS, 1):
        if first <= number <= last:
            column = number - first + 1  # from the left edge
            return (column if column <= n_left else 18 - (last - number)), row
    raise ValueError(f"There is no element {number}.")


def periodic_table(
    counts: Mapping[str, int],
    *,
    wanted: Collection[str] = (),
    unwanted: Collection[str] = (),
    dark: bool = False,
) -> go.Figure:
    """A square for each of the 118 elements; `customdata` holds the symbol.

    Args:
        counts: crystals with each element.
        wanted: elements asked for.
        unwanted: elements excluded.
        dark: for the dark theme.
    """
    symbols = SYMBOLS[1:]
    places = [place(z) for z in range(1, len(symbols) + 1)]
    fills, inks = [], []
    for symbol in symbols:
        if symbol in wanted or symbol in unwanted:
            fills.append((_WANTED if symbol in wanted else _UNWANTED)[dark])
            inks.append(_ON[dark])
        else:
            here = counts.get(symbol, 0) > 0
            fills.append(_PRESENT[dark] if here else "rgba(0,0,0,0)")
            inks.append((_INK if here else _FAINT)[dark])
    rows = [y + (_GAP if y > 7 else 0) for _, y in places]
    figure = go.Figure(
        go.Scatter(
            x=[x for x, _ in places], y=rows, customdata=list(symbols),
            mode="markers+text", text=list(symbols), textfont={"size": 11, "color": inks},
            # Squares are shapes, which grow with the page; the markers only take the clicks.
            marker={"symbol": "square", "size": 22, "color": "rgba(0,0,0,0)"},
            hovertext=[f"{s}: {counts.get(s, 0):,} crystals" for s in symbols],
            hoverinfo="text",
        )
    )  # fmt: skip
    squares = [
        {"type": "rect", "x0": x - _HALF, "x1": x + _HALF, "y0": y - _HALF, "y1": y + _HALF,
         "fillcolor": fill, "line": {"width": 1, "color": _FAINT[dark]}, "layer": "below"}
        for (x, _), y, fill in zip(places, rows, fills, strict=True)
    ]  # fmt: skip
    axis = {"visible": False, "fixedrange": True}
    figure.update_layout(
        height=275, margin={"l": 4, "r": 4, "t": 4, "b": 4}, showlegend=False, dragmode=False,
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
        xaxis={**axis, "range": [0.3, 18.7]}, yaxis={**axis, "range": [9.95, 0.45]},
        clickmode="event+select", shapes=squares,
    )  # fmt: skip
    return figure

"""The periodic table as a control: a click adds an element to a condition, or takes it away.

By keyboard the same is done in the select boxes beside it, which hold the state.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import streamlit as st

from components import state
from components.figure import dark
from components.figures.periodic import periodic_table as figure_of


def periodic_table(
    counts: Mapping[str, int],
    *,
    key: str,
    target: str,
    wanted: Collection[str],
    unwanted: Collection[str],
    opposed: Collection[str] = (),
) -> None:
    """Draw the table.

    Args:
        counts: crystals with each element.
        key: of the widget.
        target: key of the multiselect that a click changes; it must come after this control.
        wanted: elements drawn as asked for.
        unwanted: elements drawn as excluded.
        opposed: keys of the multiselects that an element added to the target leaves.
    """
    # A new key after each click: the figure forgets its selection, so the same element can be
    # clicked again.
    chart = f"{key}.{state.get(f'{key}.clicks', 0)}"
    st.plotly_chart(
        figure_of(counts, wanted=wanted, unwanted=unwanted, dark=dark()),
        key=chart, theme=None, on_select=lambda: _clicked(chart, key, target, opposed),
        selection_mode=("points",), config={"displayModeBar": False},
        alt="Periodic table; the select boxes below it do the same by keyboard",
    )  # fmt: skip


def _clicked(chart: str, key: str, target: str, opposed: Collection[str]) -> None:
    event: Any = state.get(chart)
    chosen = list(state.get(target) or ())
    for point in event["selection"]["points"] if event else ():
        symbol = toggled_symbol(point)
        if symbol:
            chosen = toggled(chosen, symbol)
    state.put(target, chosen)
    for other in opposed:
        state.put(other, [s for s in state.get(other) or () if s not in chosen])
    state.put(f"{key}.clicks", state.get(f"{key}.clicks", 0) + 1)


def toggled_symbol(point: Mapping[str, Any]) -> str:
    """The element a point stands for, "" for none."""
    data = point.get("customdata")
    return str(data[0] if isinstance(data, (list, tuple)) and data else data or "")


def toggled(chosen: list[str], symbol: str) -> list[str]:
    """The list with the symbol added, or without it when it was there."""
    if symbol in chosen:
        return [s for s in chosen if s != symbol]
    return [*chosen, symbol]

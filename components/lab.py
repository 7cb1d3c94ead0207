"""What lab pages share: a claim beside its measurement, numbers at hand, values in the address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from components import errors, state
from components.figures import lab as figures
from core.distances import DISTANCES
from core.labs.grid_report_findings import Finding
from core.labs.series import Series

_Badge = tuple[Literal["primary", "orange"], str]
_BADGES: dict[str, _Badge] = {
    "reproduced": ("primary", ":material/check:"),
    "partly reproduced": ("orange", ":material/rule:"),
    "not reproduced": ("orange", ":material/priority_high:"),
}


def from_url(key: str, choices: Sequence[float] | Sequence[str], default: float | str) -> int:
    """Index of the choice that the address names under this key; a wrong value is the default."""
    named = [label(choice) for choice in choices]
    wanted = state.url(key)
    return named.index(wanted) if wanted in named else named.index(label(default))


def label(value: float | str) -> str:
    """A value as it stands in the address and under a slider; infinity is ∞."""
    if isinstance(value, str):
        return value
    return "∞" if value == float("inf") else f"{value:g}"


def slider(
    text: str, key: str, choices: Sequence[float], default: float, *, help: str, unit: str = ""
) -> int:
    """A slider over the points of a series; the choice is kept in the address.

    Returns: index of the choice.
    """
    start = choices[from_url(key, choices, default)]
    value = st.select_slider(
        text, choices, start, key=f"lab.{key}", help=help,
        format_func=lambda x: f"{label(x)} {unit}".strip(),
    )  # fmt: skip
    state.set_url(key, label(value))
    return list(choices).index(value)


def switch(
    text: str, key: str, choices: Sequence[str], default: str, *, help: str, names: Sequence[str]
) -> str:
    """A choice between a few words; kept in the address, and in the session from page to page."""
    by_key = dict(zip(choices, names, strict=True))
    held = f"lab.held.{key}.{' '.join(choices)}"  # labs have keys in common, not choices
    start = choices[from_url(key, choices, state.get(held, default))]
    chosen = st.segmented_control(
        text, choices, default=start, key=f"lab.{key}",
        help=help, format_func=by_key.__getitem__, required=True,
    )  # fmt: skip
    state.set_url(key, chosen)
    state.put(held, chosen)
    return str(chosen)


def numbers(series: Series, at: int, *, to: str) -> None:
    """The distances of the crystal at hand to the reference, one for each metric."""
    crystal = series.crystals[at]
    st.caption(errors.plain(f"Distance of {crystal.formula} ({crystal.id}) to {to}"))
    for column, metric in zip(st.columns(len(series.matrices)), series.matrices, strict=True):
        unit = DISTANCES[metric].unit
        column.metric(
            figures.short(metric),
            f"{series.distances(metric)[at]:.4f} {unit}".strip(),
            help=DISTANCES[metric].summary,
        )


def finding(found: Finding, says: str = "The report says") -> None:
    """A claim, its measurement and the verdict, side by side; `says`: whose claim it is."""
    color, icon = _BADGES[found.verdict]
    with st.container(border=True):
        claim, measured, verdict = st.columns(3)
        with claim:
            st.caption(says)
            st.markdown(errors.plain(found.claim))
        with measured:
            st.caption("Measured here")
            st.markdown(errors.plain(found.measured))
        with verdict:
            st.badge(found.verdict.capitalize(), color=color, icon=icon)
            st.markdown(errors.plain(found.note))

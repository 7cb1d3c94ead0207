"""Predictions row by row, and the crystal of the chosen row or point in 3D."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from components import computed, errors, figure, state
from components.model.predicted import Shown, cite, script, stem
from components.viewer import crystal_view, view_controls
from core.jobs.predicted import PREFIX, Predicted, shown_value
from core.store.rows import number_of
from core.units import quantity

_SHOWS = {"all": "All", "new": "New to the model", "look": "To look at twice"}


def table(shown: Shown) -> None:
    """A row a crystal; a chosen row shows its crystal below."""
    found = shown.found
    which = st.segmented_control(
        "Show", list(_SHOWS), default="all", format_func=_SHOWS.__getitem__, required=True,
        key="predict.show", help="Which of the predictions to list",
    )  # fmt: skip
    mask = {"all": np.ones(len(found), bool), "new": found.new, "look": found.flagged}[which]
    rows = np.flatnonzero(mask).tolist()
    if not rows:
        st.info("No prediction is of that kind.", icon=":material/filter_alt_off:")
        return
    frame, config = _frame(shown, rows)
    st.dataframe(
        frame, hide_index=True, height=min(420, 38 + 35 * len(rows)), column_config=config,
        key=f"predict.table.{which}", on_select=lambda: _row(f"predict.table.{which}", rows, found),
        selection_mode="single-row", alt=f"{len(rows):,} predictions with their uncertainty",
    )  # fmt: skip
    st.caption(
        f"Values have the digits that their deviation allows; files have all. "
        f"{_space(found)} Choose a row to see its crystal."
    )
    figure.owed(
        key="predict.table", name=stem(shown), data=None, code=script(shown), cite=cite(shown)
    )


def _space(found: Predicted) -> str:
    if not found.space:
        return ""
    return (
        "Percentile: how many of the training crystals are nearer to their nearest than this one "
        f"to its own, by {found.space}."
    )


def _row(key: str, rows: Sequence[int], found: Predicted) -> None:
    picked = (state.get(key) or {}).get("selection", {}).get("rows", [])
    if picked and picked[0] < len(rows):
        state.set_url("crystal", found.ids[rows[picked[0]]])


def _frame(shown: Shown, rows: Sequence[int]) -> tuple[Any, dict[str, Any]]:
    import pandas as pd

    found, number, text = shown.found, st.column_config.NumberColumn, st.column_config.TextColumn
    members = {c.id: c for c in shown.library.crystals}
    unit = f" [{shown.unit}]" if shown.unit else ""
    columns: dict[str, list[Any]] = {
        "Id": [found.ids[i] for i in rows],
        "Formula": [members[found.ids[i]].formula for i in rows],
        f"Predicted{unit}": [found.rounded(found.mean[i], i) for i in rows],
        f"Deviation{unit}": [found.rounded(found.std[i], i) for i in rows],
    }
    bounds = shown.bounds
    if bounds is not None:
        for side, name in enumerate(("from", "to")):
            head = f"{100 * shown.level:g}% {name}{unit}"
            columns[head] = [found.rounded(bounds[i, side], i) for i in rows]
    known = _known_key(shown)
    if known:
        columns[f"Known{unit}"] = [
            number_of(members[found.ids[i]].properties.get(known)) for i in rows
        ]
    columns["In training"] = [found.standing(i) for i in rows]
    if found.judged:
        columns["Look twice"] = [found.reasons[i] for i in rows]
    if found.space:
        columns["Nearest in training"] = [found.nearest[i] for i in rows]
        columns["Percentile"] = [round(100 * float(found.percentile[i])) for i in rows]
    config = {name: number(format="%.6g") for name in columns if unit and name.endswith(unit)}
    config[f"Known{unit}"] = number(format="%.4g")
    config |= {"Id": text(pinned=True), "Look twice": text(width="large"),
               "In training": text(help="As good as: the model can't tell it from a crystal that "
                                   "it was trained on"),
               "Percentile": number(format="%d%%")}  # fmt: skip
    return pd.DataFrame(columns), config


def _known_key(shown: Shown) -> str:
    """The property that a prediction may be compared with: of that name, else of that unit."""
    keys = [key for key in shown.library.numeric_keys if not key.startswith(PREFIX)]
    return shown.found.key if shown.found.key in keys else ""


def crystal(shown: Shown) -> None:
    """The crystal that the address names, beside what is predicted of it."""
    found, named = shown.found, state.url("crystal")
    if named not in found.ids:
        return
    row = found.ids.index(named)
    member = shown.library.get(named)
    st.subheader("The crystal")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        options = view_controls("predict.view")
        crystal_view(member, key="predict.3d", options=options, build=computed.scene, height=400)
    with right:
        st.text(f"{named}: {member.formula}")
        value, std = float(found.mean[row]), float(found.std[row])
        told = f"{shown_value(value, std)} ± {shown_value(std, std)} {shown.unit}".strip()
        st.metric(
            f"{quantity(found.key).label}, predicted", told,
            help="Value and standard deviation as the model states it",
        )  # fmt: skip
        bounds = shown.bounds
        if bounds is not None:
            low, high = (shown_value(float(b), std) for b in bounds[row])
            st.text(f"{100 * shown.level:g}% interval: {low} to {high} {shown.unit}".strip())
        known = number_of(member.properties.get(found.key))
        if known is not None:
            st.text(f"Known: {shown_value(known, std)} {shown.unit}".strip())
        st.text(f"In training: {found.standing(row)}")
        if found.nearest[row]:
            st.text(f"Nearest training crystal: {found.nearest[row]}")
        for reason in filter(None, found.reasons[row].split("; ")):
            st.warning(
                errors.plain(f"{reason[0].upper()}{reason[1:]}."), icon=":material/visibility:"
            )
        st.page_link(
            "pages/explore/crystal.py", label="All about this crystal", icon=":material/diamond:",
            query_params={"crystal": named}, help="Cell, symmetry, neighbours, descriptors",
        )  # fmt: skip

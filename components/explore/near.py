"""The nearest crystals of one in its library, with the way to the pair explained."""

from __future__ import annotations

import streamlit as st

from components import computed, counts, errors, figure, snippets, state
from core.citations import GRID
from core.distances import parse_metric
from core.errors import ComputeError, InputError
from core.library import Library
from core.library.citing import data_dois
from core.types import Crystal

_K = 10
_EMD = "10.1021/acs.chemmater.0c03381"
PRESETS = {
    "Structure": ("{grid}", "GRID: interatomic distances, blind to the elements"),
    "Structure and composition": (
        "10*{grid}+composition-emd", "ten times GRID plus the distance of the compositions",
    ),
    "Composition": ("composition-emd", "which elements there are, and how many"),
}  # fmt: skip


def show(library: Library, crystal: Crystal) -> None:
    """The table; a chosen row leads to the explained pair."""
    if len(library) < 2:
        st.info("The library holds no other crystal.", icon=":material/info:")
        return
    named = state.url("alike")
    chosen = st.segmented_control(
        "Alike in", list(PRESETS), default=named if named in PRESETS else next(iter(PRESETS)),
        required=True, key="crystal.alike", help="What the distance between two crystals compares",
    )  # fmt: skip
    state.set_url("alike", None if chosen == next(iter(PRESETS)) else chosen)
    pattern, words = PRESETS[chosen]
    weights = "(disorder=weights)" if library.disorder == "weights" else ""
    metric = parse_metric(pattern.format(grid=f"grid-emd{weights}"))
    try:
        with st.spinner("Comparing crystals", show_time=True):
            table, others = computed.neighbors(library, crystal, metric, _K)
    except (InputError, ComputeError) as error:
        errors.show_error(error)
        return
    left_out = len(library) - 1 - others
    besides = f"; {counts.crystals(left_out)} could not be compared" if left_out else ""
    st.caption(f"Distance: {words}. Compared with {counts.crystals(others)}{besides}.")
    event = st.dataframe(
        table, hide_index=True, key="crystal.near", on_select="rerun",
        selection_mode="single-row", alt=f"Nearest crystals of {crystal.id}",
        column_config={table.columns[2]: st.column_config.NumberColumn(format="%.4f")},
    )  # fmt: skip
    rows = event["selection"]["rows"]
    other = table["Id"].iloc[rows[0] if rows and rows[0] < len(table) else 0]
    st.page_link(
        "pages/explore/similarity.py", icon=":material/hub:",
        label=f"Why are {errors.plain(crystal.id)} and {errors.plain(other)} alike?",
        query_params={"a": crystal.id, "b": other, "metric": str(metric)},
        help="The pair side by side with the explained match; choose another row above",
    )  # fmt: skip
    figure.owed(
        key="crystal.near", name=f"nearest-{crystal.id}", data=table,
        code=snippets.nearest(library, crystal.id, str(metric), len(table)),
        cite=(GRID, _EMD, *data_dois(library)),
    )  # fmt: skip

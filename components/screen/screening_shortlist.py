"""The shortlist: a row a crystal with interval, reasons and neighbours; the chosen one in 3D."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from components import cache, computed, errors, figure, state
from components.screen.screened import Outcome
from components.screen.screening_scripts import cite, script
from components.viewer import crystal_view, view_controls
from core.distances.features import embed
from core.distances.nearest import nearest
from core.hashing import bytes_digest
from core.jobs.predicted import shown_value
from core.screening.criteria import Column
from core.screening.limits import ABOVE_HULL
from core.types import Crystal
from core.units import quantity

_LEVEL = 0.9
_NEAREST = 5
_METRIC = "grid-emd"


def table(outcome: Outcome) -> None:
    """The rows; a chosen row shows its crystal below."""
    rows = outcome.shortlist.tolist()
    if not rows:
        st.warning(errors.plain(outcome.found.funnel.message), icon=":material/filter_alt_off:")
        return
    frame, config = _frame(outcome, rows)
    st.dataframe(
        frame, hide_index=True, height=min(420, 38 + 35 * len(rows)), column_config=config,
        key="screen.table", on_select=lambda: _row(outcome), selection_mode="single-row",
        alt=f"Shortlist of {len(rows):,} candidates with values, intervals and reasons",
    )  # fmt: skip
    passed = int(outcome.found.funnel.counts[-1])
    st.caption(
        f"{len(rows):,} of {passed:,} that passed, best first. Choose a row to see its crystal, "
        "why it passed and the known crystals nearest to it."
    )
    figure.owed(
        key="screen.table", name=f"shortlist-{outcome.source.name}", data=frame,
        code=script(outcome), cite=cite(outcome.source),
    )  # fmt: skip


def crystal(outcome: Outcome) -> None:
    """The crystal that the address names, beside what speaks for it."""
    named = state.url("crystal")
    rows = [i for i in outcome.shortlist.tolist() if outcome.source.table.ids[i] == named]
    if not rows:
        return
    row = rows[0]
    st.subheader("The candidate")
    left, right = st.columns([3, 2], gap="medium")
    members = outcome.crystals_of(np.array([row]))
    with left:
        if members:
            options = view_controls("screen.view")
            crystal_view(
                members[0], key="screen.3d", options=options, build=computed.scene, height=400
            )
        else:
            st.info("Results of a batch hold no structures.", icon=":material/info:")
    with right:
        st.text(f"{named}: {outcome.source.table.formulas[row]}")
        for reason in outcome.found.funnel.reasons(row):
            st.markdown(f":material/check: {errors.plain(reason)}")
        for column in outcome.source.table.columns.values():
            if column.beyond[row] and column.trained is not None:
                low, high = column.trained
                st.warning(
                    errors.plain(f"{quantity(column.key).label} lies outside the training values, "
                                 f"{low:.4g} to {high:.4g} {column.unit}."),
                    icon=":material/visibility:",
                )  # fmt: skip
        if members:
            _near(outcome, members[0])


def _near(outcome: Outcome, candidate: Crystal) -> None:
    """The nearest known crystals under GRID, with their distances."""
    known = outcome.source.known
    if not known:
        st.caption("Choose known crystals above to see the nearest of them.")
        return
    digest = bytes_digest(f"{candidate.digest} {outcome.source.known_name}".encode())
    found = cache.shared(
        "screen.near", digest, lambda: _neighbors(outcome.source.known_name, candidate, known)
    )
    st.markdown("**Nearest known crystals**")
    st.dataframe(
        [
            {"[Å]": round(d, 4), "Formula": known[i].formula, "Id": known[i].id}
            for i, d in found
        ],
        hide_index=True, column_config={"[Å]": st.column_config.NumberColumn(
            width="small", help="GRID distance to the candidate")},
        alt=f"Known crystals nearest to {candidate.id} and their GRID distances",
    )  # fmt: skip
    st.caption("By GRID distance [Å]: interatomic distances, blind to the elements.")


def _neighbors(
    name: str, candidate: Crystal, known: tuple[Crystal, ...]
) -> list[tuple[int, float]]:
    from core.distances import parse_metric

    metric = parse_metric(_METRIC)
    vectors, described = cache.shared("screen.vectors", name, lambda: embed(known, metric))
    own, _ = embed([candidate], metric)
    found = nearest(own, vectors, min(_NEAREST, len(vectors)))
    return [
        (int(described.kept[i]), float(d))
        for i, d in zip(found.indices[0].tolist(), found.distances[0].tolist(), strict=True)
    ]


def _row(outcome: Outcome) -> None:
    picked = (state.get("screen.table") or {}).get("selection", {}).get("rows", [])
    if picked and picked[0] < len(outcome.shortlist):
        state.set_url("crystal", str(outcome.source.table.ids[int(outcome.shortlist[picked[0]])]))


def _frame(outcome: Outcome, rows: list[int]) -> tuple[Any, dict[str, Any]]:
    import pandas as pd

    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    found, known = outcome.source.table, outcome.source.table.known
    columns: dict[str, list[Any]] = {
        "Id": [str(found.ids[i]) for i in rows], "Formula": [str(found.formulas[i]) for i in rows],
    }  # fmt: skip
    config: dict[str, Any] = {"Id": text(pinned=True, width="small")}
    for key, column in found.columns.items():
        for name, values in _values(key, column, rows).items():
            columns[name] = values
            config[name] = number(format="%.6g")
    if known is not None:
        if np.isfinite(known.percentile).any():
            columns["Novelty"] = [round(100 * float(known.percentile[i])) for i in rows]
            config["Novelty"] = number(
                format="%d%%", help="Training crystals nearer to their nearest than this one to "
                "its own",
            )  # fmt: skip
        columns["Nearest in training"] = [str(known.nearest[i]) for i in rows]
    beyond = [
        ", ".join(quantity(k).label for k, c in found.columns.items() if c.beyond[i]) for i in rows
    ]
    if any(beyond):
        columns["Beyond training values"] = beyond
    columns["Why it passed"] = ["; ".join(outcome.found.funnel.reasons(i)) for i in rows]
    config["Why it passed"] = text(width="large")
    return pd.DataFrame(columns), config


def _values(key: str, column: Column, rows: list[int]) -> dict[str, list[Any]]:
    """Value, deviation and interval of one property, with the digits the deviation allows."""
    unit = f" [{column.unit}]" if column.unit else ""
    head = "Above known hull" if key == ABOVE_HULL else quantity(key).label
    std = column.std

    def told(value: float, i: int) -> float | None:
        if not np.isfinite(value):
            return None
        spread = float(std[i]) if std is not None else 0.0
        text = shown_value(value, spread) if spread > 0 else f"{value:.4g}"
        return float(text.replace(",", ""))

    out = {f"{head}{unit}": [told(float(column.mean[i]), i) for i in rows]}
    if std is not None:
        out[f"± {head}{unit}"] = [told(float(std[i]), i) for i in rows]
    if column.intervals is not None and column.levels is not None:
        at = int(np.abs(column.levels - _LEVEL).argmin())
        for side, word in enumerate(("from", "to")):
            name = f"{head} {100 * column.levels[at]:g}% {word}{unit}"
            out[name] = [told(float(column.intervals[i, side, at]), i) for i in rows]
    return out

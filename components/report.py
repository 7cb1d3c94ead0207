"""The doctor's report: what was found in each file, what was mended, what to do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from components import state
from components.errors import plain
from core.io.disorder import DECISION
from core.library import Library
from core.types import Crystal, Examination, Failure, Finding

_MOST_ROWS = 2_000
# Reasons and advice are sentences; Streamlit wraps text in rows above 4 rem (64 pixels) alone.
SENTENCES = 66
_ROWS_IN_SIGHT = 12
REASON_WIDTHS = {
    "File": st.column_config.TextColumn(width="small"),
    "Reason": st.column_config.TextColumn(width="medium"),
    "What to do": st.column_config.TextColumn(width="medium"),
}
_NAMED = 3  # crystals a line of the summary names
_VERDICTS = {
    "green": ("Green: nothing to look at.", ":material/check_circle:"),
    "amber": ("Amber: usable, but look at the findings.", ":material/warning:"),
    "red": ("Red: not usable as it is.", ":material/error:"),
}
# Label, key of what the file states, key of what was found.
_FACTS: tuple[tuple[str, str, str], ...] = (
    ("Formula", "formula_stated", "formula"),
    ("Formula units (Z)", "z_stated", "z"),
    ("Space group", "space_group_stated", "space_group_found"),
    ("Space group number", "space_group_number_stated", "space_group_number_found"),
    ("Volume [Å³]", "volume_A3_stated", "volume_A3"),
    ("Density [g/cm³]", "density_g_cm3_stated", "density_g_cm3"),
    ("Sites in the cell", "", "n_sites"),
    ("Shortest contact [Å]", "", "shortest_contact_A"),
    ("Between", "", "shortest_contact_atoms"),
    ("Symmetry tolerance [Å]", "", "symprec_A"),
)


def failures_table(failures: Sequence[Failure]) -> None:
    """Each thing that gave no crystal: where, why, what to do."""
    rows = [
        {"File": f.source or f.id, "Reason": f.message, "What to do": f.hint}
        for f in failures[:_MOST_ROWS]
    ]
    st.dataframe(
        rows, hide_index=True, row_height=SENTENCES, column_config=REASON_WIDTHS,
        height=40 + SENTENCES * max(1, min(len(rows), _ROWS_IN_SIGHT)),
        alt="Files that could not be read, with the reason",
    )  # fmt: skip
    if len(failures) > _MOST_ROWS:
        st.caption(f"The first {_MOST_ROWS:,} of {len(failures):,} are shown.")


def summary(library: Library) -> None:
    """All findings of the library, counted."""
    holders: dict[tuple[str, str, bool], list[str]] = defaultdict(list)
    for examined in library.examinations:
        for key in dict.fromkeys((f.code, f.severity, f.repaired) for f in examined.findings):
            holders[key].append(examined.crystal_id)
    if not holders:
        st.caption("The doctor found nothing to remark.")
        return
    rows = [
        {"Finding": words(code), "Crystals": len(ids), "Severity": severity,
         "Mended": "yes" if repaired else "no", "Which": _some(ids)}
        for (code, severity, repaired), ids in sorted(
            holders.items(), key=lambda item: -len(item[1])
        )
    ]  # fmt: skip
    st.dataframe(rows, hide_index=True, alt="Findings of the doctor, counted")


def _some(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _NAMED:,} more" if len(ids) > _NAMED else ""
    return ", ".join(ids[:_NAMED]) + more


def card(crystal: Crystal, found: Examination) -> None:
    """The report of one crystal."""
    if not found.facts.get("examined"):
        st.caption("This crystal was not examined: it came with an embedded set.")
    else:
        sentence, icon = _VERDICTS[found.verdict]
        show = st.success if found.verdict == "green" else st.warning
        show(sentence, icon=icon)
    if found.hint:
        st.markdown(f"**Suggested:** {plain(found.hint)}")
    left, right = st.columns(2, gap="medium")
    with left:
        findings_list(found.findings)
        if decision := crystal.properties.get(DECISION):
            st.caption("Decided")
            st.text(decision)
    with right:
        rows = facts_rows(found.facts)
        if rows:
            st.caption("Stated in the file, and found")
            st.dataframe(rows, hide_index=True, alt="Stated and found values")
        st.caption("Source")
        st.text(crystal.source)


def findings_list(findings: Iterable[Finding]) -> None:
    """Problems, then what was mended on reading, then remarks; each in full."""
    kinds = (
        ("To look at", [f for f in findings if not f.repaired and f.severity != "info"]),
        ("Mended on reading", [f for f in findings if f.repaired]),
        ("Remarks", [f for f in findings if not f.repaired and f.severity == "info"]),
    )
    if not any(found for _, found in kinds):
        st.caption("Nothing to remark.")
    for title, found in kinds:
        if found:
            st.caption(title)
            st.text("\n".join(f"• {f.message}" for f in found))


def is_examined(library: Library) -> bool:
    """Whether the doctor has seen every crystal."""
    return all(card.facts.get("examined") for card in library.examinations)


def pick_crystal(library: Library) -> str:
    """A select box over the crystals, those to look at first; the choice is in the address."""
    ids = sorted(library.ids, key=_amber_ids(library).__contains__, reverse=True)
    named = state.url("crystal")
    chosen = st.selectbox(
        "Crystal", ids, index=ids.index(named) if named in ids else 0,
        key=f"report.crystal.{library.record_digest[:12]}",
        help="Those with something to look at come first; type to search",
    )  # fmt: skip
    state.set_url("crystal", chosen)
    return str(chosen)


def _amber_ids(library: Library) -> frozenset[str]:
    return frozenset(e.crystal_id for e in library.examinations if e.verdict != "green")


def facts_rows(facts: Mapping[str, Any]) -> list[dict[str, str]]:
    """Stated against found, a row for each quantity that is known."""
    rows = []
    for label, stated, found in _FACTS:
        told, seen = _shown(facts.get(stated)), _shown(facts.get(found))
        if told or seen:
            rows.append({"Quantity": label, "Stated": told, "Found": seen})
    return rows


def words(code: str) -> str:
    """A finding's code as words."""
    return code.replace("_", " ").capitalize()


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)

"""The parts of Home: what is at hand and the next step; embedded sets as cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from components import errors, report, state, uploads
from core.data import EMBEDDED
from core.library import Library
from core.types import Failure

_FAILURES_SHOWN = 50


def at_hand() -> None:
    """The crystals at hand and the one obvious next step; nothing without crystals."""
    library = state.library()
    if library is None:
        return
    with st.container(border=True):
        st.text(f"{library.name}: {uploads.summary(library.report)}")
        if library.failures:
            with st.expander("What could not be read", expanded=not len(library)):
                report.failures_table(_by_reason(library.failures)[:_FAILURES_SHOWN])
        _next_step(len(library))


def _by_reason(failures: Sequence[Failure]) -> list[Failure]:
    """One row a reason, naming the first file: thousands of one kind must not hide another."""
    groups: dict[tuple[str, str], list[Failure]] = {}
    for failure in failures:
        groups.setdefault((failure.message, failure.hint), []).append(failure)
    rows = []
    for alike in groups.values():
        name = alike[0].source or alike[0].id
        more = f" and {len(alike) - 1:,} more" if len(alike) > 1 else ""
        rows.append(replace(alike[0], source=f"{name}{more}"))
    return rows


def _next_step(count: int) -> None:
    with st.container(horizontal=True):
        if count > 1 and st.button(
            "Compare them", type="primary", key="home.compare", icon=":material/hub:",
            help="How alike the crystals are, as a map and a matrix.",
        ):  # fmt: skip
            st.switch_page("pages/explore/similarity.py")
        if count and st.button(
            "Look at one", key="home.look", icon=":material/diamond:",
            help="Structure, symmetry, descriptors and nearest crystals of one crystal.",
        ):  # fmt: skip
            st.switch_page("pages/explore/crystal.py")
        if st.button(
            "Check and filter", key="home.library", icon=":material/folder_open:",
            help="The doctor's report, filters, properties and export.",
        ):  # fmt: skip
            st.switch_page("pages/explore/library.py")
    if count == 1:
        st.caption("Add one more crystal to compare.")


def embedded_sets() -> None:
    """A card for each set: title, count, what it is, licence, one click."""
    for slot, (key, entry) in zip(st.columns(len(EMBEDDED)), EMBEDDED.items(), strict=True):
        card = entry.card
        with slot.container(border=True, height="stretch"):
            st.markdown(f"**{card.title}** · {card.n_crystals:,} crystals")
            st.caption(card.summary)
            st.caption(f"Licence: {card.licence}")
            st.space("stretch")  # buttons of all cards on one line
            if st.button(
                f"Open {errors.plain(card.title)}", key=f"home.set.{key}", width="stretch",
                help=f"Load the {card.n_crystals:,} crystals of this set.",
            ):  # fmt: skip
                state.set_library(Library.embedded(key))
                st.rerun()

"""What to do with partial occupancy: the choice, for one crystal or all."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from components import changes, state
from core.elements import SYMBOLS
from core.library import Library
from core.library.disorder import disordered_ids, treat_disorder
from core.library.library import REFUSE, WEIGHTS

_CHOICES = {
    "weights": "Keep the weights",
    "refuse": "Refuse disordered crystals",
    "order": "Ordered approximation",
    "drop": "Drop guests",
}
_HELP = {
    "weights": "Sites and neighbours count by their occupancy, on every page.",
    "refuse": "Pages that need ordered crystals report the others as failures (the default).",
    "order": "Sites share out their elements and vacancies in whole numbers; the composition "
    "stays as near as can be.",
    "drop": "Sites that are not full go, and the elements you name: a framework without its "
    "cations, water or template.",
}


def disorder_panel(library: Library) -> None:
    """Draw the choice and carry it out."""
    ids = disordered_ids(library)
    if not ids:
        st.info("All crystals are ordered: every site is fully occupied.", icon=":material/check:")
        return
    now = "weights" if library.disorder == "weights" else "refuse"
    handling = "kept as weights" if now == "weights" else "refused"
    st.text(
        f"Disordered: {len(ids):,} of {len(library):,} crystals. At present they are {handling}."
    )
    how = st.segmented_control(
        "What to do", list(_CHOICES), format_func=_CHOICES.__getitem__,
        default=now,
        required=True, key="disorder.how", help="Recorded with the library and in every export",
    )  # fmt: skip
    st.caption(_HELP[how])
    if how in ("weights", "refuse"):
        if how == now:
            st.caption("This is how they are treated now.")
        elif st.button("Apply to the library", key="disorder.policy", help="Goes on record"):
            changes.apply(library.deciding(WEIGHTS if how == "weights" else REFUSE))
        return
    which = st.multiselect(
        "Crystals", ids, key="disorder.which", placeholder="All disordered crystals",
        help="Leave empty for all of them",
    )  # fmt: skip
    guests: tuple[str, ...] = ()
    treatment: Literal["order", "drop"] = "drop" if how == "drop" else "order"
    if treatment == "drop":
        guests = tuple(
            st.multiselect(
                "Also drop these elements", SYMBOLS[1:], key="disorder.guests",
                help="Even where their sites are full", placeholder="Elements",
            )
        )  # fmt: skip
    chosen = tuple(which) or ids
    if st.button(f"Change {len(chosen):,} of {len(ids):,}", key="disorder.apply",
                 help="Each is examined anew"):  # fmt: skip
        with st.spinner("Examining the changed crystals"):
            new, failures = treat_disorder(library, chosen, treatment, guests=guests)
        if failures:
            first = failures[0]
            state.leave_note(
                f"{len(failures)} crystals could not be changed and stay as they are; "
                f"the first is {first.id}: {first.message}"
            )
        changes.apply(new)

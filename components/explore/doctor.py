"""The doctor's view of the library: what could not be read, one crystal in full, all findings."""

from __future__ import annotations

import streamlit as st

from components import report, uploads
from core.library import Library


def doctor_panel(library: Library) -> None:
    """What the doctor found: failures, all findings counted, one crystal in full."""
    if library.failures:
        st.subheader(f"Not read: {len(library.failures):,}")
        report.failures_table(library.failures)
    if not len(library):
        return
    if not report.is_examined(library) and not uploads.is_reading():
        st.caption("Crystals of embedded and public sets come without an examination.")
        if st.button("Examine them", icon=":material/stethoscope:", key="library.examine",
                     help="Contacts, symmetry, disorder: about 6 ms a crystal"):  # fmt: skip
            uploads.start_examination(library)
    st.subheader("One crystal")
    chosen = report.pick_crystal(library)
    report.card(library.get(chosen), library.examination(chosen))
    st.subheader("All findings")
    report.summary(library)

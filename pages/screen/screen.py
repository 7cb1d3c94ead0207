"""Screen: which candidates are worth the next calculation, and what do the filters cost?"""

from __future__ import annotations

import streamlit as st

from components import errors, jobs, views
from components.screen import (
    screened,
    screening_files,
    screening_form,
    screening_shortlist,
    screening_source,
    screening_truth,
    screening_verify,
    screening_views,
)
from core.errors import InvalidSpecError

VIEWS = {
    "funnel": "Funnel",
    "cloud": "Uncertainty",
    "beside": "Beside training",
    "what-if": "What if",
    "truth": "Truth",
    "shortlist": "Shortlist",
    "verify": "Verify",
    "files": "Export",
}

st.title("Screen")
st.markdown("Which candidates are worth the next calculation, and what do the filters cost?")
jobs.reopen()
source = screening_source.choose()
left, right = st.columns([1, 2], gap="medium")
with left:
    wanted = screening_form.form(source)
with right:
    try:
        outcome = screened.outcome(source, wanted)
    except InvalidSpecError as error:
        errors.show_error(error)
        st.stop()
    screening_views.headline(outcome)
    view, tab = views.open_view("screen.tab", VIEWS)
    with tab:
        if view == "funnel":
            screening_views.funnel(outcome)
        elif view == "cloud":
            screening_views.cloud(outcome)
        elif view == "beside":
            screening_views.beside(outcome)
        elif view == "what-if":
            screening_views.what_if(outcome)
        elif view == "truth":
            screening_truth.truth(outcome)
        elif view == "shortlist":
            screening_shortlist.table(outcome)
        elif view == "verify":
            screening_verify.verify(outcome)
        else:
            screening_files.files(outcome)
    if view in ("cloud", "shortlist"):
        screening_shortlist.crystal(outcome)

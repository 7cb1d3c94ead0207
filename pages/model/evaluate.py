"""Evaluate: how far off is the model on crystals it has not seen?"""

from __future__ import annotations

import streamlit as st

from components import errors, jobs, runs
from components.model import evaluated, evaluated_curves, evaluated_parity, evaluated_residuals
from components.views import open_view

st.title("Evaluate")
st.markdown("How far off is the model on crystals it has not seen?")
jobs.reopen()
run = runs.choose()
if run.library_name:
    st.caption(errors.plain(f"Trained on {run.library_name}."))
evaluated.headlines(run)
evaluated.warnings(run)

view, tab = open_view(
    "evaluate.view",
    {"": "Parity", "residuals": "Residuals", "metrics": "Metrics", "curves": "Learning curves",
     "runs": "Compare runs"},
)  # fmt: skip
with tab:
    match view:
        case "residuals":
            evaluated_residuals.show(run)
        case "metrics":
            evaluated.metrics(run)
        case "curves":
            evaluated_curves.show(run)
        case "runs":
            evaluated.comparison()
        case _:
            evaluated_parity.show(run)

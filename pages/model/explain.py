"""Explain: what does the model look at, and how does its answer change with it?"""

from __future__ import annotations

import streamlit as st

from components import errors, jobs, runs
from components.model import explained, explained_dependence, explained_distances, run_jobs
from components.views import open_view

st.title("Explain")
st.markdown("What does the model look at, and how does its answer change with it?")
jobs.reopen()
run = runs.choose()
st.caption(errors.plain(run_jobs.subset(run)))

names = {"": "Features", "dependence": "Partial dependence", "grid": "Distances and GRID"}
view, tab = open_view("explain.view", names)
with tab:
    match view:
        case "dependence":
            explained_dependence.draw(run)
        case "grid":
            explained_distances.draw(run)
        case _:
            explained.features(run)

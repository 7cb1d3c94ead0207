"""Uncertainty: are the stated uncertainties right, and where do they fail?"""

from __future__ import annotations

import streamlit as st

from components import errors, jobs, runs
from components.model import calibrated, calibrated_shift, run_jobs
from components.views import open_view

st.title("Uncertainty")
st.markdown("Do the model's intervals hold what they promise, and where do they fail?")
jobs.reopen()
run = runs.choose()
judged = calibrated.Judged.of(run.outputs)
st.caption(errors.plain(run_jobs.subset(run)))

found = {}
if judged.has_intervals:
    found = calibrated_shift.found_so_far(run, judged)
    calibrated.say_verdict(found, calibrated.level_of(judged))
    if len(found) == 1:
        st.caption("Tried under one split so far; Another split asks the harder question.")
else:
    calibrated.without_intervals()

names = {"": "Coverage", "quantiles": "Quantiles", "confidence": "Confidence"}
if judged.has_intervals:
    names |= {"tails": "Tails", "shift": "Another split"}
view, tab = open_view("uncertainty.view", names)
with tab:
    match view:
        case "quantiles":
            calibrated.quantile_plot(run, judged)
        case "confidence":
            calibrated.confidence(run, judged)
        case "tails":
            calibrated.tails(run, judged)
        case "shift":
            calibrated_shift.draw(run, judged, found)
        case _:
            calibrated.reliability(run, judged)

"""Predict: what does a model say of these crystals, and where is it out of its depth?"""

from __future__ import annotations

import streamlit as st

from components import jobs, kept_models, views
from components.empty import require_library
from components.model import (
    model_card,
    predicted,
    predicted_figures,
    predicted_files,
    predicted_table,
)

VIEWS = {
    "table": "Table",
    "values": "Against training",
    "known": "Against known values",
    "files": "Files and library",
}

st.title("Predict")
st.markdown("What does a model say of these crystals, and where is it out of its depth?")
jobs.reopen()
library = require_library()
chosen = kept_models.choose()
model_card.card(chosen)
shown = predicted.predict(library, chosen)
if shown is None:
    st.stop()
predicted.headline(shown)
view, tab = views.open_view("predict.tab", VIEWS)
with tab:
    if view == "table":
        predicted_table.table(shown)
    elif view == "values":
        predicted_figures.distribution(shown)
    elif view == "known":
        predicted_figures.known(shown)
    else:
        predicted_files.files(shown)
predicted_table.crystal(shown)

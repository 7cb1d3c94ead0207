"""Train: which property can be learned from these crystals, and how well?"""

from __future__ import annotations

import streamlit as st

from components import empty, errors, jobs
from components.model import training, training_options, training_run
from core.errors import SchemaError

st.title("Train")
st.markdown("Which property can be learned from these crystals, and how well?")
jobs.reopen()
training.come_back()
library = empty.require_library(2, empty.LEARNING)
try:
    facts, scale = training.target(library)
except SchemaError as error:
    errors.show_error(error)
    empty.sets(empty.LEARNING)
    st.stop()

left, right = st.columns(2, gap="medium")
with left:
    st.subheader("Model")
    model = training_options.model(scale)
with right:
    st.subheader("Test")
    seed, at_most = training_options.seed_and_sample(facts)
    split = training_options.split(at_most or len(facts.values))
    conformal, levels = training_options.intervals()
training.remember()
if model is not None:
    training_run.show(
        library,
        {
            "target": facts.key, "model": model, "split": split, "conformal": conformal,
            "levels": levels, "seed": seed, "at_most": at_most,
        },
    )  # fmt: skip

"""Similarity: which crystals are alike, and what makes two of them differ?"""

from __future__ import annotations

import streamlit as st

from components import jobs
from components import metric as metric_form
from components.empty import require_library
from components.explore import compared, pair, similar

st.title("Similarity")
st.markdown("Which crystals are alike, and what makes two of them differ?")
jobs.reopen()
library = require_library(2)
left, right = st.columns([2, 3], vertical_alignment="bottom")
with left:
    metric = metric_form.choose(library)
with right:
    st.caption(" ".join(term.distance.summary for term in metric.terms))

compared_now = compared.similarity(library, metric)
similar.failures(compared_now.failures)
found = compared_now.found
if len(found.ids) < 2:
    st.info("Fewer than two crystals can be compared.", icon=":material/info:")
    st.stop()
a, b = similar.choose_pair(found)

matrix_tab, map_tab, near_tab, same_tab, keep_tab = similar.views(
    "Matrix", "Map", "Nearest", "Duplicates", "Export"
)
if matrix_tab.open:
    with matrix_tab:
        similar.matrix(found, library, metric, compared_now.digest, (a, b))
if map_tab.open:
    with map_tab:
        drawn = compared.plane(library, metric, found)
        if drawn is not None:
            similar.plane(
                found, drawn.points, library, metric, how=drawn.how, stress=drawn.stress,
                axis=drawn.axis, pair=(a, b),
            )  # fmt: skip
if near_tab.open:
    with near_tab:
        similar.neighbours(found, library, metric, a)
if same_tab.open:
    with same_tab:
        similar.duplicates(found, metric)
if keep_tab.open:
    with keep_tab:
        compared.exports(library, metric, compared_now)

st.subheader("The pair")
if a == b:
    st.info("Choose two different crystals.", icon=":material/info:")
else:
    pair.show(library, a, b, metric, found.distance(a, b))

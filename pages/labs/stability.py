"""Stable crystals before relaxation: the retrospective screening of a thesis, live."""

from __future__ import annotations

import streamlit as st

from components import jobs, lab
from components.errors import guard
from components.labs import stability_lab

_PARTS = {
    "criteria": "Criteria", "order": "In order", "systems": "Systems", "hits": "Hits",
    "trust": "Trust",
}  # fmt: skip


def _show(part: str, name: str) -> None:
    found = stability_lab.result(name)
    from components.labs import stability_lab_parts as parts

    {
        "criteria": parts.criteria,
        "order": parts.in_order,
        "systems": parts.new_systems,
        "hits": parts.hits,
        "trust": parts.trust,
    }[part](name, found)


jobs.reopen()
st.title("Stability")
st.markdown(
    "Does a model's uncertainty help to find stable crystals before anything is relaxed? "
    f"Sections 6.4 to 6.6 of a thesis ([article](https://doi.org/{stability_lab.WORK})), computed "
    "again on the embedded prototypes, in chemical systems no model has seen."
)
with guard():
    with st.container(horizontal=True, gap="medium"):
        model = stability_lab.model()
        part = lab.switch(
            "Figures", "part", tuple(_PARTS), "criteria", names=tuple(_PARTS.values()),
            help="Selection with and without uncertainty; precision and recall over the number "
            "evaluated; enrichment (6.5); histograms of right and wrong; error against confidence",
        )  # fmt: skip
    _show(part, model)

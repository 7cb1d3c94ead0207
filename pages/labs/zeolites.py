"""Thermal properties of zeolites, the figures of the paper live, and one's own frameworks."""

from __future__ import annotations

import streamlit as st

from components import jobs, lab
from components.errors import guard
from core.labs.zeolites import PAPER

_PARTS = {
    "families": "Descriptors", "reasons": "Reasons", "stages": "Stages", "intervals": "Intervals",
    "geometry": "Geometry", "frameworks": "My frameworks",
}  # fmt: skip


def _show(part: str) -> None:
    from components.labs import (
        zeolite_lab_families,
        zeolite_lab_own,
        zeolite_lab_reasons,
        zeolite_lab_trust,
    )

    {
        "families": zeolite_lab_families.families,
        "reasons": zeolite_lab_reasons.reasons,
        "stages": zeolite_lab_reasons.stages,
        "intervals": zeolite_lab_trust.intervals,
        "geometry": zeolite_lab_trust.geometry,
        "frameworks": zeolite_lab_own.frameworks,
    }[part]()


jobs.reopen()
st.title("Zeolites")
st.markdown(
    "How well do structures of siliceous zeolites tell their thermal expansion and bulk modulus? "
    f"The [paper](https://doi.org/{PAPER}), computed again on its own data."
)
with guard():
    _show(
        lab.switch(
            "Figures", "part", tuple(_PARTS), "families", names=tuple(_PARTS.values()),
            help="Fig. 1 and 3; Fig. 1, 2 and 3; Fig. S1; calibration; starting structures; "
            "Fig. 4 and 5 for your library",
        )
    )  # fmt: skip

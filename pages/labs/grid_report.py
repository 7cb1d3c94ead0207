"""Section 7.1 of the GRID report, live: layers, displacements, expansion."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from components import cache, errors, figure, lab
from components.figures import lab as figures
from components.viewer import crystal_view, view_controls
from core.citations import GRID, REPORT
from core.labs import grid_report as report
from core.labs import grid_report_findings as findings
from core.labs.series import Series

_PARTS = ("layers", "displacement", "expansion")
_IMPORT = "from core.labs.grid_report import METRICS, {call}\n"
_PRINT = "for metric in METRICS:\n    print(metric, series.distances(metric))\n"
_PAIRS = "for metric in METRICS:\n    print(metric, series.matrices[metric])\n"


def _series(call: str, make: Callable[[], Series]) -> Series:
    return cache.shared(f"lab.{call}", report.digest(), make)


def _script(call: str, arguments: str = "", end: str = _PRINT) -> str:
    return _IMPORT.format(call=call) + f"series = {call}({arguments})\n" + end


def _layers() -> None:
    series = _series("layer_series", report.layer_series)
    trials = cache.shared("lab.strain_trials", report.digest(), report.strain_trials)
    settings = cache.shared("lab.rdf_settings", report.digest(), report.rdf_settings)
    at = lab.slider(
        "Perovskite layers n", "n", report.LAYERS, 2,
        help="Sr(n+1)Ti(n)O(3n+1): from SrO, n = 0, to SrTiO3. Cells beyond n = 3 are idealised: "
        "blocks of cubic SrTiO3 between rock salt layers. Open circles mark them.",
    )  # fmt: skip
    if report.PUBLISHED_LAYERS < report.LAYERS[at] < report.LAYERS[-1]:
        st.caption("This cell is idealised, not a published one.")
    _at_hand(series, at, "SrTiO3", "layers", _script("layer_series"))
    for found in findings.layer_findings(series, trials, settings):
        lab.finding(found)
    pairs, strain = st.tabs(["Every pair", "Strain"])
    with pairs:
        _pairs(series, "layers", _script("layer_series", end=_PAIRS))
    with strain:
        st.markdown(
            "How sure is the order? Each phase is strained on its own, by chance, and the order of "
            "n = 0, 1, 2 by distance to SrTiO3 is looked at again. The dashed line is the share "
            "asked for, 90%."
        )
        figure.show(
            figures.strain(trials, figure.dark()), key="lab.strain", name="grid-report-strain",
            data=pd.DataFrame(figures.strain_table(trials)), cite=(GRID, REPORT),
            code="from core.labs.grid_report import strain_trials\nprint(strain_trials())\n",
            alt="Share of strained trials that keep the order, for each metric",
        )  # fmt: skip


def _displacement() -> None:
    every: dict[str, Series] = {
        axis: _series(f"displacement_series.{axis}", partial(report.displacement_series, axis))
        for axis in report.DIRECTIONS
    }
    left, right = st.columns([1, 3], gap="medium")
    with left:
        axis = lab.switch(
            "Direction", "dir", report.DIRECTIONS, "001", names=("[001]", "[111]"),
            help="Ti moves towards an O, along [001], or towards a face of the octahedron, [111].",
        )  # fmt: skip
    with right:
        at = lab.slider(
            "Displacement of Ti", "d", report.DISPLACEMENTS_A, 0.12, unit="Å",
            help="How far Ti sits from the centre of its octahedron; the cell stays cubic, 4 Å.",
        )  # fmt: skip
    series = every[axis]
    script = _script("displacement_series", repr(axis))
    _at_hand(series, at, "the undisplaced crystal", f"displacement-{axis}", script)
    for found in findings.displacement_findings(every):
        lab.finding(found)
    script = _script("displacement_series", repr(axis), _PAIRS)
    _pairs(series, f"displacement-{axis}", script)


def _expansion() -> None:
    series = _series("expansion_series", report.expansion_series)
    at = lab.slider(
        "Lattice parameter", "a", report.LATTICE_PARAMETERS_A, 3.9, unit="Å",
        help="Edge of the cubic cell of ABX3; all distances grow in proportion.",
    )  # fmt: skip
    _at_hand(series, at, "the cell of 3 Å", "expansion", _script("expansion_series"))
    for found in findings.expansion_findings(series):
        lab.finding(found)
    _pairs(series, "expansion", _script("expansion_series", end=_PAIRS))


def _at_hand(series: Series, at: int, to: str, name: str, code: str) -> None:
    lab.numbers(series, at, to=to)
    left, right = st.columns([3, 5], gap="medium")
    with right:
        figure.show(
            figures.distances(series, at, figure.dark()), key=f"lab.{name}.chart",
            name=f"grid-report-{name}", data=pd.DataFrame(figures.table(series)), code=code,
            cite=(GRID, REPORT),
            alt=f"Distance to the reference along the series {name}, a panel for each metric; "
            f"{series.ids[at]} is marked",
        )  # fmt: skip
    with left:
        options = view_controls("lab.view")
        crystal_view(series.crystals[at], key="lab.crystal", options=options, height=400)


def _pairs(series: Series, name: str, code: str) -> None:
    figure.show(
        figures.matrices(series, figure.dark()), key=f"lab.{name}.pairs",
        name=f"grid-report-{name}-pairs", data=pd.DataFrame(figures.pair_table(series)),
        code=code, cite=(GRID, REPORT),
        alt=f"Distances between all pairs of the series {name}, a heat map for each metric",
    )  # fmt: skip


@st.fragment
def _show(part: str) -> None:
    """A part by itself, so that a slider redraws nothing else; so it needs its own guard."""
    with errors.guard():
        {"layers": _layers, "displacement": _displacement, "expansion": _expansion}[part]()


st.title("GRID report")
st.markdown(
    "Do GRID and the earth mover's distance see what a chemist sees? Section 7.1 of the "
    f"[report](https://doi.org/{REPORT}), computed again here and now."
)
_show(
    lab.switch(
        "Figures", "part", _PARTS, "layers", help="The three series of the report's figure 2",
        names=("Layers", "Displacement", "Expansion"),
    )
)  # fmt: skip

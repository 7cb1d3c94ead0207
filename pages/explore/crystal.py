"""One crystal: what is it, how is it built, what is it like?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import computed, crystal_facts, figure, pick, snippets
from components.empty import require_library
from components.errors import show_error
from components.figures import grid as figures
from components.viewer import crystal_view, view_controls
from core.citations import GRID, REPORT
from core.descriptors.grid import GridSpec
from core.descriptors.powder import PowderSpec
from core.distances import parse_metric
from core.errors import ComputeError, InputError

PRESETS = {
    "Structure (GRID)": "grid-emd",
    "Structure and composition": "10*grid-emd+composition-emd",
}

st.title("Crystal")
st.markdown("What is this crystal, how is it built, and what is it like?")
library = require_library()
crystal = pick.crystal(library)
disorder = getattr(library, "disorder", "refuse")
st.text(f"{crystal.formula}   {crystal.source}")
dark = figure.dark()

left, right = st.columns([3, 2])
with left:
    with st.expander("View", icon=":material/tune:"):
        options = view_controls("crystal.view")
    click = crystal_view(crystal, key="crystal.3d", options=options, build=computed.scene)
with right:
    about, atom, doctor = st.tabs(["Cell and symmetry", "Clicked atom", "Doctor"])
    with about:
        tolerance = st.select_slider(
            "Tolerance of the symmetry search [Å]", [0.001, 0.01, 0.05, 0.1, 0.2], 0.01,
            key="crystal.symprec", help="How far atoms may be from equivalent ones",
        )  # fmt: skip
        try:
            symmetry = computed.symmetry(crystal, tolerance)
            st.metric("Space group", f"{symmetry.symbol}  ({symmetry.number})")
            st.caption(f"{symmetry.crystal_system}, point group {symmetry.point_group}")
            st.dataframe(crystal_facts.sites(crystal, symmetry), hide_index=True)
        except (InputError, ComputeError) as error:
            show_error(error)
        st.dataframe(
            crystal_facts.cell(crystal), hide_index=True,
            column_config={"value": st.column_config.NumberColumn(format="%.4f")},
        )  # fmt: skip
    with atom:
        crystal_facts.show_click(click)
    with doctor:
        crystal_facts.show_findings(library.examination(crystal.id))
        if crystal.properties:
            st.dataframe(
                pd.DataFrame({"property": list(crystal.properties),
                              "value": list(map(str, crystal.properties.values()))}),
                hide_index=True,
            )  # fmt: skip

near, fingerprint, radial, diffraction = st.tabs(
    ["Nearest in the library", "GRID", "Radial distribution", "Diffraction"]
)
spec = GridSpec(disorder=disorder)
rdf_spec, powder_spec = computed.rdf_like(spec), PowderSpec()
with near:
    if len(library) < 2:
        st.info("The library holds no other crystal.", icon=":material/info:")
    else:
        preset = st.radio(
            "Alike in", list(PRESETS), horizontal=True, key="crystal.metric",
            help="GRID compares distances only; composition adds which elements there are",
        )  # fmt: skip
        try:
            table = computed.neighbors(library, crystal, parse_metric(PRESETS[preset]), 10)
            st.dataframe(table, hide_index=True, key="crystal.near")
            st.page_link(
                "pages/explore/similarity.py", label="Why are the two nearest alike?",
                icon=":material/hub:", query_params={"a": crystal.id, "b": table["id"].iloc[0]},
            )  # fmt: skip
        except (InputError, ComputeError) as error:
            show_error(error)
with fingerprint:
    try:
        grid = computed.descriptor(crystal, "grid", spec)
        figure.show(
            figures.heat(grid, spec.edges, dark, crystal.n_sites), key="crystal.grid",
            name=f"grid-{crystal.id}", data=pd.DataFrame(grid, columns=figures.centres(spec.edges)),
            code=snippets.grid(library, crystal.id, spec), cite=(GRID, REPORT),
            alt=f"Heat map of GRID of {crystal.id}.",
        )  # fmt: skip
    except (InputError, ComputeError) as error:
        show_error(error)
with radial:
    try:
        values = computed.descriptor(crystal, "rdf", rdf_spec)
        figure.show(
            figures.rdf(values, rdf_spec.edges, dark), key="crystal.rdf", name=f"rdf-{crystal.id}",
            data=pd.DataFrame({"distance_A": figures.centres(rdf_spec.edges), "g": values}),
            code=snippets.descriptor(library, crystal.id, "rdf", rdf_spec), cite=(REPORT,),
            alt=f"Radial distribution function of {crystal.id}.",
        )  # fmt: skip
    except (InputError, ComputeError) as error:
        show_error(error)
with diffraction:
    pattern = computed.descriptor(crystal, "powder", powder_spec)
    s_edges = [powder_spec.bin_width * i for i in range(len(pattern) + 1)]
    figure.show(
        figures.powder(pattern, s_edges, dark), key="crystal.powder", name=f"powder-{crystal.id}",
        data=pd.DataFrame({"S_1_per_A": s_edges[:-1], "intensity_share": pattern}),
        code=snippets.descriptor(library, crystal.id, "powder", powder_spec), cite=(REPORT,),
        alt=f"X-ray powder pattern of {crystal.id} over |S|.",
    )  # fmt: skip

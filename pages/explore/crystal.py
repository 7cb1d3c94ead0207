"""One crystal: what is it, how is it built, what is it like?"""

from __future__ import annotations

import streamlit as st

from components import computed, figure, report, snippets
from components.empty import require_library
from components.explore import crystal_facts, near, occupancy, pick
from components.figures import grid as grid_figures
from components.figures import powder as powder_figures
from components.figures import rdf as rdf_figures
from components.viewer import crystal_view, view_controls
from core.citations import GRID, REPORT
from core.descriptors.grid import GridSpec
from core.descriptors.powder import PowderSpec
from core.library.citing import data_dois

_RDF, _FORM_FACTORS = "10.1093/oso/9780198803195.001.0001", "10.1107/97809553602060000600"

st.title("Crystal")
st.markdown("What is this crystal, how is it built, and what is it like?")
library = require_library()
crystal = pick.crystal(library)
spec = GridSpec(disorder=library.disorder)
rdf_spec = computed.rdf_like(spec)

left, right = st.columns([3, 2], gap="medium")
with left:
    options = view_controls("crystal.view")
    click = crystal_view(crystal, key="crystal.3d", options=options, build=computed.scene)
    crystal_facts.show_click(click)
with right:
    cell_tab, symmetry_tab = st.tabs(["Cell", "Symmetry"], key="facts", on_change="rerun")
    if cell_tab.open:
        with cell_tab:
            crystal_facts.show_cell(crystal)
    if symmetry_tab.open:
        with symmetry_tab:
            crystal_facts.show_symmetry(crystal)

near_tab, grid_tab, rdf_tab, powder_tab, doctor_tab, known_tab = st.tabs(
    ["Nearest", "GRID", "RDF", "Diffraction", "Doctor", "Properties"],
    key="about", bind="query-params",
)  # fmt: skip
dark, works = figure.dark(), data_dois(library)
if near_tab.open:
    with near_tab:
        if not occupancy.explain_refusal(library, [crystal], spec.disorder, key="weights.near"):
            near.show(library, crystal)
if grid_tab.open:
    with grid_tab:
        if not occupancy.explain_refusal(library, [crystal], spec.disorder, key="weights.grid"):
            values = computed.descriptor(crystal, "grid", spec)
            figure.show(
                grid_figures.heat(values, spec.edges, dark, crystal.n_sites), key="crystal.grid",
                name=f"grid-{crystal.id}", data=grid_figures.table(values, spec.edges),
                code=snippets.grid(library, crystal.id, spec), cite=(GRID, REPORT, *works),
                alt=f"GRID of {crystal.id}: distances to the 1st to 100th neighbour.",
            )  # fmt: skip
            st.page_link(
                "pages/explore/grid.py", label="Options, groups and element pairs",
                icon=":material/grid_on:", query_params={"crystal": crystal.id},
                help="The GRID page with this crystal",
            )  # fmt: skip
if rdf_tab.open:
    with rdf_tab:
        if not occupancy.explain_refusal(library, [crystal], spec.disorder, key="weights.rdf"):
            values = computed.descriptor(crystal, "rdf", rdf_spec)
            figure.show(
                rdf_figures.rdf(values, rdf_spec.edges, dark), key="crystal.rdf",
                name=f"rdf-{crystal.id}", data=rdf_figures.table(values, rdf_spec.edges),
                code=snippets.descriptor(library, crystal.id, "rdf", rdf_spec), cite=(_RDF, *works),
                alt=f"Radial distribution function of {crystal.id} up to 10 angstrom.",
            )  # fmt: skip
if powder_tab.open:
    with powder_tab:
        axis = st.segmented_control(
            "Over", powder_figures.AXES, default=powder_figures.AXES[0], required=True,
            key="crystal.axis", help="|S| = 1/d, the spacing of planes d, or the angle 2θ",
        )  # fmt: skip
        lorentz = st.toggle(
            "Lorentz factor", True, key="crystal.lorentz",
            help="Weigh intensities by 1/|S|², as a powder measurement does; without it they are "
            "those of the powder descriptor",
        )  # fmt: skip
        powder_spec = PowderSpec(lorentz=lorentz)
        values = computed.descriptor(crystal, "powder", powder_spec)
        figure.show(
            powder_figures.powder(values, powder_spec.bin_width, dark, axis),
            key="crystal.powder", name=f"powder-{crystal.id}",
            data=powder_figures.table(values, powder_spec.bin_width),
            code=snippets.descriptor(library, crystal.id, "powder", powder_spec),
            cite=(REPORT, _FORM_FACTORS, *works),
            alt=f"X-ray powder pattern of {crystal.id} over {axis}.",
        )  # fmt: skip
if doctor_tab.open:
    with doctor_tab:
        report.card(crystal, library.examination(crystal.id))
if known_tab.open:
    with known_tab:
        if crystal.properties:
            st.dataframe(crystal_facts.properties(crystal), hide_index=True, alt="Properties")
        else:
            st.caption("Nothing is known of this crystal. Property tables join in the library.")

"""GRID: which distances do the k-th neighbours of the sites of a crystal have?"""

from __future__ import annotations

import streamlit as st

from components import computed, figure, forms, snippets
from components.empty import require_library
from components.explore import occupancy, pick
from components.figures import explain as explained
from components.figures import grid as figures
from core.citations import GRID, REPORT
from core.descriptors.grid import GridSpec
from core.library.citing import data_dois

st.title("GRID")
st.markdown("Which distances do the 1st, 2nd, 3rd ... neighbours of the sites of a crystal have?")
library = require_library()
cite = (GRID, REPORT, *data_dois(library))
left, right = st.columns(2)
with left:
    first = pick.crystal(library)
with right:
    second = pick.second(library)
chosen = {c.id: c for c in (first, second) if c is not None}
elements = sorted({symbol for crystal in chosen.values() for symbol in crystal.elements})
with st.expander("Options", icon=":material/tune:"):
    spec = forms.spec_form(
        GridSpec, key="grid.spec", url_key="grid", elements=elements,
        defaults={"disorder": library.disorder},
    )  # fmt: skip
if occupancy.explain_refusal(
    library, chosen.values(), spec.disorder, key="grid.weights", widget="grid.spec.disorder"
):
    st.stop()
dark = figure.dark()
binned = GridSpec.from_dict(spec.to_dict() | {"mode": "binned"})
shown = binned if spec.mode == "quantile" else spec  # quantiles have no bins to draw as lines

heat_tab, lines_tab, sums_tab, total_tab, pairs_tab, two_tab = st.tabs(
    ["Heat map", "Groups", "Cumulative", "Sum and RDF", "Element pairs", "Two crystals"],
    key="view", bind="query-params",
)  # fmt: skip
if heat_tab.open:
    with heat_tab:
        st.caption(
            "Column k shows how the distances to the k-th nearest neighbour are distributed over "
            "all sites."
        )
        grids = {name: computed.shares(c, spec) for name, c in chosen.items()}
        top = figures.brightest(list(grids.values()))
        for place, (name, crystal) in zip(st.columns(len(chosen)), chosen.items(), strict=True):
            with place:
                st.text(f"{name}  {crystal.formula}")
                values = grids[name]
                quantile = spec.mode == "quantile"
                drawn = (
                    figures.quantiles(values, spec.edges, dark)
                    if quantile
                    else figures.heat(values, spec.edges, dark, crystal.n_sites, top)
                )
                figure.show(
                    drawn, key=f"heat.{name}", name=f"grid-{name}",
                    data=figures.table(values, spec.edges, quantile),
                    code=snippets.grid(library, name, spec), cite=cite,
                    alt=f"GRID of {name}: distances to the 1st to {spec.n_groups}th neighbour.",
                )  # fmt: skip
if lines_tab.open or sums_tab.open:
    cumulative = bool(sums_tab.open)
    with sums_tab if cumulative else lines_tab:
        ranks = st.multiselect(
            "Groups", range(1, spec.n_groups + 1),
            [k for k in (1, 4, 8, 12) if k <= spec.n_groups], key=f"grid.ranks.{spec.n_groups}",
            help="Ranks of the neighbours to draw: 1 is the nearest",
        )  # fmt: skip
        if cumulative:
            st.caption("The area between two running sums of a group is their distance.")
        grids = {name: computed.shares(c, shown) for name, c in chosen.items()}
        figure.show(
            figures.groups(grids, shown.edges, ranks, dark, cumulative), key="grid.lines",
            name="grid-cumulative" if cumulative else "grid-groups",
            data=figures.groups_table(grids, shown.edges, ranks, cumulative),
            code=snippets.grid(library, first.id, shown), cite=cite,
            alt=f"Groups {ranks} of GRID of {', '.join(chosen)} over distance.",
        )  # fmt: skip
if total_tab.open:
    with total_tab:
        rdf_spec = computed.rdf_like(spec)
        whole = not (spec.centers or spec.neighbors)
        st.caption(
            "Summed over its groups GRID counts all neighbours of a site, until the groups end: "
            "the radial distribution function before its division by the volume of the shell."
            + ("" if whole else " All pairs are left out, as only some elements are looked at.")
        )
        grids = {name: computed.shares(c, binned) for name, c in chosen.items()}
        counts = {name: computed.counts(c, rdf_spec) for name, c in chosen.items() if whole}
        figure.show(
            figures.total(grids, counts, binned.edges, dark), key="grid.total", name="grid-sum",
            data=figures.total_table(grids, counts, binned.edges),
            code=snippets.sum_of_groups(library, first.id, binned, rdf_spec), cite=cite,
            alt="Sum of GRID over its groups beside the number of neighbours in each bin.",
        )  # fmt: skip
if pairs_tab.open:
    with pairs_tab:
        st.caption("Ti-O are the O neighbours of Ti. All pairs together are the sum of the groups.")
        span = (1, 1)
        if spec.n_groups > 1:
            span = st.slider(
                "Neighbours", 1, spec.n_groups, (1, min(12, spec.n_groups)),
                key=f"grid.span.{spec.n_groups}",
                help="Ranks of the neighbours that are added up",
            )  # fmt: skip
        all_parts = {name: computed.pairs(crystal, binned) for name, crystal in chosen.items()}
        colored = figures.colored_pairs(list(all_parts.values()), span)
        for name, parts in all_parts.items():
            st.text(f"{name}  {chosen[name].formula}")
            figure.show(
                figures.pairs(parts, binned.edges, span, colored, dark), key=f"pairs.{name}",
                name=f"grid-pairs-{name}", data=figures.pairs_table(parts, binned.edges, span),
                code=snippets.pairs(library, name, binned, span), cite=cite,
                alt=f"Neighbours of a site of {name} per bin, stacked by element pair.",
            )  # fmt: skip
if two_tab.open:
    with two_tab:
        if second is None or second.id == first.id:
            st.info("Choose another crystal under Compare with.", icon=":material/info:")
            st.stop()
        found = computed.match(first, second, spec)
        st.text(found.sentence)
        script = snippets.explain(library, first.id, second.id, spec)
        one, other = (computed.shares(c, shown) for c in (first, second))
        figure.show(
            figures.overlay(one, other, shown.edges, found, dark), key="grid.overlay",
            name=f"grid-{first.id}-{second.id}", data=explained.group_table(found), code=script,
            cite=cite, alt=f"Difference of two GRIDs; distance by group. {found.sentence}",
        )  # fmt: skip
        figure.show(
            explained.by_range(found, dark), key="grid.range", name="emd-by-range",
            data=explained.range_table(found), code=script, cite=cite,
            alt=f"Distance by interatomic distance. {found.sentence}",
        )  # fmt: skip
        st.dataframe(explained.table(found), hide_index=True, alt="Distance by element pair")

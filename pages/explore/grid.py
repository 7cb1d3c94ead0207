"""GRID: which distances do the k-th neighbours of this crystal have?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import computed, figure, forms, pick, snippets
from components.empty import require_library
from components.figures import explain as explain_figures
from components.figures import grid as figures
from core.citations import GRID, REPORT
from core.descriptors.grid import GridSpec

CITE = (GRID, REPORT)
OPTIONS = ("n_groups", "max_distance", "bin_width", "smearing", "centers", "neighbors",
           "n_quantiles", "weight_power", "disorder")  # fmt: skip

st.title("GRID")
st.markdown("Which distances do the 1st, 2nd, ... neighbours of the sites of a crystal have?")
library = require_library()
left, right = st.columns(2)
with left:
    first = pick.crystal(library)
with right:
    second = pick.second(library)
chosen = {first.id: first} | ({second.id: second} if second else {})
elements = sorted({symbol for crystal in chosen.values() for symbol in crystal.elements})
with st.expander("Options", icon=":material/tune:"):
    spec = forms.spec_form(
        GridSpec, key="grid.spec", include=OPTIONS, elements=elements,
        defaults={"disorder": getattr(library, "disorder", "refuse")},
    )  # fmt: skip
quantile_spec = GridSpec.from_dict(spec.to_dict() | {"mode": "quantile"})
dark = figure.dark()
grids = {name: computed.descriptor(c, "grid", spec) for name, c in chosen.items()}
edges, code = spec.edges, snippets.grid(library, first.id, spec)

heat, lines, cumulative, total, pairs, quantiles, overlay = st.tabs(
    ["Heat map", "Groups", "Cumulative", "Sum and RDF", "Element pairs", "Quantiles",
     "Two crystals"]
)  # fmt: skip
with heat:
    for name, crystal in chosen.items():
        st.text(f"{name}  {crystal.formula}")
        figure.show(
            figures.heat(grids[name], edges, dark, crystal.n_sites), key=f"heat.{name}",
            name=f"grid-{name}", data=pd.DataFrame(grids[name], columns=figures.centres(edges)),
            code=snippets.grid(library, name, spec), cite=CITE,
            alt=f"Heat map of GRID of {name}: rank of the neighbour against distance.",
        )  # fmt: skip
with lines:
    ranks = st.multiselect(
        "Groups", range(1, spec.n_groups + 1), [k for k in (1, 4, 8, 12) if k <= spec.n_groups],
        key="grid.ranks", help="Ranks of the neighbours to draw",
    )  # fmt: skip
    table = pd.DataFrame(
        {f"{name} k={k}": grid[k - 1] for name, grid in grids.items() for k in ranks}
    )
    table.insert(0, "distance_A", figures.centres(edges))
    figure.show(
        figures.groups(grids, edges, ranks, dark), key="lines", name="grid-groups", data=table,
        code=code, cite=CITE, alt="Chosen groups of GRID as lines over distance.",
    )  # fmt: skip
with cumulative:
    st.caption("The area between two running sums is their earth mover's distance.")
    figure.show(
        figures.groups(grids, edges, ranks, dark, cumulative=True), key="cumulative",
        name="grid-cumulative", data=table.set_index("distance_A").cumsum().reset_index(),
        code=code, cite=CITE, alt="Running sums of chosen groups over distance.",
    )  # fmt: skip
with total:
    rdf_spec = computed.rdf_like(spec)
    rdfs = {name: computed.descriptor(c, "rdf", rdf_spec) for name, c in chosen.items()}
    st.caption(
        "Summed over all groups GRID counts every neighbour once, as long as the groups reach: "
        "the radial distribution function before its division by the shell volume."
    )
    figure.show(
        figures.total(grids, rdfs, edges, dark), key="total", name="grid-sum",
        data=pd.DataFrame({
            "distance_A": figures.centres(edges),
            **{f"sum {name}": grid.sum(axis=0) for name, grid in grids.items()},
            **{f"g(r) {name}": values for name, values in rdfs.items()},
        }),
        code=code, cite=CITE, alt="Sum of GRID over its groups beside the RDF.",
    )  # fmt: skip
with pairs:
    span = st.slider(
        "Neighbours", 1, spec.n_groups, (1, min(12, spec.n_groups)), key="grid.span",
        help="Ranks that are added up",
    )  # fmt: skip
    parts = computed.pairs(first, spec)
    figure.show(
        figures.pairs(parts, edges, span, dark), key="pairs", name=f"grid-pairs-{first.id}",
        data=pd.DataFrame({
            "distance_A": figures.centres(edges),
            **{pair: part[span[0] - 1 : span[1]].sum(axis=0) for pair, part in parts.items()},
        }),
        code=code.replace("import GridSpec, grid", "import GridSpec\nfrom core.explain import "
                          "pair_histograms as grid").replace("result.shape", "list(result)"),
        cite=CITE, alt="Neighbours of a site per bin, stacked by element pair.",
    )  # fmt: skip
with quantiles:
    st.caption("What distances compare by default: no bins and no cut-off.")
    values = computed.descriptor(first, "grid", quantile_spec)
    figure.show(
        figures.quantiles(values, quantile_spec.edges, dark), key="quantiles",
        name=f"grid-quantiles-{first.id}",
        data=pd.DataFrame(values, columns=[f"q{level:.4f}" for level in quantile_spec.edges]),
        code=snippets.grid(library, first.id, quantile_spec), cite=CITE,
        alt="Quantiles of each group over the rank of the neighbour.",
    )  # fmt: skip
with overlay:
    if second is None:
        st.info("Choose a crystal to compare with.", icon=":material/info:")
    else:
        found = computed.match(first, second, quantile_spec)
        st.text(found.sentence)
        script = snippets.explain(library, first.id, second.id, quantile_spec)
        figure.show(
            explain_figures.by_group(found, dark), key="by-group", name="emd-by-group",
            data=pd.DataFrame({"neighbour": range(1, spec.n_groups + 1), "part_A": found.by_group}),
            code=script, cite=CITE, alt="Earth mover's distance by rank of the neighbour.",
        )  # fmt: skip
        figure.show(
            explain_figures.by_range(found, dark), key="by-range", name="emd-by-range",
            data=pd.DataFrame({"from_A": found.edges[:-1], "part_A": found.by_range}),
            code=script, cite=CITE, alt="Earth mover's distance by interatomic distance.",
        )  # fmt: skip

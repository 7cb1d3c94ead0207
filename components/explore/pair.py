"""Two crystals side by side in 3D, and why they are as far apart as they are."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import computed, figure, snippets
from components.errors import plain
from components.figures import explain as figures
from components.viewer import crystal_view, view_controls
from core.citations import GRID, REPORT
from core.descriptors.grid import GridSpec
from core.distances.base import Metric
from core.errors import GridscopeError
from core.library import Library

_CITE = (GRID, REPORT)
_WORDS = 560  # pixels, at most
_MUCH_LOOSER = 1.5  # volume of a site beside that of the other crystal


def show(library: Library, a: str, b: str, metric: Metric, distance: float) -> None:
    """The pair: distance, both structures drawn alike, the explained match."""
    unit = f" {metric.unit}" if metric.unit else ""
    row = st.container(horizontal=True, gap="large")  # on a narrow page the words go below
    row.metric(
        "Distance", f"{distance:.4f}{unit}", help=f"Under {metric}: the entry of the matrix",
        width="content",
    )  # fmt: skip
    right = row.container(width=_WORDS)
    spec, why = explaining(metric, library)
    found = None
    try:
        found = computed.match(library.get(a), library.get(b), spec)
    except GridscopeError as error:
        right.info(f"No explained match: {error.message}", icon=":material/info:")
    if found is not None:
        right.text(found.sentence)
        right.caption(why)
    if scale := computed.scale(metric):
        nearer = scale.share_below(distance)
        right.caption(
            f"For scale: {_percent(nearer)} of the pairs among {scale.n_crystals} prototypes "
            f"(AFLOW) are nearer than this; the middle pair is {scale.median:.3g}{unit} apart."
        )
    if told := _density_words(library, a, b):
        st.caption(told)
    options = view_controls("pair.view")
    for side, slot, name in zip("ab", st.columns(2), (a, b), strict=True):
        with slot:
            crystal = library.get(name)
            st.text(name if name == crystal.formula else f"{name}  {crystal.formula}")
            crystal_view(crystal, key=f"pair.3d.{side}", options=options, height=340)
    if found is None:
        return
    dark, code = figure.dark(), snippets.explain(library, a, b, spec)
    pairs, groups, ranges, both = st.tabs(
        ["Element pairs", "Neighbours", "Distances", "Neighbours and distances"]
    )
    with pairs:
        st.dataframe(pd.DataFrame(figures.table(found)), hide_index=True, width="stretch")
    with groups:
        table = pd.DataFrame({"neighbour": range(1, len(found.by_group) + 1),
                              "part_A": found.by_group})  # fmt: skip
        figure.show(
            figures.by_group(found, dark), key="pair.groups", name="match-by-neighbour",
            data=table, code=code, cite=_CITE, alt="Distance by rank of the neighbour.",
        )  # fmt: skip
    with ranges:
        table = pd.DataFrame({"from_A": found.edges[:-1], "to_A": found.edges[1:],
                              "part_A": found.by_range})  # fmt: skip
        figure.show(
            figures.by_range(found, dark), key="pair.ranges", name="match-by-distance",
            data=table, code=code, cite=_CITE, alt="Distance by interatomic distance.",
        )  # fmt: skip
    with both:
        figure.show(
            figures.heat(found, dark), key="pair.heat", name="match",
            data=pd.DataFrame(found.by_group_and_range, columns=found.edges[:-1]), code=code,
            cite=_CITE, alt="Distance by rank of the neighbour and interatomic distance.",
        )  # fmt: skip


def _density_words(library: Library, a: str, b: str) -> str:
    """A warning where the size of the cells, not their pattern, is likely to set them apart."""
    sizes = [(c.volume / c.n_sites, plain(c.id)) for c in (library.get(a), library.get(b))]
    (small, denser), (large, looser) = sorted(sizes)
    if large < _MUCH_LOOSER * small:
        return ""
    return (
        f"A site of {looser} takes {large / small:.2g} times the volume of one of {denser}. "
        "Distances are absolute, so that alone sets the two apart, whatever their structure types."
    )


def _percent(share: float) -> str:
    if 0 < share < 0.001:
        return "less than 0.1 %"
    return f"{100 * share:.1f} %" if share < 0.1 else f"{100 * share:.0f} %"


def explaining(metric: Metric, library: Library) -> tuple[GridSpec, str]:
    """The GRID options of the explanation, and what it explains in words."""
    for term in metric.terms:
        spec = term.spec
        if term.key in ("grid-emd", "grid-wasserstein") and isinstance(spec, GridSpec):
            own = {f: getattr(spec, f) for f in
                   ("n_groups", "centers", "neighbors", "weight_power", "disorder")}  # fmt: skip
            rest = "" if len(metric.terms) == 1 and term.weight == 1 else (
                " It explains the GRID part of the metric, before its weight."
            )  # fmt: skip
            return GridSpec(mode="quantile", **own), (
                "Computed from all distances; quantiles or bins in the matrix differ slightly."
                + rest
            )
    spec = GridSpec(mode="quantile", disorder=library.disorder)
    return spec, "The metric holds no GRID distance; this explains GRID with its usual options."

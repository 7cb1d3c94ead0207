"""Choosing a metric: a preset, a sum of distances with weights, or its expression."""

from __future__ import annotations

from dataclasses import fields

import streamlit as st

from components import errors, forms, state
from core.distances.base import DISTANCES, Metric, Term, parse_metric
from core.errors import GridscopeError
from core.library import Library

DEFAULT = "grid-emd"
PRESETS = {
    "Structure (GRID)": DEFAULT,
    "Structure and composition": "10*grid-emd+composition-emd",
    "Composition": "composition-emd",
    "Radial distribution": "rdf-emd",
    "Powder diffraction": "powder-emd",
}
_SUM, _TEXT = "Sum of distances", "Expression"
_KEY = "metric.kind"


def choose(library: Library) -> Metric:
    """Widgets for the metric; what was chosen is in the address as `metric`.

    A metric that can't be read is explained, and the page ends there.
    """
    named = state.url("metric", DEFAULT)
    kinds = [*PRESETS, _SUM, _TEXT]
    known = {text: kind for kind, text in PRESETS.items()}
    kind = st.selectbox(
        "Metric", kinds, index=kinds.index(known.get(named, _TEXT)), key=_KEY,
        help="What counts as alike: geometry, elements, or both",
    )  # fmt: skip
    if kind == _SUM:
        text = _sum(library)
    elif kind == _TEXT:
        text = st.text_input(
            "Expression", named, key="metric.text",
            help="A sum such as 10*grid-emd+composition-emd; options in brackets: "
            "grid-emd(mode=binned,n_groups=50)",
        )  # fmt: skip
    else:
        text = PRESETS[kind]
    try:
        metric = with_disorder(parse_metric(text), library.disorder)
    except GridscopeError as error:
        errors.show_error(error)
        st.stop()
        raise AssertionError("st.stop does not return") from error
    state.set_url("metric", text if text != DEFAULT else None)
    return metric


def _sum(library: Library) -> str:
    chosen = st.multiselect(
        "Distances", list(DISTANCES), [DEFAULT], key="metric.terms",
        format_func=lambda key: DISTANCES[key].title,
        help="Each is multiplied by its weight; the products are added up",
    )  # fmt: skip
    elements = sorted({symbol for crystal in library.crystals for symbol in crystal.elements})
    terms = []
    for key in chosen or [DEFAULT]:
        weight = st.number_input(
            f"Weight of {key}", min_value=0.001, value=1.0, key=f"metric.weight.{key}",
            help=f"{DISTANCES[key].summary} {DISTANCES[key].limits}",
        )  # fmt: skip
        with st.expander(f"Options of {key}", icon=":material/tune:"):
            kind = DISTANCES[key].spec_type
            spec = forms.spec_form(kind, key=f"metric.{key}", columns=2, elements=elements)
        start = kind()
        options = {
            f.name: getattr(spec, f.name)
            for f in fields(kind)
            if getattr(spec, f.name) != getattr(start, f.name)
        }
        terms.append(Term(key, weight, options))
    return str(Metric(tuple(terms)))


def with_disorder(metric: Metric, disorder: str) -> Metric:
    """The metric under the library's decision on partial occupancy, where it left that open."""
    if disorder == "refuse":
        return metric
    return Metric(
        tuple(
            Term(t.key, t.weight, {**t.options, "disorder": t.options.get("disorder", disorder)})
            if any(f.name == "disorder" for f in fields(t.distance.spec_type))
            else t
            for t in metric.terms
        )
    )

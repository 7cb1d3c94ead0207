"""Formula, options, reference and limits of everything offered."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import state
from components.errors import plain
from core.methods import KINDS, PLURALS, Method, methods, references

_COLUMNS = ("option", "meaning", "default", "allowed", "effect")


def _contents(found: list[Method]) -> None:
    """Links to each method, by kind."""
    for kind in KINDS:
        links = [f"[{plain(m.title)}](#{m.anchor})" for m in found if m.kind == kind]
        if links:
            st.markdown(f"**{PLURALS[kind]}**: " + " · ".join(links))


def _linked(method: Method) -> str:
    """The reference with its DOIs as links, followed only when clicked."""
    text = plain(method.reference)
    for doi in method.dois:
        link = f"[{plain(doi)}](<https://doi.org/{doi}>)"
        text = text.replace(plain(doi), link) if plain(doi) in text else f"{text} · doi:{link}"
    return text


def _method(method: Method) -> None:
    st.subheader(plain(method.title), anchor=method.anchor)
    st.caption(f"{method.kind.capitalize()} · `{method.key}`")
    st.markdown(plain(method.summary))
    if method.formula:
        st.latex(method.formula)
        st.caption(plain(method.symbols))
    rows = [("Limits", plain(method.limits)), ("Reference", _linked(method))]
    rows += [(name, plain(value)) for name, value in method.facts]
    st.markdown("\n".join(f"- **{name}**: {text}" for name, text in rows))
    if method.options:
        with st.expander(f"Options ({len(method.options)})", icon=":material/tune:"):
            table = pd.DataFrame([option.cells for option in method.options], columns=_COLUMNS)
            st.table(table.map(plain), hide_index=True)


st.title("Methods")
st.markdown(
    "What exactly is computed, with which options, after whom, and where does it end? "
    "From descriptors to splits, intervals, explanations and screening."
)
every = methods()
search, download = st.columns([3, 1], vertical_alignment="bottom")
with search:
    wanted = st.text_input(
        "Search", state.url("q"), key="methods.search", icon=":material/search:",
        placeholder="cosine, conformal, Pareto",
        help="Shows the methods whose text holds all of these words",
    )  # fmt: skip
state.set_url("q", wanted or None)
with download:
    st.download_button(
        "All references", references, file_name="gridscope-references.bib",
        mime="application/x-bibtex", key="methods.bibtex", on_click="ignore",
        icon=":material/format_quote:", width="stretch",
        help="BibTeX of every work that a method or data set rests on",
    )  # fmt: skip
shown = [method for method in every if method.mentions(wanted)]
st.caption(f"{len(shown)} of {len(every)} methods")
if not shown:
    st.info("Nothing holds all of these words. Try fewer.", icon=":material/search_off:")
_contents(shown)
for kind in KINDS:
    group = [method for method in shown if method.kind == kind]
    if group:
        st.header(PLURALS[kind], divider="gray", anchor=kind.replace(" ", "-"))
    for method in group:
        _method(method)

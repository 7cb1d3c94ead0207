"""New crystals from those at hand: which elements would take the place of others?"""

from __future__ import annotations

import streamlit as st

from components import jobs, views
from components.empty import LEARNING, require_library
from components.errors import guard
from components.screen import candidates_made
from components.screen import candidates_shown as shown
from components.screen import candidates_shown_files as files

_VIEWS = {"table": "Table", "figures": "Probabilities and elements"}

jobs.reopen()
st.title("Candidates")
st.markdown(
    "Which crystals might exist besides those at hand? Elements that usually take the place of "
    "others do so here, in cells that follow their radii."
)
with guard():
    library = require_library(1, LEARNING)
    files.opened(library)
    spec, known = candidates_made.choose(library)
    made = candidates_made.made(library, spec, known)
    shown.counts(made)
    candidates_made.left_out(made)
    if not len(made.found):
        shown.nothing(made)
        st.stop()
    files.opening(made)
    name, tab = views.open_view("candidates.view.tab", _VIEWS)
    with tab:
        if name == "table":
            shown.table(made)
            shown.beside_parent(made)
        else:
            shown.figures(made)
st.caption(
    "Candidates of your own, or a public set of hypothetical crystals? Load them as a library: "
    "the Screen page takes any."
)
with st.container(horizontal=True, gap="medium"):
    st.page_link("pages/explore/library.py", label="Load files or a public set",
                 icon=":material/upload:")  # fmt: skip

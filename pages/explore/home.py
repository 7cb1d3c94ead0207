"""Home: what this is, and the ways in."""

import streamlit as st

from components import errors, state, uploads
from components.counts import crystals
from components.explore import welcome

st.title("Gridscope")
st.markdown(
    "Drop in crystal structures, see how alike they are and why: which neighbours differ, at "
    "which distance, between which elements."
)
welcome.at_hand()
st.subheader("Your files")
uploads.uploader("home")
st.subheader("Sets that come with Gridscope")
welcome.embedded_sets()
if saved := state.last_workspace():
    name, count = saved
    st.subheader("Earlier in this session")
    st.button(
        errors.plain(f"Go on with {name} ({crystals(count)})"), key="home.resume",
        on_click=state.resume_workspace, icon=":material/history:",
        help="Bring back the crystals that were loaded before.",
    )  # fmt: skip

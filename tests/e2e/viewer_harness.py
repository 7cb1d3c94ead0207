"""A page with two views, for the browser test of the viewer."""

import numpy as np
import streamlit as st

from components.viewer import crystal_view, view_controls
from core.types import Crystal

FRAC = [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]

st.set_page_config(layout="wide")
options = view_controls("view")
click = crystal_view(
    Crystal("SrTiO3", 3.905 * np.eye(3), FRAC, [38, 22, 8, 8, 8]),
    key="crystal", options=options, height=480,
)  # fmt: skip
st.text(click.text if click else "Nothing picked.")

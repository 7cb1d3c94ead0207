"""A page with nothing but the viewer, for tests/e2e/test_viewer.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import streamlit as st

from components.viewer import crystal_view, view_controls
from core.types import Crystal

FRAC = [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]

st.set_page_config(page_title="Viewer", layout="wide")
click = crystal_view(
    Crystal("SrTiO3", 3.905 * np.eye(3), FRAC, [38, 22, 8, 8, 8]),
    key="crystal", options=view_controls("view"), height=480,
)  # fmt: skip
st.text(click.text if click else "Nothing picked.")

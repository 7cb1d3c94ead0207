"""The 3D crystal viewer.

    options       what to draw: a frozen, hashable value
    shown         the cell that is drawn, and what is known of its sites
    bonding       bonds by CrystalNN, repeated through a supercell
    palettes      colours and radii of atoms
    selection     which polyhedra, outer atoms and half bonds are worth drawing
    framing       from where a crystal is seen
    scene_json    crystal-toolkit's scene as its viewer should get it
    scene         crystal + options -> the JSON of a crystal-toolkit scene
    picked        the clicked atom: element, Wyckoff site, coordination, distances
    plotly_scene  the same scene as a Plotly figure, where WebGL or the bundle is missing
    install       copies crystal-toolkit's own viewer out of the installed packages
    view          the Streamlit side: `crystal_view` and `view_controls`

Only `view` imports Streamlit, and nothing here imports crystal_toolkit before it is needed.
"""

from __future__ import annotations

from components.viewer.options import ViewOptions
from components.viewer.picked import Click, Shell
from components.viewer.view import crystal_view, view_controls

__all__ = ["Click", "Shell", "ViewOptions", "crystal_view", "view_controls"]

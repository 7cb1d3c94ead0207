"""The Streamlit side of the viewer: `crystal_view` and `view_controls`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.components.v1 import declare_component

from components import cache, state
from components.errors import plain
from components.viewer.install import install
from components.viewer.options import (
    CELL_CHOICES,
    COLOR_SCHEMES,
    MAX_REPEATS,
    ViewOptions,
    scene_key,
)
from components.viewer.picked import Click, click_of
from components.viewer.scene import ViewScene, build_scene
from core.errors import MissingDependencyError
from core.types import Crystal

_LOG = logging.getLogger("gridscope.viewer")


def crystal_view(
    crystal: Crystal,
    *,
    key: str,
    options: ViewOptions | None = None,
    height: int = 480,
    build: Callable[[Crystal, ViewOptions], ViewScene] | None = None,
) -> Click | None:
    """Draw a crystal in 3D.

    Args:
        crystal: ordered or not.
        key: unique on the page; the camera is kept under it as long as the scene is the same.
        options: what to draw, from `view_controls` or fixed.
        height: of the picture in pixels, legend included; never changes by itself.
        build: builds the scene where a page has a cache of its own.

    Returns:
        The atom clicked last in this scene; None before a click.
    """
    options = options or ViewOptions()
    with st.spinner("Drawing the crystal", show_time=False):
        scene = (build or _scene)(crystal, options)
    message = _draw(scene, options, key, height)
    for note in scene.notes:
        st.caption(plain(note))
    return click_of(scene, message)


def view_controls(
    key: str, *, label: str = "View", defaults: ViewOptions | None = None
) -> ViewOptions:
    """A compact popover of what to draw.

    Args:
        key: unique on the page; controls keep their values under it.
        label: of the popover.
        defaults: what is set at first.
    """
    usual = defaults or ViewOptions()
    with st.popover(label, icon=":material/tune:", help="What to draw and how"):
        bonds = st.toggle(
            "Bonds", usual.bonds, key=f"{key}.bonds",
            help="Lines between neighbours found by CrystalNN",
        )  # fmt: skip
        polyhedra = st.toggle(
            "Polyhedra", usual.polyhedra, key=f"{key}.polyhedra",
            help="Coordination polyhedra around the more electropositive atoms",
        )  # fmt: skip
        outline = st.toggle(
            "Cell", usual.outline, key=f"{key}.outline",
            help="Edges of the unit cell; a red, b green, c blue",
        )  # fmt: skip
        cell = st.segmented_control(
            "Which cell", CELL_CHOICES, default=usual.cell, required=True, key=f"{key}.cell",
            help="As given in the file, or the conventional or primitive standard cell by spglib",
        )  # fmt: skip
        a, b, c = (
            column.number_input(
                f"Along {axis}", 1, MAX_REPEATS, start, key=f"{key}.repeat.{axis}",
                help=f"How often the cell is drawn along {axis}, 1 to {MAX_REPEATS}",
            )
            for column, axis, start in zip(st.columns(3), "abc", usual.repeats, strict=True)
        )  # fmt: skip
        colors = st.selectbox(
            "Colours", COLOR_SCHEMES, COLOR_SCHEMES.index(usual.colors), key=f"{key}.colors",
            help="Jmol and VESTA colour elements as those programs do; accessible is safe for "
            "colour-blind readers; Wyckoff site gives each kind of site a colour",
        )  # fmt: skip
    return ViewOptions(
        bonds=bonds,
        polyhedra=polyhedra,
        outline=outline,
        cell=cell,
        repeats=(a, b, c),
        colors=colors,
    )


def _scene(crystal: Crystal, options: ViewOptions) -> ViewScene:
    key = scene_key(crystal, options)
    return cache.shared("viewer.scene", key, lambda: build_scene(crystal, options))


def _component() -> Any:
    """The browser part, or None when its files can't be had."""
    try:
        folder = install()
    except MissingDependencyError as error:
        _LOG.warning("%s %s", error.message, error.hint)
        return None
    return declare_component("crystal", path=folder)


def _draw(scene: ViewScene, options: ViewOptions, key: str, height: int) -> Any:
    """Show the scene; returns the browser's message."""
    component = cache.singleton("viewer.component", _component)
    fallback = f"{key}.no_webgl"
    if component is None or state.get(fallback):
        return _plotly(scene, options, key, height, flat=bool(state.get(fallback)))
    message = component(
        key=key,
        default=None,
        tab_index=0,
        scene=scene.data,
        scene_key=scene.key,
        legend=[list(entry) for entry in scene.legend],
        text=scene.text,
        name=scene.cell.formula,
        seen={
            "half": [scene.framing.half_width, scene.framing.half_height],
            "diagonal": scene.framing.diagonal,
        },
        show={
            "atoms": True,
            "outside": options.bonds or options.polyhedra,
            "bonds": options.bonds,
            "polyhedra": options.polyhedra,
            "unit_cell": options.outline,
            "axes": options.outline,
        },
        height=height,
    )
    if isinstance(message, dict) and message.get("webgl") is False:
        state.put(fallback, True)
        st.rerun()
    return message


def _plotly(scene: ViewScene, options: ViewOptions, key: str, height: int, *, flat: bool) -> Any:
    """The same scene by Plotly; a clicked atom comes back as the browser part would tell it."""
    from components.viewer.plotly_scene import figure_3d, figure_flat

    figure = (figure_flat if flat else figure_3d)(scene, options, height=height)
    event = st.plotly_chart(
        figure, key=f"{key}.plotly", width="stretch", theme=None, on_select="rerun",
        config={"displaylogo": False},
    )  # fmt: skip
    st.caption(plain(scene.text))
    points = event["selection"]["points"] if event else []
    site = points[0].get("customdata") if points else None
    return {"key": scene.key, "site": site[0] if isinstance(site, list) else site}

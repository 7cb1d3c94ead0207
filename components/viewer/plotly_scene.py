"""The scene as a Plotly figure: for browsers without the bundle, or without WebGL.

`figure_3d` needs WebGL and turns; `figure_flat` is an orthographic projection drawn as SVG, which
every browser can show.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from components.viewer.options import ViewOptions
from components.viewer.scene import ViewScene

_PIXELS_PER_ANGSTROM = 26.0
_BOND_WIDTH = 6
_INK = "#7F8790"


def parts_of(scene: ViewScene) -> dict[str, list[dict[str, Any]]]:
    """Objects of each named part of a scene."""
    return {part["name"]: part["contents"] for part in scene.data["contents"]}


def figure_3d(scene: ViewScene, options: ViewOptions, *, height: int) -> go.Figure:
    """The scene in three dimensions."""
    parts = parts_of(scene)
    figure = go.Figure()
    if options.polyhedra:
        for face in parts["polyhedra"]:
            x, y, z = np.array(face["positions"]).T
            figure.add_mesh3d(
                x=x, y=y, z=z, alphahull=0, color=face["color"], opacity=face["opacity"],
                hoverinfo="skip",
            )  # fmt: skip
    if options.bonds:
        for bond in parts["bonds"]:
            x, y, z = _segments(bond["positionPairs"]).T
            figure.add_scatter3d(
                x=x, y=y, z=z, mode="lines", hoverinfo="skip",
                line={"color": bond["color"], "width": _BOND_WIDTH},
            )  # fmt: skip
    if options.outline:
        x, y, z = _segments(_pairs(parts["unit_cell"][0]["positions"])).T
        figure.add_scatter3d(
            x=x, y=y, z=z, mode="lines", hoverinfo="skip", line={"color": _INK, "width": 2}
        )
    for look, atoms in _by_look(_drawn_atoms(parts, options)).items():
        x, y, z = np.array([atom["positions"][0] for atom in atoms]).T
        figure.add_scatter3d(
            x=x, y=y, z=z, mode="markers", text=[atom["tooltip"] for atom in atoms],
            customdata=[atom["_meta"]["site"] for atom in atoms],
            hovertemplate="%{text}<extra></extra>",
            marker={"color": look[0], "size": look[1] * _PIXELS_PER_ANGSTROM,
                    "line": {"color": _INK, "width": 1}},
        )  # fmt: skip
    hidden = {"visible": False}
    figure.update_scenes(
        aspectmode="data", xaxis=hidden, yaxis=hidden, zaxis=hidden,
        camera={
            "projection": {"type": "orthographic"},
            "eye": {"x": 0, "y": 0, "z": 1.5},
            "up": {"x": 0, "y": 1, "z": 0},
        },
    )  # fmt: skip
    return _plate(figure, height)


def figure_flat(scene: ViewScene, options: ViewOptions, *, height: int) -> go.Figure:
    """The scene projected on a plane, nearest atoms last. Plain SVG."""
    parts = parts_of(scene)
    figure = go.Figure()
    lines = []
    if options.outline:
        lines.append((_pairs(parts["unit_cell"][0]["positions"]), _INK, 1.5))
    if options.bonds:
        lines += [(b["positionPairs"], b["color"], _BOND_WIDTH / 2) for b in parts["bonds"]]
    for pairs, color, width in lines:
        flat = _segments(pairs)
        figure.add_scatter(
            x=flat[:, 0], y=flat[:, 1], mode="lines", hoverinfo="skip",
            line={"color": color, "width": width},
        )  # fmt: skip
    atoms = _drawn_atoms(parts, options)
    flat = np.array([atom["positions"][0] for atom in atoms])
    order = np.argsort(flat[:, 2])
    scale = height / (2.2 * max(scene.framing.half_height, scene.framing.half_width))
    ranked = [atoms[i] for i in order]
    figure.add_scatter(
        x=flat[order, 0], y=flat[order, 1], mode="markers",
        text=[atom["tooltip"] for atom in ranked], hovertemplate="%{text}<extra></extra>",
        customdata=[atom["_meta"]["site"] for atom in ranked],
        marker={"color": [atom["color"] for atom in ranked], "opacity": 1,
                "size": [2 * atom["radius"] * scale for atom in ranked],
                "line": {"color": _INK, "width": 1}},
    )  # fmt: skip
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False, scaleanchor="x")
    return _plate(figure, height)


def _drawn_atoms(parts: dict[str, Any], options: ViewOptions) -> list[dict[str, Any]]:
    """Atoms of the cell, and those beyond it where bonds or polyhedra lead to them.

    A mixed site is drawn in slices; here the first slice stands for all.
    """
    beyond = parts["outside"] if options.bonds or options.polyhedra else []
    unique = {tuple(atom["positions"][0]): atom for atom in reversed(parts["atoms"] + beyond)}
    return list(unique.values())


def _by_look(atoms: list[dict[str, Any]]) -> dict[tuple[str, float], list[dict[str, Any]]]:
    looks: dict[tuple[str, float], list[dict[str, Any]]] = {}
    for atom in atoms:
        looks.setdefault((atom["color"], atom["radius"]), []).append(atom)
    return looks


def _pairs(points: list[list[float]]) -> list[list[list[float]]]:
    return [points[i : i + 2] for i in range(0, len(points) - 1, 2)]


def _segments(pairs: list[list[list[float]]]) -> np.ndarray:
    """(3 n, 3) ends of segments, a gap (NaN) after each."""
    ends = np.array(pairs, dtype=float).reshape(-1, 2, 3)
    gap = np.full((len(ends), 1, 3), np.nan)
    return np.concatenate([ends, gap], axis=1).reshape(-1, 3)


def _plate(figure: go.Figure, height: int) -> go.Figure:
    figure.update_layout(
        height=height, showlegend=False, margin={"l": 0, "r": 0, "t": 0, "b": 0},
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)", hovermode="closest",
    )  # fmt: skip
    return figure

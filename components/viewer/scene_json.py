"""crystal-toolkit's scene as its viewer should get it.

One object for each atom, which carries the number of its site, so that a click can be traced back;
sub-scenes with fixed names, which the browser switches on and off without a new scene (a new one
would turn the camera back); colours that are readable on a light and on a dark plate.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from components.viewer.palettes import AXIS_COLORS, OUTLINE_COLOR, sphere_radius
from components.viewer.shown import Site
from core.types import Crystal

Json = dict[str, Any]

_MARGIN = 0.051  # crystal-toolkit draws an atom at 0 again at 1, and takes 0.05 for 0
_POLYHEDRON_OPACITY = 0.35
_DIGITS = 4  # angstrom; halves the message to the browser


def viewer_json(raw: Json, axes: Json, cell: Crystal, sites: tuple[Site, ...]) -> Json:
    """The viewer's JSON.

    Args:
        raw: `Scene.to_json()` of a structure or a graph of bonds.
        axes: the same of the lattice's axes.
        cell: the cell that was repeated to draw the scene, positions numbered 0, 1, ...
        sites: its positions.
    """
    parts: dict[str, Json] = {part["name"]: part for part in raw["contents"]}
    origin = parts["atoms"]["origin"]
    edges = _lines(parts["unit_cell"])
    atoms = _atoms(parts["atoms"]["contents"], cell, sites)
    inside = _inside(np.array([atom["positions"][0] for atom in atoms]), edges)
    contents = {
        "atoms": [atom for atom, within in zip(atoms, inside, strict=True) if within],
        "outside": [atom for atom, within in zip(atoms, inside, strict=True) if not within],
        "bonds": _bonds(parts.get("bonds", {}).get("contents", [])),
        "polyhedra": _faces(parts.get("polyhedra", {}).get("contents", [])),
        "unit_cell": [{"type": "lines", "positions": edges, "color": OUTLINE_COLOR}],
    }
    scenes = [
        {"name": name, "origin": origin, "visible": True, "contents": items}
        for name, items in contents.items()
    ]
    scenes.append({"name": "axes", "origin": [0, 0, 0], "visible": True, "contents": _axes(axes)})
    return _plain({"name": "crystal", "visible": True, "origin": origin, "contents": scenes})


def _lines(unit_cell: Json) -> list[list[float]]:
    """Pairs of points: the twelve edges of the cell; the first six start at its origin."""
    lattice_scene = unit_cell["contents"][0]
    return lattice_scene["contents"][0]["positions"]


def _inside(points: np.ndarray, edges: list[list[float]]) -> np.ndarray:
    lattice = np.array([edges[1], edges[3], edges[5]]) - np.array(edges[0])
    frac = points @ np.linalg.inv(lattice)
    return ((frac > -_MARGIN) & (frac < 1 + _MARGIN)).all(axis=1)


def _atoms(spheres: list[Json], cell: Crystal, sites: tuple[Site, ...]) -> list[Json]:
    """One object for each atom, or for each slice of a mixed one."""
    single = [(sphere, place) for sphere in spheres for place in sphere["positions"]]
    found = _site_of(np.array([place for _, place in single]), cell)
    atoms = []
    for (sphere, place), index in zip(single, found.tolist(), strict=True):
        site = sites[index]
        slices = {name: sphere[name] for name in ("phiStart", "phiEnd") if name in sphere}
        atoms.append(
            {
                "type": "spheres", "positions": [place], "color": sphere["color"],
                "radius": sphere_radius(site.element), "clickable": True, "tooltip": site.title,
                "_meta": {"site": index}, **slices,
            }
        )  # fmt: skip
    return atoms


def _site_of(points: np.ndarray, cell: Crystal) -> np.ndarray:
    """Index of the site a drawn atom is an image of: the nearest one, periodically."""
    _, first = np.unique(cell.position, return_index=True)
    frac = points @ np.linalg.inv(cell.lattice)
    # A remainder may round up to 1, which the periodic tree refuses.
    wrapped = [np.mod(np.mod(f, 1.0), 1.0) for f in (cell.frac[first], frac)]
    return cKDTree(wrapped[0], boxsize=1.0).query(wrapped[1])[1]


def _bonds(cylinders: list[Json]) -> list[Json]:
    """Half bonds by colour, out of the way of clicks and without tooltips."""
    by_look: dict[tuple[str, float], list[Any]] = defaultdict(list)
    for cylinder in cylinders:
        by_look[cylinder["color"], cylinder["radius"]] += cylinder["positionPairs"]
    return [
        {"type": "cylinders", "positionPairs": pairs, "color": color, "radius": radius}
        for (color, radius), pairs in by_look.items()
    ]


def _faces(surfaces: list[Json]) -> list[Json]:
    """Polyhedra; crystal-toolkit gives none to atoms whose neighbours lie in one plane."""
    return [
        {
            "type": "surface", "positions": face["positions"], "color": face["color"],
            "opacity": _POLYHEDRON_OPACITY,
        }
        for face in surfaces
        if face.get("positions")
    ]  # fmt: skip


def _axes(axes: Json) -> list[Json]:
    colors = (*AXIS_COLORS, OUTLINE_COLOR)
    return [{**item, "color": c} for item, c in zip(axes["contents"], colors, strict=True)]


def _plain(value: Any) -> Any:
    """Only what JSON knows, lengths rounded."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return round(float(value), _DIGITS)
    return int(value) if isinstance(value, np.integer) else value

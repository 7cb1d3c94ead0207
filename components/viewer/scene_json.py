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

from components.viewer.framing import Framing, directions, framing
from components.viewer.palettes import AXIS_COLORS, OUTLINE_COLOR, sphere_radius
from components.viewer.selection import chosen_faces, chosen_outside, chosen_pairs, place
from components.viewer.shown import Site
from core.types import Crystal

Json = dict[str, Any]

_MARGIN = 0.051  # crystal-toolkit draws an atom at 0 again at 1, and takes 0.05 for 0
_POLYHEDRON_OPACITY = 0.35
_DIGITS = 4  # angstrom; halves the message to the browser


def viewer_json(
    raw: Json, axes: Json, cell: Crystal, sites: tuple[Site, ...]
) -> tuple[Json, Framing]:
    """The viewer's JSON, and how it is seen.

    Args:
        raw: `Scene.to_json()` of a structure or a graph of bonds.
        axes: the same of the lattice's axes.
        cell: the cell that was repeated to draw the scene, positions numbered 0, 1, ...
        sites: its positions.
    """
    parts: dict[str, Json] = {part["name"]: part for part in raw["contents"]}
    edges = _lines(parts["unit_cell"])
    atoms = _atoms(parts["atoms"]["contents"], cell, sites)
    within = _inside(np.array([atom["positions"][0] for atom in atoms]), edges)
    inside = [atom for atom, yes in zip(atoms, within, strict=True) if yes]
    outside = [atom for atom, yes in zip(atoms, within, strict=True) if not yes]
    surfaces = parts.get("polyhedra", {}).get("contents", [])
    faces = chosen_faces(surfaces, inside, outside)
    outside = chosen_outside(outside, faces)
    contents = {
        "atoms": inside,
        "outside": outside,
        "bonds": _bonds(parts.get("bonds", {}).get("contents", []), inside + outside),
        "polyhedra": _faces(faces),
        "unit_cell": [{"type": "lines", "positions": edges, "color": OUTLINE_COLOR}],
    }
    picture = directions(cell.lattice)
    turned = {name: _turned(items, picture) for name, items in contents.items()}
    seen = _framing(turned)
    origin = [-x for x in seen.center]  # turned about its middle
    scenes = [
        {"name": name, "origin": origin, "visible": True, "contents": items}
        for name, items in turned.items()
    ]
    arrows = _turned(_axes(axes), picture)
    scenes.append({"name": "axes", "origin": [0, 0, 0], "visible": True, "contents": arrows})
    scene = {"name": "crystal", "visible": True, "origin": [0, 0, 0], "contents": scenes}
    return _plain(scene), seen


def _turned(items: list[Json], axes: np.ndarray) -> list[Json]:
    """The objects in the coordinates of the picture: right, up, towards the reader."""
    names = ("positions", "positionPairs")
    return [
        {**item, **{name: np.asarray(item[name]) @ axes.T for name in names if name in item}}
        for item in items
    ]


def _framing(contents: dict[str, list[Json]]) -> Framing:
    atoms, edges = contents["atoms"] + contents["outside"], contents["unit_cell"][0]["positions"]
    points = np.vstack([*(atom["positions"] for atom in atoms), edges])
    radii = np.array([atom["radius"] for atom in atoms] + [0.0] * len(edges))
    return framing(points, radii)


def _lines(unit_cell: Json) -> list[list[float]]:
    """Pairs of points: the twelve edges of the cell; the first six start at its origin."""
    lattice_scene = unit_cell["contents"][0]
    return lattice_scene["contents"][0]["positions"]


def _inside(points: np.ndarray, edges: list[list[float]]) -> np.ndarray:
    lattice = np.array([edges[1], edges[3], edges[5]]) - np.array(edges[0])
    frac = points @ np.linalg.inv(lattice)
    return np.all((frac > -_MARGIN) & (frac < 1 + _MARGIN), axis=1)


def _atoms(spheres: list[Json], cell: Crystal, sites: tuple[Site, ...]) -> list[Json]:
    """One object for each atom, or for each slice of a mixed one."""
    single = [(sphere, point) for sphere in spheres for point in sphere["positions"]]
    found = _site_of(np.array([point for _, point in single]), cell)
    atoms: list[Json] = []
    for (sphere, point), index in zip(single, found.tolist(), strict=True):
        site = sites[index]
        slices: Json = {name: sphere[name] for name in ("phiStart", "phiEnd") if name in sphere}
        atoms.append(
            {
                "type": "spheres", "positions": [point], "color": sphere["color"],
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


def _bonds(cylinders: list[Json], atoms: list[Json]) -> list[Json]:
    """Half bonds by colour, out of the way of clicks and without tooltips."""
    drawn = {place(atom["positions"][0]) for atom in atoms}
    by_look: dict[tuple[str, float], list[Any]] = defaultdict(list)
    for cylinder in cylinders:
        pairs = chosen_pairs(cylinder["positionPairs"], drawn)
        by_look[cylinder["color"], cylinder["radius"]] += pairs
    return [
        {"type": "cylinders", "positionPairs": pairs, "color": color, "radius": radius}
        for (color, radius), pairs in by_look.items()
        if pairs
    ]


def _faces(surfaces: list[Json]) -> list[Json]:
    return [
        {
            "type": "surface", "positions": face["positions"], "color": face["color"],
            "opacity": _POLYHEDRON_OPACITY,
        }
        for face in surfaces
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

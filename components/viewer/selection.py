"""Which polyhedra, outer atoms and half bonds are worth drawing.

crystal-toolkit draws all it has; a cube of perovskite disappears behind the cuboctahedra of its
large cation and behind the metals that oxygens on the border are bonded to.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Json = dict[str, Any]
Pairs = list[list[list[float]]]

_LARGEST_POLYHEDRON = 8  # corners; larger ones are drawn only where there are no others
_SAME_PLACE_DIGITS = 2  # angstrom; atoms are never that close


def place(point: Any) -> tuple[float, ...]:
    """A key for a point in space."""
    # Adding 0 turns -0.0 into 0.0.
    return tuple((np.round(np.asarray(point, dtype=float), _SAME_PLACE_DIGITS) + 0.0).tolist())


def chosen_faces(surfaces: list[Json], inside: list[Json], outside: list[Json]) -> list[Json]:
    """The polyhedra to draw: around atoms of the cell, of up to eight corners if there are any.

    crystal-toolkit also draws halves of polyhedra around the atoms beyond the cell.
    """
    centers = [(atom["positions"][0], atom["color"], True) for atom in inside]
    centers += [(atom["positions"][0], atom["color"], False) for atom in outside]
    places = np.array([center[0] for center in centers])
    kept = []
    for face in surfaces:
        if not face.get("positions"):
            continue  # neighbours in one plane
        corners = np.array(list({place(p) for p in face["positions"]}))
        order = np.argsort(((places - corners.mean(axis=0)) ** 2).sum(axis=1))
        around = next((centers[i] for i in order if centers[i][1] == face["color"]), None)
        if around is None or around[2]:
            kept.append((len(corners), face))
    small = [face for n, face in kept if n <= _LARGEST_POLYHEDRON]
    return small or [face for _, face in kept]


def chosen_outside(atoms: list[Json], faces: list[Json]) -> list[Json]:
    """The atoms beyond the cell to draw: corners of polyhedra; all where there are none."""
    if not faces:
        return atoms
    corners = {place(p) for face in faces for p in face["positions"]}
    return [atom for atom in atoms if place(atom["positions"][0]) in corners]


def chosen_pairs(pairs: Pairs, drawn: set[tuple[float, ...]]) -> Pairs:
    """The half bonds (atom, middle) whose atoms are both drawn."""
    kept = []
    for start, middle in pairs:
        far = 2 * np.asarray(middle) - np.asarray(start)
        if place(start) in drawn and place(far) in drawn:
            kept.append([start, middle])
    return kept

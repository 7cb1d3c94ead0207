"""The cell that is drawn, and what is known of its sites."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.viewer.options import ViewOptions
from core.elements import SYMBOLS
from core.errors import ConvergenceError
from core.geometry.neighbors import positions
from core.geometry.symmetry import Symmetry, find_symmetry, primitive_cell, standard_cell
from core.types import OCCUPANCY_TOLERANCE, Crystal

_EDGE = 1e-6  # a coordinate this close to 1 is 0 of the next cell


@dataclass(frozen=True, slots=True)
class Site:
    """One position of the drawn cell.

    Attributes:
        species: `Ti`, or `Fe 0.50 / Co 0.50` for a mixed site.
        element: the element with the largest share.
        wyckoff: multiplicity and letter, `4a`; empty when no symmetry was found.
        coordination: bonded neighbours by CrystalNN, or None when no bonds were sought.
    """

    species: str
    element: str
    wyckoff: str
    coordination: int | None = None

    @property
    def title(self) -> str:
        return f"{self.species} · {self.wyckoff}" if self.wyckoff else self.species


@dataclass(frozen=True, slots=True, eq=False)
class ShownCell:
    """The cell before it is repeated; positions are numbered 0, 1, ... and lie in the cell."""

    crystal: Crystal
    sites: tuple[Site, ...]
    symmetry: Symmetry | None
    notes: tuple[str, ...]


def shown_cell(crystal: Crystal, options: ViewOptions) -> ShownCell:
    """The chosen cell of a crystal with its sites. A cell that can't be found is replaced."""
    notes: list[str] = []
    chosen = crystal
    if options.cell != "as given":
        find = standard_cell if options.cell == "conventional" else primitive_cell
        try:
            chosen = find(crystal)
        except ConvergenceError:
            notes.append(f"No symmetry was found, so the cell is as given, not {options.cell}.")
    chosen = _tidy(chosen)
    try:
        symmetry = find_symmetry(chosen)
    except ConvergenceError:
        symmetry = None
    return ShownCell(chosen, _sites(chosen, symmetry), symmetry, tuple(notes))


def _tidy(crystal: Crystal) -> Crystal:
    """Positions numbered by first appearance, coordinates in [0, 1)."""
    _, first, inverse = np.unique(crystal.position, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    frac = crystal.frac - np.floor(crystal.frac)
    return crystal.with_(position=rank[inverse], frac=np.where(frac > 1 - _EDGE, 0.0, frac))


def _sites(crystal: Crystal, symmetry: Symmetry | None) -> tuple[Site, ...]:
    places = positions(crystal)
    symbols = [SYMBOLS[z] for z in places.numbers.tolist()]
    sites = []
    for index, shares in enumerate(places.species):
        present = [(symbols[k], float(shares[k])) for k in np.flatnonzero(shares)]
        full = len(present) == 1 and present[0][1] > 1 - OCCUPANCY_TOLERANCE
        species = present[0][0] if full else " / ".join(f"{s} {x:.2f}" for s, x in present)
        wyckoff = f"{symmetry.multiplicities[index]}{symmetry.wyckoffs[index]}" if symmetry else ""
        sites.append(Site(species, max(present, key=lambda item: item[1])[0], wyckoff))
    return tuple(sites)

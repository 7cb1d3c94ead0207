"""The prototypes as primitive cells with named sites, from the AFLOW set of core.data."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache

import numpy as np

from core.data import load_embedded
from core.elements import SYMBOLS
from core.geometry.symmetry import find_symmetry, primitive_cell
from core.types import FloatArray

_SYMPREC = 1e-3
_DELAFOSSITE = "ABC2_hR4_166_a_b_c-delafossite"


@dataclass(frozen=True, slots=True, eq=False)
class Prototype:
    """A primitive cell in the standard setting.

    Attributes:
        key: id in the AFLOW set.
        lattice: (3, 3).
        frac: (n, 3).
        sites: (n,) the template's element on each atom.
        spacegroup: its number.
    """

    key: str
    lattice: FloatArray
    frac: FloatArray
    sites: tuple[str, ...]
    spacegroup: int

    @property
    def counts(self) -> dict[str, int]:
        """Atoms of each template element in the cell."""
        return dict(Counter(self.sites))


@cache
def prototype(key: str) -> Prototype:
    """The prototype of an id in the AFLOW set (or delafossite). Raises: KeyError."""
    wanted = key.removesuffix("-delafossite")
    crystal = next((c for c in load_embedded("aflow-prototypes") if c.id == wanted), None)
    if crystal is None:
        raise KeyError(key)
    cell = primitive_cell(crystal, symprec=_SYMPREC, idealize=True)
    sites = tuple(SYMBOLS[z] for z in cell.numbers)
    if key == _DELAFOSSITE:
        lattice, frac = _delafossite(sites)
        cell = cell.with_(lattice=lattice, frac=frac)
    group = find_symmetry(cell, symprec=_SYMPREC).number
    return Prototype(key, cell.lattice, cell.frac, sites, group)


def _delafossite(sites: tuple[str, ...]) -> tuple[FloatArray, FloatArray]:
    """CuFeO2 in the cell of caswellsilverite NaCrS2: Cu (Na) between two O, FeO6 octahedra.

    Ref: C. T. Prewitt, R. D. Shannon, D. B. Rogers, Inorg. Chem. 10, 719 (1971): a = 3.035,
    c = 17.166 Å, z(O) = 0.1066 with Cu at the origin and Fe at 1/2.
    """
    a, c, z = 3.035, 17.166, 0.1066
    r = a / np.sqrt(3)
    angles = np.deg2rad([90, 210, 330])
    lattice = np.array([[r * np.cos(t), r * np.sin(t), c / 3] for t in angles])
    along = {"Na": [0.0], "Cr": [0.5], "S": [z, -z]}
    frac = np.array([[along[s].pop(0)] * 3 for s in sites]) % 1.0
    return lattice, frac

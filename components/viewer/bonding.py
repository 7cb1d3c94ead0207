"""Bonds by CrystalNN, found once in the cell and repeated through the supercell.

Zimmermann & Jain 2020, doi 10.1039/C9RA07755C.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.geometry.cell import supercell
from core.io.convert import to_pymatgen
from core.types import Crystal

if TYPE_CHECKING:
    from pymatgen.analysis.graphs import StructureGraph

MAX_BONDED_SITES = 600  # CrystalNN takes about 7 ms a site: 4 s

Bond = tuple[int, int, tuple[int, int, int]]
"""From a site of the cell at the origin, to a site, in the cell with this offset."""


@dataclass(frozen=True, slots=True)
class Bonding:
    """Bonds of a cell, or the reason why there are none.

    Attributes:
        bonds: each bond from both of its ends.
        coordination: neighbours CrystalNN gives each site; empty when bonds are missing.
        missing: why no bonds were sought or found; else empty.
    """

    bonds: tuple[Bond, ...] = ()
    coordination: tuple[int, ...] = ()
    missing: str = ""


def find_bonds(crystal: Crystal) -> Bonding:
    """CrystalNN bonds of the cell. Positions must be numbered 0, 1, ...

    A crystal that CrystalNN can't treat gives no bonds and the reason, never an error.
    """
    if not crystal.is_ordered:
        return Bonding(missing="Bonds and polyhedra are not drawn: sites are partly occupied.")
    if crystal.n_sites > MAX_BONDED_SITES:
        return Bonding(
            missing=f"Bonds and polyhedra are not drawn: {crystal.n_sites} sites, and the limit "
            f"is {MAX_BONDED_SITES}."
        )
    from pymatgen.analysis.local_env import CrystalNN

    structure, method = to_pymatgen(crystal), CrystalNN()
    bonds: set[Bond] = set()
    coordination: list[int] = []
    with warnings.catch_warnings():
        # It warns of guessed radii and of missing oxidation states at every site.
        warnings.simplefilter("ignore")
        try:
            for here in range(len(structure)):
                around = method.get_nn_info(structure, here)
                coordination.append(len(around))
                bonds.update(*(_both_ways(here, found) for found in around))
        except (ValueError, RuntimeError, TypeError, IndexError, KeyError, ZeroDivisionError):
            # What CrystalNN and qhull raise on degenerate or very sparse cells.
            return Bonding(missing="Bonds and polyhedra are not drawn: CrystalNN finds none here.")
    return Bonding(tuple(sorted(bonds)), tuple(coordination))


def _both_ways(here: int, found: dict[str, Any]) -> set[Bond]:
    """CrystalNN may see a bond from one end only; a drawing shows it from both."""
    there, (a, b, c) = int(found["site_index"]), (round(x) for x in found["image"])
    return {(here, there, (a, b, c)), (there, here, (-a, -b, -c))}


def bond_graph(crystal: Crystal, bonding: Bonding, repeats: tuple[int, int, int]) -> StructureGraph:
    """The bonds repeated through a supercell.

    pymatgen's own product of a graph and a scaling searches every image by distance; here the
    offset of each bond is carried over, which is exact in one-atom cells too.
    """
    from pymatgen.analysis.graphs import StructureGraph

    n, counts = crystal.n_sites, np.array(repeats)
    edges: dict[tuple[Any, ...], dict[str, Any]] = {}
    cells = list(np.ndindex(*repeats))
    for copy, offset in enumerate(cells):
        for here, there, image in bonding.bonds:
            wide, inside = np.divmod(np.add(offset, image), counts)
            target = int(np.ravel_multi_index(tuple(inside), repeats)) * n + there
            start, jump = copy * n + here, tuple(int(x) for x in wide)
            if (target, start) < (start, target) or (start == target and jump < (0, 0, 0)):
                continue  # the other end draws it
            edges[start, target, (0, 0, 0), jump] = {}
    structure = to_pymatgen(supercell(crystal, repeats))
    return StructureGraph.from_edges(structure, edges)

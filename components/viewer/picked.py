"""The clicked atom: element, Wyckoff site, coordination, nearest distances. All from the core."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from components.viewer.scene import ViewScene
from core.geometry.neighbors import nearest

_SHELL_DIGITS = 3  # neighbours whose distances agree to a thousandth of an angstrom are one shell
_MIN_NEIGHBORS = 4  # shown where no bonds are known


@dataclass(frozen=True, slots=True)
class Shell:
    """Neighbours of one kind at one distance (angstrom)."""

    species: str
    distance: float
    count: int


@dataclass(frozen=True, slots=True)
class Click:
    """A clicked atom.

    Attributes:
        site: index of the position in the drawn cell.
        element: element with the largest share.
        species: `Ti`, or `Fe 0.50 / Co 0.50` for a mixed site.
        wyckoff: multiplicity and letter (`4a`); empty when no symmetry was found.
        coordination: neighbours by CrystalNN; None when bonds are missing.
        shells: nearest neighbours by distance, at least the bonded number of them.
    """

    site: int
    element: str
    species: str
    wyckoff: str
    coordination: int | None
    shells: tuple[Shell, ...]

    @property
    def text(self) -> str:
        """The click in a line: `Na · 4a · 6 neighbours · Cl 2.820 Å ×6`."""
        parts = [self.species]
        if self.wyckoff:
            parts.append(self.wyckoff)
        if self.coordination is not None:
            parts.append(f"{self.coordination} bonded neighbours")
        shells = ", ".join(f"{s.species} {s.distance:.3f} Å ×{s.count}" for s in self.shells)
        return " · ".join([*parts, shells])


def click_of(scene: ViewScene, message: Any) -> Click | None:
    """The click a browser's message reports; None when it is empty, stale or makes no sense.

    Args:
        scene: what is drawn now; a click on an earlier scene does not count.
        message: `{"key": ..., "site": ...}` from the browser, not to be trusted.
    """
    if not isinstance(message, dict) or message.get("key") != scene.key:
        return None
    site = message.get("site")
    if not isinstance(site, int) or isinstance(site, bool) or not 0 <= site < len(scene.sites):
        return None
    return describe_site(scene, site)


def describe_site(scene: ViewScene, site: int) -> Click:
    """What the core knows of a position of the drawn cell."""
    known = scene.sites[site]
    wanted = max(known.coordination or 0, _MIN_NEIGHBORS)
    around = nearest(scene.cell, wanted, tolerance=10.0**-_SHELL_DIGITS)
    start, stop = (int(x) for x in around.starts[site : site + 2])
    pairs = Counter(
        (round(float(distance), _SHELL_DIGITS), scene.sites[int(other)].species)
        for distance, other in zip(
            around.distances[start:stop], around.neighbors[start:stop], strict=True
        )
    )
    shells, seen = [], 0
    for (distance, species), count in sorted(pairs.items()):
        if seen >= wanted:
            break
        shells.append(Shell(species, distance, count))
        seen += count
    return Click(
        site, known.element, known.species, known.wyckoff, known.coordination, tuple(shells)
    )


def cartesian(scene: ViewScene, site: int) -> np.ndarray:
    """(3,) Cartesian place of a position in the drawn cell, angstrom."""
    _, first = np.unique(scene.cell.position, return_index=True)
    return scene.cell.cart[first[site]]

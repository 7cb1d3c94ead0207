"""The clicked atom: element, Wyckoff site, coordination, nearest distances. All from the core."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from components.viewer.scene import ViewScene
from components.viewer.shown import Site
from core.geometry.neighbors import NeighborList, nearest

_SAME_DISTANCE = 1e-3  # angstrom: neighbours of one kind no further apart are one shell
_MIN_NEIGHBORS = 4  # shown where no bonds are known


@dataclass(frozen=True, slots=True)
class Shell:
    """Neighbours of one kind at one distance (angstrom)."""

    species: str
    wyckoff: str
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
        frac: coordinates in the drawn cell.
        shells: nearest neighbours by distance, at least the bonded number of them.
    """

    site: int
    element: str
    species: str
    wyckoff: str
    coordination: int | None
    frac: tuple[float, float, float]
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
    around = nearest(scene.cell, wanted, tolerance=_SAME_DISTANCE)
    shells: list[Shell] = []
    seen = 0
    for kind, distance, count in _shells(scene, around, site):
        if seen >= wanted:
            break
        shells.append(Shell(kind.species, kind.wyckoff, distance, count))
        seen += count
    row = int(np.flatnonzero(scene.cell.position == site)[0])
    x, y, z = scene.cell.frac[row].tolist()
    return Click(
        site, known.element, known.species, known.wyckoff, known.coordination, (x, y, z),
        tuple(shells),
    )  # fmt: skip


def _shells(scene: ViewScene, around: NeighborList, site: int) -> list[tuple[Site, float, int]]:
    """Neighbours of a site as (what sits there, distance, how many), nearest first."""
    own = slice(around.starts[site], around.starts[site + 1])
    found: list[tuple[Site, float, int]] = []
    for other, distance in zip(
        around.neighbors[own].tolist(), around.distances[own].tolist(), strict=True
    ):
        kind = scene.sites[other]
        for at, (known, first, count) in enumerate(found):
            if known == kind and distance - first < _SAME_DISTANCE:
                found[at] = (known, first, count + 1)
                break
        else:
            found.append((kind, distance, 1))
    return found

"""Bonds by covalent radii between chosen elements, and the net that bridging atoms span.

A centre and a bridge are bonded when they are no further apart than a multiple of the sum of their
covalent radii: Si and O in silica, metal and oxygen or halogen elsewhere. Centres that share a
bridge are neighbours in the net.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from core.elements import ATOMIC_NUMBERS, MAX_NUMBER
from core.errors import InvalidSpecError, NeighborShortageError
from core.geometry.neighbors import Positions, positions, within
from core.types import Crystal, FloatArray, IntArray

# Bonds of silica reach 1.05 times the sum of radii, the next contact lies beyond 1.8 times.
BOND_SCALE = 1.25


@cache
def covalent_radii() -> FloatArray:
    """Covalent radius by atomic number, (119,), angstrom.

    Ref: Cordero et al., Dalton Trans. (2008) 2832, doi 10.1039/b801115j; gemmi's for Z > 96.
    """
    import gemmi

    radii = np.array([0.0] + [gemmi.Element(z).covalent_r for z in range(1, MAX_NUMBER + 1)])
    radii.setflags(write=False)
    return radii


@dataclass(frozen=True, slots=True, eq=False)
class Bonds:
    """Bonds of the bridges of a crystal, sorted by bridge.

    Attributes:
        bridges, centers: (n_bonds,) indices of positions.
        vectors: (n_bonds, 3) from bridge to centre, angstrom.
        distances: (n_bonds,) angstrom.
        images: (n_bonds, 3) cell of the centre relative to that of the bridge.
        starts: (n_positions + 1,) first bond of each position as a bridge.
        bridge_share, center_share: (n_positions,) occupancy by the elements asked for.
    """

    bridges: IntArray
    centers: IntArray
    vectors: FloatArray
    distances: FloatArray
    images: IntArray
    starts: IntArray
    bridge_share: FloatArray
    center_share: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Net:
    """A periodic graph.

    Attributes:
        nodes: (n_nodes,) indices of positions.
        weights: (n_nodes,) occupancy by the elements asked for.
        starts: (n_nodes + 1,) first edge of each node.
        targets: (n_edges,) node at the other end.
        images: (n_edges, 3) its cell relative to that of the node; every edge is there both ways.
    """

    nodes: IntArray
    weights: FloatArray
    starts: IntArray
    targets: IntArray
    images: IntArray


def check_elements(symbols: Sequence[str], what: str, *, may_be_empty: bool = False) -> None:
    """Raises: InvalidSpecError for an empty list or a symbol that is no element."""
    if not symbols and not may_be_empty:
        raise InvalidSpecError(f"No {what} elements are given.", hint="Name one, such as Si.")
    for symbol in symbols:
        if symbol not in ATOMIC_NUMBERS:
            raise InvalidSpecError(f"{symbol!r} is no element.", hint="Write Si or O.")


def bridge_bonds(
    crystal: Crystal, centers: Sequence[str], bridges: Sequence[str], scale: float = BOND_SCALE
) -> Bonds:
    """Every bond between a bridge and a centre. A mixed site reaches as far as its largest species.

    Raises: NeighborShortageError when the crystal lacks centres, bridges or bonds between them.
    """
    places = positions(crystal)
    center_share, center_radius = _holding(crystal, places, centers)
    bridge_share, bridge_radius = _holding(crystal, places, bridges)
    found = within(crystal, scale * float(center_radius.max() + bridge_radius.max()))
    reach = scale * (bridge_radius[found.centers] + center_radius[found.neighbors])
    keep = (bridge_share[found.centers] > 0) & (center_share[found.neighbors] > 0)
    keep &= found.distances <= reach
    if not keep.any():
        raise NeighborShortageError(
            f"No {'/'.join(bridges)} of {crystal.id!r} is bonded to {'/'.join(centers)}.",
            hint="Raise the bond scale or choose other elements.",
        )
    b, c, images = found.centers[keep], found.neighbors[keep], found.images[keep]
    vectors = (places.frac[c] - places.frac[b] + images) @ crystal.lattice
    starts = np.searchsorted(b, np.arange(len(places.row) + 1))
    return Bonds(
        b, c, vectors, found.distances[keep], images, starts, bridge_share, center_share
    )  # fmt: skip


def pairs_at_bridges(bonds: Bonds) -> tuple[IntArray, IntArray]:
    """Indices of two bonds at the same bridge, each pair once: (n_pairs,), (n_pairs,)."""
    counts = np.diff(bonds.starts)
    first, second = [], []
    for count in np.unique(counts[counts >= 2]):
        low, high = np.triu_indices(count, 1)
        begins = bonds.starts[:-1][counts == count][:, None]
        first.append((begins + low).ravel())
        second.append((begins + high).ravel())
    empty = [np.empty(0, dtype=np.int64)]
    return np.concatenate(first or empty), np.concatenate(second or empty)


def net(
    crystal: Crystal, centers: Sequence[str], bridges: Sequence[str], scale: float = BOND_SCALE
) -> Net:
    """The net of centres joined by bridges, or by bonds of their own when no bridge is named.

    Two centres are joined once, however many bridges they share.

    Raises: NeighborShortageError when the crystal lacks centres or bridges, or nothing is joined.
    """
    if bridges:
        bonds = bridge_bonds(crystal, centers, bridges, scale)
        one, other = pairs_at_bridges(bonds)
        ends = np.column_stack([bonds.centers[one], bonds.centers[other]])
        steps = bonds.images[other] - bonds.images[one]
        ends, steps = np.vstack([ends, ends[:, ::-1]]), np.vstack([steps, -steps])
    else:
        bonds = bridge_bonds(crystal, centers, centers, scale)
        ends, steps = np.column_stack([bonds.bridges, bonds.centers]), np.array(bonds.images)
    away = (ends[:, 0] != ends[:, 1]) | steps.any(axis=1)
    edges = np.unique(np.hstack([ends, steps])[away], axis=0)
    if not len(edges):
        raise NeighborShortageError(
            f"No {'/'.join(bridges)} of {crystal.id!r} bridges two {'/'.join(centers)}.",
            hint="Raise the bond scale or choose other elements.",
        )
    nodes = np.flatnonzero(bonds.center_share > 0)
    left, right = np.searchsorted(nodes, edges[:, 0]), np.searchsorted(nodes, edges[:, 1])
    starts = np.searchsorted(left, np.arange(len(nodes) + 1))
    return Net(nodes, bonds.center_share[nodes], starts, right, edges[:, 2:])


def _holding(
    crystal: Crystal, places: Positions, symbols: Sequence[str]
) -> tuple[FloatArray, FloatArray]:
    """Occupancy by these elements and their largest radius, of each position."""
    chosen = np.isin(places.numbers, [ATOMIC_NUMBERS[symbol] for symbol in symbols])
    if not chosen.any():
        raise NeighborShortageError(
            f"{crystal.id!r} holds no {'/'.join(symbols)}.",
            hint="Choose elements that occur in every crystal, or leave this one out.",
        )
    species: NDArray[np.floating] = places.species[:, chosen]
    radii = covalent_radii()[places.numbers[chosen]]
    return species.sum(axis=1), np.where(species > 0, radii, 0.0).max(axis=1)

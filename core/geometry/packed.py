"""Many crystals as flat arrays, and the k nearest neighbour distances of all their positions.

This is the fast path under GRID.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import NeighborShortageError
from core.geometry.sphere_kernels import fill_chunk
from core.types import Crystal, FloatArray, IntArray

_GROWTH = 1.25  # factor on the sphere's expected content when a position lacks neighbours
_EXTRA = 1.15  # expected content of the first sphere, in units of k
_MAX_ROUNDS = 60


@dataclass(frozen=True, slots=True, eq=False)
class PackedCrystals:
    """Positions of m crystals, one after another.

    Attributes:
        lattices: (m, 3, 3).
        starts: (m + 1,) first position of each crystal.
        frac: (n_positions, 3).
        is_center, is_neighbor: (n_positions,) which positions have, and which are, neighbours.
    """

    lattices: FloatArray
    starts: IntArray
    frac: FloatArray
    is_center: np.ndarray
    is_neighbor: np.ndarray

    def __len__(self) -> int:
        return len(self.lattices)


def pack(
    crystals: Sequence[Crystal],
    centers: frozenset[int] | None = None,
    neighbors: frozenset[int] | None = None,
) -> PackedCrystals:
    """Pack ordered crystals; `centers` and `neighbors` restrict by atomic number.

    Raises: NeighborShortageError when a crystal holds no position of the chosen elements.
    """
    counts = np.array([c.n_rows for c in crystals])
    numbers = np.concatenate([c.numbers for c in crystals])
    starts = np.concatenate([[0], np.cumsum(counts)])
    masks = []
    for chosen, role in ((centers, "centre"), (neighbors, "neighbour")):
        if chosen is None:
            masks.append(np.ones(len(numbers), dtype=np.bool_))
            continue
        mask = np.isin(numbers, list(chosen))
        empty = np.flatnonzero(np.add.reduceat(mask, starts[:-1]) == 0)
        if len(empty):
            raise _no_site(crystals[int(empty[0])], chosen, role)
        masks.append(mask)
    return PackedCrystals(
        np.stack([c.lattice for c in crystals]),
        starts,
        np.concatenate([c.frac for c in crystals]),
        masks[0],
        masks[1],
    )


def _no_site(crystal: Crystal, chosen: frozenset[int], role: str) -> NeighborShortageError:
    from core.elements import SYMBOLS

    names = ", ".join(SYMBOLS[z] for z in sorted(chosen))
    return NeighborShortageError(
        f"{crystal.id!r} ({crystal.formula}) holds no {names} to take as {role}.",
        hint=f"Choose among {', '.join(crystal.elements)}, or leave the choice empty.",
    )


def squared_nearest(packed: PackedCrystals, k: int) -> FloatArray:
    """Squared distances of the k nearest neighbours of each position, ascending.

    Returns: (n_positions, k) float64, angstrom²; rows of positions that are no centre are inf.
    """
    n = len(packed.frac)
    content = _EXTRA * k + 16
    width = int(1.5 * content) + 16
    squared = np.empty((n, width))
    short = np.zeros(len(packed), dtype=np.int64)
    fill_chunk(
        packed.lattices, packed.starts, packed.frac, packed.is_center, packed.is_neighbor, k,
        content, squared, short,
    )  # fmt: skip
    squared.sort(axis=1)
    nearest = squared[:, :k]
    for m in np.flatnonzero(short):
        lo, hi = packed.starts[m], packed.starts[m + 1]
        nearest[lo:hi] = _retry(packed, int(m), k, content, width)
    return nearest


def _retry(packed: PackedCrystals, m: int, k: int, content: float, width: int) -> FloatArray:
    """One crystal with growing spheres and rows until every centre has k neighbours."""
    span = slice(packed.starts[m], packed.starts[m + 1])
    starts = np.array([0, packed.starts[m + 1] - packed.starts[m]])
    short = np.zeros(1, dtype=np.int64)
    for _ in range(_MAX_ROUNDS):
        squared = np.empty((int(starts[1]), width))
        fill_chunk(
            packed.lattices[m : m + 1], starts, packed.frac[span], packed.is_center[span],
            packed.is_neighbor[span], k, content, squared, short,
        )  # fmt: skip
        if short[0] == 0:
            squared.sort(axis=1)
            return squared[:, :k]
        if short[0] == 1:
            content *= _GROWTH
        width = int(width * (_GROWTH if short[0] == 1 else 1.6)) + 16
    raise NeighborShortageError(  # pragma: no cover - a crystal is infinite
        f"{k} neighbours were not found within {_MAX_ROUNDS} enlargements."
    )

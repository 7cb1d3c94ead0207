"""Pairs of atoms closer than a radius, in any cell, with numpy alone for small crystals.

Used to refuse overlapping atoms while reading; no compilation, so a single file is checked at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.types import Crystal, FloatArray, IntArray

_DIRECT_PAIRS = 400_000  # above this many pairs times images a tree is cheaper than brute force
_MAX_IMAGES = 20_000  # a sound cell needs at most a few hundred
_MAX_POINTS = 3_000_000  # images of atoms that a search may create


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs within a radius; each is listed once, an atom and its own image included.

    Attributes:
        first, second: (n_pairs,) rows of the crystal.
        distance: (n_pairs,) angstrom.
    """

    first: IntArray
    second: IntArray
    distance: FloatArray


def short_lattice(lattice: FloatArray) -> FloatArray:
    """(3, 3) lattice vectors of the same lattice, each shortened against the others."""
    rows = [list(map(float, row)) for row in lattice]
    for _ in range(200):
        changed = False
        for i in range(3):
            for j in range(3):
                if i == j:
                    continue
                a, b = rows[i], rows[j]
                norm = b[0] * b[0] + b[1] * b[1] + b[2] * b[2]
                overlap = a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
                if norm > 0 and abs(overlap) > 0.5000001 * norm:
                    shift = float(round(overlap / norm))
                    rows[i] = [x - shift * y for x, y in zip(a, b, strict=True)]
                    changed = True
        if not changed:
            break
    return np.array(rows)


def pairs_within(crystal: Crystal, radius: float) -> Pairs:
    """All pairs of rows nearer than `radius` angstrom, periodic images included.

    Raises: MemoryError when the radius spans an absurd number of cells.
    """
    lattice = short_lattice(crystal.lattice)
    inverse = np.linalg.inv(lattice)
    frac = crystal.cart @ inverse
    frac -= np.floor(frac)
    reach = np.ceil(radius * np.linalg.norm(inverse, axis=0)).tolist()
    n_images = math.prod(2 * r + 1 for r in reach)
    if n_images > _MAX_IMAGES or n_images * len(frac) > _MAX_POINTS:
        raise MemoryError(f"{n_images:.0f} images of {len(frac)} atoms")
    shifts = _images(*map(int, reach))
    if len(frac) ** 2 * n_images <= _DIRECT_PAIRS:
        return _direct(frac, shifts, lattice, radius)
    return _by_tree(frac, shifts, lattice, radius)


@lru_cache(maxsize=32)
def _images(a: int, b: int, c: int) -> IntArray:
    """(n_images, 3) cells around one, itself in the middle; read-only."""
    axes = (np.arange(-reach, reach + 1) for reach in (a, b, c))
    shifts = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    shifts.setflags(write=False)
    return shifts


def _direct(frac: FloatArray, shifts: IntArray, lattice: FloatArray, radius: float) -> Pairs:
    cart = frac @ lattice
    offsets = shifts @ lattice
    delta = cart[None, :, :] - cart[:, None, :]
    squared = ((delta[:, :, None, :] + offsets) ** 2).sum(-1)
    # An atom is no neighbour of itself; each pair is kept from one side only.
    zero = len(shifts) // 2
    index = np.arange(len(frac))
    squared[index, index, zero:] = np.inf
    squared[np.tril_indices(len(frac), -1)] = np.inf
    first, second, image = np.nonzero(squared < radius * radius)
    return Pairs(first, second, np.sqrt(squared[first, second, image]))


def _by_tree(frac: FloatArray, shifts: IntArray, lattice: FloatArray, radius: float) -> Pairs:
    from scipy.spatial import cKDTree

    cart = frac @ lattice
    owner = np.tile(np.arange(len(frac)), len(shifts))
    image = np.repeat(np.arange(len(shifts)), len(frac))
    points = (frac[None] + shifts[:, None]).reshape(-1, 3)
    margin = radius / (1.0 / np.linalg.norm(np.linalg.inv(lattice), axis=0)) + 1e-9
    near = ((points > -margin) & (points < 1 + margin)).all(axis=1)
    tree = cKDTree(points[near] @ lattice)
    found = cKDTree(cart).sparse_distance_matrix(tree, radius, output_type="ndarray")
    first, second = found["i"], owner[near][found["j"]]
    shift = image[near][found["j"]]
    zero = len(shifts) // 2
    once = (second > first) | ((second == first) & (shift < zero))
    return Pairs(first[once], second[once], found["v"][once])


def shortest_contact(crystal: Crystal, ceiling: float = 12.0) -> tuple[float, int, int] | None:
    """Distance and rows of the two nearest atoms on different positions, or None beyond `ceiling`.

    Rows of a mixed site are alternatives and never in contact.
    """
    lengths = np.linalg.norm(short_lattice(crystal.lattice), axis=1)
    bound = min(float(lengths.min()) * (1 + 1e-9), ceiling)
    radius = min(2.0, bound)
    while True:
        pairs = real_pairs(crystal, pairs_within(crystal, radius + 1e-9))
        if len(pairs.distance):
            best = int(pairs.distance.argmin())
            return float(pairs.distance[best]), int(pairs.first[best]), int(pairs.second[best])
        if radius >= bound:
            return None
        radius = min(radius * 1.6, bound)


def real_pairs(crystal: Crystal, pairs: Pairs) -> Pairs:
    """The pairs whose rows sit on different positions, or on images of one position."""
    same = crystal.position[pairs.first] == crystal.position[pairs.second]
    keep = ~same | (pairs.distance > 1e-3)
    return Pairs(pairs.first[keep], pairs.second[keep], pairs.distance[keep])


def coordination(crystal: Crystal, center: int, neighbor: int, radius: float) -> IntArray:
    """Number of `neighbor` atoms within `radius` of each `center` atom (atomic numbers)."""
    pairs = pairs_within(crystal, radius)
    counts = np.zeros(crystal.n_rows, dtype=np.int64)
    z = crystal.numbers
    for one, other in ((pairs.first, pairs.second), (pairs.second, pairs.first)):
        hit = (z[one] == center) & (z[other] == neighbor)
        np.add.at(counts, one[hit], 1)
    return counts[z == center]

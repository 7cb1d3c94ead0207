"""A computed similarity as pages look at it: pictures of the matrix, lists of neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import UnknownNameError
from core.maps.duplicates import duplicate_groups
from core.maps.order import Tree
from core.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Similarity:
    """What the task `similarity` found.

    Attributes:
        ids: of the crystals that could be compared.
        matrix: (n, n) distances, read-only.
        tree: their clustering.
        points: (n, 2) metric MDS.
        stress, how: of that map.
    """

    ids: tuple[str, ...]
    matrix: FloatArray
    tree: Tree
    points: FloatArray
    stress: float
    how: str

    @classmethod
    def of(cls, outputs: Mapping[str, NDArray[Any]]) -> Similarity:
        """From the outputs of the task."""
        return cls(
            tuple(outputs["ids"].tolist()), outputs["matrix"],
            Tree(outputs["order"], outputs["merges"]), outputs["points"],
            float(outputs["stress"]), str(outputs["how"]),
        )  # fmt: skip

    def place(self, crystal_id: str) -> int:
        """Row of a crystal. Raises: UnknownNameError."""
        try:
            return self.ids.index(crystal_id)
        except ValueError:
            raise UnknownNameError(
                f"{crystal_id!r} was not compared.", hint="See what could not be compared."
            ) from None

    def distance(self, a: str, b: str) -> float:
        """Distance of two crystals by id. Raises: UnknownNameError."""
        return float(self.matrix[self.place(a), self.place(b)])

    def nearest(self, crystal_id: str, k: int) -> list[tuple[str, float]]:
        """Ids and distances of the k nearest others, ties in the order of the library."""
        own = self.place(crystal_id)
        row = np.array(self.matrix[own], dtype=np.float64)
        row[own] = np.inf
        order = np.argsort(row, kind="stable")[: min(k, len(row) - 1)]
        return [(self.ids[i], float(row[i])) for i in order.tolist()]

    def duplicates(self, threshold: float) -> list[tuple[int, str, str, float]]:
        """(group, id, nearest in the group, its distance) of all crystals in groups of duplicates.

        Raises: InvalidSpecError for a negative threshold.
        """
        out = []
        for number, group in enumerate(duplicate_groups(self.matrix, threshold), start=1):
            part = np.array(self.matrix[np.ix_(group, group)], dtype=np.float64)
            np.fill_diagonal(part, np.inf)
            for row, member in zip(part, group, strict=True):
                other = int(row.argmin())
                out.append((number, self.ids[member], self.ids[group[other]], float(row[other])))
        return out


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A square part of an ordered matrix, small enough to draw.

    Attributes:
        values: (m, m) float32: distances, or means of blocks.
        places: (m,) places in the order of the middles of rows.
        block: rows in a block; 1 when the distances themselves are shown.
        rows: (m,) indices of the crystals when block is 1, else of the first of each block.
    """

    values: FloatArray
    places: FloatArray
    block: int
    rows: IntArray


def picture(matrix: FloatArray, order: IntArray, first: int, last: int, most: int = 500) -> Picture:
    """Places `first` to `last` (exclusive) of the ordered matrix, at most `most` rows of pixels."""
    chosen = np.asarray(order[first:last])
    block = -(-len(chosen) // most)
    starts = np.arange(0, len(chosen), block)
    counts = np.diff(np.append(starts, len(chosen)))
    values = np.empty((len(starts), len(starts)), np.float32)
    for at, (start, count) in enumerate(zip(starts.tolist(), counts.tolist(), strict=True)):
        rows = matrix[chosen[start : start + count]][:, chosen].mean(axis=0, dtype=np.float64)
        values[at] = np.add.reduceat(rows, starts) / counts
    return Picture(values, first + starts + (counts - 1) / 2, block, chosen[starts])

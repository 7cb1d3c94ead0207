"""Hierarchical clustering of a distance matrix: an order with like beside like, and the tree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import NonFiniteError, ShapeMismatchError
from core.types import FloatArray, IntArray

_OPTIMAL = 600  # leaves up to which the order is improved; the cost grows steeply


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """A hierarchical clustering.

    Attributes:
        order: (n,) indices of the crystals from left to right.
        merges: (n - 1, 4) as scipy's linkage: two clusters, their distance, number of leaves.
    """

    order: IntArray
    merges: FloatArray

    def lines(self) -> tuple[FloatArray, FloatArray]:
        """(n - 1, 4) places and heights of the brackets of the dendrogram, lowest first.

        A place is a position in the order (0 is the leftmost leaf); heights are distances.
        """
        n = len(self.order)
        place, height = np.zeros(2 * n - 1), np.zeros(2 * n - 1)
        place[self.order] = np.arange(n)
        xs, ys = np.zeros((n - 1, 4)), np.zeros((n - 1, 4))
        for m, (i, j, distance, _) in enumerate(self.merges):
            left, right = sorted((int(i), int(j)), key=lambda c: place[c])
            place[n + m], height[n + m] = (place[left] + place[right]) / 2, distance
            xs[m] = place[left], place[left], place[right], place[right]
            ys[m] = height[left], distance, distance, height[right]
        return xs, ys


def cluster(matrix: FloatArray) -> Tree:
    """Average linkage of an (n, n) distance matrix; optimal leaf order up to 600 crystals.

    Raises: ShapeMismatchError, NonFiniteError.
    """
    require_distances(matrix)
    n = len(matrix)
    if n < 2:
        return Tree(np.arange(n), np.zeros((0, 4)))
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    condensed = squareform(matrix, checks=False)
    merges = linkage(condensed, method="average", optimal_ordering=n <= _OPTIMAL)
    return Tree(leaves_list(merges).astype(np.int64), merges)


def require_distances(matrix: FloatArray) -> None:
    """Refuse what is no distance matrix. Raises: ShapeMismatchError, NonFiniteError."""
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or len(matrix) == 0:
        raise ShapeMismatchError(f"A distance matrix is square; this has shape {matrix.shape}.")
    if not np.isfinite(matrix).all():
        raise NonFiniteError("The distance matrix holds NaN or infinity.")

"""Crystals so near to one another that they may be the same: groups below a threshold."""

from __future__ import annotations

import numpy as np

from core.errors import InvalidSpecError
from core.maps.order import require_distances
from core.types import FloatArray


def duplicate_groups(matrix: FloatArray, threshold: float) -> tuple[tuple[int, ...], ...]:
    """Groups of at least two crystals linked by distances <= threshold, largest group first.

    Links are followed: a near b and b near c puts all three together, however far a is from c.

    Raises: InvalidSpecError for a negative threshold; ShapeMismatchError, NonFiniteError.
    """
    if not threshold >= 0:
        raise InvalidSpecError(f"The threshold is {threshold!r}.", hint="Give 0 or more.")
    require_distances(matrix)
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    rows, columns = np.nonzero(np.asarray(matrix) <= threshold)
    links = coo_matrix((np.ones(len(rows), dtype=bool), (rows, columns)), shape=matrix.shape)
    _, label = connected_components(links, directed=False)
    order = np.argsort(label, kind="stable")
    starts = np.flatnonzero(np.diff(label[order])) + 1
    groups = (tuple(int(i) for i in group) for group in np.split(order, starts))
    found = [group for group in groups if len(group) > 1]
    return tuple(sorted(found, key=lambda group: (-len(group), group)))

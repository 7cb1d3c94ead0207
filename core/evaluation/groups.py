"""Labels by which crystals are kept together in a split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from core.distances.base import parse_metric
from core.distances.features import embed
from core.distances.matrix import rectangular
from core.errors import ConvergenceError, InvalidSpecError
from core.geometry.symmetry import find_symmetry
from core.types import Crystal, IntArray

GROUPINGS = ("formula", "chemical-system", "prototype", "grid-cluster")
CLUSTER_DISTANCE = 0.1  # angstrom under grid-emd: structures closer than this are of one cluster
_ROWS = 512


def group_labels(crystals: Sequence[Crystal], by: str) -> list[str]:
    """One label for each crystal.

    `prototype` is made of the anonymous formula, the space group and the multiplicities of the
    orbits of each element: the same for every choice of origin and setting. A crystal in which no
    symmetry is found is a group by itself. `grid-cluster` joins crystals by chains of distances
    below 0.1 angstrom under grid-emd, so no two crystals of different clusters are closer.

    Raises: InvalidSpecError for an unknown grouping; what `embed` raises.
    """
    if by == "formula":
        return [c.formula for c in crystals]
    if by == "chemical-system":
        return ["-".join(sorted(c.elements)) for c in crystals]
    if by == "prototype":
        return [_prototype(c) for c in crystals]
    if by == "grid-cluster":
        return [str(label) for label in grid_clusters(crystals)]
    raise InvalidSpecError(f"There is no grouping {by!r}.", hint="Known: " + ", ".join(GROUPINGS))


def _prototype(crystal: Crystal) -> str:
    try:
        s = find_symmetry(crystal)
    except ConvergenceError:
        return f"no symmetry: {crystal.id}"
    kinds: dict[int, Counter[int]] = {}
    first = {int(p): i for i, p in enumerate(s.positions)}
    for z, p in zip(crystal.numbers.tolist(), crystal.position.tolist(), strict=True):
        row = first[p]
        if s.equivalent[row] == row:  # one position speaks for its orbit
            kinds.setdefault(z, Counter())[int(s.multiplicities[row])] += 1
    orbits = sorted(
        "".join(f"{m}{'x' + str(c) if c > 1 else ''}," for m, c in sorted(counts.items()))
        for counts in kinds.values()
    )
    return f"{s.number}: " + " | ".join(text.rstrip(",") for text in orbits)


def grid_clusters(
    crystals: Sequence[Crystal], *, threshold: float = CLUSTER_DISTANCE, threads: int = 1
) -> IntArray:
    """(n,) cluster number of each crystal: connected by steps shorter than the threshold."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    features, table = embed(crystals, parse_metric("grid-emd"), threads=threads)
    n = len(features)
    pairs: list[IntArray] = []
    for start in range(0, n, _ROWS):
        d = rectangular(features[start : start + _ROWS], features, threads=threads)
        pairs.append(np.argwhere(d < threshold) + np.array([start, 0]))
    near = np.concatenate(pairs)
    graph = coo_array((np.ones(len(near)), (near[:, 0], near[:, 1])), shape=(n, n))
    _, found = connected_components(graph, directed=False)
    # What can't be described is a cluster by itself.
    out = np.arange(len(crystals)) + n
    out[table.kept] = found
    return np.unique(out, return_inverse=True)[1]

"""The explained match: how the GRID earth mover's distance of two crystals comes about.

In one dimension the optimal transport pairs the two groups in order of distance. Walking along that
pairing says which neighbours of one crystal answer which of the other, how far each must move, and
between which elements. The parts add up to the exact distance (no bins, no quantiles).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.descriptors.grid import GridSpec
from core.explain.decorated import Decorated, pair_name
from core.explain.kernels import transport
from core.types import Crystal, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Move:
    """What one kind of neighbour contributes to a distance.

    Attributes:
        pair_a, pair_b: centre-neighbour element pairs, `Ti-O`.
        contribution: part of the distance, angstrom.
        share: the same as a fraction of the whole.
        mean_a, mean_b: mean distances of these neighbours in either crystal, angstrom.
    """

    pair_a: str
    pair_b: str
    contribution: float
    share: float
    mean_a: float
    mean_b: float


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """How a distance splits.

    Attributes:
        a, b: ids of the crystals.
        distance: exact GRID earth mover's distance, angstrom.
        by_group: (n_groups,) parts of it; they sum to the distance.
        edges: (n_ranges + 1,) limits of the distance ranges, angstrom; the last range is open.
        by_range: (n_ranges,) parts of it; they sum to the distance.
        by_group_and_range: (n_groups, n_ranges).
        moves: parts by element pair, largest first; they sum to the distance.
        sentence: the finding in words.
    """

    a: str
    b: str
    distance: float
    by_group: FloatArray
    edges: FloatArray
    by_range: FloatArray
    by_group_and_range: FloatArray
    moves: tuple[Move, ...]
    sentence: str

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form, as the command line prints it."""
        ranges = zip(self.edges[:-1], self.edges[1:], self.by_range, strict=True)
        return {
            "a": self.a,
            "b": self.b,
            "distance": self.distance,
            "unit": "angstrom",
            "by_group": self.by_group.tolist(),
            "by_range": [
                {"from": float(low), "to": None if np.isinf(high) else float(high),
                 "contribution": float(part)}
                for low, high, part in ranges
            ],
            "by_pair": [
                {"pair_a": m.pair_a, "pair_b": m.pair_b, "contribution": m.contribution,
                 "share": m.share, "mean_distance_a": m.mean_a, "mean_distance_b": m.mean_b}
                for m in self.moves
            ],
            "sentence": self.sentence,
        }  # fmt: skip


def explain(
    a: Crystal, b: Crystal, spec: GridSpec | None = None, *, range_width: float = 0.5
) -> Explanation:
    """Split the exact GRID earth mover's distance over groups, distances and element pairs.

    Args:
        spec: groups, centres, neighbours, group weights and disorder are used; bins are not.
        range_width: width of the distance ranges, angstrom.

    Raises: DisorderedStructureError, NeighborShortageError.
    """
    spec = spec or GridSpec(mode="quantile")
    left, right = (Decorated.of(crystal, spec) for crystal in (a, b))
    longest = max(left.distances.max(), right.distances.max())
    inner = np.arange(0.0, min(spec.max_distance, longest) + range_width, range_width)
    edges = np.append(inner, np.inf)
    table = np.zeros((spec.n_groups, len(edges) - 1))
    codes_a, pair_a = np.unique(left.pairs, return_inverse=True)
    codes_b, pair_b = np.unique(right.pairs, return_inverse=True)
    totals = np.zeros((len(codes_a), len(codes_b), 4))
    for k, weight in enumerate(spec.group_weights.tolist()):
        i, j = (slice(side.starts[k], side.starts[k + 1]) for side in (left, right))
        transport(
            left.distances[i], left.masses[i], pair_a[i],
            right.distances[j], right.masses[j], pair_b[j],
            weight, edges, table[k], totals,
        )  # fmt: skip
    distance = float(table.sum())
    moves = _moves(codes_a, codes_b, totals, distance)
    by_group, by_range = table.sum(axis=1), table.sum(axis=0)
    sentence = _sentence(a, b, distance, by_group, by_range, edges, moves)
    return Explanation(a.id, b.id, distance, by_group, edges, by_range, table, moves, sentence)


def _moves(
    codes_a: IntArray, codes_b: IntArray, totals: FloatArray, distance: float
) -> tuple[Move, ...]:
    moves = []
    for i, j in np.argwhere(totals[:, :, 1] > 0).tolist():
        cost, mass, sum_a, sum_b = totals[i, j].tolist()
        share = cost / distance if distance else 0.0
        names = pair_name(int(codes_a[i])), pair_name(int(codes_b[j]))
        moves.append(Move(*names, cost, share, sum_a / mass, sum_b / mass))
    return tuple(sorted(moves, key=lambda m: (-m.contribution, m.pair_a, m.pair_b)))


def _sentence(
    a: Crystal,
    b: Crystal,
    distance: float,
    by_group: FloatArray,
    by_range: FloatArray,
    edges: FloatArray,
    moves: tuple[Move, ...],
) -> str:
    """The finding in words: the stretch of neighbours, and of distances, that holds most of it."""
    if distance < 1e-6:
        return f"{a.id} and {b.id} have the same interatomic distances."
    first, last = _stretch(by_group, 0.5)
    low, high = _stretch(by_range, 0.5)
    top = moves[0]
    change = (
        f"{top.pair_a} against {top.pair_b}" if top.pair_a != top.pair_b else f"{top.pair_a} pairs"
    )
    upper = f"{edges[high + 1]:.1f}" if np.isfinite(edges[high + 1]) else "beyond"
    return (
        f"{a.id} and {b.id} are {distance:.3f} Å apart. Half of that comes from neighbours "
        f"{first + 1} to {last + 1} and from distances of {edges[low]:.1f} to {upper} Å. The "
        f"largest part by elements is {change} ({100 * top.share:.0f}%; on average "
        f"{top.mean_a:.2f} Å in {a.id}, {top.mean_b:.2f} Å in {b.id})."
    )


def _stretch(parts: FloatArray, fraction: float) -> tuple[int, int]:
    """First and last index of the shortest run that holds a fraction of the total."""
    total = np.concatenate([[0.0], np.cumsum(parts)])
    best = (0, len(parts) - 1)
    for i in range(len(parts)):
        j = int(np.searchsorted(total, total[i] + fraction * total[-1] - 1e-12))
        if j < len(total) and j - 1 - i < best[1] - best[0]:
            best = (i, max(j - 1, i))
    return best

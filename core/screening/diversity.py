"""A shortlist that covers its ground: far from one another, or one of each cluster.

Farthest-point choice: each new candidate is the one farthest from those chosen; it covers the
ground within twice the best radius. Ref.: Gonzalez, Theor. Comput. Sci. 38 (1985) 293,
doi 10.1016/0304-3975(85)90224-5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.distances.base import Features
from core.distances.matrix import rectangular
from core.errors import InvalidSpecError, ShapeMismatchError
from core.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """Chosen candidates and what they stand for.

    Attributes:
        chosen: (k,) candidates, in the order they were chosen.
        cluster: (n,) which of the chosen a candidate is nearest to.
        distance: (n,) to that one, in the metric's unit.
        radius: (k,) largest distance of any candidate to the chosen ones when so many were chosen.
    """

    chosen: IntArray
    cluster: IntArray
    distance: FloatArray
    radius: FloatArray


def farthest_points(features: Features, count: int, *, start: int = 0, threads: int = 1) -> Cover:
    """Choose `count` of n candidates, each the farthest from those before; ties to the lower index.

    Args:
        start: the first choice: the best candidate, usually.

    Raises: InvalidSpecError for a count or start out of range.
    """
    n = len(features)
    if not (1 <= count <= n and 0 <= start < n):
        raise InvalidSpecError(
            f"{count} of {n} candidates were asked for, from candidate {start} on.",
            hint=f"Ask for 1 to {n}.",
        )
    chosen = [start]
    distance = rectangular(features[np.array([start])], features, threads=threads)[0].astype(float)
    cluster = np.zeros(n, dtype=np.int64)
    radius = [float(distance.max())]
    while len(chosen) < count:
        left = distance.copy()
        left[chosen] = -1.0  # of copies of the chosen, those not chosen come first
        new = int(left.argmax())
        d = rectangular(features[np.array([new])], features, threads=threads)[0]
        nearer = d < distance
        cluster[nearer] = len(chosen)
        cluster[new] = len(chosen)
        distance[nearer] = d[nearer]
        chosen.append(new)
        radius.append(float(distance.max()))
    return Cover(np.array(chosen), cluster, distance, np.array(radius))


def representatives(
    features: Features, score: FloatArray, count: int, *, threads: int = 1
) -> tuple[IntArray, Cover]:
    """The best candidate of each of `count` clusters around farthest points, best first.

    Args:
        score: (n,) the lower the better.

    Raises: ShapeMismatchError, InvalidSpecError.
    """
    score = np.asarray(score, dtype=np.float64)
    if score.shape != (len(features),):
        raise ShapeMismatchError(f"{len(features)} candidates meet {score.shape} scores.")
    cover = farthest_points(features, count, start=int(score.argmin()), threads=threads)
    order = np.lexsort((score, cover.cluster))
    first = np.unique(cover.cluster[order], return_index=True)[1]
    best = order[first]
    return best[np.argsort(score[best], kind="stable")], cover

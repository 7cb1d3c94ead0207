"""How new a candidate is: its elements, its prototype, its place in descriptor space.

What a fitted model says of its own domain is `core.models.domain`; this needs no model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.distances.base import Features
from core.distances.nearest import nearest
from core.elements import SYMBOLS
from core.errors import ComputeError, NonFiniteError, ShapeMismatchError
from core.types import FloatArray, IntArray

COMPONENTS = 3  # of the descriptor space in which the hull of known crystals is drawn
_SLACK = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Nearness:
    """Distances of n candidates to the nearest known crystal, beside their own.

    Attributes:
        nearest: (n,) index of the nearest known crystal.
        distance: (n,) to it, in the metric's unit.
        percentile: (n,) share of known crystals that are nearer to their nearest other.
        own: (m,) that distance of each known crystal, sorted.
    """

    nearest: IntArray
    distance: FloatArray
    percentile: FloatArray
    own: FloatArray


def nearness(candidates: Features, known: Features, *, threads: int = 1) -> Nearness:
    """Compare distances to known crystals with their leave-one-out distances.

    Raises: InvalidSpecError for fewer than two known crystals; ShapeMismatchError.
    """
    own = nearest(known, known, 1, skip=np.arange(len(known)), threads=threads)
    found = nearest(candidates, known, 1, threads=threads)
    spread = np.sort(own.distances[:, 0])
    distance = found.distances[:, 0]
    share = np.searchsorted(spread, distance, side="left") / len(spread)
    return Nearness(found.indices[:, 0], distance, share, spread)


def unseen_elements(candidates: FloatArray, known: FloatArray) -> list[tuple[str, ...]]:
    """Elements of each candidate that no known crystal holds; shares (n, 119) and (m, 119)."""
    new = (candidates > 0) & ~(known > 0).any(axis=0)
    out: list[tuple[str, ...]] = [()] * len(new)
    for i in np.flatnonzero(new.any(axis=1)).tolist():
        out[i] = tuple(SYMBOLS[z] for z in np.flatnonzero(new[i]).tolist())
    return out


def unseen_prototypes(candidates: Sequence[str], known: Sequence[str]) -> NDArray[np.bool_]:
    """(n,) whether no known crystal is of the candidate's prototype, whatever its elements.

    A candidate without a label counts as unseen.
    """
    from core.screening.likelihood import slots

    keys = {slots(label)[0] for label in known if label}
    seen: dict[str, bool] = {}
    for label in candidates:
        if label not in seen:
            seen[label] = bool(label) and slots(label)[0] in keys
    return np.array([not seen[label] for label in candidates], dtype=bool)


@dataclass(frozen=True, slots=True, eq=False)
class Extent:
    """The ground that known crystals cover in descriptor space.

    Attributes:
        mean, std: (d,) of the known crystals; std is infinite for a column that does not vary.
        components: (c, d) leading principal directions of the scaled columns.
        low, high: (c,) range of the known crystals along each.
        planes: (m, c + 1) outward half-spaces of their convex hull: normal, offset.
    """

    mean: FloatArray
    std: FloatArray
    components: FloatArray
    low: FloatArray
    high: FloatArray
    planes: FloatArray

    @classmethod
    def of(cls, known: FloatArray, components: int = COMPONENTS) -> Extent:
        """Raises: ShapeMismatchError, NonFiniteError; ComputeError when too few crystals differ."""
        x = _table(known)
        mean, std = x.mean(axis=0), x.std(axis=0)
        std = np.where(std > 1e-12 * np.maximum(1.0, np.abs(mean)), std, np.inf)
        scaled = (x - mean) / std
        _, size, directions = np.linalg.svd(scaled, full_matrices=False)
        count = min(components, int((size > _SLACK * max(float(size[0]), 1e-300)).sum()))
        if count < 1 or len(x) < count + 2:
            raise ComputeError(
                f"{len(x)} known crystals span no ground in descriptor space.",
                hint="Give more known crystals, or features in which they differ.",
            )
        places = scaled @ directions[:count].T
        return cls(
            mean, std, directions[:count], places.min(axis=0), places.max(axis=0), _planes(places)
        )

    def places(self, x: FloatArray) -> FloatArray:
        """(n, c) along the principal directions. Raises: ShapeMismatchError, NonFiniteError."""
        table = _table(x)
        if table.shape[1] != len(self.mean):
            raise ShapeMismatchError(
                f"Features have {table.shape[1]} columns; the known crystals had {len(self.mean)}."
            )
        return ((table - self.mean) / self.std) @ self.components.T

    def within_range(self, x: FloatArray) -> NDArray[np.bool_]:
        """(n,) whether a candidate is among the known values along every direction."""
        p = self.places(x)
        slack = _SLACK * (self.high - self.low)
        return np.asarray(((p >= self.low - slack) & (p <= self.high + slack)).all(axis=1))

    def within_hull(self, x: FloatArray) -> NDArray[np.bool_]:
        """(n,) whether a candidate lies in the convex hull of the known ones."""
        p = self.places(x)
        slack = _SLACK * float((self.high - self.low).max())
        return np.asarray((p @ self.planes[:, :-1].T + self.planes[:, -1] <= slack).all(axis=1))


def _planes(places: FloatArray) -> FloatArray:
    if places.shape[1] == 1:
        low, high = places.min(), places.max()
        return np.array([[1.0, -high], [-1.0, low]])
    from scipy.spatial import ConvexHull

    return np.unique(ConvexHull(places).equations, axis=0)


def _table(values: FloatArray) -> FloatArray:
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 2:
        raise ShapeMismatchError(f"Features have shape {x.shape}; expected (n, d).")
    if not np.isfinite(x).all():
        raise NonFiniteError("Features hold NaN or infinity.")
    return x

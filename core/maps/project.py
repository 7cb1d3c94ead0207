"""Points in a plane whose distances resemble those given: metric MDS and UMAP.

MDS keeps all distances as well as a plane can and says how well (stress); UMAP keeps who is near
whom and nothing else. References: Torgerson 1952 and de Leeuw 1977 (MDS, SMACOF); de Silva &
Tenenbaum 2004 (landmarks); McInnes, Healy & Melville 2018, arXiv 1802.03426 (UMAP).
"""

from __future__ import annotations

import sys
import warnings
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from core.errors import InvalidSpecError, JobCancelled
from core.maps.order import require_distances
from core.types import FloatArray, Progress, ShouldStop

_SMACOF, _LANDMARKS = 1_000, 1_000  # crystals
_FULL = 5_000  # crystals up to which the whole matrix is diagonalised
_STEPS, _SETTLED = 300, 1e-6
_CHUNK = 512  # rows


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """A map.

    Attributes:
        points: (n, 2).
        stress: Kruskal's stress-1, root of sum (d - given)^2 / sum given^2: 0 for a perfect map;
            of UMAP at the scale that suits it best.
        how: what was done, in words.
    """

    points: FloatArray
    stress: float
    how: str


def mds(
    matrix: FloatArray,
    *,
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> Plane:
    """Metric MDS of an (n, n) distance matrix.

    Classical scaling, improved by SMACOF up to 1,000 crystals; beyond 5,000 from landmarks.

    Raises: ShapeMismatchError, NonFiniteError, JobCancelled.
    """
    require_distances(matrix)
    n = len(matrix)
    if n > _FULL:
        points = _landmark(matrix)
        return Plane(points, stress(matrix, points), f"classical MDS on {_LANDMARKS} landmarks")
    points = classical(matrix)
    if n > _SMACOF or n < 3:
        return Plane(points, stress(matrix, points), "classical MDS")
    given = np.asarray(matrix, dtype=np.float64)
    points = _smacof(given, points, on_progress, should_stop)
    return Plane(points, stress(matrix, points), "metric MDS (SMACOF from classical MDS)")


def classical(matrix: FloatArray) -> FloatArray:
    """(n, 2) coordinates of classical (Torgerson) scaling; exact for points in a plane."""
    n = len(matrix)
    gram = np.square(matrix, dtype=np.float64)
    means = gram.mean(axis=0)
    gram -= means
    gram -= means[:, None] - means.mean()
    gram *= -0.5
    if n < 50:
        values, vectors = np.linalg.eigh(gram)
    else:
        from scipy.sparse.linalg import eigsh

        values, vectors = eigsh(gram, k=2, which="LA", v0=np.linspace(-1.0, 1.0, n) ** 3 + 0.1)
    top = np.argsort(-values)[:2]
    out = np.zeros((n, 2))
    out[:, : len(top)] = vectors[:, top] * np.sqrt(np.clip(values[top], 0, None))
    return _upright(out)


def _upright(points: FloatArray) -> FloatArray:
    """Signs of the axes fixed, so that the same distances always give the same picture."""
    largest = points[np.abs(points).argmax(axis=0), [0, 1]]
    return points * np.where(largest < 0, -1.0, 1.0)


def _smacof(
    given: FloatArray, points: FloatArray, tell: Progress | None, stop: ShouldStop | None
) -> FloatArray:
    """Majorise the stress by Guttman transforms; never worse than the start."""
    total = float(np.square(given).sum()) or 1.0
    last = np.inf
    for step in range(_STEPS):
        if stop and stop():
            raise JobCancelled(f"stopped after {step} of {_STEPS} steps")
        distances = _apart(points, points)
        now = float(np.square(distances - given).sum()) / total
        if last - now < _SETTLED * max(now, _SETTLED):
            break
        last = now
        ratio = np.divide(given, distances, out=np.zeros_like(given), where=distances > 1e-12)
        points = (ratio.sum(axis=1)[:, None] * points - ratio @ points) / len(points)
        if tell and step % 10 == 0:
            tell(step, _STEPS, "drawing the map")
    return points


def _apart(a: FloatArray, b: FloatArray) -> FloatArray:
    from scipy.spatial.distance import cdist

    out: FloatArray = cdist(a, b)
    return out


def _landmark(matrix: FloatArray) -> FloatArray:
    """Classical scaling of landmarks; the others by their distances to them."""
    rows = np.sort(np.random.default_rng(0).choice(len(matrix), _LANDMARKS, replace=False))
    near = np.asarray(matrix[rows], dtype=np.float64) ** 2
    base = classical(np.asarray(matrix[np.ix_(rows, rows)], dtype=np.float64))
    scale = np.square(base).sum(axis=0)
    inverse = np.divide(base, scale, out=np.zeros_like(base), where=scale > 0)
    points: FloatArray = -0.5 * (near - near[:, rows].mean(axis=1)[:, None]).T @ inverse
    return points


def stress(matrix: FloatArray, points: FloatArray) -> float:
    """Kruskal's stress-1 of a map; 0 when every distance is kept."""
    off = total = 0.0
    for start in range(0, len(matrix), _CHUNK):
        given = np.asarray(matrix[start : start + _CHUNK], dtype=np.float64)
        off += float(np.square(_apart(points[start : start + _CHUNK], points) - given).sum())
        total += float(np.square(given).sum())
    return float(np.sqrt(off / total)) if total else 0.0


def _best_scale(matrix: FloatArray, points: FloatArray) -> float:
    """The factor by which a map's distances come nearest to those given."""
    product = square = 0.0
    for start in range(0, len(matrix), _CHUNK):
        own = _apart(points[start : start + _CHUNK], points)
        product += float((own * matrix[start : start + _CHUNK]).sum(dtype=np.float64))
        square += float(np.square(own).sum())
    return product / square if square else 1.0


def umap(matrix: FloatArray, *, neighbors: int = 15, min_dist: float = 0.1, seed: int = 0) -> Plane:
    """UMAP of an (n, n) distance matrix from a classical MDS start; the same seed, the same map.

    Raises: InvalidSpecError for fewer than 5 crystals; ShapeMismatchError, NonFiniteError.
    """
    require_distances(matrix)
    n = len(matrix)
    if n < 5:
        raise InvalidSpecError(f"UMAP needs at least 5 crystals, not {n}.", hint="Use MDS.")
    k = min(neighbors, n - 1)
    start = classical(matrix) if n <= _FULL else _landmark(matrix)
    start = (10 / (np.abs(start).max() or 1.0)) * start
    start = start + np.random.default_rng(seed).normal(scale=1e-4, size=start.shape)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what precomputed distances can't do; nothing is asked
        fit = _umap_type()(
            n_neighbors=k, min_dist=min_dist, metric="precomputed", random_state=seed, n_jobs=1,
            init=start.astype(np.float32),
        )  # fmt: skip
        points = np.asarray(fit.fit_transform(np.asarray(matrix)), dtype=np.float64)
    scaled = points * _best_scale(matrix, points)  # the units of UMAP mean nothing
    return Plane(points, stress(matrix, scaled), f"UMAP ({k} neighbours, seed {seed})")


@cache
def _umap_type() -> Any:
    """UMAP's class, its compiled functions kept on disk for the next process.

    Its package keeps but some of them: every new process compiled the rest for 12 to 18 s.
    """
    import umap
    from numba.core.dispatcher import Dispatcher

    for name in [name for name in sys.modules if name.partition(".")[0] == "umap"]:
        for function in list(vars(sys.modules[name]).values()):
            if isinstance(function, Dispatcher) and function.__module__ == name:
                with suppress(RuntimeError):  # no folder can be written to
                    function.enable_caching()
    return umap.UMAP

"""Exact nearest neighbours without a matrix.

Sums over columns of the vectors bound their L1 distance from below, the tighter the shorter the
blocks that are summed. A ladder of four such bounds rules crystals out: the total, by which the
library is sorted so that only a window of it is looked at; eight sums; one sum for each group of
GRID; four for each group. What is left is evaluated, smallest bound first, and given up as soon as
its partial sum exceeds the k-th best distance. What is returned is certain; on data where the
bounds are loose the search turns into a scan.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

import numpy as np
from numba import njit

from core.distances.base import Features, between
from core.distances.l1 import l1_below, l1_pair
from core.errors import InvalidSpecError, JobCancelled
from core.types import FloatArray, IntArray, Progress, ShouldStop

_QUERIES = 64  # queries per task
_PIECES = 4  # parts of a group summed apart in the tightest bound
_WINDOW = 160  # library crystals looked at before the first distance is computed
_ROUNDING = 1e-5  # relative slack: bound and distance are rounded sums of up to 1e5 terms


@dataclass(frozen=True, slots=True, eq=False)
class Neighbors:
    """The k nearest library crystals of each query, nearest first.

    Attributes:
        indices: (n, k) into the library.
        distances: (n, k).
        evaluated: (n,) library crystals whose distance was computed (the others were ruled out).
    """

    indices: IntArray
    distances: FloatArray
    evaluated: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Ladder:
    """Bounds of n vectors, from cheap and loose to dear and tight.

    Attributes:
        total: (n,) float64.
        eight: (n, 8 or fewer).
        group: (n, d').
        fine: (n, d''), longer than `group` where its blocks divide by four.
    """

    total: FloatArray
    eight: FloatArray
    group: FloatArray
    fine: FloatArray

    @classmethod
    def of(cls, features: Features) -> Self | None:
        """The bounds of an L1 metric's features; None for another metric."""
        group, fine = features.bounds(), features.bounds(_PIECES)
        if group is None or fine is None:
            return None
        starts = np.unique(np.linspace(0, group.shape[1], 9).astype(np.int64)[:-1])
        eight = np.add.reduceat(group, starts, axis=1)
        return cls(group.sum(axis=1, dtype=np.float64), eight, group, fine)

    def take(self, rows: IntArray) -> Self:
        return type(self)(self.total[rows], self.eight[rows], self.group[rows], self.fine[rows])

    @property
    def steps(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        return self.total, self.eight, self.group, self.fine


def nearest(
    query: Features,
    library: Features,
    k: int,
    *,
    skip: IntArray | None = None,
    threads: int = 1,
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> Neighbors:
    """The k nearest library crystals of each query, exactly; ties go to the lower index.

    Args:
        skip: (n,) index of a library crystal each query may not choose (itself); -1 for none.

    Raises: InvalidSpecError when k is not between 1 and the size of the library;
        ShapeMismatchError for features of two metrics; JobCancelled.
    """
    between(query[:0], library[:0])
    most = len(library) - (0 if skip is None else 1)
    if not 1 <= k <= most:
        raise InvalidSpecError(
            f"{k} neighbours were asked of a library of {most}.", hint=f"Choose 1 to {most}."
        )
    skip = np.full(len(query), -1) if skip is None else np.asarray(skip, dtype=np.int64)
    ladder = Ladder.of(library)
    own = ladder if query is library else Ladder.of(query)
    if ladder is None or own is None:
        order = np.arange(len(query))

        def run(rows: IntArray) -> tuple[IntArray, FloatArray, IntArray]:
            return _scan(query[rows], library, k, skip[rows])

    else:
        by_total = np.argsort(ladder.total, kind="stable")
        shelf = ladder.take(by_total)
        # Queries in the same order touch the same library rows one after another: cache reuse.
        order = np.argsort(own.total, kind="stable")

        def run(rows: IntArray) -> tuple[IntArray, FloatArray, IntArray]:
            indices = np.empty((len(rows), k), np.int64)
            distances = np.empty((len(rows), k), library.parts[0].dtype)
            evaluated = np.empty(len(rows), np.int64)
            _search(
                query.parts[0], own.steps, rows, library.parts[0], shelf.steps, by_total, skip,
                indices, distances, evaluated,
            )  # fmt: skip
            return indices, distances, evaluated

    blocks = [order[i : i + _QUERIES] for i in range(0, len(order), _QUERIES)]
    found = Neighbors(
        np.empty((len(query), k), np.int64),
        np.empty((len(query), k), library.parts[0].dtype if ladder is not None else np.float64),
        np.empty(len(query), np.int64),
    )
    done = 0
    with ThreadPoolExecutor(max(1, threads)) as pool:
        results = pool.map(run, blocks) if threads > 1 else map(run, blocks)
        for rows, (indices, distances, evaluated) in zip(blocks, results, strict=True):
            found.indices[rows], found.distances[rows] = indices, distances
            found.evaluated[rows] = evaluated
            done += len(rows)
            if on_progress:
                on_progress(done, len(query), "searching neighbours")
            if should_stop and should_stop():
                pool.shutdown(wait=False, cancel_futures=True)
                raise JobCancelled(f"stopped after {done} of {len(query)} queries")
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _insert(indices, distances, index, distance):  # type: ignore[no-untyped-def]
    """Put one candidate into lists sorted by (distance, index); the last one drops out."""
    at = len(distances) - 1
    while at > 0 and (
        distances[at - 1] > distance or (distances[at - 1] == distance and indices[at - 1] > index)
    ):
        distances[at], indices[at] = distances[at - 1], indices[at - 1]
        at -= 1
    distances[at], indices[at] = distance, index


@njit(cache=True, nogil=True, error_model="numpy")
def _search(  # type: ignore[no-untyped-def]
    query, own, rows, library, shelf, by_total, skip, indices, distances, evaluated
):
    """Fill (n, k) indices and distances of the queries `rows`; the shelf is sorted by total."""
    total, eight, group, fine = shelf
    own_total, own_eight, own_group, own_fine = own
    k, m = indices.shape[1], len(library)
    n_first = min(m, _WINDOW + 4 * k)
    first, first_low = np.empty(k, np.int64), np.empty(k, group.dtype)
    window = np.empty(n_first, group.dtype)
    candidates, lows = np.empty(m, np.int64), np.empty(m, group.dtype)
    loose = 1 - _ROUNDING
    for r in range(len(rows)):
        q = rows[r]
        x, x_eight, x_group, x_fine = query[q], own_eight[q], own_group[q], own_fine[q]
        best, best_distance = indices[r], distances[r]
        best[:], best_distance[:] = m, np.inf
        # A first limit: of the crystals with the nearest totals, those with the smallest bounds.
        at = np.searchsorted(total, own_total[q])
        left = max(0, min(at - n_first // 2, m - n_first))
        first[:], first_low[:] = m, np.inf
        for c in range(left, left + n_first):
            low = l1_pair(x_group, group[c])
            window[c - left] = low
            if low < first_low[k - 1] and by_total[c] != skip[q]:
                _insert(first, first_low, c, low)
        count = 0
        for f in range(k):
            if first[f] < m:
                count += 1
                _try(x, library, by_total[first[f]], best, best_distance)
        # Whoever is not ruled out by that limit, smallest bound first.
        limit = best_distance[k - 1] / loose
        n = 0
        for c in range(np.searchsorted(total, own_total[q] - limit), m):
            if total[c] - own_total[q] > limit:
                break
            if left <= c < left + n_first:
                low = window[c - left]
            elif l1_pair(x_eight, eight[c]) <= limit:
                low = l1_pair(x_group, group[c])
            else:
                continue
            if low <= limit and by_total[c] != skip[q]:
                low = l1_pair(x_fine, fine[c])
                if low <= limit:
                    candidates[n], lows[n] = c, low
                    n += 1
        for o in np.argsort(lows[:n]):
            if lows[o] * loose > best_distance[k - 1]:
                break
            c, known = candidates[o], False
            for f in range(k):
                known = known or first[f] == c
            if not known:
                count += 1
                _try(x, library, by_total[c], best, best_distance)
        evaluated[r] = count


@njit(cache=True, nogil=True, error_model="numpy")
def _try(query, library, j, best, best_distance):  # type: ignore[no-untyped-def]
    limit = best_distance[-1]
    distance = l1_below(query, library[j], limit)
    if distance < limit or (distance == limit and j < best[-1]):
        _insert(best, best_distance, j, distance)


def _scan(
    query: Features, library: Features, k: int, skip: IntArray
) -> tuple[IntArray, FloatArray, IntArray]:
    """Every distance, for metrics without a bound."""
    distances = np.asarray(between(query, library), dtype=np.float64)
    rows = np.flatnonzero(skip >= 0)
    distances[rows, skip[rows]] = np.inf
    order = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return order, np.take_along_axis(distances, order, 1), np.full(len(query), len(library))

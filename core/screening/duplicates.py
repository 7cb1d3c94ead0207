"""Candidates that are one crystal in two guises: one formula, and close under GRID.

Only crystals of one formula are compared, so that the distances are few. The cell's size counts: it
follows radii in both, so the same structure has the same size.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.distances.base import between, parse_metric
from core.errors import ComputeError, InputError, InvalidSpecError, JobCancelled
from core.screening.candidates import Candidates
from core.types import Crystal, IntArray, Progress, ShouldStop

METRIC = "grid-emd"
THRESHOLD = 0.1  # angstrom
_BATCH = 2_000  # crystals described at once


def grid_duplicates(
    candidates: Candidates | Sequence[Crystal],
    threshold: float = THRESHOLD,
    *,
    known: Sequence[Crystal] = (),
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> NDArray[np.bool_]:
    """(n,) whether a candidate is within a distance of an earlier one, or of a known crystal, of
    its formula. One that has no GRID is no duplicate.

    Raises: InvalidSpecError for a threshold that is not positive; JobCancelled.
    """
    if not threshold > 0:
        raise InvalidSpecError(f"The threshold is {threshold!r}.", hint="Give angstrom, above 0.")
    known_of: dict[str, list[Crystal]] = defaultdict(list)
    for crystal in known:
        known_of[crystal.formula].append(crystal)
    out = np.zeros(len(candidates), dtype=bool)
    own = _Own.of(candidates)
    groups = [
        rows for rows in _groups(own.formulas)
        if len(rows) > 1 or str(own.formulas[rows[0]]) in known_of
    ]  # fmt: skip
    done, total = 0, sum(map(len, groups))
    for batch in _batches(groups, known_of, own):
        if should_stop and should_stop():
            raise JobCancelled(f"stopped after {done} of {total} candidates")
        out |= _within(batch, own, known_of, threshold)
        done += sum(map(len, batch))
        if on_progress:
            on_progress(done, total, "looking for duplicates")
    return out


@dataclass(frozen=True, slots=True, eq=False)
class _Own:
    """Formulas and crystals of candidates, whether these are columns or crystals."""

    formulas: NDArray[np.str_]
    crystal: Callable[[int], Crystal]

    @classmethod
    def of(cls, candidates: Candidates | Sequence[Crystal]) -> _Own:
        if isinstance(candidates, Candidates):
            return cls(candidates.formulas, candidates.crystal)
        formulas = np.array([c.formula for c in candidates], dtype=np.str_)
        return cls(formulas, lambda i: candidates[i])


def _groups(formulas: NDArray[np.str_]) -> list[IntArray]:
    _, member, counts = np.unique(formulas, return_inverse=True, return_counts=True)
    order = np.argsort(member, kind="stable")
    return np.split(order, np.cumsum(counts)[:-1])


def _batches(
    groups: list[IntArray], known_of: dict[str, list[Crystal]], candidates: _Own
) -> Iterator[list[IntArray]]:
    batch: list[IntArray] = []
    size = 0
    for rows in groups:
        own = len(rows) + len(known_of.get(str(candidates.formulas[rows[0]]), ()))
        if batch and size + own > _BATCH:
            yield batch
            batch, size = [], 0
        batch.append(rows)
        size += own
    if batch:
        yield batch


def _within(
    batch: list[IntArray],
    candidates: _Own,
    known_of: dict[str, list[Crystal]],
    threshold: float,
) -> NDArray[np.bool_]:
    """(n,) duplicates among the groups of one batch."""
    out = np.zeros(len(candidates.formulas), dtype=bool)
    crystals: list[Crystal] = []
    spans = []
    for rows in batch:
        old = known_of.get(str(candidates.formulas[rows[0]]), [])
        spans.append((len(crystals), len(old), rows))
        crystals += [*old, *(candidates.crystal(i) for i in rows.tolist())]
    metric = parse_metric(METRIC)
    try:
        features = metric.embed(crystals)
    except (InputError, ComputeError):  # one spoils the batch: each group by itself
        if len(batch) == 1:
            return out
        for rows in batch:
            out |= _within([rows], candidates, known_of, threshold)
        return out
    for start, n_old, rows in spans:
        own = features[np.arange(start, start + n_old + len(rows))]
        near = np.asarray(between(own, own)) < threshold
        kept = list(range(n_old))
        for place, row in enumerate(rows.tolist(), start=n_old):
            if kept and near[place, kept].any():
                out[row] = True
            else:
                kept.append(place)
    return out

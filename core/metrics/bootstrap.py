"""A metric with its interval, and the trivial baseline beside it on the same crystals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import InvalidSpecError
from core.metrics.base import METRICS, Metric, checked
from core.types import FloatArray, IntArray

_BYTES = 64 * 2**20  # of resamples held at once
MIN_GROUPS = 10  # of fewer, whole groups drawn anew are nearly always the same ones


@dataclass(frozen=True, slots=True)
class Score:
    """One metric of one set of predictions.

    Attributes:
        key: of the metric.
        value: on all crystals.
        low, high: percentile bootstrap interval; NaN of fewer than MIN_GROUPS groups.
        baseline: the same metric of the trivial baseline; NaN where none was given.
        n: crystals.
    """

    key: str
    value: float
    low: float
    high: float
    baseline: float
    n: int


def score(
    truth: FloatArray,
    predicted: FloatArray,
    *,
    baseline: FloatArray | None = None,
    groups: Sequence[str] | None = None,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    keys: Sequence[str] | None = None,
) -> tuple[Score, ...]:
    """All metrics that apply, each with a bootstrap interval.

    Args:
        truth, predicted, baseline: (n,).
        groups: (n,) labels; whole groups are drawn, as crystals of one group err together.
        level: of the intervals.
        keys: of the metrics; all when None.

    Raises: ShapeMismatchError, NonFiniteError, InvalidSpecError.
    """
    if not 0 < level < 1 or resamples < 10:
        raise InvalidSpecError(f"The level is {level}, the number of resamples {resamples}.")
    t, p = checked(truth, predicted)
    b = None if baseline is None else checked(truth, baseline)[1]
    chosen = [METRICS[key] for key in (keys if keys is not None else METRICS)]
    chosen = [m for m in chosen if m.applies_to(t, p)]
    if groups is not None and len(set(groups)) < MIN_GROUPS:
        drawn = np.full((len(chosen), 1), np.nan)
    else:
        drawn = _resampled(chosen, t, p, groups, resamples, np.random.default_rng(seed))
    tail = (1 - level) / 2
    out = []
    for metric, values in zip(chosen, drawn, strict=True):
        finite = values[np.isfinite(values)]
        low, high = np.quantile(finite, [tail, 1 - tail]) if len(finite) else (np.nan, np.nan)
        beside = np.nan
        if b is not None and metric.applies_to(t, b):
            beside = float(metric.compute(t, b))
        out.append(
            Score(metric.key, float(metric.compute(t, p)), float(low), float(high), beside, len(t))
        )
    return tuple(out)


def _resampled(
    metrics: Sequence[Metric],
    truth: FloatArray,
    predicted: FloatArray,
    groups: Sequence[str] | None,
    resamples: int,
    rng: np.random.Generator,
) -> FloatArray:
    """(n_metrics, resamples) values on crystals drawn with replacement."""
    out = np.empty((len(metrics), resamples))
    if groups is not None:
        members = _members(groups)
        for r in range(resamples):
            rows = np.concatenate(
                [members[g] for g in rng.integers(len(members), size=len(members))]
            )
            for i, metric in enumerate(metrics):
                out[i, r] = metric.compute(truth[rows], predicted[rows])
        return out
    n = len(truth)
    step = max(1, _BYTES // (16 * n))
    for start in range(0, resamples, step):
        rows = rng.integers(n, size=(min(step, resamples - start), n))
        t, p = truth[rows], predicted[rows]
        for i, metric in enumerate(metrics):
            out[i, start : start + len(rows)] = metric.compute(t, p)
    return out


def _members(groups: Sequence[str]) -> list[IntArray]:
    _, member = np.unique(np.asarray(groups), return_inverse=True)
    return [np.flatnonzero(member == g) for g in range(int(member.max()) + 1)]

"""Calibration: how often the truth falls where the model said it would.

Refs: Kuleshov, Fenner & Ermon 2018, arXiv 1807.00263; Wilson 1927,
doi 10.1080/01621459.1927.10502953, for the interval of a share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import NonFiniteError, ShapeMismatchError
from core.types import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """Coverage of intervals by level.

    Attributes:
        levels: (n_levels,) shares asked for.
        covered: (n_levels,) shares found.
        low, high: (n_levels,) 95% Wilson interval of the share found.
        width: (n_levels,) median width of the intervals, in the target's unit.
        n: different crystals.
    """

    levels: FloatArray
    covered: FloatArray
    low: FloatArray
    high: FloatArray
    width: FloatArray
    n: int


def coverage(
    truth: FloatArray,
    intervals: FloatArray,
    levels: FloatArray,
    *,
    ids: Sequence[str] | None = None,
) -> Coverage:
    """Coverage of intervals (n, 2, n_levels) of a truth (n,).

    Args:
        ids: (n,) of the crystals, where some were predicted more than once: each counts once in
            the interval of the share, as its errors are not independent.

    Raises: ShapeMismatchError; NonFiniteError for a truth that is NaN.
    """
    truth, levels = np.asarray(truth, float), np.asarray(levels, float)
    if intervals.shape != (len(truth), 2, len(levels)) or not len(truth):
        raise ShapeMismatchError(
            f"Intervals have shape {intervals.shape} for {len(truth)} values and "
            f"{len(levels)} levels."
        )
    if not np.isfinite(truth).all():
        raise NonFiniteError("The truth holds NaN or infinity.")
    inside = (truth[:, None] >= intervals[:, 0]) & (truth[:, None] <= intervals[:, 1])
    covered = inside.mean(axis=0)
    different = len(truth) if ids is None else len(set(ids))
    low, high = wilson(covered, different)
    width = np.median(intervals[:, 1] - intervals[:, 0], axis=0)
    return Coverage(levels, covered, low, high, width, different)


def tail_coverage(
    truth: FloatArray,
    intervals: FloatArray,
    levels: FloatArray,
    *,
    share: float = 0.1,
    ids: Sequence[str] | None = None,
) -> tuple[Coverage, Coverage]:
    """Coverage among the lowest and the highest share of the truth, where pooled coverage hides.

    Raises: what `coverage` raises.
    """
    order = np.argsort(truth, kind="stable")
    count = max(1, round(share * len(order)))
    lowest, highest = (
        coverage(
            truth[rows], intervals[rows], levels,
            ids=None if ids is None else [ids[i] for i in rows.tolist()],
        )
        for rows in (order[:count], order[-count:])
    )  # fmt: skip
    return lowest, highest


def gaussian_reliability(
    truth: FloatArray,
    mean: FloatArray,
    std: FloatArray,
    levels: FloatArray,
    *,
    ids: Sequence[str] | None = None,
) -> Coverage:
    """Coverage of the central intervals mean +- z std, as if errors were Gaussian.

    Raises: ShapeMismatchError.
    """
    from scipy.stats import norm

    reach = np.outer(std, norm.ppf(0.5 + np.asarray(levels, float) / 2))
    bounds = np.stack([mean[:, None] - reach, mean[:, None] + reach], axis=1)
    return coverage(truth, bounds, levels, ids=ids)


def miscalibration_area(found: Coverage) -> float:
    """Area between coverage found and asked for over levels from 0 to 1; 0 at best, 0.5 at most."""
    order = np.argsort(found.levels)
    x = np.concatenate([[0.0], found.levels[order], [1.0]])
    gap = np.abs(np.concatenate([[0.0], found.covered[order], [1.0]]) - x)
    return float(np.sum(np.diff(x) * (gap[1:] + gap[:-1]) / 2))


def quantile_pairs(
    truth: FloatArray, mean: FloatArray, std: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Quantile-quantile pairs: those of a standard normal, and errors over std in order; (n,) each.

    Raises: NonFiniteError for a std of zero.
    """
    from scipy.stats import norm

    if not (np.asarray(std) > 0).all():
        raise NonFiniteError("A standard deviation of zero has no quantile.")
    z = np.sort((truth - mean) / std)
    return norm.ppf((np.arange(len(z)) + 0.5) / len(z)), z


def wilson(share: FloatArray, n: int) -> tuple[FloatArray, FloatArray]:
    """95% interval of a share found among n, by Wilson's score."""
    z = 1.959963984540054
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)

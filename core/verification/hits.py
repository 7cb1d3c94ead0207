"""Predicted against verified: how many of a shortlist kept their promise, and how far off.

Refs: Wilson, J. Am. Stat. Assoc. 22 (1927) 209, doi 10.1080/01621459.1927.10502953; Clopper &
Pearson, Biometrika 26 (1934) 404, doi 10.1093/biomet/26.4.404.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidSpecError, ShapeMismatchError
from core.metrics import Score, score
from core.types import FloatArray

Method = Literal["wilson", "clopper-pearson"]
_MIN_SCORED = 2
METRIC_KEYS = ("mae", "rmse", "bias", "r2", "spearman")


@dataclass(frozen=True, slots=True)
class HitRate:
    """Hits among verified crystals.

    Attributes:
        hits, n: counts.
        low, high: of the share in the population the shortlist stands for, at `level`.
        method: of the interval.
    """

    hits: int
    n: int
    low: float
    high: float
    level: float
    method: Method

    @property
    def share(self) -> float:
        """NaN when nothing was verified."""
        return self.hits / self.n if self.n else float("nan")


def hit_rate(hits: int, n: int, *, level: float = 0.95, method: Method = "wilson") -> HitRate:
    """Share of hits with a binomial interval.

    Args:
        hits: of n.
        n: verified crystals; without any, the interval is all there is: 0 to 1.
        level: of the interval, two-sided.
        method: `wilson` covers the level on average, `clopper-pearson` at least the level always.

    Raises: InvalidSpecError.
    """
    if not 0 <= hits <= n:
        raise InvalidSpecError(f"{hits} hits of {n} verified crystals can't be.")
    if not 0 < level < 1:
        raise InvalidSpecError(f"The level is {level!r}; give a share between 0 and 1.")
    if method not in ("wilson", "clopper-pearson"):
        raise InvalidSpecError(f"There is no binomial interval {method!r}.")
    if n == 0:
        low, high = 0.0, 1.0
    elif method == "wilson":
        low, high = _wilson(hits, n, level)
    else:
        low, high = _clopper_pearson(hits, n, level)
    return HitRate(hits, n, low, high, level, method)


def _wilson(hits: int, n: int, level: float) -> tuple[float, float]:
    from scipy.special import ndtri

    z = float(ndtri(0.5 + level / 2))
    share = hits / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    # At the ends the formula gives 0 and 1 but for rounding.
    low = 0.0 if hits == 0 else float(centre - half)
    high = 1.0 if hits == n else float(centre + half)
    return low, high


def _clopper_pearson(hits: int, n: int, level: float) -> tuple[float, float]:
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = 0.0 if hits == 0 else float(betaincinv(hits, n - hits + 1, tail))
    high = 1.0 if hits == n else float(betaincinv(hits + 1, n - hits, 1 - tail))
    return low, high


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What a property is wanted to be: within these bounds, which belong to it.

    Raises: InvalidSpecError for bounds that are NaN or the wrong way round.
    """

    low: float = -np.inf
    high: float = np.inf

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise InvalidSpecError(f"No value is between {self.low!r} and {self.high!r}.")

    def holds(self, values: FloatArray) -> NDArray[np.bool_]:
        """(n,) whether each value is inside; not for NaN."""
        return (values >= self.low) & (values <= self.high)


@dataclass(frozen=True, slots=True, eq=False)
class Parity:
    """Predicted against verified values of the crystals that have both.

    Attributes:
        rows: (n,) which of the given ones these are.
        predicted, verified: (n,).
        std: (n,) predicted standard deviations; NaN where none was predicted.
        scores: errors of the predictions with bootstrap intervals; none for fewer than 2.
        hits: of the verified values in the window wanted.
        promised: of the predicted values in it, among the same crystals.
        within: of the verified values within the predicted interval; None without intervals.
    """

    rows: NDArray[np.int64]
    predicted: FloatArray
    verified: FloatArray
    std: FloatArray
    scores: tuple[Score, ...]
    hits: HitRate
    promised: HitRate
    within: HitRate | None

    @property
    def n(self) -> int:
        return len(self.rows)

    def value(self, key: str) -> float:
        """A metric by its key; NaN where there is none."""
        return next((s.value for s in self.scores if s.key == key), float("nan"))


def parity(
    predicted: FloatArray,
    verified: FloatArray,
    *,
    window: Window,
    std: FloatArray | None = None,
    interval: FloatArray | None = None,
    level: float = 0.95,
    method: Method = "wilson",
    seed: int = 0,
) -> Parity:
    """Compare (n,) predictions with verified values; rows where either is NaN are left out.

    Args:
        window: the verified values that make a hit.
        std: (n,) of the predictions.
        interval: (n, 2) predicted bounds.
        level: of the hit rates' intervals and of the metrics' bootstrap.
        method: of the hit rates' intervals.
        seed: of the bootstrap.

    Raises: ShapeMismatchError, InvalidSpecError.
    """
    p, v = np.asarray(predicted, dtype=np.float64), np.asarray(verified, dtype=np.float64)
    s = np.full(p.shape, np.nan) if std is None else np.asarray(std, dtype=np.float64)
    bounds = None if interval is None else np.asarray(interval, dtype=np.float64)
    fits = bounds is None or bounds.shape == (len(p), 2)
    if p.ndim != 1 or p.shape != v.shape or s.shape != p.shape or not fits:
        raise ShapeMismatchError(
            f"Predictions have shape {p.shape}, verified values {v.shape}, deviations {s.shape}"
            + (f", intervals {bounds.shape}." if bounds is not None else ".")
        )
    rows = np.flatnonzero(np.isfinite(p) & np.isfinite(v))
    p, v, s = p[rows], v[rows], s[rows]
    n = len(rows)

    def rate(flags: NDArray[np.bool_]) -> HitRate:
        return hit_rate(int(flags.sum()), n, level=level, method=method)

    within = None
    if bounds is not None:
        within = rate((v >= bounds[rows, 0]) & (v <= bounds[rows, 1]))
    scores = score(v, p, keys=METRIC_KEYS, level=level, seed=seed) if n >= _MIN_SCORED else ()
    return Parity(rows, p, v, s, scores, rate(window.holds(v)), rate(window.holds(p)), within)

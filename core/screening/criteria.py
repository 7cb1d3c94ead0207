"""Windows on predicted properties, with or without their uncertainty.

A candidate is judged by its value; by its value shifted against itself by k standard deviations;
by an interval that must lie inside the window; or by the probability of being inside. All but the
first need a model that states its uncertainty and are refused otherwise. Ref. of the shifted
criterion: Goodall, Parackal, Faber, Armiento & Lee, Sci. Adv. 8 (2022) eabn4117,
doi 10.1126/sciadv.abn4117.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidSpecError, ShapeMismatchError
from core.models.prediction import Prediction
from core.registry import Spec, option
from core.types import FloatArray
from core.units import quantity

HOW = ("value", "shifted", "interval", "probability", "conformal")
WORDS = {
    "value": "value inside",
    "shifted": "value moved outwards by k standard deviations still inside",
    "interval": "interval inside",
    "probability": "probability of being inside, errors taken as Gaussian",
    "conformal": "widest calibrated interval inside",
}
_UNIFORM = 1e-9  # relative spread below which a standard deviation is the same for all
_SHARE = 1e-3  # the same of deviations as shares of their values


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A predicted (or known) quantity of n candidates.

    Attributes:
        key: with its unit.
        mean: (n,); NaN where there is no value.
        std: (n,) >= 0, or None without uncertainty.
        levels: (n_levels,) shares the intervals cover; None without intervals.
        intervals: (n, 2, n_levels), or None.
        trained: least and largest value the model was trained on, or None.

    Raises: ShapeMismatchError on creation.
    """

    key: str
    mean: FloatArray
    std: FloatArray | None = None
    levels: FloatArray | None = None
    intervals: FloatArray | None = None
    trained: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        n = len(self.mean)
        if self.std is not None and self.std.shape != (n,):
            raise ShapeMismatchError(
                f"{n} values of {self.key!r} meet {self.std.shape} deviations."
            )
        if (self.levels is None) != (self.intervals is None):
            raise ShapeMismatchError(f"Intervals of {self.key!r} come with their levels.")
        if self.intervals is not None and self.levels is not None:
            expected = (n, 2, len(self.levels))
            if self.intervals.shape != expected:
                raise ShapeMismatchError(
                    f"Intervals of {self.key!r} have shape {self.intervals.shape}, not {expected}."
                )

    @classmethod
    def of(cls, p: Prediction, trained: tuple[float, float] | None = None) -> Column:
        """The column of a prediction; deviations that are zero throughout are none."""
        has = len(p.levels) > 0
        return cls(
            p.key, p.mean, p.std if (p.std > 0).any() else None,
            p.levels if has else None, p.intervals if has else None, trained,
        )  # fmt: skip

    @property
    def unit(self) -> str:
        return quantity(self.key).unit

    @property
    def is_uniform(self) -> bool:
        """Whether all deviations agree: then they move a threshold but tell no one apart."""
        if self.std is None or len(self.std) < 2:
            return False
        known = self.std[np.isfinite(self.std)]
        return bool(len(known)) and bool(np.ptp(known) <= _UNIFORM * known.max())

    @property
    def share(self) -> float:
        """Deviation over value where that is the same for all, as of a model of logarithms without
        an uncertainty of its own for each crystal; else NaN.
        """
        if self.std is None or len(self.std) < 2 or self.is_uniform:
            return np.nan
        known = np.isfinite(self.std) & np.isfinite(self.mean) & (self.mean != 0)
        shares = self.std[known] / np.abs(self.mean[known])
        if len(shares) < 2 or np.ptp(shares) > _SHARE * shares.max():
            return np.nan
        return float(np.median(shares))

    @property
    def beyond(self) -> NDArray[np.bool_]:
        """(n,) whether the value lies outside the values the model was trained on."""
        if self.trained is None:
            return np.zeros(len(self.mean), dtype=bool)
        return (self.mean < self.trained[0]) | (self.mean > self.trained[1])

    def __len__(self) -> int:
        return len(self.mean)


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion(Spec):
    """A window on one quantity, in its own unit."""

    key: str = option("", label="Property", help="With its unit, as the model was trained on it.")
    low: float | None = option(None, label="From", help="Least value; none for no lower bound.")
    high: float | None = option(None, label="To", help="Largest value; none for no upper bound.")
    how: str = option(
        "value", label="Judged by", choices=HOW,
        help="value; shifted: by k standard deviations towards the nearer bound; interval at the "
        "level; probability (Gaussian); conformal: the widest calibrated interval inside.",
    )  # fmt: skip
    k: float = option(
        1.0, label="Standard deviations", ge=0, le=10, help="Of the shifted criterion."
    )
    level: float = option(0.9, label="Level", gt=0, le=0.999, help="Of the interval.")
    least: float = option(
        0.5, label="Least probability", gt=0, le=0.999, help="Of being inside the window."
    )

    def __post_init__(self) -> None:
        Spec.__post_init__(self)
        for name in ("low", "high"):
            value = getattr(self, name)
            if value is None:
                continue
            if (
                isinstance(value, bool)
                or not isinstance(value, (int, float))
                or not isfinite(value)
            ):
                raise InvalidSpecError(
                    f"Criterion.{name} is {value!r}; it must be a finite number, or none."
                )
        if not self.key:
            raise InvalidSpecError("A criterion names no property.", hint='Give its "key".')
        if self.low is None and self.high is None:
            raise InvalidSpecError(
                f"The criterion on {self.key!r} has no bound.", hint="Give low, high or both."
            )
        if self.low is not None and self.high is not None and self.low > self.high:
            raise InvalidSpecError(
                f"The window on {self.key!r} is from {self.low:g} to {self.high:g}.",
                hint="low must not exceed high.",
            )

    @property
    def needs_std(self) -> bool:
        return self.how in ("shifted", "probability")

    @property
    def needs_intervals(self) -> bool:
        return self.how in ("interval", "conformal")

    def require(self, column: Column) -> None:
        """Raises: InvalidSpecError when the column lacks the uncertainty the criterion rests on."""
        lacks = self.needs_std and column.std is None
        lacks_intervals = self.needs_intervals and column.intervals is None
        if lacks or lacks_intervals:
            what = "standard deviation" if lacks else "calibrated interval"
            raise InvalidSpecError(
                f"The criterion {self.how!r} on {self.key!r} needs a {what} of each candidate, and "
                "there is none.",
                hint="Judge by value, or predict with a model that states its uncertainty"
                + (" and was trained with conformal intervals." if lacks_intervals else "."),
            )
        levels = [] if column.levels is None else column.levels.tolist()
        if self.how == "interval" and not np.isclose(levels, self.level).any():
            raise InvalidSpecError(
                f"There is no interval at {self.level:g} of {self.key!r}; levels: {levels}.",
                hint="Predict with this level.",
            )

    def passed(self, column: Column) -> NDArray[np.bool_]:
        """(n,) whether each candidate meets the criterion; one without a value does not.

        Raises: InvalidSpecError, see `require`.
        """
        self.require(column)
        with np.errstate(invalid="ignore"):
            if self.how == "value":
                return self._within(column.mean, column.mean)
            if self.how == "shifted":
                assert column.std is not None
                reach = self.k * column.std
                return self._within(column.mean - reach, column.mean + reach)
            if self.how == "interval":
                assert column.levels is not None
                assert column.intervals is not None
                at = int(np.abs(column.levels - self.level).argmin())
                return self._within(column.intervals[:, 0, at], column.intervals[:, 1, at])
            return self.probability(column) >= self.least

    def probability(self, column: Column) -> FloatArray:
        """(n,) probability of being inside the window.

        For `conformal` the largest level whose interval lies inside, hence a lower bound that
        knows only the levels at hand; else Gaussian. NaN without a value.

        Raises: InvalidSpecError.
        """
        if self.how == "conformal":
            self.require(column)
            assert column.levels is not None
            assert column.intervals is not None
            inside = np.stack(
                [self._within(column.intervals[:, 0, j], column.intervals[:, 1, j])
                 for j in range(len(column.levels))], axis=1
            )  # fmt: skip
            return np.where(inside, column.levels, 0.0).max(axis=1)
        from scipy.special import ndtr

        Criterion(key=self.key, low=self.low, high=self.high, how="probability").require(column)
        assert column.std is not None
        with np.errstate(divide="ignore", invalid="ignore"):
            above = 1.0 if self.high is None else ndtr((self.high - column.mean) / column.std)
            below = 0.0 if self.low is None else ndtr((self.low - column.mean) / column.std)
            found = above - below
        sure = column.std == 0  # a deviation of zero leaves no doubt
        if sure.any():
            found = np.where(sure, self._within(column.mean, column.mean), found)
        return np.where(np.isfinite(column.mean), found, np.nan)

    def margin(self, column: Column) -> FloatArray:
        """(n,) largest k for which the shifted criterion holds; negative outside the window.

        Raises: InvalidSpecError without standard deviations.
        """
        Criterion(key=self.key, low=self.low, high=self.high, how="shifted").require(column)
        room = np.full(len(column), np.inf)
        if self.low is not None:
            room = np.minimum(room, column.mean - self.low)
        if self.high is not None:
            room = np.minimum(room, self.high - column.mean)
        assert column.std is not None
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(room == 0, 0.0, room / column.std)

    @property
    def window(self) -> str:
        """The bounds in words, with the unit."""
        unit = quantity(self.key).unit
        low = "" if self.low is None else f"from {self.low:g}"
        high = "" if self.high is None else f"to {self.high:g}"
        return " ".join(filter(None, (low, high, unit)))

    @property
    def title(self) -> str:
        """The criterion in words: property, window, how it is judged."""
        plural = "" if self.k == 1 else "s"
        how = {
            "value": "", "shifted": f", moved by {self.k:g} standard deviation{plural}",
            "interval": f", {self.level:g} interval inside",
            "probability": f", probability at least {self.least:g}",
            "conformal": f", an interval of at least {self.least:g} inside",
        }[self.how]  # fmt: skip
        return f"{quantity(self.key).label} {self.window}{how}"

    def reason(self, column: Column, i: int) -> str:
        """What speaks for candidate i, in words: its value, its uncertainty, the window."""
        std = "" if column.std is None else f" ± {column.std[i]:.3g}"
        value = f"{quantity(self.key).label} {column.mean[i]:.4g}{std} {column.unit}".rstrip()
        text = f"{value}, wanted {self.window}"
        if self.how in ("probability", "conformal"):
            text += f", inside with {self.probability(_row(column, i))[0]:.2f}"
        if column.beyond[i] and column.trained is not None:
            low, high = column.trained
            text += f"; outside the training values ({low:.4g} to {high:.4g})"
        return text

    def thresholds(self) -> dict[str, Any]:
        """All that decides, with the unit, for exports."""
        return {**self.to_dict(), "unit": quantity(self.key).unit, "meaning": WORDS[self.how]}

    def _within(self, low: FloatArray, high: FloatArray) -> NDArray[np.bool_]:
        """Whether [low, high] lies inside the window, bounds included."""
        inside = (
            np.isfinite(low) & np.isfinite(high) if self.how == "value" else ~np.isnan(low + high)
        )
        if self.low is not None:
            inside &= low >= self.low
        if self.high is not None:
            inside &= high <= self.high
        return inside


def _row(column: Column, i: int) -> Column:
    return Column(
        column.key, column.mean[[i]], None if column.std is None else column.std[[i]],
        column.levels, None if column.intervals is None else column.intervals[[i]], column.trained,
    )  # fmt: skip

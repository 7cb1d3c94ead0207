"""A series of crystals compared under several metrics, and how straight the distances run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from core.distances import parse_metric
from core.distances.base import between
from core.errors import ShapeMismatchError
from core.types import Crystal, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Crystals along one parameter, each compared with each.

    Attributes:
        crystals: (n,) in the order of the parameter.
        x: (n,) the parameter; infinity is allowed.
        x_key: what the parameter is, a key of `core.units`.
        reference: index of the crystal that the others are compared with.
        matrices: metric -> (n, n) distances in the metric's own unit, read-only.
    """

    crystals: tuple[Crystal, ...]
    x: FloatArray
    x_key: str
    reference: int
    matrices: Mapping[str, FloatArray]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(crystal.id for crystal in self.crystals)

    def distances(self, metric: str) -> FloatArray:
        """(n,) distances to the reference."""
        return self.matrices[metric][self.reference]

    def index(self, x: float) -> int:
        """Index of the crystal whose parameter is nearest to x; infinity finds infinity."""
        if np.isinf(x):
            return int(np.flatnonzero(np.isinf(self.x))[0])
        return int(np.nanargmin(np.where(np.isinf(self.x), np.nan, np.abs(self.x - x))))

    def decreases(self, metric: str) -> int:
        """Steps away from the reference in which the distance falls, in the order of the series."""
        d = self.distances(metric)
        return int(
            (np.diff(d[self.reference :]) < 0).sum() + (np.diff(d[: self.reference + 1]) > 0).sum()
        )

    def fit(self, metric: str) -> LineFit:
        """Distance against distance along the parameter, without the reference itself."""
        others = np.arange(len(self.x)) != self.reference
        away = np.abs(self.x[others] - self.x[self.reference])
        return LineFit.through_zero(away, self.distances(metric)[others])


@dataclass(frozen=True, slots=True)
class LineFit:
    """A straight line through the origin, and a power law beside it.

    Attributes:
        slope: y for one unit of x.
        r_squared: share of the variance of y about its mean that the line explains.
        exponent: p of the power law y ~ x**p, fitted on logarithms.
    """

    slope: float
    r_squared: float
    exponent: float

    @classmethod
    def through_zero(cls, x: FloatArray, y: FloatArray) -> LineFit:
        """Fit y (n,) over x (n,), both positive.

        Raises: ShapeMismatchError for arrays of different or too small a size.
        """
        if x.shape != y.shape or len(x) < 2:
            raise ShapeMismatchError(f"A line needs two points or more, not {x.shape}, {y.shape}.")
        slope = float(x @ y / (x @ x))
        unexplained = float(((y - slope * x) ** 2).sum() / ((y - y.mean()) ** 2).sum())
        exponent = float(np.polyfit(np.log(x), np.log(y), 1)[0])
        return cls(slope, 1.0 - unexplained, exponent)


def compare(
    crystals: Sequence[Crystal],
    x: Sequence[float],
    x_key: str,
    reference: int,
    metrics: Sequence[str],
) -> Series:
    """All distances of a series under each metric, in double precision.

    Raises: UnknownNameError for an unknown metric; what the descriptors raise.
    """
    matrices: dict[str, FloatArray] = {}
    for name in metrics:
        features = parse_metric(name).embed(crystals, float)
        matrix = np.asarray(between(features, features), dtype=float)
        matrix.setflags(write=False)
        matrices[name] = matrix
    places = np.asarray(x, dtype=float)
    places.setflags(write=False)
    return Series(tuple(crystals), places, x_key, reference, MappingProxyType(matrices))

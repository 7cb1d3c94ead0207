"""Partial dependence: what a model answers on average when one or two of its numbers are set.

By brute force, and scikit-learn does it: every crystal keeps all its other numbers, the chosen
ones are set to each point of a grid, the answers are averaged. The single curves before averaging
are the individual conditional expectations. Grid points are quantiles of the data, so none lies
beyond them; where two columns are correlated, some combinations still are where no data lie, and
`supported` says which.

Refs: Friedman 2001, doi 10.1214/aos/1013203451; Goldstein et al. 2015,
doi 10.1080/10618600.2014.907095, for the single curves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidSpecError, ShapeMismatchError
from core.types import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class PartialDependence:
    """Partial dependence on one or two columns.

    Attributes:
        names: of the columns.
        grids: rising points of each, (g_1,) and (g_2,), in the column's own unit.
        average: (g_1,) or (g_1, g_2), in the target's unit.
        individual: (n, g_1) or (n, g_1, g_2), one curve or surface a crystal.
        values: (n, 1) or (n, 2), where the crystals lie.
    """

    names: tuple[str, ...]
    grids: tuple[FloatArray, ...]
    average: FloatArray
    individual: FloatArray
    values: FloatArray

    @property
    def range(self) -> float:
        """Highest minus lowest average."""
        return float(np.ptp(self.average))

    @property
    def supported(self) -> NDArray[np.bool_]:
        """Whether a crystal lies in a cell that meets the point; the shape of `average`.

        The cells are those of the grid; the outermost reach to the ends of the data.
        """
        cells = [
            np.clip(np.searchsorted(g, v, side="right") - 1, 0, max(0, len(g) - 2))
            for g, v in zip(self.grids, self.values.T, strict=True)
        ]
        out = np.zeros(self.average.shape, dtype=bool)
        for corner in np.ndindex(*(2,) * len(cells)):
            at = tuple(
                np.minimum(c + d, len(g) - 1)
                for c, d, g in zip(cells, corner, self.grids, strict=True)
            )
            out[at] = True
        return out


def quantile_grid(values: FloatArray, points: int, *, tail: float = 0.02) -> FloatArray:
    """At most `points` different quantiles of the values, from `tail` to 1 - `tail`, rising.

    All different values where there are no more than `points` of them.
    Raises: InvalidSpecError for fewer than 2 points.
    """
    if points < 2:
        raise InvalidSpecError(f"A grid of {points} points shows nothing.")
    distinct = np.unique(values)
    if len(distinct) <= points:
        return distinct
    return np.unique(np.quantile(values, np.linspace(tail, 1 - tail, points)))


def partial_dependence(
    predict: Callable[[FloatArray], FloatArray],
    x: FloatArray,
    columns: Sequence[int],
    *,
    names: Sequence[str] = (),
    points: int = 20,
) -> PartialDependence:
    """Average answers over the rows of x with one or two columns set to each point of a grid.

    Args:
        predict: (n, d) -> (n,), called once a grid point with the rows in their order.
        x: (n, d).
        columns: one or two indices.
        names: of those columns; their numbers when empty.
        points: of the grid, for each column.

    Raises: ShapeMismatchError; InvalidSpecError for other than one or two columns, or for a column
        that is constant.
    """
    from sklearn.inspection import partial_dependence as brute

    x = np.asarray(x, dtype=np.float64)
    if x.ndim != 2 or not len(x):
        raise ShapeMismatchError(f"The columns have shape {x.shape}; expected (n, d).")
    if len(columns) not in (1, 2) or len(set(columns)) < len(columns):
        raise InvalidSpecError(f"Partial dependence takes one or two columns, not {columns!r}.")
    called = tuple(names) or tuple(str(c) for c in columns)
    grids = tuple(quantile_grid(x[:, c], points) for c in columns)
    for name, grid in zip(called, grids, strict=True):
        if len(grid) < 2:
            raise InvalidSpecError(
                f"{name!r} is {grid[0]:g} for all {len(x)} crystals: nothing depends on it.",
                hint="Choose a feature that varies.",
            )
    found = brute(
        _as_estimator(predict), x, list(columns), kind="both", method="brute",
        custom_values=dict(zip(columns, grids, strict=True)),
    )  # fmt: skip
    return PartialDependence(
        called, grids, np.asarray(found["average"][0]), np.asarray(found["individual"][0]),
        x[:, list(columns)].copy(),
    )  # fmt: skip


def _as_estimator(predict: Callable[[FloatArray], FloatArray]) -> Any:
    """A function as scikit-learn sees it: a regressor that is fitted."""
    from sklearn.base import BaseEstimator, RegressorMixin

    class Answering(RegressorMixin, BaseEstimator):
        def fit(self, x: FloatArray, y: FloatArray) -> Answering:
            return self

        def __sklearn_is_fitted__(self) -> bool:
            return True

        def predict(self, x: FloatArray) -> FloatArray:
            return predict(x)

    return Answering()

"""What a model says of crystals: a value, how far it may be off, and intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import NonFiniteError, ShapeMismatchError
from core.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """A model's answer on the scale it was fitted on (the logarithm of the target, perhaps).

    Attributes:
        mean, std: (n,); std >= 0.
        members: (n_models, n) answers of the models that were averaged; None for a single model.
        parts: named (n,) quantities worth showing, such as the distance to the nearest neighbour.
        nearest: distance (n,) to the nearest training crystal in the model's space and its index
            (n,) among these, where predicting measures them anyway; else None.
    """

    mean: FloatArray
    std: FloatArray
    members: FloatArray | None = None
    parts: tuple[tuple[str, FloatArray], ...] = ()
    nearest: tuple[FloatArray, IntArray] | None = None

    def __getitem__(self, index: Any) -> Raw:
        return Raw(
            self.mean[index],
            self.std[index],
            None if self.members is None else self.members[:, index],
            tuple((name, values[index]) for name, values in self.parts),
            None if self.nearest is None else (self.nearest[0][index], self.nearest[1][index]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Predictions of n crystals, in the target's own unit.

    Attributes:
        ids: of the crystals.
        mean: (n,). For a target fitted as logarithm it is the median of the distribution.
        std: (n,) >= 0, all the uncertainty the model states; what it rests on is said by the
            model's `meaning_of_std`. For a logarithmic target it is mean times the std of ln.
        levels: (n_levels,) shares that the intervals are to cover; empty without intervals.
        intervals: (n, 2, n_levels) lower and upper bounds; infinite where the data are too few.
        members: (n_models, n), or None.
        parts: named (n,) quantities worth showing, on the scale of the fit.
        key, unit: of the target.
        nearest: as of `Raw`.
    """

    ids: tuple[str, ...]
    mean: FloatArray
    std: FloatArray
    levels: FloatArray
    intervals: FloatArray
    members: FloatArray | None
    parts: tuple[tuple[str, FloatArray], ...]
    key: str
    unit: str
    nearest: tuple[FloatArray, IntArray] | None = None

    def __post_init__(self) -> None:
        n = len(self.ids)
        if self.mean.shape != (n,) or self.std.shape != (n,):
            raise ShapeMismatchError(
                f"{n} ids meet means {self.mean.shape} and deviations {self.std.shape}."
            )
        if self.intervals.shape != (n, 2, len(self.levels)):
            raise ShapeMismatchError(
                f"Intervals have shape {self.intervals.shape}; expected {(n, 2, len(self.levels))}."
            )
        if not (np.isfinite(self.mean).all() and np.isfinite(self.std).all()):
            row = int(np.flatnonzero(~(np.isfinite(self.mean) & np.isfinite(self.std)))[0])
            raise NonFiniteError(
                f"The prediction of {self.ids[row]!r} is {self.mean[row]:g}.",
                hint="It may lie far outside the training data; leave it out.",
            )

    def __len__(self) -> int:
        return len(self.ids)

    def interval(self, level: float) -> FloatArray:
        """(n, 2) bounds at one of the levels. Raises: ShapeMismatchError when it was not asked."""
        found = np.flatnonzero(np.isclose(self.levels, level))
        if not len(found):
            raise ShapeMismatchError(
                f"There is no interval at {level:g}; levels: {self.levels.tolist()}."
            )
        return self.intervals[:, :, int(found[0])]

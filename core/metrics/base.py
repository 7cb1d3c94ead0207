"""What a metric is: a function of truth and prediction, with its unit and its good end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.errors import NonFiniteError, ShapeMismatchError
from core.registry import Registry
from core.types import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A registered metric.

    Attributes:
        key, title, formula: for tables and the Methods page.
        compute: (truth (..., n), predicted (..., n)) -> (...); n is reduced.
        unit: `target` for that of the target, '' for none.
        better: which end is good.
        positive_only: whether both sides must be positive.
    """

    key: str
    title: str
    formula: str
    compute: Callable[[FloatArray, FloatArray], FloatArray]
    unit: Literal["target", ""]
    better: Literal["low", "high", "zero"]
    positive_only: bool = False

    def applies_to(self, truth: FloatArray, predicted: FloatArray) -> bool:
        """Whether it has a value: logarithms need positive numbers, ranks two different ones."""
        if self.positive_only:
            return bool((truth > 0).all() and (predicted > 0).all())
        return True


METRICS: Registry[Metric] = Registry("metric", "core.metrics")


def checked(truth: FloatArray, predicted: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Both as float64 (n,). Raises: ShapeMismatchError, NonFiniteError."""
    t, p = np.asarray(truth, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    if t.shape != p.shape or t.ndim != 1 or not len(t):
        raise ShapeMismatchError(f"Truth has shape {t.shape}, predictions {p.shape}.")
    if not (np.isfinite(t).all() and np.isfinite(p).all()):
        raise NonFiniteError("Truth or predictions hold NaN or infinity.")
    return t, p

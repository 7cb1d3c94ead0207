"""Size of a model's errors on crystals left out within its own fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from core.models.base import Context
from core.types import FloatArray, IntArray


def parts(n: int, folds: int, rng: np.random.Generator) -> list[IntArray]:
    """`folds` random parts of nearly equal size, each sorted; fewer when n is smaller."""
    order = rng.permutation(n)
    return [np.sort(order[i :: min(folds, n)]) for i in range(min(folds, n))]


def error_size(
    fit_rows: Callable[[IntArray], Any],
    x: FloatArray,
    y: FloatArray,
    *,
    folds: int,
    context: Context,
) -> float:
    """Root mean square error over parts left out in turn; the target's deviation for no folds."""
    if folds < 2:
        return float(y.std(ddof=1))
    squares = np.empty(len(y))
    chosen = parts(len(y), folds, context.rng())
    for i, test in enumerate(chosen):
        context.step(i, len(chosen), "finding the size of errors")
        train = np.setdiff1d(np.arange(len(y)), test)
        squares[test] = (fit_rows(train).predict(x[test]) - y[test]) ** 2
    return float(np.sqrt(squares.mean()))

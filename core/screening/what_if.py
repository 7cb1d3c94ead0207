"""What another threshold on the uncertainty would leave: candidates kept, precision to expect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import InvalidSpecError
from core.screening.criteria import Column, Criterion
from core.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class WhatIf:
    """The shifted criterion at several numbers of standard deviations.

    Attributes:
        k: (n_k,) standard deviations asked for.
        kept: (n_k,) candidates kept.
        precision: (n_k,) mean probability of being inside among those kept, if the stated
            uncertainty is right and errors are Gaussian; NaN where none is kept.
    """

    k: FloatArray
    kept: IntArray
    precision: FloatArray


def what_if(criterion: Criterion, column: Column, k: FloatArray) -> WhatIf:
    """Sweep the number of standard deviations; one sort serves all.

    Raises: InvalidSpecError for a column without standard deviations, or k that is not finite.
    """
    asked = np.asarray(k, dtype=np.float64)
    if not np.isfinite(asked).all():
        raise InvalidSpecError(f"k is {asked.tolist()}; it must be finite.")
    margin, probability = criterion.margin(column), criterion.probability(column)
    known = np.isfinite(probability) & ~np.isnan(margin)
    order = np.argsort(margin[known], kind="stable")
    margin, probability = margin[known][order], probability[known][order]
    above = np.concatenate([np.cumsum(probability[::-1])[::-1], [0.0]])
    start = np.searchsorted(margin, asked, side="left")
    kept = len(margin) - start
    with np.errstate(invalid="ignore"):
        precision = np.where(kept > 0, above[start] / np.maximum(kept, 1), np.nan)
    return WhatIf(asked, kept, precision)

"""Error against confidence: what is left of the error when the least certain are set aside.

Ref.: Ilg et al., Uncertainty Estimates and Multi-Hypotheses Networks for Optical Flow (2018),
doi 10.1007/978-3-030-01234-2_40, for the area under the sparsification error (AUSE).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import NonFiniteError, ShapeMismatchError
from core.types import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class ConfidenceCurve:
    """Mean absolute error of the most certain crystals.

    Attributes:
        kept: (n_points,) share of crystals kept, falling from 1.
        error: (n_points,) mean absolute error of those kept, by the stated uncertainty.
        oracle: (n_points,) the same with the largest errors set aside first: the least there is.
        random: the error of all, which random order keeps on average.
        area: between curve and oracle over that between random and oracle: 0 is the oracle, 1 is
            chance; above 1, the uncertainty misleads. NaN when all errors are equal.
    """

    kept: FloatArray
    error: FloatArray
    oracle: FloatArray
    random: float
    area: float

    def at(self, share: float) -> float:
        """Error of this share of the most certain over that of all; NaN when all errors are 0."""
        if self.random == 0:
            return float("nan")
        return float(np.interp(share, self.kept[::-1], self.error[::-1])) / self.random


def confidence_curve(
    truth: FloatArray, mean: FloatArray, std: FloatArray, *, least: float = 0.05
) -> ConfidenceCurve:
    """The curve from all crystals down to a share of `least`.

    Ties in the uncertainty are taken together: an uncertainty that is the same for all is chance.

    Raises: ShapeMismatchError, NonFiniteError.
    """
    error = np.abs(np.asarray(mean, float) - np.asarray(truth, float))
    std = np.asarray(std, float)
    if error.shape != std.shape or error.ndim != 1 or not len(error):
        raise ShapeMismatchError(f"Errors have shape {error.shape}, uncertainties {std.shape}.")
    if not (np.isfinite(error).all() and np.isfinite(std).all()):
        raise NonFiniteError("Errors or uncertainties hold NaN or infinity.")
    n = len(error)
    counts = np.arange(n, max(1, round(least * n)) - 1, -1)
    order = np.argsort(std, kind="stable")
    sums = np.concatenate([[0.0], np.cumsum(_tied_means(error[order], std[order]))])
    best = np.concatenate([[0.0], np.cumsum(np.sort(error))])
    curve, oracle = sums[counts] / counts, best[counts] / counts
    everything = float(error.mean())
    possible = float((everything - oracle).mean())
    area = float((curve - oracle).mean()) / possible if possible > 0 else np.nan
    return ConfidenceCurve(counts / n, curve, oracle, everything, area)


def _tied_means(error: FloatArray, std: FloatArray) -> FloatArray:
    """Errors sorted by std, with those of equal std replaced by their mean."""
    starts = np.flatnonzero(np.concatenate([[True], std[1:] != std[:-1]]))
    sizes = np.diff(np.append(starts, len(error)))
    return np.repeat(np.add.reduceat(error, starts) / sizes, sizes)

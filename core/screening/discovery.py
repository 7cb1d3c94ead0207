"""How well a screening would have done where the truth is known.

Precision, recall, prevalence and their ratio, the enrichment factor, of a selection or of every
number of candidates evaluated in order; histograms split by right and wrong; error against the
distance to the hull. Definitions (6.2) to (6.4) of Goodall, Accelerating materials discovery with
machine learning (thesis, Cambridge 2022); Sci. Adv. 8 (2022) eabn4117, doi 10.1126/sciadv.abn4117.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidSpecError, NonFiniteError, ShapeMismatchError
from core.types import FloatArray, IntArray
from core.uncertainty.calibration import wilson

WINDOW = 0.04  # eV per atom, of the rolling error
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts of a selection against the truth."""

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int

    @property
    def n(self) -> int:
        return self.selected + self.false_negative + self.true_negative

    @property
    def selected(self) -> int:
        return self.true_positive + self.false_positive

    @property
    def positives(self) -> int:
        return self.true_positive + self.false_negative

    @property
    def precision(self) -> float:
        """Share of the selected that are right; NaN when none is selected."""
        return _share(self.true_positive, self.selected)

    @property
    def recall(self) -> float:
        """Share of the positives that are selected; NaN when there is none."""
        return _share(self.true_positive, self.positives)

    @property
    def prevalence(self) -> float:
        return _share(self.positives, self.n)

    @property
    def enrichment(self) -> float:
        """Precision over prevalence: how many times better than chance; NaN without either."""
        return self.precision / self.prevalence if self.positives else np.nan

    @property
    def precision_interval(self) -> tuple[float, float]:
        """95% Wilson interval of the precision; NaN when none is selected."""
        if not self.selected:
            return np.nan, np.nan
        low, high = wilson(np.array([self.precision]), self.selected)
        return float(low[0]), float(high[0])


def confusion(truth: Flags, selected: Flags) -> Confusion:
    """Counts of a selection (n,) against the truth (n,). Raises: ShapeMismatchError."""
    truth, selected = _flags(truth), _flags(selected)
    if truth.shape != selected.shape:
        raise ShapeMismatchError(f"Truth has shape {truth.shape}, the selection {selected.shape}.")
    hits = int(np.count_nonzero(truth & selected))
    chosen, positives = int(np.count_nonzero(selected)), int(np.count_nonzero(truth))
    return Confusion(hits, chosen - hits, positives - hits, len(truth) - chosen - positives + hits)


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """What is found when candidates are evaluated in order of a score.

    Attributes:
        evaluated: (n,) 1 to n.
        found: (n,) positives among them; expected ones within ties, whose order is chance.
        positives: in all.
    """

    evaluated: IntArray
    found: FloatArray
    positives: int

    @property
    def precision(self) -> FloatArray:
        return self.found / self.evaluated

    @property
    def recall(self) -> FloatArray:
        return self.found / self.positives

    @property
    def enrichment(self) -> FloatArray:
        """Found over what chance would find among as many; ends in 1."""
        return self.precision * len(self.evaluated) / self.positives

    @property
    def average_precision(self) -> float:
        """Mean of the precision over the positives in order."""
        steps = np.diff(self.found, prepend=0.0)
        return float((steps * self.precision).sum() / self.positives)

    def at(self, n: int) -> Confusion:
        """Counts after the first n (rounded within ties). Raises: InvalidSpecError."""
        if not 1 <= n <= len(self.evaluated):
            raise InvalidSpecError(f"{n} of {len(self.evaluated)} candidates were asked for.")
        hits = round(float(self.found[n - 1]))
        rest = len(self.evaluated) - n
        missed = self.positives - hits
        return Confusion(hits, n - hits, missed, rest - missed)


def rank(truth: Flags, score: FloatArray) -> Ranking:
    """Evaluate candidates from the lowest score on.

    Raises: ShapeMismatchError; NonFiniteError for a score that is NaN; InvalidSpecError when the
        truth holds no positive.
    """
    truth, score = _flags(truth), np.asarray(score, dtype=np.float64)
    if truth.shape != score.shape:
        raise ShapeMismatchError(f"Truth has shape {truth.shape}, scores {score.shape}.")
    if np.isnan(score).any():
        raise NonFiniteError("Scores hold NaN.", hint="Leave out candidates without a value.")
    if not truth.any():
        raise InvalidSpecError("There is no positive among the candidates to be found.")
    order = np.argsort(score, kind="stable")
    sorted_score, hits = score[order], truth[order].astype(np.float64)
    starts = np.flatnonzero(np.append(True, sorted_score[1:] != sorted_score[:-1]))
    sizes = np.diff(np.append(starts, len(hits)))
    expected = np.repeat(np.add.reduceat(hits, starts) / sizes, sizes)
    return Ranking(np.arange(1, len(hits) + 1), np.cumsum(expected), int(truth.sum()))


@dataclass(frozen=True, slots=True, eq=False)
class Stacked:
    """A histogram split by what the screening said and what is true.

    Attributes:
        edges: (n_bins + 1,).
        true_positive, false_negative, false_positive, true_negative: (n_bins,) counts.
        outside: values beyond the edges, which no bin holds.
    """

    edges: FloatArray
    true_positive: IntArray
    false_negative: IntArray
    false_positive: IntArray
    true_negative: IntArray
    outside: int


def stacked(values: FloatArray, truth: Flags, selected: Flags, edges: FloatArray) -> Stacked:
    """Histogram of values (n,), such as distances to the hull; bins hold their lower edge.

    The last bin holds its upper edge too. Raises: ShapeMismatchError; InvalidSpecError for edges
    that do not rise.
    """
    edges = np.asarray(edges, dtype=np.float64)
    truth, selected = _flags(truth), _flags(selected)
    if not len(values) == len(truth) == len(selected):
        raise ShapeMismatchError(f"{len(values)} values meet {len(truth)}, {len(selected)} flags.")
    if len(edges) < 2 or not (np.diff(edges) > 0).all():
        raise InvalidSpecError("The edges of a histogram must rise.")
    parts = [truth & selected, truth & ~selected, ~truth & selected, ~truth & ~selected]
    tp, fn, fp, tn = (np.histogram(np.asarray(values)[part], edges)[0] for part in parts)
    return Stacked(edges, tp, fn, fp, tn, len(values) - int((tp + fn + fp + tn).sum()))


@dataclass(frozen=True, slots=True, eq=False)
class RollingError:
    """Error in a window that moves along the true distance to the hull.

    Attributes:
        centers: (m,) middle of the window, eV per atom.
        mae: (m,) mean absolute error inside; NaN for an empty window.
        standard_error: (m,) of that mean; NaN for fewer than two.
        counts: (m,) candidates inside.
        window: full width.
    """

    centers: FloatArray
    mae: FloatArray
    standard_error: FloatArray
    counts: IntArray
    window: float


def rolling_mae(
    distance: FloatArray, error: FloatArray, centers: FloatArray, *, window: float = WINDOW
) -> RollingError:
    """Mean absolute error of candidates whose distance is within half a window of each centre.

    Raises: ShapeMismatchError, NonFiniteError, InvalidSpecError.
    """
    distance, size = np.asarray(distance, float), np.abs(np.asarray(error, float))
    if distance.shape != size.shape or distance.ndim != 1:
        raise ShapeMismatchError(f"Distances have shape {distance.shape}, errors {size.shape}.")
    if not (np.isfinite(distance).all() and np.isfinite(size).all()):
        raise NonFiniteError("Distances or errors hold NaN or infinity.")
    if not window > 0:
        raise InvalidSpecError(f"The window is {window}; it must be above 0.")
    order = np.argsort(distance, kind="stable")
    x, y = distance[order], size[order]
    middle = np.asarray(centers, dtype=np.float64)
    first = np.searchsorted(x, middle - window / 2, side="left")
    last = np.searchsorted(x, middle + window / 2, side="right")
    counts = last - first
    total = np.concatenate([[0.0], np.cumsum(y)])
    shift = float(y.mean()) if len(y) else 0.0  # squares about the mean: less to cancel
    squares = np.concatenate([[0.0], np.cumsum((y - shift) ** 2)])
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (total[last] - total[first]) / counts
        spread = (squares[last] - squares[first]) - counts * (mean - shift) ** 2
        error_of_mean = np.sqrt(np.maximum(spread, 0) / (counts - 1) / counts)
    return RollingError(
        middle, np.where(counts > 0, mean, np.nan), np.where(counts > 1, error_of_mean, np.nan),
        counts, window,
    )  # fmt: skip


def _share(part: int, whole: int) -> float:
    return part / whole if whole else np.nan


def _flags(values: Flags) -> Flags:
    flags = np.asarray(values)
    if flags.dtype != np.bool_ or flags.ndim != 1:
        raise ShapeMismatchError(f"Flags have shape {flags.shape} and type {flags.dtype}.")
    return flags

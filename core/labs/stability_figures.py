"""What the retrospective screening shows: rows over seeds with intervals, curves, histograms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import InvalidSpecError
from core.labs.stability import HULLS, Trial
from core.screening.discovery import Confusion, confusion, rank, rolling_mae, stacked
from core.types import FloatArray
from core.uncertainty import confidence_curve

FRACTIONS = np.linspace(0.01, 1.0, 100)  # of the candidates evaluated
NEAR = (0.0, 0.02, 0.05)  # eV per atom from the hull, within which a candidate counts as found
EDGES = np.linspace(-0.6, 0.6, 61)  # eV per atom, of the histograms
CENTERS = np.linspace(-0.4, 0.6, 101)  # eV per atom, of the rolling error
KEPT = np.linspace(1.0, 0.05, 191)  # shares of the most certain candidates
QUANTITIES = ("selected", "precision", "recall", "enrichment", "prevalence")


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity of one criterion over the seeds.

    Attributes:
        state, hull: see `core.labs.stability`.
        uncertainty: `std`, a part of it, or '' where none is used.
        k: standard deviations added to the predicted distance.
        rule: `threshold`, or `same number` for as many as the criterion with uncertainty selects,
            nearest by predicted distance alone.
        quantity: one of `QUANTITIES`, or `mae`.
        mean: over the seeds.
        low, high: 95% interval of that mean (Student's t); NaN for one seed.
        values: of each seed.
    """

    state: str
    hull: str
    uncertainty: str
    k: float
    rule: str
    quantity: str
    mean: float
    low: float
    high: float
    values: tuple[float, ...]


def rows(trials: Sequence[Trial], ks: Sequence[float] = (1.0, 2.0)) -> tuple[Row, ...]:
    """Every criterion of every state and hull, over the seeds.

    Raises: InvalidSpecError without trials.
    """
    if not trials:
        raise InvalidSpecError("There is no trial to tell of.")
    out: list[Row] = []
    for state in dict.fromkeys(t.state for t in trials):
        mine = [t for t in trials if t.state == state]
        errors = [float(np.abs(t.mean - t.truth).mean()) for t in mine]
        out.append(_row(state, "", "", 0.0, "all", "mae", errors))
        for hull in HULLS:
            out += _of(mine, state, hull, "", 0.0)
            for name in ("std", *mine[0].part_names):
                for k in ks:
                    out += _of(mine, state, hull, name, k)
    return tuple(out)


def _of(trials: Sequence[Trial], state: str, hull: str, name: str, k: float) -> list[Row]:
    found = [select(t, hull, name, k) for t in trials]
    out = _rows_of(state, hull, name, k, "threshold", found)
    if name:
        beside = [same_number(t, hull, c.selected) for t, c in zip(trials, found, strict=True)]
        out += _rows_of(state, hull, name, k, "same number", beside)
    return out


def _rows_of(
    state: str, hull: str, name: str, k: float, rule: str, found: Sequence[Confusion]
) -> list[Row]:
    return [
        _row(state, hull, name, k, rule, q, [float(getattr(c, q)) for c in found])
        for q in QUANTITIES
    ]


def _row(
    state: str, hull: str, name: str, k: float, rule: str, quantity: str, values: Sequence[float]
) -> Row:
    mean, low, high = mean_interval(values)
    return Row(state, hull, name, k, rule, quantity, mean, low, high, tuple(values))


def select(trial: Trial, hull: str, uncertainty: str = "", k: float = 0.0) -> Confusion:
    """Counts of: predicted distance + k deviations <= 0, against: true distance <= 0."""
    true, predicted = trial.distances(hull)
    reach = k * trial.uncertainty(uncertainty) if uncertainty else 0.0
    return confusion(true <= 0, predicted + reach <= 0)


def same_number(trial: Trial, hull: str, n: int) -> Confusion:
    """Counts of the n candidates of the lowest predicted distance: what a stricter threshold
    alone would do.
    """
    true, predicted = trial.distances(hull)
    chosen = np.zeros(len(true), dtype=bool)
    chosen[np.argsort(predicted, kind="stable")[:n]] = True
    return confusion(true <= 0, chosen)


def mean_interval(values: Sequence[float], level: float = 0.95) -> tuple[float, float, float]:
    """Mean and its interval by Student's t over independent values; NaN bounds for fewer than 2."""
    from scipy.stats import t

    x = np.asarray(values, dtype=np.float64)
    mean = float(x.mean())
    if len(x) < 2:
        return mean, np.nan, np.nan
    reach = float(t.ppf(0.5 + level / 2, len(x) - 1) * x.std(ddof=1) / np.sqrt(len(x)))
    return mean, mean - reach, mean + reach


def enrichment_curves(trials: Sequence[Trial], state: str, near: float) -> FloatArray:
    """(n_seeds, 100) enrichment after each of `FRACTIONS` of the candidates, nearest to the
    predicted joint hull first; found are those within `near` of the true one.
    """
    out = []
    for t in trials:
        if t.state == state:
            ranked = rank(t.true_joint <= near, t.joint)
            n = np.maximum(1, np.round(FRACTIONS * len(t.rows)).astype(int))
            out.append(ranked.enrichment[n - 1])
    return np.array(out)


def precision_recall(
    trials: Sequence[Trial], state: str, k: float
) -> tuple[FloatArray, FloatArray]:
    """(n_seeds, 100) precision and recall after each of `FRACTIONS` of the candidates, in order
    of predicted joint distance + k deviations.
    """
    precision, recall = [], []
    for t in trials:
        if t.state == state:
            ranked = rank(t.true_joint <= 0, t.joint + k * t.std)
            n = np.maximum(1, np.round(FRACTIONS * len(t.rows)).astype(int)) - 1
            precision.append(ranked.precision[n])
            recall.append(ranked.recall[n])
    return np.array(precision), np.array(recall)


def histograms(trials: Sequence[Trial], state: str, k: float) -> FloatArray:
    """(2, 4, 60) counts over all seeds, by true and by predicted joint distance: true positives,
    false negatives, false positives, true negatives.
    """
    out = np.zeros((2, 4, len(EDGES) - 1))
    for t in trials:
        if t.state == state:
            truth, chosen = t.true_joint <= 0, t.joint + k * t.std <= 0
            for axis, values in enumerate((t.true_joint, t.joint)):
                s = stacked(values, truth, chosen, EDGES)
                out[axis] += [
                    s.true_positive, s.false_negative, s.false_positive, s.true_negative
                ]  # fmt: skip
    return out


def rolling(trials: Sequence[Trial], state: str) -> FloatArray:
    """(3, 101) mean absolute error of formation energies, its standard error and the count, in
    windows of 40 meV along the true joint distance, over all seeds together.
    """
    mine = [t for t in trials if t.state == state]
    distance = np.concatenate([t.true_joint for t in mine])
    error = np.concatenate([t.mean - t.truth for t in mine])
    found = rolling_mae(distance, error, CENTERS)
    return np.array([found.mae, found.standard_error, found.counts])


def confidence(trials: Sequence[Trial], state: str) -> tuple[FloatArray, FloatArray]:
    """Error of formation energies against confidence, over all seeds together.

    Returns: (n_uncertainties, 2, 191) mean absolute error, eV per atom, of the shares `KEPT` of
        the candidates, most certain first, by `std` and each part, and of the oracle; areas
        (n_uncertainties,) between them: 0 is the oracle, 1 chance.
    """
    mine = [t for t in trials if t.state == state]
    truth, mean = (np.concatenate([getattr(t, name) for t in mine]) for name in ("truth", "mean"))
    curves, areas = [], []
    for name in ("std", *mine[0].part_names):
        found = confidence_curve(truth, mean, np.concatenate([t.uncertainty(name) for t in mine]))
        sides = (found.error, found.oracle)
        curves.append([np.interp(KEPT, found.kept[::-1], y[::-1]) for y in sides])
        areas.append(found.area)
    return np.array(curves), np.array(areas)

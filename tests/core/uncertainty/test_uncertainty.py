"""Calibration and confidence on data whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from core.errors import NonFiniteError, ShapeMismatchError
from core.uncertainty import (
    Coverage,
    confidence_curve,
    coverage,
    gaussian_reliability,
    tail_coverage,
    verdict,
)
from core.uncertainty.calibration import miscalibration_area, quantile_pairs

LEVELS = np.array([0.1, 0.3, 0.5, 0.7, 0.9, 0.95])
POINTS = 0.02


def gaussian(n: int, stated: float = 1.0, seed: int = 0) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    std = rng.uniform(0.5, 2, n)
    mean = rng.normal(size=n)
    return mean + std * rng.normal(size=n), mean, stated * std


def test_true_deviations_are_reliable() -> None:
    found = gaussian_reliability(*gaussian(20_000), LEVELS)
    np.testing.assert_allclose(found.covered, LEVELS, atol=POINTS)
    assert miscalibration_area(found) < POINTS
    assert ((found.low <= found.covered) & (found.covered <= found.high)).all()


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_deviations_off_by_a_factor_cover_what_theory_says(factor: float) -> None:
    found = gaussian_reliability(*gaussian(20_000, factor), LEVELS)
    expected = 2 * norm.cdf(factor * norm.ppf(0.5 + LEVELS / 2)) - 1
    np.testing.assert_allclose(found.covered, expected, atol=POINTS)
    assert miscalibration_area(found) > 0.1


def test_quantiles_of_true_deviations_lie_on_the_diagonal() -> None:
    expected, found = quantile_pairs(*gaussian(20_000))
    inner = np.abs(expected) < 2
    np.testing.assert_allclose(found[inner], expected[inner], atol=0.1)
    with pytest.raises(NonFiniteError):
        quantile_pairs(np.zeros(2), np.zeros(2), np.zeros(2))


def test_tails_are_uncovered_where_the_mean_is_shrunk() -> None:
    """A prediction of the mean for all: pooled 0.90, in the tails nothing."""
    truth = np.random.default_rng(0).normal(size=5000)
    reach = norm.ppf(0.95)
    bounds = np.tile(np.array([-reach, reach])[None, :, None], (5000, 1, 1))
    level = np.array([0.9])
    assert coverage(truth, bounds, level).covered[0] == pytest.approx(0.9, abs=POINTS)
    low, high = tail_coverage(truth, bounds, level, share=0.05)
    assert low.covered[0] <= 0.1
    assert high.covered[0] <= 0.1


def test_oracle_chance_and_misleading_uncertainty() -> None:
    rng = np.random.default_rng(0)
    error = np.abs(rng.standard_t(4, size=4000))
    zero = np.zeros(4000)
    assert confidence_curve(zero, error, error).area == pytest.approx(0, abs=1e-12)
    assert confidence_curve(zero, error, np.ones(4000)).area == pytest.approx(1, abs=1e-9)
    assert confidence_curve(zero, error, rng.permutation(error)).area == pytest.approx(1, abs=0.1)
    assert confidence_curve(zero, error, -error).area > 1.5


def test_the_curve_starts_at_the_error_of_all_and_halves_as_counted() -> None:
    error = np.array([4.0, 1.0, 3.0, 2.0])
    curve = confidence_curve(np.zeros(4), error, np.array([2.0, 1.0, 4.0, 3.0]), least=0.25)
    np.testing.assert_allclose(curve.kept, [1, 0.75, 0.5, 0.25])
    np.testing.assert_allclose(curve.error, [2.5, 7 / 3, 2.5, 1.0])
    np.testing.assert_allclose(curve.oracle, [2.5, 2.0, 1.5, 1.0])
    assert curve.at(0.5) == pytest.approx(1.0)


def test_equal_errors_have_no_area() -> None:
    assert np.isnan(confidence_curve(np.zeros(5), np.ones(5), np.arange(5.0)).area)


def test_errors_of_zero_have_neither_area_nor_share() -> None:
    """Of a constant target, which every model predicts."""
    curve = confidence_curve(np.ones(5), np.ones(5), np.zeros(5))
    assert np.isnan(curve.area)
    assert np.isnan(curve.at(0.5))
    assert curve.random == 0


def test_few_crystals_are_no_verdict() -> None:
    def found(hits: int, n: int) -> Coverage:
        truth = np.where(np.arange(n) < hits, 0.0, 9.0)
        return coverage(truth, np.tile([[[-1.0], [1.0]]], (n, 1, 1)), np.array([0.9]))

    few = verdict({"random split": found(9, 9)}, 0.9)
    assert few == "Too few crystals to judge intervals at 90% under random split (100% of 9)."
    many = verdict({"random split": found(91, 100)}, 0.9)
    assert many.startswith("Intervals at 90% hold under random split (91% of 100)")
    both = verdict({"random split": found(91, 100), "formula": found(8, 9)}, 0.9)
    assert both.endswith("; too few to tell under formula (89% of 9).")
    assert "do not trust" in verdict({"random split": found(1, 9)}, 0.9)


def test_verdict_in_plain_words() -> None:
    truth, mean, std = gaussian(2000)
    level = np.array([0.9])
    good = gaussian_reliability(truth, mean, std, level)
    bad = gaussian_reliability(truth, mean, 0.7 * std, level)
    text = verdict({"random split": good, "chemical system": bad}, 0.9)
    assert text.startswith("Intervals at 90% hold under random split (")
    assert "they fall short under chemical system (7" in text
    assert text.endswith("trust with care.")
    assert verdict({"random split": bad}, 0.9).endswith("do not trust.")


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ShapeMismatchError):
        coverage(np.zeros(3), np.zeros((3, 2, 1)), LEVELS)
    with pytest.raises(ShapeMismatchError):
        confidence_curve(np.zeros(3), np.zeros(3), np.zeros(4))
    with pytest.raises(NonFiniteError):
        confidence_curve(np.zeros(2), np.array([0.0, np.nan]), np.ones(2))


def test_a_crystal_predicted_twice_counts_once() -> None:
    """Twice the same predictions: the share stays, and so does its interval."""
    truth, mean, std = gaussian(200)
    names = [str(i) for i in range(200)]
    once = gaussian_reliability(truth, mean, std, LEVELS, ids=names)
    doubled = [np.tile(a, 2) for a in (truth, mean, std)]
    twice = gaussian_reliability(*doubled, LEVELS, ids=names * 2)
    np.testing.assert_array_equal(once.covered, twice.covered)
    np.testing.assert_array_equal(once.high, twice.high)
    assert once.n == twice.n == 200
    assert gaussian_reliability(*doubled, LEVELS).high[2] < once.high[2]
    bounds = np.stack([mean - std, mean + std], axis=1)[:, :, None]
    low, high = tail_coverage(truth, bounds, np.array([0.68]), ids=["a"] * 100 + ["b"] * 100)
    assert {low.n, high.n} <= {1, 2}

"""Figures of calibration and confidence: what is drawn is what was computed."""

from __future__ import annotations

import numpy as np
import pytest

from components.figures import calibration, confidence
from core.uncertainty import confidence_curve, coverage, gaussian_reliability

LEVELS = np.array([0.5, 0.9])


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    std = rng.uniform(0.5, 2, 300)
    mean = rng.normal(size=300)
    truth = mean + std * rng.normal(size=300)
    bounds = np.stack([mean[:, None] - std[:, None] * [0.67, 1.64],
                       mean[:, None] + std[:, None] * [0.67, 1.64]], axis=1)  # fmt: skip
    return truth, mean, std, bounds


@pytest.mark.parametrize("dark", [False, True])
def test_reliability_draws_shares_and_their_intervals(data, dark) -> None:
    truth, mean, std, bounds = data
    found = coverage(truth, bounds, LEVELS)
    gaussian = gaussian_reliability(truth, mean, std, np.linspace(0.1, 0.9, 9))
    drawn = {t.name: t for t in calibration.reliability(found, gaussian, dark=dark).data}
    points = drawn["conformal intervals"]
    np.testing.assert_allclose(points.x, [50, 90])
    np.testing.assert_allclose(points.y, 100 * found.covered)
    np.testing.assert_allclose(points.y + points.error_y.array, 100 * found.high)
    np.testing.assert_allclose(points.y - points.error_y.arrayminus, 100 * found.low)
    np.testing.assert_allclose(drawn["standard deviation as Gaussian"].y, 100 * gaussian.covered)
    alone = calibration.reliability(None, gaussian, dark=dark)
    assert "conformal intervals" not in {t.name for t in alone.data}


def test_quantiles_keep_both_tails() -> None:
    x = np.linspace(-4, 4, 9000)
    figure = calibration.quantiles(x, 2 * x, dark=False)
    drawn = figure.data[1]
    assert len(drawn.x) <= 1500
    assert drawn.x[0] == -4
    assert drawn.x[-1] == 4
    np.testing.assert_allclose(drawn.y, 2 * np.asarray(drawn.x))
    np.testing.assert_array_equal(np.asarray(drawn.x[:250]), x[:250])
    assert len(calibration.thinned(20)) == 20


def test_sets_stand_beside_one_another_at_their_level(data) -> None:
    truth, _, _, bounds = data
    all_of, half = coverage(truth, bounds, LEVELS), coverage(truth[:150], bounds[:150], LEVELS)
    figure = calibration.beside({"all": all_of, "<b>half": half}, dark=True)
    assert [t.name for t in figure.data] == ["all (300)", "&lt;b&gt;half (150)"]
    np.testing.assert_allclose(figure.data[1].y, 100 * half.covered)
    first, second = (np.asarray(t.x) for t in figure.data)
    assert (second > first).all()
    np.testing.assert_array_equal(np.round((first + second) / 2), [0, 1])
    assert [s.y0 for s in figure.layout.shapes] == [50, 90]
    table = calibration.table({"all": all_of, "half": half}, "GPa")
    assert table["covered"] == [*all_of.covered, *half.covered]
    assert "median width [GPa]" in table
    assert {len(c) for c in table.values()} == {4}


def test_the_curve_lies_between_its_references(data) -> None:
    truth, mean, std, _ = data
    found = confidence_curve(truth, mean, std)
    random, curve, oracle = confidence.curve(found, "GPa", dark=False).data
    assert set(random.y) == {found.random}
    assert curve.y[0] == pytest.approx(found.random)
    assert (np.asarray(oracle.y) <= np.asarray(curve.y) + 1e-12).all()
    assert np.asarray(curve.x)[0] == 100
    table = confidence.table(found, "GPa")
    assert {len(c) for c in table.values()} == {len(found.kept)}

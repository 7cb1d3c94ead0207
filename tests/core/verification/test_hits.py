"""Binomial intervals beside scipy's; parity figures by hand; nothing without a prediction."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from core.errors import InvalidSpecError, ShapeMismatchError
from core.verification.hits import Window, hit_rate, parity

ROUNDING = 1e-10
SCIPY = {"wilson": "wilson", "clopper-pearson": "exact"}


@pytest.mark.parametrize("method", SCIPY)
@pytest.mark.parametrize("level", [0.5, 0.9, 0.95])
@pytest.mark.parametrize(("hits", "n"), [(0, 1), (1, 1), (0, 10), (3, 10), (10, 10), (137, 512)])
def test_intervals_equal_scipy_s(method, level, hits, n):
    found = hit_rate(hits, n, level=level, method=method)
    expected = binomtest(hits, n).proportion_ci(confidence_level=level, method=SCIPY[method])
    assert found.low == pytest.approx(expected.low, abs=ROUNDING)
    assert found.high == pytest.approx(expected.high, abs=ROUNDING)
    assert found.low <= found.share <= found.high


@pytest.mark.parametrize("p", [0.05, 0.3, 0.5, 0.8])
def test_clopper_pearson_covers_at_least_its_level(p):
    """Exactly, by summing over all outcomes; Wilson's comes near on either side."""
    n, k = 10, np.arange(11)
    weight = binom.pmf(k, n, p)

    def covered(method):
        rates = [hit_rate(int(i), n, level=0.9, method=method) for i in k]
        return sum(w for w, r in zip(weight, rates, strict=True) if r.low <= p <= r.high)

    assert covered("clopper-pearson") >= 0.9
    assert covered("wilson") == pytest.approx(0.9, abs=0.09)


def test_without_verified_crystals_nothing_is_known():
    found = hit_rate(0, 0)
    assert (found.low, found.high) == (0.0, 1.0)
    assert np.isnan(found.share)


@pytest.mark.parametrize(
    "wrong", [{"hits": 3, "n": 2}, {"hits": -1, "n": 2}, {"hits": 1, "n": 2, "level": 1.0},
              {"hits": 1, "n": 2, "method": "wald"}],
)  # fmt: skip
def test_impossible_counts_and_levels_are_refused(wrong):
    with pytest.raises(InvalidSpecError):
        hit_rate(**wrong)


def test_parity_by_hand():
    predicted = np.array([1.0, 2.0, 3.0, 4.0, np.nan])
    verified = np.array([1.5, 2.0, np.nan, 6.0, 1.0])
    found = parity(
        predicted, verified, window=Window(low=1.8),
        interval=np.array([[0, 2], [1, 3], [2, 4], [3, 5], [0, 9.0]]),
    )  # fmt: skip
    assert found.rows.tolist() == [0, 1, 3]
    assert found.value("mae") == pytest.approx(2.5 / 3)
    assert found.value("bias") == pytest.approx(-2.5 / 3)
    assert (found.hits.hits, found.hits.n) == (2, 3)
    assert found.promised.hits == 2
    assert found.within.hits == 2  # 6.0 lies outside 3 to 5
    assert np.isnan(found.std).all()


def test_perfect_predictions_all_hit():
    x = np.linspace(0, 1, 7)
    found = parity(x, x, window=Window(high=0.5))
    assert found.value("mae") == 0
    assert found.hits.hits == found.promised.hits == 4
    assert found.within is None


def test_one_crystal_has_a_rate_but_no_metrics():
    found = parity(np.array([1.0]), np.array([2.0]), window=Window())
    assert found.scores == ()
    assert np.isnan(found.value("mae"))
    assert found.hits.n == 1


def test_shapes_that_do_not_belong_together_are_refused():
    with pytest.raises(ShapeMismatchError, match="Predictions have shape"):
        parity(np.zeros(2), np.zeros(3), window=Window())
    with pytest.raises(ShapeMismatchError, match="intervals"):
        parity(np.zeros(2), np.zeros(2), window=Window(), interval=np.zeros((2, 3)))
    with pytest.raises(InvalidSpecError, match="No value"):
        Window(low=2, high=1)

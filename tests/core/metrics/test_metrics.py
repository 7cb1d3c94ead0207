"""Metrics beside scikit-learn and closed forms; bootstrap intervals that cover."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidSpecError, NonFiniteError, ShapeMismatchError, UnknownNameError
from core.metrics import METRICS, score

ROUNDING = 1e-12


def pair(n: int = 50, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.uniform(1, 9, n)
    return truth, truth + rng.normal(size=n) * 0.3


def test_values_equal_scikit_learn_and_scipy() -> None:
    import sklearn.metrics as m
    from scipy.stats import spearmanr

    t, p = pair()
    expected = {
        "mae": m.mean_absolute_error(t, p), "median_ae": m.median_absolute_error(t, p),
        "rmse": m.root_mean_squared_error(t, p), "r2": m.r2_score(t, p),
        "max_error": m.max_error(t, p), "spearman": spearmanr(t, p).statistic,
        "bias": (p - t).mean(), "log10_mae": np.abs(np.log10(p / t)).mean(),
    }  # fmt: skip
    assert set(expected) == set(METRICS)
    for key, value in expected.items():
        assert METRICS[key].compute(t, p) == pytest.approx(value, abs=ROUNDING), key


@pytest.mark.parametrize("key", list(METRICS))
def test_the_truth_itself_is_perfect_and_axes_are_resamples(key: str) -> None:
    t, p = pair()
    assert METRICS[key].compute(t, t) == pytest.approx(float(METRICS[key].better == "high"))
    stacked = METRICS[key].compute(np.stack([t, t]), np.stack([p, t]))
    assert stacked.shape == (2,)
    assert stacked[0] == pytest.approx(float(METRICS[key].compute(t, p)))


def test_logarithms_are_left_out_where_there_are_none() -> None:
    t, p = pair()
    assert "log10_mae" in {s.key for s in score(t, p, resamples=10)}
    assert "log10_mae" not in {s.key for s in score(t, -p, resamples=10)}


def test_intervals_cover_the_mean_absolute_error() -> None:
    """Of Gaussian errors it is sqrt(2 / pi); 95% of intervals hold it."""
    expected, hits = np.sqrt(2 / np.pi), 0
    for seed in range(200):
        e = np.random.default_rng(seed).normal(size=150)
        (s,) = score(np.zeros(150), e, keys=("mae",), resamples=300, seed=seed)
        hits += s.low <= expected <= s.high
    assert 0.90 <= hits / 200 <= 0.98


def test_groups_that_err_together_widen_the_interval() -> None:
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(20), 20)
    error = np.abs(rng.normal(size=20))[groups]
    names = [f"g{g}" for g in groups]
    alone, together = (
        score(np.zeros(400), error, keys=("mae",), groups=g, resamples=300)[0]
        for g in (None, names)
    )
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_few_groups_give_no_interval() -> None:
    """Ten draws of one group are that group ten times: no interval rather than none wide."""
    t, p = pair()
    for n, known in ((1, False), (9, False), (10, True)):
        groups = [f"g{i % n}" for i in range(len(t))]
        (found,) = score(t, p, keys=("mae",), groups=groups)
        assert np.isfinite([found.low, found.high]).all() == known
        assert found.value == score(t, p, keys=("mae",))[0].value


def test_the_baseline_stands_beside() -> None:
    t, p = pair()
    by_key = {s.key: s for s in score(t, p, baseline=np.full(50, t.mean()), resamples=10)}
    assert by_key["r2"].baseline == pytest.approx(0, abs=1e-9)
    assert by_key["mae"].baseline > by_key["mae"].value
    assert np.isnan(by_key["spearman"].baseline)


def test_the_same_seed_gives_the_same_numbers() -> None:
    t, p = pair()
    assert score(t, p, seed=4) == score(t, p, seed=4)


def test_nonsense_is_refused() -> None:
    t, p = pair()
    with pytest.raises(ShapeMismatchError):
        score(t, p[:-1])
    with pytest.raises(NonFiniteError):
        score(t, np.where(p > 5, np.nan, p))
    with pytest.raises(InvalidSpecError):
        score(t, p, level=95)
    with pytest.raises(UnknownNameError, match="mae"):
        score(t, p, keys=("mea",))

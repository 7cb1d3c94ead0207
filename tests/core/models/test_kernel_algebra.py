"""Closed forms of kernel models beside brute force, scikit-learn and finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import ConvergenceError
from core.models.kernel_algebra import _value_and_gradient as value_and_gradient
from core.models.kernel_algebra import (
    kernel,
    likelihood_objective,
    log_marginal_likelihood,
    loo_objective,
    select,
    solve,
)

CLOSED_FORM_TOLERANCE = 1e-9
GRADIENT_TOLERANCE = 2e-5  # central differences


def case(n: int = 24, seed: int = 0) -> tuple[list[np.ndarray], np.ndarray]:
    from scipy.spatial.distance import cdist

    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    y = np.sin(x[:, 0]) + 0.5 * x[:, 1] + 0.1 * rng.normal(size=n) + 7
    return [cdist(x[:, :1], x[:, :1]), cdist(x[:, 1:], x[:, 1:], "cityblock")], y


@pytest.mark.parametrize("shares", [None, (0.3, 0.7)])
def test_leave_one_out_equals_brute_force(shares: tuple[float, ...] | None) -> None:
    distances, y = case()
    n, noise, rates = len(y), 0.05, np.array([0.8, 0.3])
    k = kernel(distances, rates, None if shares is None else np.array(shares))
    whole = solve(k + noise * np.eye(n), y)
    for i in range(n):
        rest = np.delete(np.arange(n), i)
        part = solve(k[np.ix_(rest, rest)] + noise * np.eye(n - 1), y[rest])
        predicted = part.intercept + k[i, rest] @ part.alpha
        assert whole.loo_errors[i] == pytest.approx(y[i] - predicted, abs=CLOSED_FORM_TOLERANCE)
        inner = k[i, rest] @ part.inverse @ k[i, rest]
        slack = (1 - k[i, rest] @ part.pull) ** 2 / part.pull.sum()
        assert whole.loo_variances[i] == pytest.approx(k[i, i] + noise - inner + slack)


def test_marginal_likelihood_equals_scikit_learn() -> None:
    from scipy.spatial.distance import cdist
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    rng = np.random.default_rng(1)
    x = rng.normal(size=(30, 2))
    y = np.sin(x[:, 0])
    length, variance, noise = 1.3, 0.7, 0.02
    theirs = GaussianProcessRegressor(
        ConstantKernel(variance) * Matern(length, nu=0.5) + WhiteKernel(noise), optimizer=None,
        alpha=0,
    ).fit(x, y)  # fmt: skip
    covariance = variance * kernel([cdist(x, x)], np.array([1 / length]), None)
    ours = log_marginal_likelihood(covariance + noise * np.eye(30), y)
    assert ours == pytest.approx(theirs.log_marginal_likelihood_value_, rel=CLOSED_FORM_TOLERANCE)
    mean = theirs.predict(x + 0.1)
    k = variance * kernel([cdist(x + 0.1, x)], np.array([1 / length]), None)
    np.testing.assert_allclose(
        k @ np.linalg.solve(covariance + noise * np.eye(30), y), mean, atol=1e-8
    )


def test_objective_is_the_likelihood_at_its_best_variance_and_constant() -> None:
    distances, y = case()
    n = len(y)
    c = kernel(distances, np.array([0.5, 0.5]), None) + 0.1 * np.eye(n)
    s = solve(c, y)
    value, _ = likelihood_objective(s, y)
    variance = (y - s.intercept) @ s.alpha / n
    at_best = log_marginal_likelihood(variance * c, y - s.intercept)
    assert value == pytest.approx(-at_best / n, rel=CLOSED_FORM_TOLERANCE)
    for scale, shift in ((1.1, 0.0), (0.9, 0.0), (1.0, 0.05), (1.0, -0.05)):
        assert log_marginal_likelihood(scale * variance * c, y - s.intercept - shift) < at_best


@pytest.mark.parametrize("objective", [loo_objective, likelihood_objective])
@pytest.mark.parametrize("count", [0, 2])
def test_gradients_equal_finite_differences(objective, count: int) -> None:
    distances, y = case()
    x = np.concatenate([[-0.3, 0.2], [0.4, -0.1][:count], [-2.0]])
    _, gradient = value_and_gradient(x, distances, y, count, objective)
    for i in range(len(x)):
        step = np.zeros(len(x))
        step[i] = 1e-5
        up, _ = value_and_gradient(x + step, distances, y, count, objective)
        down, _ = value_and_gradient(x - step, distances, y, count, objective)
        assert gradient[i] == pytest.approx((up - down) / 2e-5, abs=GRADIENT_TOLERANCE)


def test_selection_finds_the_noise_that_was_put_in() -> None:
    from scipy.spatial.distance import cdist

    rng = np.random.default_rng(3)
    x = rng.uniform(0, 5, (300, 1))
    d = cdist(x, x)
    truth = np.linalg.cholesky(np.exp(-d) + 1e-9 * np.eye(300)) @ rng.normal(size=300)
    y = truth + 0.3 * rng.normal(size=300)
    found = select([d], y, combine="product", objective=likelihood_objective)
    s = solve(kernel([d], np.array(found.rates), None) + found.noise * np.eye(300), y)
    variance = (y - s.intercept) @ s.alpha / 300
    assert np.sqrt(variance * found.noise) == pytest.approx(0.3, abs=0.05)


def test_what_is_not_positive_definite_is_told() -> None:
    with pytest.raises(ConvergenceError, match="not positive definite"):
        solve(np.array([[1.0, 2.0], [2.0, 1.0]]), np.array([0.0, 1.0]))

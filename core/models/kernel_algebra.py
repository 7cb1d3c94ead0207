"""Kernel models in closed form: fit, leave-one-out errors, marginal likelihood, their gradients.

With C = K + eta I and an unpenalised constant m, all follows from P = C^-1 - C^-1 1 1' C^-1 /
(1' C^-1 1): alpha = P y, m = 1' C^-1 y / 1' C^-1 1, the leave-one-out error of crystal i is
alpha_i / P_ii (the constant fitted anew each time, exactly), its variance is 1 / P_ii in units of
the signal variance. Refs: Rasmussen & Williams, Gaussian Processes for Machine Learning (2006),
sections 2.7, 5.4; Sundararajan & Keerthi 2001, doi 10.1162/08997660151134343.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.errors import ConvergenceError
from core.types import FloatArray

Combine = Literal["product", "sum"]
_RANGE = 9.0  # natural logarithms a rate may move from its start, up or down
_NOISE = (1e-5, 10.0)  # noise over signal variance
_START_NOISE = 0.03
_HOPELESS = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """A fitted kernel model on its training crystals.

    Attributes:
        factor: (n, n) lower Cholesky factor of C.
        inverse: (n, n) C^-1.
        alpha: (n,) P y.
        intercept: m.
        pull: (n,) C^-1 1.
        log_determinant: of C.
        projected_diagonal: (n,) P_ii.
    """

    factor: FloatArray
    inverse: FloatArray
    alpha: FloatArray
    intercept: float
    pull: FloatArray
    log_determinant: float
    projected_diagonal: FloatArray

    @property
    def loo_errors(self) -> FloatArray:
        """(n,) value minus its prediction by a model fitted without it."""
        return self.alpha / self.projected_diagonal

    @property
    def loo_variances(self) -> FloatArray:
        """(n,) predictive variances without it, in units of the signal variance, noise included."""
        return 1.0 / self.projected_diagonal


def solve(covariance: FloatArray, y: FloatArray) -> Solution:
    """Fit: covariance C (n, n) with noise, values y (n,).

    Raises: ConvergenceError when C is not positive definite.
    """
    from scipy.linalg import cholesky, lapack

    try:
        factor = cholesky(covariance, lower=True, check_finite=False)
    except np.linalg.LinAlgError:
        raise ConvergenceError(
            "The kernel matrix is not positive definite.",
            hint="The dissimilarity may be no metric, or the noise too small.",
        ) from None
    inverse, _ = lapack.dpotri(factor, lower=1)
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    pull = inverse.sum(axis=1)
    total = float(pull.sum())
    intercept = float(pull @ y) / total
    return Solution(
        factor=factor,
        inverse=inverse,
        alpha=inverse @ (y - intercept),
        intercept=intercept,
        pull=pull,
        log_determinant=2.0 * float(np.log(np.diag(factor)).sum()),
        projected_diagonal=np.diag(inverse) - pull**2 / total,
    )


def log_marginal_likelihood(covariance: FloatArray, residual: FloatArray) -> float:
    """Ln N(residual; 0, covariance): covariance (n, n) in the units of residual (n,) squared."""
    from scipy.linalg import cho_solve, cholesky

    factor = cholesky(covariance, lower=True)
    quadratic = residual @ cho_solve((factor, True), residual)
    n = len(residual)
    return float(-0.5 * quadratic - np.log(np.diag(factor)).sum() - 0.5 * n * np.log(2 * np.pi))


def loo_objective(s: Solution, y: FloatArray) -> tuple[float, FloatArray]:
    """Logarithm of the mean absolute leave-one-out error and its derivative by C, (n, n).

    Absolute, not squared: a few crystals that no neighbour resembles would otherwise decide (on the
    binaries the squared error chooses rates a third too small, at a cost of a tenth in MAE).
    """
    e = s.loo_errors
    mean = max(float(np.abs(e).mean()), 1e-300)
    u = np.sign(e) / (len(e) * s.projected_diagonal) / mean
    projector = s.inverse - np.outer(s.pull, s.pull) / s.pull.sum()
    weighted = projector * (u * e)
    outer = np.outer(projector @ u, s.alpha)
    return float(np.log(mean)), weighted @ projector - 0.5 * (outer + outer.T)


def likelihood_objective(s: Solution, y: FloatArray) -> tuple[float, FloatArray]:
    """Minus the log marginal likelihood by n, signal variance and constant at their best."""
    n = len(y)
    variance = max(float((y - s.intercept) @ s.alpha) / n, 1e-300)
    value = 0.5 * (np.log(variance) + s.log_determinant / n + 1.0 + np.log(2 * np.pi))
    return float(value), 0.5 / n * (s.inverse - np.outer(s.alpha, s.alpha) / variance)


Objective = Callable[[Solution, FloatArray], tuple[float, FloatArray]]


def kernel(
    distances: Sequence[FloatArray], rates: FloatArray, shares: FloatArray | None
) -> FloatArray:
    """exp(-sum_t a_t d_t), or sum_t w_t exp(-a_t d_t) with shares w that add up to 1.

    Args:
        distances: (n, m) of each term.
        rates: (n_terms,) a_t.
        shares: (n_terms,) w_t, or None for the product.
    """
    with np.errstate(under="ignore"):
        if shares is None:
            exponent = np.zeros(distances[0].shape)
            for rate, d in zip(rates, distances, strict=True):
                exponent -= rate * d
            return np.exp(exponent, out=exponent)
        out = np.zeros(distances[0].shape)
        for rate, share, d in zip(rates, shares, distances, strict=True):
            out += share * np.exp(-rate * d.astype(np.float64))
        return out


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """rates a_t in 1 / distance, shares of a sum (None for a product), noise eta over signal."""

    rates: tuple[float, ...]
    shares: tuple[float, ...] | None
    noise: float
    value: float


def select(
    distances: Sequence[FloatArray],
    y: FloatArray,
    *,
    combine: Combine,
    objective: Objective,
    steps: int = 40,
    on_step: Callable[[int, int], None] | None = None,
) -> Hyperparameters:
    """Rates, shares and noise that minimise an objective on the training crystals, by L-BFGS.

    Args:
        distances: (n, n) of each term, float64.
        steps: evaluations of the objective, at most.
    """
    from scipy.optimize import minimize

    n_terms = len(distances)
    off = ~np.eye(len(y), dtype=bool)
    typical = [float(np.median(d[off])) or float(d.max()) or 1.0 for d in distances]
    start = np.log(np.array([0.5 / t for t in typical]))
    count = n_terms if combine == "sum" and n_terms > 1 else 0
    x0 = np.concatenate([start, np.zeros(count), [np.log(_START_NOISE)]])
    bounds = [(v - _RANGE, v + 6.0) for v in start] + [(-6.0, 6.0)] * count
    bounds.append((np.log(_NOISE[0]), np.log(_NOISE[1])))
    calls = [0]

    def evaluate(x: FloatArray) -> tuple[float, FloatArray]:
        if on_step:
            on_step(min(calls[0], steps), steps)
        calls[0] += 1
        return _value_and_gradient(x, distances, y, count, objective)

    found = minimize(
        evaluate, x0, jac=True, method="L-BFGS-B", bounds=bounds,
        options={"maxfun": steps, "ftol": 1e-5},
    )  # fmt: skip
    # Last bits of sums differ from run to run, and the search would carry them on.
    rates, shares, noise = _unpacked(np.round(found.x, 4), n_terms, count)
    return Hyperparameters(
        tuple(rates.tolist()),
        None if shares is None else tuple(shares.tolist()),
        noise,
        float(found.fun),
    )


def _unpacked(
    x: FloatArray, n_terms: int, count: int
) -> tuple[FloatArray, FloatArray | None, float]:
    shares = None
    if count:
        w = np.exp(x[n_terms : n_terms + count] - x[n_terms : n_terms + count].max())
        shares = w / w.sum()
    return np.exp(x[:n_terms]), shares, float(np.exp(x[-1]))


def _value_and_gradient(
    x: FloatArray,
    distances: Sequence[FloatArray],
    y: FloatArray,
    count: int,
    objective: Objective,
) -> tuple[float, FloatArray]:
    """The objective and its gradient by the logarithms of rates and noise, and by the shares."""
    n_terms = len(distances)
    rates, shares, noise = _unpacked(x, n_terms, count)
    k = kernel(distances, rates, shares)
    covariance = k.copy()
    covariance.flat[:: len(y) + 1] += noise
    try:
        value, w = objective(solve(covariance, y), y)
    except ConvergenceError:  # lost to rounding between near-equal crystals: turn the search back
        return _HOPELESS, np.zeros_like(x)
    gradient = np.empty_like(x)
    if shares is None:
        wk = w * k
        for t, (rate, d) in enumerate(zip(rates, distances, strict=True)):
            gradient[t] = -rate * np.vdot(wk, d)
    else:
        by_share = np.empty(count)
        for t, (rate, share, d) in enumerate(zip(rates, shares, distances, strict=True)):
            part = w * np.exp(-rate * d)
            gradient[t] = -rate * share * np.vdot(part, d)
            by_share[t] = part.sum()
        gradient[n_terms:-1] = shares * (by_share - shares @ by_share)
    gradient[-1] = noise * np.trace(w)
    return value, gradient

"""Kernel ridge and Gaussian process on distances: exp(-a d) of each term, multiplied or added.

exp(-a d) is a positive definite kernel for the earth mover's distances here, which are L1 distances
of vectors, and for Euclidean ones. What is no metric is refused with the reason. Numeric features
enter as one more distance each: Euclidean, after scaling to mean 0 and deviation 1 in the fold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.config import memory_budget_bytes
from core.distances.base import Features, Metric, parse_metric
from core.distances.matrix import full, rectangular
from core.errors import InvalidSpecError, MemoryBudgetError
from core.models.base import MODELS, Context, Model, ModelSpec, State
from core.models.feature_sets import apply_transforms, fit_transforms, parse_features
from core.models.inputs import Inputs, Needs, unweighted
from core.models.kernel_algebra import (
    Combine,
    Hyperparameters,
    Solution,
    kernel,
    likelihood_objective,
    loo_objective,
    select,
    solve,
)
from core.models.prediction import Raw
from core.models.space import in_kernel_space, kernel_space
from core.models.targets import binary_unit
from core.models.vectors import kept_vectors, training_vectors
from core.registry import option
from core.types import FloatArray

_MATRICES = 6  # square arrays of float64 held at once, at most
_CHUNK = 512  # queries whose kernel is held at once


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelSpec(ModelSpec):
    """Options of a model on distance kernels."""

    metric: str = option(
        "grid-emd+composition-emd", label="Distances",
        help="Distances whose kernels are combined; weights are chosen in the fit. May be empty.",
    )  # fmt: skip
    features: str = option(
        "", label="Descriptors",
        help="Descriptors that enter as Euclidean distances after scaling. May be empty.",
    )  # fmt: skip
    combine: Combine = option(
        "product", label="Kernels", choices=("product", "sum"),
        help="A product asks for likeness in every respect, a sum in any.",
    )  # fmt: skip
    sample: int = option(
        1000, label="Crystals for selection", ge=20, le=5000,
        help="Rates and noise are chosen on at most so many training crystals, drawn at random.",
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelRidgeSpec(KernelSpec):
    """Options of kernel ridge regression."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GaussianProcessSpec(KernelSpec):
    """Options of the Gaussian process."""


def chosen_metric(text: str, purpose: str) -> Metric | None:
    """The metric of a kernel; None for an empty text.

    Raises: InvalidSpecError with the reason for a dissimilarity that is no metric.
    """
    if not text.strip():
        return None
    metric = parse_metric(text)
    metric.require_metric(purpose)
    return metric


def kernel_needs(spec: KernelSpec) -> Needs:
    """Vectors of each distance, and the features.

    Raises: InvalidSpecError when there is neither, or for a dissimilarity that is no metric.
    """
    metric = chosen_metric(spec.metric, "a kernel")
    features = parse_features(spec.features)
    if metric is None and not features:
        raise InvalidSpecError("A kernel needs a distance or features.", hint="Name at least one.")
    return Needs(features, metric.terms if metric else ())


def fit_kernel(spec: KernelSpec, inputs: Inputs, y: FloatArray, context: Context) -> State:
    """Choose rates and noise on a sample, solve for all training crystals."""
    is_process = isinstance(spec, GaussianProcessSpec)
    needs, n = kernel_needs(spec), len(y)
    _require_memory(n)
    vectors = [inputs.under(term) for term in needs.distances]
    blocks = [inputs.block(term).values for term in needs.features]
    transforms, columns = _fit_blocks(needs, blocks, context.seed)
    rows = np.sort(context.rng().permutation(n)[: spec.sample])
    sample = _square([v[rows] for v in vectors], [x[rows] for x in columns], context)
    found = select(
        [d.astype(np.float64) for d in sample], y[rows] / binary_unit(y), combine=spec.combine,
        objective=likelihood_objective if is_process else loo_objective,
        on_step=lambda i, total: context.step(i, total + 1, "choosing the kernel"),
    )  # fmt: skip
    del sample
    covariance = _kernel(_square(vectors, columns, context), found)
    covariance.flat[:: n + 1] += found.noise
    context.step(9, 10, "solving")
    solution = solve(covariance, y)
    errors, names = solution.loo_errors, _names(needs)
    return {
        **kept_vectors(vectors),
        "transforms": transforms, "columns": columns,
        "alpha": solution.alpha, "intercept": solution.intercept, "pull": solution.pull,
        "factor": packed(solution.factor),
        "rates": list(found.rates), "shares": list(found.shares or ()), "noise": found.noise,
        "signal": _signal(solution, y, is_process),
        "loo_errors": errors, "loo_variances": solution.loo_variances,
        "chosen": {
            **dict(zip((f"rate of {n}" for n in names), found.rates, strict=True)),
            **dict(zip((f"share of {n}" for n in names), found.shares or (), strict=False)),
            "noise over signal": found.noise,
            "leave-one-out MAE on the scale of the fit": float(np.abs(errors).mean()),
        },
    }  # fmt: skip


def predict_kernel(spec: KernelSpec, state: State, inputs: Inputs, context: Context) -> Raw:
    """Mean and standard deviation (noise included) of each crystal."""
    from scipy.linalg import solve_triangular

    needs, n = kernel_needs(spec), len(inputs)
    queries = [inputs.under(term) for term in needs.distances]
    library = training_vectors(needs.distances, state, queries)
    blocks = [inputs.block(term).values for term in needs.features]
    new = [
        apply_transforms([done], [block])
        for done, block in zip(state["transforms"], blocks, strict=True)
    ]
    found = Hyperparameters(
        tuple(state["rates"]), tuple(state["shares"]) or None, state["noise"], 0.0
    )
    factor = None if context.mean_only else unpacked(state["factor"])
    pull = state["pull"]
    mean, variance, likeness = np.empty(n), np.zeros(n), np.empty(n)
    nearest = np.empty(n), np.empty(n, dtype=np.int64)
    for start in range(0, n, _CHUNK):
        context.step(start, n, "predicting")
        span = slice(start, start + _CHUNK)
        distances = [
            rectangular(q[span], v, threads=context.threads)
            for q, v in zip(queries, library, strict=True)
        ] + [_euclidean(x[span], z) for x, z in zip(new, state["columns"], strict=True)]
        k = _kernel(distances, found)
        mean[span] = state["intercept"] + k @ state["alpha"]
        likeness[span] = k.max(axis=1)
        if factor is None:
            continue
        space = in_kernel_space(distances, found.rates, found.shares or ())
        nearest[1][span] = closest = space.argmin(axis=1)
        nearest[0][span] = space[np.arange(len(space)), closest]
        explained = (solve_triangular(factor, k.T, lower=True, check_finite=False) ** 2).sum(axis=0)
        slack = (1.0 - k @ pull) ** 2 / pull.sum()
        variance[span] = 1.0 + found.noise - explained + slack
    # Rounding may take a hundred-thousandth off the noise, never more.
    least = 0.0 if factor is None else 0.5 * found.noise
    std = np.sqrt(state["signal"] * np.maximum(variance, least))
    parts = (("largest_kernel", likeness),)
    return Raw(mean, std, None, parts, None if factor is None else nearest)


def _signal(solution: Solution, y: FloatArray, is_process: bool) -> float:
    """Signal variance: by likelihood, or such that leave-one-out errors have their variance."""
    if is_process:
        return float((y - solution.intercept) @ solution.alpha) / len(y)
    return float(np.mean(solution.loo_errors**2 / solution.loo_variances))


def _names(needs: Needs) -> list[str]:
    return [*map(str, map(unweighted, needs.distances)), *map(str, needs.features)]


def _fit_blocks(
    needs: Needs, blocks: list[FloatArray], seed: int
) -> tuple[list[Any], list[FloatArray]]:
    """Transform states and scaled training columns of each feature term."""
    states, columns = [], []
    for term, block in zip(needs.features, blocks, strict=True):
        done, x = fit_transforms([term], [block], seed=seed, scale=True)
        states.append(done[0])
        columns.append(x)
    return states, columns


def _square(
    vectors: list[Features], columns: list[FloatArray], context: Context
) -> list[FloatArray]:
    """(n, n) distances of each term, float32."""
    own = [full(v, threads=context.threads) for v in vectors]
    return own + [_euclidean(x, x) for x in columns]


def _euclidean(x: FloatArray, z: FloatArray) -> FloatArray:
    from scipy.spatial.distance import cdist

    return cdist(x, z).astype(np.float32)


def _kernel(distances: list[FloatArray], found: Hyperparameters) -> FloatArray:
    shares = None if found.shares is None else np.array(found.shares)
    return kernel(distances, np.array(found.rates), shares)


def _require_memory(n: int) -> None:
    wanted, budget = _MATRICES * 8 * n * n, memory_budget_bytes()
    if wanted > budget:
        raise MemoryBudgetError(
            f"A kernel model of {n} crystals needs {wanted / 2**30:.3g} GB; "
            f"the budget is {budget / 2**30:.3g} GB.",
            hint="Use fewer training crystals, nearest neighbours or trees.",
        )


def packed(lower: FloatArray) -> FloatArray:
    """The lower triangle row by row, (n (n + 1) / 2,)."""
    return np.concatenate([row[: i + 1] for i, row in enumerate(lower)])


def unpacked(values: FloatArray) -> FloatArray:
    """The lower triangular matrix of `packed`."""
    n = int((np.sqrt(8 * len(values) + 1) - 1) / 2)
    out, start = np.zeros((n, n)), 0
    for i in range(n):
        out[i, : i + 1] = values[start : start + i + 1]
        start += i + 1
    return out


_FORMULA = (
    r"\hat y(x) = m + \sum_i \alpha_i k(x, x_i), \quad k = \prod_t e^{-a_t d_t}"
    r"\ \text{or}\ \sum_t w_t e^{-a_t d_t}, \quad \alpha = (K + \eta I)^{-1} (y - m)"
)
_SYMBOLS = (
    "d_t: distances; a_t: rates; w_t: shares, total 1; m: constant, unpenalised; eta: noise; "
    "K: kernel of the training crystals."
)
_LIMITS = "Memory grows with the square of the training crystals; metrics only."
MODELS.register(
    Model(
        key="kernel-ridge",
        title="Kernel ridge",
        summary="A weighted sum of likenesses to all training crystals; rates and noise by closed-"
        "form leave-one-out.",
        reference="Sundararajan & Keerthi, Neural Comput. 13 (2001) 1103, "
        "doi:10.1162/08997660151134343",
        limits=_LIMITS,
        formula=_FORMULA,
        symbols=_SYMBOLS,
        spec_type=KernelRidgeSpec,
        needs=kernel_needs,
        fit=fit_kernel,
        predict=predict_kernel,
        space=kernel_space,
        meaning_of_std="distance from the training crystals under the kernel, scaled to the "
        "leave-one-out errors",
    )
)
MODELS.register(
    Model(
        key="gaussian-process",
        title="Gaussian process",
        summary="Kernel ridge as a probability: rates and noise by marginal likelihood, and a "
        "standard deviation for each crystal.",
        reference="Rasmussen & Williams, Gaussian Processes for Machine Learning (2006), "
        "doi:10.7551/mitpress/3206.001.0001",
        limits=_LIMITS + " Tails heavier than Gaussian: conformalise before trusting a level.",
        formula=_FORMULA + r", \quad \sigma^2 = s^2 (1 + \eta - k' (K + \eta I)^{-1} k + \dots)",
        symbols=_SYMBOLS + " s²: signal variance; the dots: what the constant adds.",
        spec_type=GaussianProcessSpec,
        needs=kernel_needs,
        fit=fit_kernel,
        predict=predict_kernel,
        space=kernel_space,
        meaning_of_std="standard deviation of the process, noise included",
    )
)

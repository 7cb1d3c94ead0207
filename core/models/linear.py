"""Lines: LASSO, elastic net and ridge on scaled features; the penalty is chosen inside the fit."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.models.base import MODELS, Context, Model, ModelSpec, State
from core.models.feature_sets import (
    apply_transforms,
    fit_transforms,
    parse_features,
    required_features,
    transformed_labels,
)
from core.models.inputs import Inputs, Needs
from core.models.prediction import Raw
from core.models.residuals import parts
from core.registry import option
from core.types import FloatArray

_PENALTIES = np.logspace(-4, 5, 28)  # of ridge, beside standardised features


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearSpec(ModelSpec):
    """Options of every linear model."""

    features: str = option(
        "composition", label="Descriptors",
        help="NAME, or a sum such as composition+structure_features; columns are scaled.",
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RidgeSpec(LinearSpec):
    """Options of ridge regression; its penalty is chosen by closed-form leave-one-out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SparseSpec(LinearSpec):
    """Options that LASSO and elastic net share."""

    folds: int = option(5, label="Folds", ge=2, le=20, help="Within the fit, for the penalty.")
    max_steps: int = option(2000, label="Steps", ge=10, le=100000, help="Of coordinate descent.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LassoSpec(SparseSpec):
    """Options of the LASSO."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElasticNetSpec(SparseSpec):
    """Options of the elastic net."""

    l1_share: float = option(
        0.5, label="Share of L1", gt=0.01, le=1, help="1 is the LASSO; near 0 is ridge."
    )


def fit_linear(spec: LinearSpec, inputs: Inputs, y: FloatArray, context: Context) -> State:
    """Scale, choose the penalty, fit; the size of errors comes from the same choice."""
    terms = parse_features(spec.features)
    blocks = [inputs.block(term) for term in terms]
    transforms, x = fit_transforms(terms, [b.values for b in blocks], seed=context.seed, scale=True)
    context.step(0, 1, "choosing the penalty")
    notes: list[str] = []
    if isinstance(spec, RidgeSpec):
        coefficients, intercept, penalty, error = _ridge(x, y)
    else:
        assert isinstance(spec, SparseSpec)
        coefficients, intercept, penalty, error, notes = _sparse(spec, x, y, context)
    low, high = x.min(axis=0), x.max(axis=0)
    return {
        "transforms": transforms, "low": low - (high - low), "high": high + (high - low),
        "labels": list(transformed_labels(terms, [b.labels for b in blocks], transforms)),
        "coefficients": coefficients, "intercept": intercept, "error": error, "notes": notes,
        "chosen": {
            "penalty": round(penalty, 8), "non-zero coefficients": int((coefficients != 0).sum())
        },
    }  # fmt: skip


def predict_linear(spec: LinearSpec, state: State, inputs: Inputs, context: Context) -> Raw:
    """The line, and the size of errors found while the penalty was chosen.

    A feature counts up to one width of the training values beyond them: one that hardly varied
    there (a tail of GRID, 1e-9) would otherwise be millions of its deviations off.
    """
    x = apply_transforms(
        state["transforms"], [inputs.block(term).values for term in parse_features(spec.features)]
    )
    if "low" in state:  # files of before have no bounds
        x = np.clip(x, state["low"], state["high"])
    mean = state["intercept"] + x @ state["coefficients"]
    return Raw(mean, np.full(len(x), state["error"]))


def ridge_loo(x: FloatArray, y: FloatArray, penalties: FloatArray) -> FloatArray:
    """Leave-one-out errors (n, n_penalties) of ridge with a free constant, in closed form.

    x: (n, d) with columns of mean zero. With the singular values s of x, the hat matrix is
    1/n + U diag(s² / (s² + penalty)) U', and an error is the residual over 1 - h_ii.
    """
    u, s, _ = np.linalg.svd(x, full_matrices=False)
    centred = y - y.mean()
    out = np.empty((len(y), len(penalties)))
    for j, penalty in enumerate(penalties):
        shrink = s**2 / (s**2 + penalty)
        hat = 1 / len(y) + (u**2) @ shrink
        residual = centred - u @ (shrink * (u.T @ centred))
        out[:, j] = residual / np.maximum(1 - hat, 1e-12)
    return out


def _ridge(x: FloatArray, y: FloatArray) -> tuple[FloatArray, float, float, float]:
    mean_square = (ridge_loo(x, y, _PENALTIES) ** 2).mean(axis=0)
    best = int(mean_square.argmin())
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    scaled = s / (s**2 + _PENALTIES[best]) * (u.T @ (y - y.mean()))
    error = float(np.sqrt(mean_square[best]))
    return vt.T @ scaled, float(y.mean()), float(_PENALTIES[best]), error


def _sparse(
    spec: SparseSpec, x: FloatArray, y: FloatArray, context: Context
) -> tuple[FloatArray, float, float, float, list[str]]:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import ElasticNetCV

    chosen = parts(len(y), spec.folds, context.rng())
    everything = np.arange(len(y))
    splits = [(np.setdiff1d(everything, test), test) for test in chosen]
    share = spec.l1_share if isinstance(spec, ElasticNetSpec) else 1.0
    deviation = float(y.std())
    search: Any = ElasticNetCV(
        l1_ratio=share, alphas=50, eps=1e-3, cv=splits, max_iter=spec.max_steps, tol=1e-4,
        random_state=context.seed, n_jobs=1,
    )  # fmt: skip
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        search.fit(x, (y - y.mean()) / deviation)
    notes = []
    if any(issubclass(w.category, ConvergenceWarning) for w in caught):
        notes.append(
            f"Coordinate descent did not settle within {spec.max_steps} steps for some penalties."
        )
    best = int(np.argmin(search.mse_path_.mean(axis=-1)))
    error = deviation * float(np.sqrt(search.mse_path_.mean(axis=-1)[best]))
    intercept = float(y.mean() + deviation * search.intercept_)
    return deviation * search.coef_, intercept, float(search.alpha_) * deviation, error, notes


_FORMULA = r"\hat y = b + \sum_j w_j \frac{x_j - \bar x_j}{s_j}, \quad \min_{b, w} "
for _key, _title, _summary, _reference, _spec, _loss in (
    (
        "lasso", "LASSO",
        "A line with few non-zero coefficients.",
        "Tibshirani, J. R. Stat. Soc. B 58 (1996) 267, doi:10.1111/j.2517-6161.1996.tb02080.x",
        LassoSpec, r"\frac{1}{2n} |y - \hat y|^2 + \lambda \sum_j |w_j|",
    ),
    (
        "elastic-net", "Elastic net",
        "A line whose collinear features share their coefficient.",
        "Zou & Hastie, J. R. Stat. Soc. B 67 (2005) 301, doi:10.1111/j.1467-9868.2005.00503.x",
        ElasticNetSpec,
        r"\frac{1}{2n} |y - \hat y|^2 + \lambda \sum_j (\rho |w_j| + \tfrac{1 - \rho}{2} w_j^2)",
    ),
    (
        "ridge", "Linear ridge",
        "A line with small coefficients; the penalty by closed-form leave-one-out.",
        "Hoerl & Kennard, Technometrics 12 (1970) 55, doi:10.1080/00401706.1970.10488634",
        RidgeSpec, r"|y - \hat y|^2 + \lambda \sum_j w_j^2",
    ),
):  # fmt: skip
    MODELS.register(
        Model(
            key=_key,
            title=_title,
            summary=_summary,
            reference=_reference,
            limits="Straight in every feature up to one width of the training values beyond "
            "them, level from there; may leave the range of the data.",
            formula=_FORMULA + _loss,
            symbols="x_j: features with mean x̄_j and deviation s_j; w_j: coefficients; λ: penalty"
            + ("; ρ: share of L1." if _spec is ElasticNetSpec else "."),
            spec_type=_spec,
            needs=lambda spec: Needs(required_features(spec.features)),
            fit=fit_linear,
            predict=predict_linear,
            meaning_of_std="root mean square error on crystals left out within the fit, the same "
            "for all",
        )
    )

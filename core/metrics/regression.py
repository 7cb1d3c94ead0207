"""Metrics of regression. Each reduces the last axis, so that resamples are computed at once."""

from __future__ import annotations

import numpy as np

from core.metrics.base import METRICS, Metric
from core.types import FloatArray


def mae(truth: FloatArray, predicted: FloatArray) -> FloatArray:
    """Mean absolute error."""
    return np.abs(predicted - truth).mean(axis=-1)


def median_ae(truth: FloatArray, predicted: FloatArray) -> FloatArray:
    """Median absolute error."""
    return np.median(np.abs(predicted - truth), axis=-1)


def rmse(truth: FloatArray, predicted: FloatArray) -> FloatArray:
    """Root mean square error."""
    return np.sqrt(((predicted - truth) ** 2).mean(axis=-1))


def bias(truth: FloatArray, predicted: FloatArray) -> FloatArray:
    """Mean of prediction minus truth."""
    return (predicted - truth).mean(axis=-1)


def max_error(truth: FloatArray, predicted: FloatArray) -> FloatArray:
    """Largest absolute error."""
    return np.abs(predicted - truth).max(axis=-1)


def r2(truth: FloatArray, predicted: FloatArray) -> FloatArray:
    """1 - sum of squared errors over that of the truth's own mean; NaN for a constant truth."""
    residual = ((predicted - truth) ** 2).sum(axis=-1)
    total = ((truth - truth.mean(axis=-1, keepdims=True)) ** 2).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, 1 - residual / total, np.nan)


def spearman(truth: FloatArray, predicted: FloatArray) -> FloatArray:
    """Correlation of ranks, ties averaged; NaN where one side is constant."""
    from scipy.stats import rankdata

    a, b = (rankdata(v, axis=-1) for v in (truth, predicted))
    a = a - a.mean(axis=-1, keepdims=True)
    b = b - b.mean(axis=-1, keepdims=True)
    scale = np.sqrt((a**2).sum(axis=-1) * (b**2).sum(axis=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(scale > 0, (a * b).sum(axis=-1) / scale, np.nan)


def log10_mae(truth: FloatArray, predicted: FloatArray) -> FloatArray:
    """Mean absolute error of the decimal logarithm."""
    return np.abs(np.log10(predicted) - np.log10(truth)).mean(axis=-1)


METRICS.register(
    Metric(key="mae", title="Mean absolute error", formula=r"\langle |\hat y - y| \rangle",
           compute=mae, unit="target", better="low")
)  # fmt: skip
METRICS.register(
    Metric(key="median_ae", title="Median absolute error",
           formula=r"\mathrm{median}\, |\hat y - y|", compute=median_ae, unit="target",
           better="low")
)  # fmt: skip
METRICS.register(
    Metric(key="rmse", title="Root mean square error",
           formula=r"\sqrt{\langle (\hat y - y)^2 \rangle}", compute=rmse, unit="target",
           better="low")
)  # fmt: skip
METRICS.register(
    Metric(key="bias", title="Bias", formula=r"\langle \hat y - y \rangle", compute=bias,
           unit="target", better="zero")
)  # fmt: skip
METRICS.register(
    Metric(key="max_error", title="Largest error", formula=r"\max |\hat y - y|",
           compute=max_error, unit="target", better="low")
)  # fmt: skip
METRICS.register(
    Metric(key="r2", title="R²", compute=r2, unit="", better="high",
           formula=r"1 - \sum (\hat y - y)^2 / \sum (y - \bar y)^2")
)  # fmt: skip
METRICS.register(
    Metric(key="spearman", title="Rank correlation", compute=spearman, unit="", better="high",
           formula=r"\mathrm{corr}(\mathrm{rank}\, \hat y, \mathrm{rank}\, y)")
)  # fmt: skip
METRICS.register(
    Metric(key="log10_mae", title="Mean absolute error of log10", compute=log10_mae, unit="",
           formula=r"\langle |\log_{10} \hat y - \log_{10} y| \rangle", better="low",
           positive_only=True)
)  # fmt: skip

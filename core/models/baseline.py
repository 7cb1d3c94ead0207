"""The trivial baseline: the mean or median of the training target, whatever the crystal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.models.base import MODELS, Context, Model, ModelSpec, State
from core.models.inputs import Inputs, Needs
from core.models.prediction import Raw
from core.registry import option
from core.types import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class DummySpec(ModelSpec):
    """Options of the baseline."""

    statistic: str = option(
        "mean", label="Predicts", choices=("mean", "median"),
        help="The mean is best by squared error, the median by absolute error.",
    )  # fmt: skip


def fit_dummy(spec: DummySpec, inputs: Inputs, y: FloatArray, context: Context) -> State:
    """Centre and spread of the training target."""
    centre = np.mean(y) if spec.statistic == "mean" else np.median(y)
    return {"centre": float(centre), "std": float(np.std(y, ddof=1))}


def predict_dummy(spec: DummySpec, state: State, inputs: Inputs, context: Context) -> Raw:
    """The same for every crystal."""
    n = len(inputs)
    return Raw(np.full(n, state["centre"]), np.full(n, state["std"]))


MODELS.register(
    Model(
        key="dummy",
        title="Trivial baseline",
        summary="Predicts the mean or median of the training values for every crystal.",
        reference="Hastie, Tibshirani & Friedman, The Elements of Statistical Learning (2009), "
        "doi:10.1007/978-0-387-84858-7",
        limits="Knows nothing of the crystal: what a model must beat.",
        formula=r"\hat y = \frac{1}{n} \sum_{i=1}^{n} y_i",
        symbols="y_i: training values; n: their number.",
        spec_type=DummySpec,
        needs=lambda spec: Needs(),
        fit=fit_dummy,
        predict=predict_dummy,
        meaning_of_std="standard deviation of the training values",
    )
)

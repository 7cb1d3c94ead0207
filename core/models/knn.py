"""Nearest neighbours under any distance; weights of its terms, k and decay chosen by leave-one-out.

Leaving one out costs nothing here: the neighbours of a training crystal without itself. What is
tried is scored on the training crystals (a sample of them when there are many), so the choice is
nested wherever the model is fitted on a part of the data.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from core.distances.base import Features, parse_metric
from core.distances.matrix import rectangular
from core.models.base import MODELS, Context, Model, ModelSpec, State
from core.models.inputs import Inputs, Needs
from core.models.prediction import Raw
from core.models.space import neighbor_space
from core.models.vectors import kept_vectors, training_vectors
from core.registry import option
from core.types import FloatArray, IntArray

_RATIOS = (0.25, 0.5, 1.0, 2.0, 4.0)  # of the first term's weight to what is written
_DECAYS = (0.0, 1.0, 2.0, 4.0)  # weight of a neighbour: distance to the power of minus this
_SAMPLE = 1500  # training crystals whose neighbours are looked at to choose
_CHUNK = 512  # queries whose distances are held at once
_TINY = 1e-9  # share of the typical distance below which two crystals count as one


@dataclass(frozen=True, slots=True, kw_only=True)
class KnnSpec(ModelSpec):
    """Options of nearest neighbours."""

    metric: str = option(
        "10*grid-emd+composition-emd", label="Distance",
        help="NAME, or a sum such as 10*grid-emd+composition-emd; no metric is needed.",
    )  # fmt: skip
    k: int = option(
        0, label="Neighbours", ge=0, le=200,
        help="Neighbours that are averaged; 0 chooses 1 to `k_max` by leave-one-out.",
    )  # fmt: skip
    k_max: int = option(12, label="Most neighbours", ge=1, le=200, help="Tried when k is 0.")
    decay: float = option(
        -1.0, label="Decay", ge=-1, le=20,
        help="A neighbour weighs distance^-decay, 0 all alike; -1 chooses by leave-one-out.",
    )  # fmt: skip
    tune_weights: bool = option(
        True, label="Choose the weights of a sum",
        help="Choose the weights of a sum's terms by leave-one-out, from those written.",
    )  # fmt: skip


def _candidates(spec: KnnSpec) -> tuple[FloatArray, ...]:
    """Weights to try, (n_terms,) each: those written, and the first term scaled up and down."""
    written = np.array([term.weight for term in parse_metric(spec.metric).terms])
    if len(written) == 1 or not spec.tune_weights:
        return (written,)
    return tuple(np.concatenate([[written[0] * r], written[1:]]) for r in _RATIOS)


def fit_knn(spec: KnnSpec, inputs: Inputs, y: FloatArray, context: Context) -> State:
    """Choose weights, k and decay; calibrate the spread by leave-one-out."""
    vectors = _vectors(spec, inputs)
    n = len(y)
    rows = np.sort(context.rng().permutation(n)[: min(n, _SAMPLE)])
    parts = [rectangular(v[rows], v, threads=context.threads) for v in vectors]
    k_most = min(n - 1, spec.k or spec.k_max)
    counts = (min(spec.k, k_most),) if spec.k else tuple(range(1, k_most + 1))
    decays = _DECAYS if spec.decay < 0 else (spec.decay,)
    candidates = _candidates(spec)
    best: tuple[float, FloatArray, int, float] | None = None
    for step, weights in enumerate(candidates):
        context.step(step, len(candidates), "choosing neighbours")
        d, near = _nearest(sum(w * p for w, p in zip(weights, parts, strict=True)), k_most, rows)
        for decay, k in product(decays, counts):
            error = float(np.abs(_mean(d[:, :k], y[near[:, :k]], decay) - y[rows]).mean())
            if best is None or error < best[0]:
                best = (error, weights, k, decay)
    assert best is not None
    error, weights, k, decay = best
    d, near = _nearest(sum(w * p for w, p in zip(weights, parts, strict=True)), k, rows)
    mean, spread = _mean_and_spread(d, y[near], decay)
    return {
        "y": y,
        **kept_vectors(vectors),
        "weights": weights, "k": int(k), "decay": float(decay),
        "variance": _variance_model((y[rows] - mean) ** 2, spread, d[:, 0]),
        "chosen": {
            "k": int(k), "decay": float(decay), "weights": [round(float(w), 6) for w in weights],
            "leave-one-out MAE on the scale of the fit": round(error, 6),
        },
    }  # fmt: skip


def predict_knn(spec: KnnSpec, state: State, inputs: Inputs, context: Context) -> Raw:
    """Weighted means over the neighbours, with the distance to the nearest."""
    terms = parse_metric(spec.metric).terms
    queries = _vectors(spec, inputs)
    library = training_vectors(terms, state, queries)
    n, y = len(inputs), state["y"]
    mean, spread, first = np.empty(n), np.empty(n), np.empty(n)
    for start in range(0, n, _CHUNK):
        context.step(start, n, "predicting")
        span = slice(start, start + _CHUNK)
        total = sum(
            w * rectangular(q[span], v, threads=context.threads)
            for w, q, v in zip(state["weights"], queries, library, strict=True)
        )
        d, near = _nearest(total, state["k"], None)
        mean[span], spread[span] = _mean_and_spread(d, y[near], state["decay"])
        first[span] = d[:, 0]
    a, b, c = state["variance"]
    std = np.sqrt(a + b * spread + c * first**2)
    return Raw(mean, std, None, (("nearest_distance", first), ("spread", np.sqrt(spread))))


def _vectors(spec: KnnSpec, inputs: Inputs) -> list[Features]:
    return [inputs.under(term) for term in parse_metric(spec.metric).terms]


def _nearest(total: FloatArray, k: int, own: IntArray | None) -> tuple[FloatArray, IntArray]:
    """Distances and indices (m, k), nearest first; without itself where `own` names the column."""
    if own is not None:
        total = total.copy()
        total[np.arange(len(own)), own] = np.inf
    near = np.argpartition(total, k - 1, axis=1)[:, :k] if k < total.shape[1] else (
        np.argsort(total, axis=1)[:, :k]
    )  # fmt: skip
    d = np.take_along_axis(total, near, axis=1).astype(np.float64)
    order = np.argsort(d, axis=1, kind="stable")
    return np.take_along_axis(d, order, axis=1), np.take_along_axis(near, order, axis=1)


def _weights(d: FloatArray, decay: float) -> FloatArray:
    floor = _TINY * (float(np.median(d)) or 1.0)  # identical crystals would weigh without bound
    with np.errstate(under="ignore"):
        w = (np.maximum(d, floor) / np.maximum(d[:, :1], floor)) ** -decay
    return w / w.sum(axis=1, keepdims=True)


def _mean(d: FloatArray, values: FloatArray, decay: float) -> FloatArray:
    return (_weights(d, decay) * values).sum(axis=1)


def _mean_and_spread(
    d: FloatArray, values: FloatArray, decay: float
) -> tuple[FloatArray, FloatArray]:
    """Weighted mean and variance of the neighbours' values, (m,) each."""
    w = _weights(d, decay)
    mean = (w * values).sum(axis=1)
    return mean, (w * (values - mean[:, None]) ** 2).sum(axis=1)


def _variance_model(squares: FloatArray, spread: FloatArray, first: FloatArray) -> list[float]:
    """Non-negative a, b, c of E[residual²] = a + b spread + c distance², by least squares."""
    from scipy.optimize import nnls

    columns = np.column_stack([np.ones(len(squares)), spread, first**2])
    scale = np.maximum(np.abs(columns).max(axis=0), 1e-300)
    solution, _ = nnls(columns / scale, squares)
    a, b, c = (solution / scale).tolist()
    # Exact neighbours do not make a prediction certain: a hundredth of the mean square stays.
    return [max(a, 0.01 * float(squares.mean())), b, c]


MODELS.register(
    Model(
        key="knn",
        title="Nearest neighbours",
        summary="The weighted mean of the property over the most similar training crystals.",
        reference="Cover & Hart, IEEE Trans. Inf. Theory 13 (1967) 21, "
        "doi:10.1109/TIT.1967.1053964; on GRID: Zhang, Seth & Cumby, Digital Discovery 2 "
        "(2023) 81, doi:10.1039/D2DD00054G",
        limits="Can't predict beyond the range of its neighbours.",
        formula=r"\hat y = \frac{\sum_{j=1}^{k} d_j^{-p}\, y_j}{\sum_{j=1}^{k} d_j^{-p}}",
        symbols="y_j, d_j: values and distances of the k nearest training crystals; p: decay.",
        spec_type=KnnSpec,
        needs=lambda spec: Needs(distances=parse_metric(spec.metric).terms),
        fit=fit_knn,
        predict=predict_knn,
        space=neighbor_space,
        meaning_of_std="spread of the neighbours and distance to the nearest, scaled to the "
        "leave-one-out errors of the training crystals",
    )
)

"""Distances of crystals to a model's training crystals, in the space in which the model compares.

Each is (spec, state, inputs, context) -> (m, n_training), in a unit of its own. Models that compare
nothing, such as trees, have no such function; `core.models.domain` places their crystals.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.distances.base import Term, parse_metric
from core.distances.matrix import rectangular
from core.models.base import Context, State
from core.models.feature_sets import apply_transforms, parse_features
from core.models.inputs import Inputs
from core.models.kernel_algebra import kernel
from core.models.vectors import training_vectors
from core.types import FloatArray

_TINY = 1e-300


def neighbor_space(spec: Any, state: State, inputs: Inputs, context: Context) -> FloatArray:
    """The weighted distance of nearest neighbours."""
    parts = _under(parse_metric(spec.metric).terms, state, inputs, context.threads)
    total: FloatArray = np.zeros(parts[0].shape)
    for weight, part in zip(state["weights"], parts, strict=True):
        total += weight * part
    return total


def kernel_space(spec: Any, state: State, inputs: Inputs, context: Context) -> FloatArray:
    """Minus the logarithm of the kernel: for a product the sum of rate times distance."""
    terms = parse_metric(spec.metric).terms if spec.metric.strip() else ()
    distances = _under(terms, state, inputs, context.threads)
    for term, done, columns in zip(
        parse_features(spec.features), state["transforms"], state["columns"], strict=True
    ):
        x = apply_transforms([done], [inputs.block(term).values])
        distances.append(euclidean(x, columns))
    return in_kernel_space(distances, state["rates"], state["shares"])


def in_kernel_space(
    distances: Sequence[FloatArray], rates: Sequence[float], shares: Sequence[float]
) -> FloatArray:
    """Minus the logarithm of the kernel of (m, n) distances by term; without shares a product."""
    if shares:
        likeness = kernel(distances, np.array(rates), np.array(shares))
        return -np.log(np.maximum(likeness, _TINY))
    total: FloatArray = np.zeros(distances[0].shape)
    for rate, d in zip(rates, distances, strict=True):
        total += rate * d
    return total


def euclidean(x: FloatArray, z: FloatArray) -> FloatArray:
    """(m, n) float32 distances between rows."""
    from scipy.spatial.distance import cdist

    return cdist(x, z).astype(np.float32)


def _under(
    terms: Sequence[Term], state: State, inputs: Inputs, threads: int
) -> list[FloatArray]:  # fmt: skip
    queries = [inputs.under(term) for term in terms]
    return [
        rectangular(query, library, threads=threads)
        for query, library in zip(queries, training_vectors(terms, state, queries), strict=True)
    ]

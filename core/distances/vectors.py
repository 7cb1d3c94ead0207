"""Cosine and Euclidean distances between rows of vectors, by matrix product in float64."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.errors import NonFiniteError
from core.types import FloatArray


def cosine_block(a: FloatArray, b: FloatArray, spec: Any = None) -> FloatArray:
    """1 - cos between rows: a (n, d), b (m, d) -> (n, m) in [0, 2].

    Raises: NonFiniteError for a row of zeros, which has no direction.
    """
    return np.clip(1.0 - _unit(a) @ _unit(b).T, 0.0, 2.0)


def _unit(x: FloatArray) -> FloatArray:
    x = np.asarray(x, dtype=np.float64)
    norms = np.linalg.norm(x, axis=1, keepdims=True)
    if not norms.all():
        row = int(np.flatnonzero(norms[:, 0] == 0)[0])
        raise NonFiniteError(
            f"Row {row} holds only zeros, so its cosine is undefined.",
            hint="Raise the maximum distance.",
        )
    return x / norms


def euclidean_block(a: FloatArray, b: FloatArray, spec: Any = None) -> FloatArray:
    """Euclidean distance between rows: a (n, d), b (m, d) -> (n, m).

    Computed from differences, not from |a|² + |b|² - 2ab, which loses digits for near rows.
    """
    from scipy.spatial.distance import cdist

    return cdist(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))

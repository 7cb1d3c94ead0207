"""Distances between prototypes as a measure of what is much."""

from __future__ import annotations

import numpy as np
import pytest

from core.data import load_embedded
from core.distances.base import parse_metric
from core.distances.matrix import full
from core.explain.yardstick import yardstick


def test_shares_are_counts_of_pairs() -> None:
    metric = parse_metric("grid-emd")
    scale = yardstick(metric)
    assert scale is not None
    crystals = load_embedded("aflow-prototypes")
    assert scale.n_crystals == len(crystals)
    matrix = full(metric.embed(crystals))
    pairs = matrix[np.triu_indices(len(matrix), 1)]
    for distance in (0.0, 0.2, 1.0, 100.0):
        assert scale.share_below(distance) == pytest.approx((pairs < distance).mean(), abs=1e-4)
    assert scale.median == pytest.approx(np.median(pairs), rel=1e-5)


def test_a_slow_metric_has_none() -> None:
    assert yardstick(parse_metric("grid-wasserstein")) is None
    assert yardstick(parse_metric("grid-emd + 2 * grid-wasserstein")) is None


def test_a_sum_of_quick_metrics_has_one() -> None:
    scale = yardstick(parse_metric("10 * grid-emd + composition-emd"))
    assert scale is not None
    assert (np.diff(scale.distances) >= 0).all()

"""Exact nearest neighbours against the full matrix."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data import load_embedded
from core.distances.base import Features, parse_metric
from core.distances.matrix import rectangular
from core.distances.nearest import nearest
from core.errors import InvalidSpecError, JobCancelled
from tests.core.distances.test_matrix import features_of


def assert_exact(query: Features, library: Features, k: int, skip: np.ndarray | None) -> None:
    found = nearest(query, library, k, skip=skip)
    d = np.array(rectangular(query, library), dtype=float)
    if skip is not None:
        d[np.arange(len(d)), skip] = np.inf
    expected = np.sort(d, axis=1)[:, :k]
    np.testing.assert_allclose(found.distances, expected, rtol=1e-4, atol=1e-7)
    chosen = np.take_along_axis(d, found.indices, 1)
    np.testing.assert_allclose(chosen, found.distances, rtol=1e-4, atol=1e-7)
    assert all(len(set(row)) == k for row in found.indices.tolist())
    assert (np.diff(found.distances, axis=1) >= 0).all()


@given(st.integers(1, 120), st.integers(1, 12), st.integers(0, 1000))
def test_random_vectors(n: int, k: int, seed: int) -> None:
    library = features_of(max(n, k + 1), seed=seed)
    assert_exact(library, library, k, np.arange(len(library)))
    assert_exact(features_of(7, seed=seed + 1), library, k, None)


def test_many_ties_and_duplicates() -> None:
    base = features_of(20)
    x = np.vstack([base.parts[0]] * 6)
    library = Features(base.metric, (x,), base.sizes)
    assert_exact(library, library, 8, np.arange(len(library)))


def test_real_crystals_need_few_evaluations() -> None:
    crystals = load_embedded("aflow-prototypes")
    library = parse_metric("grid-emd").embed(crystals)
    skip = np.arange(len(crystals))
    assert_exact(library, library, 5, skip)
    found = nearest(library, library, 1, skip=skip)
    assert np.median(found.evaluated) <= 5


def test_a_metric_without_a_bound_scans() -> None:
    crystals = load_embedded("grid-report")[:12]
    library = parse_metric("grid-cosine").embed(crystals, float)
    found = nearest(library, library, 3, skip=np.arange(12))
    assert (found.evaluated == 12).all()
    d = rectangular(library, library)
    np.fill_diagonal(d, np.inf)
    np.testing.assert_allclose(found.distances, np.sort(d, axis=1)[:, :3])


@pytest.mark.parametrize("k", [0, 31, -1])
def test_k_must_fit_the_library(k: int) -> None:
    library = features_of(31)
    with pytest.raises(InvalidSpecError, match="31" if k == 31 else str(k)):
        nearest(library, library, k, skip=np.arange(31))


def test_two_threads_equal_one_and_stopping_stops() -> None:
    library = features_of(500)
    one, two = (nearest(library, library, 4, threads=t) for t in (1, 2))
    np.testing.assert_array_equal(one.indices, two.indices)
    np.testing.assert_array_equal(one.distances, two.distances)
    with pytest.raises(JobCancelled):
        nearest(library, library, 4, should_stop=lambda: True)

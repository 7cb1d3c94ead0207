"""Matrices: against scipy, in every form, in tiles on disk, within budget, cancellable."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import zarr
from scipy.spatial.distance import cdist, squareform

from core.distances import matrix as m
from core.distances.base import Features, parse_metric
from core.distances.l1 import l1_below, l1_between, l1_block
from core.distances.l1_maxima import l1_block_by_maxima, row_sums
from core.errors import InvalidSpecError, JobCancelled, MemoryBudgetError

FLOAT32_TOLERANCE = 2e-6


def features_of(n: int, d: int = 96, seed: int = 0, dtype: type = np.float32) -> Features:
    """Vectors that stand for GRID quantiles: 4 groups of 24."""
    rng = np.random.default_rng(seed)
    x = (np.sort(rng.random((n, d // 24, 24)), axis=2) / d).reshape(n, d).astype(dtype)
    return Features(parse_metric("grid-emd(n_groups=4)"), (x,), (d,))


def exact(features: Features) -> np.ndarray:
    x = features.parts[0].astype(float)
    return cdist(x, x, "cityblock")


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 5, 7), (4, 4, 513), (65, 130, 1025), (70, 3, 24)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_kernel_equals_scipy(shape: tuple[int, int, int], dtype: type) -> None:
    n, k, d = shape
    rng = np.random.default_rng(1)
    a, b = rng.random((n, d)).astype(dtype), rng.random((k, d)).astype(dtype)
    expected = cdist(a, b, "cityblock")
    tolerance = 1e-12 if dtype == np.float64 else FLOAT32_TOLERANCE
    np.testing.assert_allclose(l1_between(a, b), expected, rtol=tolerance)
    square = np.empty((n, n), dtype)
    l1_block(a, a, square, True)
    upper = np.triu_indices(n)
    np.testing.assert_allclose(
        square[upper], cdist(a, a, "cityblock")[upper], rtol=tolerance, atol=1e-12
    )
    assert l1_below(a[0], b[0], np.inf) == pytest.approx(expected[0, 0], rel=tolerance * 10)
    assert l1_below(a[0], b[0], 0.0) > 0


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 5, 7), (4, 4, 513), (65, 130, 2401), (70, 3, 24)])
@pytest.mark.parametrize("offset", [0.0, 1.0, -40.0])
def test_sums_of_maxima_give_the_distance(shape: tuple[int, int, int], offset: float) -> None:
    n, k, d = shape
    rng = np.random.default_rng(2)
    a, b = ((rng.random((size, d)) + offset).astype(np.float32) for size in (n, k))
    out = np.empty((n, k), np.float32)
    l1_block_by_maxima(a, row_sums(a), b, row_sums(b), out, False)
    # Those far from zero lose digits of what is subtracted, up to where they are summed anew.
    tolerance = 1e-4 if offset else FLOAT32_TOLERANCE * 10
    np.testing.assert_allclose(out, cdist(a, b, "cityblock"), rtol=tolerance)
    square = np.empty((n, n), np.float32)
    l1_block_by_maxima(a, row_sums(a), a, row_sums(a), square, True)
    upper = np.triu_indices(n)
    np.testing.assert_allclose(square[upper], cdist(a, a, "cityblock")[upper], rtol=tolerance)
    assert (np.diag(square) == 0).all()


@pytest.mark.parametrize("apart", [1e-7, 1e-5, 1e-3, 0.1])
def test_close_rows_keep_their_digits(apart: float) -> None:
    """Near duplicates are what distances are wanted for."""
    rng = np.random.default_rng(3)
    x = np.repeat(rng.random((150, 480)).astype(np.float32) / 480, 2, axis=0)
    x[1::2] += (rng.random((150, 480)) * apart / 240).astype(np.float32)
    features = Features(parse_metric("grid-emd(n_groups=20)"), (x,), (480,))
    wanted = exact(features)
    found = m.full(features)
    assert wanted[0, 1] == pytest.approx(apart, rel=0.3)
    near = wanted < 0.2
    # Centring rounds each value once, to half a unit of its last digit.
    np.testing.assert_allclose(found[near], wanted[near], rtol=1e-5, atol=480 * 2e-10)


def test_values_that_are_no_numbers_stay_visible() -> None:
    features = features_of(6)
    features.parts[0][2, 5] = np.nan
    found = m.full(features)
    assert np.isnan(found[2, [0, 1, 3]]).all()
    assert np.isfinite(np.delete(np.delete(found, 2, 0), 2, 1)).all()


@pytest.mark.parametrize("n", [1, 2, 255, 256, 257, 600])
@pytest.mark.parametrize("threads", [1, 2])
def test_full_condensed_rectangular(n: int, threads: int) -> None:
    features = features_of(n)
    full = m.full(features, threads=threads)
    np.testing.assert_allclose(full, exact(features), atol=FLOAT32_TOLERANCE)
    np.testing.assert_array_equal(full, full.T)
    assert (np.diag(full) == 0).all()
    if n > 1:
        condensed = m.condensed(features, threads=threads)
        np.testing.assert_array_equal(condensed, squareform(full, checks=False))
    rectangular = m.rectangular(features, features, threads=threads)
    np.testing.assert_allclose(rectangular, full, atol=FLOAT32_TOLERANCE)


@pytest.mark.parametrize("suffix", [".npy", ".zarr"])
def test_tiles_on_disk_equal_memory(tmp_path: Path, suffix: str) -> None:
    features = features_of(300)
    path = m.to_disk(features, tmp_path / f"d{suffix}", threads=2)
    stored = np.load(path) if suffix == ".npy" else zarr.open_array(str(path), mode="r")[:]
    np.testing.assert_array_equal(stored, m.full(features))
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_tiles_need_a_known_suffix(tmp_path: Path) -> None:
    with pytest.raises(InvalidSpecError, match=r"\.npy or \.zarr"):
        m.to_disk(features_of(3), tmp_path / "d.csv")
    assert not list(tmp_path.iterdir())


def test_stopping_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "d.npy"
    path.write_bytes(b"what was there before")
    seen: list[int] = []
    with pytest.raises(JobCancelled):
        m.to_disk(
            features_of(1000), path, threads=2,
            on_progress=lambda done, total, what: seen.append(done),
            should_stop=lambda: len(seen) >= 3,
        )  # fmt: skip
    assert seen == [1, 2, 3]
    assert path.read_bytes() == b"what was there before"
    assert [p.name for p in tmp_path.iterdir()] == ["d.npy"]


def test_a_matrix_beyond_the_budget_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_MEMORY_GB", "0.001")
    with pytest.raises(MemoryBudgetError, match=r"600 x 600 distances needs 0\.00134 GB") as caught:
        m.full(features_of(600))
    assert "neighbors" in caught.value.hint
    assert ".zarr" in caught.value.hint
    assert caught.value.context["bytes"] == 600 * 600 * 4
    with pytest.raises(MemoryBudgetError):
        m.rectangular(features_of(600), features_of(600, seed=1))


def test_tiles_ignore_the_matrix_budget(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GRIDSCOPE_MEMORY_GB", "0.001")
    m.to_disk(features_of(600), tmp_path / "d.npy")
    assert np.load(tmp_path / "d.npy").shape == (600, 600)


def test_progress_ends_at_the_total() -> None:
    seen: list[tuple[int, int]] = []
    m.full(features_of(600), on_progress=lambda done, total, what: seen.append((done, total)))
    assert seen[-1] == (6, 6)
    assert [done for done, _ in seen] == list(range(1, 7))


@pytest.mark.parametrize("constant", [0, 3, 40])
def test_columns_in_which_nothing_differs_change_nothing(constant: int) -> None:
    rng = np.random.default_rng(3)
    vectors = np.hstack([rng.random((30, 20)), np.full((30, constant), 7.0)])
    vectors = vectors[:, rng.permutation(vectors.shape[1])]
    features = Features(parse_metric("grid-emd(mode=binned)"), (vectors,), (vectors.shape[1],))
    np.testing.assert_allclose(m.full(features), cdist(vectors, vectors, "cityblock"), atol=1e-12)
    few = features[:4]
    moved = Features(features.metric, (vectors + (vectors == 7.0),), features.sizes)
    expected = cdist(few.parts[0], moved.parts[0], "cityblock")  # constant, but not the same
    np.testing.assert_allclose(m.rectangular(few, moved), expected, atol=1e-12)

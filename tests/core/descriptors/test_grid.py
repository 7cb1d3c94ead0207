"""GRID: closed forms, the RDF it sums to, the modes against their definitions."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from core.descriptors.grid import GridSpec, grid, grid_batch, grid_features
from core.descriptors.gridrdf_histogram import gridrdf_histogram
from core.errors import InvalidSpecError, NeighborShortageError, NonFiniteError
from core.geometry.neighbors import nearest_distances, within
from core.io import parse
from core.types import Crystal, RawFile
from tests.strategies import random_crystal

HERE = Path(__file__).parent
HISTOGRAM_TOLERANCE = 1e-10
GOLDEN_TOLERANCE = 1e-10


@given(st.integers(0, 10**6), st.sampled_from([0.05, 0.1, 0.25]), st.sampled_from([0.02, 0.1, 0.3]))
def test_binned_is_the_exact_integral_of_the_gaussians(
    seed: int, bin_width: float, smearing: float
) -> None:
    crystal = random_crystal(seed)
    spec = GridSpec(n_groups=40, max_distance=5.0, bin_width=bin_width, smearing=smearing)
    d = nearest_distances(crystal, 40)
    cdf = ndtr((spec.edges[1:] - d[:, :, None]) / smearing).mean(axis=0)
    cdf[:, -1] = 1.0  # the rest is kept at the edge
    found = np.cumsum(grid(crystal, spec), axis=1)
    np.testing.assert_allclose(found, cdf, atol=HISTOGRAM_TOLERANCE)


@given(st.integers(0, 10**6), st.sampled_from([1, 5, 24, 48]))
def test_quantiles_follow_their_definition(seed: int, n: int) -> None:
    crystal = random_crystal(seed)
    levels = (np.arange(n) + 0.5) / n
    d = nearest_distances(crystal, 30)
    expected = np.quantile(d, levels, axis=0, method="averaged_inverted_cdf").T
    found = grid(crystal, GridSpec(mode="quantile", n_groups=30, n_quantiles=n))
    np.testing.assert_allclose(found, expected, atol=1e-9)


@given(st.integers(0, 10**6))
def test_groups_sum_to_the_pair_distance_histogram(seed: int) -> None:
    crystal = random_crystal(seed)
    radius = 4.0
    pairs = within(crystal, radius)
    n_groups = int(np.diff(pairs.starts).max()) + 1
    spec = GridSpec(n_groups=n_groups, max_distance=radius, bin_width=0.1, smearing=0.0)
    summed = grid(crystal, spec).sum(axis=0) * crystal.n_sites
    # A distance on an edge belongs to the upper bin, as in the sharp mode.
    counts, _ = np.histogram(pairs.distances + 1e-8, spec.edges)
    np.testing.assert_allclose(summed[:-1], counts[:-1], atol=1e-9)


def test_a_simple_cube_in_closed_form() -> None:
    cube = Crystal("Po", 3.35 * np.eye(3), [[0, 0, 0]], [84])
    g = grid(cube, GridSpec(smearing=0.0))
    assert (g[:6].argmax(axis=1) == 33).all()
    assert (g[6:18].argmax(axis=1) == 47).all()
    assert (g.max(axis=1) == 1).all()
    np.testing.assert_allclose(g.sum(axis=1), 1)


def test_what_lies_beyond_stays_in_the_last_bin(perovskite: Crystal) -> None:
    g = grid(perovskite, GridSpec(max_distance=3.0, n_groups=60))
    np.testing.assert_allclose(g.sum(axis=1), 1, atol=1e-12)
    assert (g[30:, -1] == 1).all()


@pytest.mark.data
def test_silicon_only_sees_silicon(shared_data: Path) -> None:
    text = (shared_data / "zeolites/starting_structures/SOD.cif").read_bytes()
    crystal = parse([RawFile("SOD.cif", text)], workers=0).crystals[0]
    both = GridSpec(mode="quantile", centers=("Si",), neighbors=("Si",), n_groups=4)
    assert grid(crystal, both).min() > 2.9  # Si-O-Si
    from_si = GridSpec(mode="quantile", centers=("Si",), n_groups=4)
    np.testing.assert_allclose(grid(crystal, from_si), 1.6, atol=0.05)  # four O
    from_o = GridSpec(mode="quantile", centers=("O",), n_groups=2)
    np.testing.assert_allclose(grid(crystal, from_o), 1.6, atol=0.05)  # two Si
    with pytest.raises(NeighborShortageError, match="no Al"):
        grid(crystal, GridSpec(centers=("Al",)))


def test_batch_equals_each_alone() -> None:
    crystals = [random_crystal(seed) for seed in range(40)]
    for mode in ("binned", "quantile"):
        spec = GridSpec(mode=mode)
        alone = np.stack([grid(c, spec) for c in crystals])
        np.testing.assert_allclose(grid_batch(crystals, spec), alone, rtol=2e-6, atol=2e-6)
        out = np.full((40, 100, spec.width), np.nan, np.float32)
        assert grid_features(crystals, spec, out=out) is out
        assert np.isfinite(out).all()


@pytest.mark.parametrize(
    "options",
    [{"n_groups": 0}, {"bin_width": 0.3}, {"bin_width": -1.0}, {"max_distance": np.nan},
     {"smearing": 1e-6}, {"centers": ("Xx",)}, {"mode": "other"}, {"n_quantiles": 0},
     {"max_distance": 100.0, "bin_width": 1e-4}, {"n_groups": True}],
)  # fmt: skip
def test_bad_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(InvalidSpecError):
        GridSpec.from_dict(options)


@pytest.mark.data
def test_gridrdf_mode_equals_the_package(shared_data: Path) -> None:
    """All 200 crystals through the whole chain, against projections of the package's own output."""
    rows = json.loads((shared_data / "gridrdf/small_test_set.json").read_text())
    with np.load(HERE / "gridrdf_golden.npz", allow_pickle=False) as golden:
        expected = dict(zip(golden["ids"].tolist(), golden["default"], strict=True))
    files = [RawFile(f"{row['task_id']}.cif", row["cif"].encode()) for row in rows]
    crystals = parse(files, examine=False).crystals
    assert len(crystals) == len(expected) == 200
    spec = GridSpec(mode="gridrdf")
    probe = np.random.default_rng(2023).standard_normal(spec.n_bins)  # as the regenerator's
    for crystal in crystals:
        found = grid(crystal, spec) @ probe
        np.testing.assert_allclose(
            found, expected[crystal.id], rtol=0, atol=GOLDEN_TOLERANCE, err_msg=crystal.id
        )


def test_gridrdf_mode_says_which_groups_lie_beyond() -> None:
    sparse = Crystal("Xe", 6.0 * np.eye(3), [[0, 0, 0]], [54])
    with pytest.raises(NonFiniteError, match=r"\d"):
        grid(sparse, GridSpec(mode="gridrdf"))
    d = nearest_distances(sparse, 6)
    assert gridrdf_histogram(d, max_distance=10.0, bin_width=0.1, sigma=0.1).shape[0] == 6

"""GRID distances: against scipy, against each other, and in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from core.descriptors.grid import GridSpec, grid
from core.distances import parse_metric
from core.distances.base import between
from core.distances.wasserstein import wasserstein_1d
from core.geometry.neighbors import nearest_distances
from core.types import Crystal
from tests.strategies import random_crystal

EXACT_TOLERANCE = 1e-12
QUANTILE_TOLERANCE = 0.005  # angstrom, for real crystals: science.md section 1


def distance(a: Crystal, b: Crystal, text: str) -> float:
    features = parse_metric(text).embed([a, b], float)
    return float(between(features[:1], features[1:])[0, 0])


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_exact_mode_equals_scipy(seed_a: int, seed_b: int) -> None:
    a, b = random_crystal(seed_a), random_crystal(seed_b)
    da, db = nearest_distances(a, 30), nearest_distances(b, 30)
    expected = np.mean([wasserstein_distance(da[:, k], db[:, k]) for k in range(30)])
    found = distance(a, b, "grid-wasserstein(n_groups=30)")
    assert found == pytest.approx(expected, abs=EXACT_TOLERANCE * max(1, expected))


@given(
    st.lists(st.floats(0, 10), min_size=1, max_size=8),
    st.lists(st.floats(0, 10), min_size=1, max_size=8),
    st.integers(0, 10**6),
)
def test_weighted_samples_equal_scipy(u: list[float], v: list[float], seed: int) -> None:
    rng = np.random.default_rng(seed)
    u_sorted, v_sorted = np.sort(u), np.sort(v)
    p, q = rng.dirichlet(np.ones(len(u))), rng.dirichlet(np.ones(len(v)))
    expected = wasserstein_distance(u_sorted, v_sorted, p, q)
    assert wasserstein_1d(u_sorted, p, v_sorted, q) == pytest.approx(expected, abs=1e-10)


def test_quantiles_are_exact_when_the_sites_divide_them(perovskite: Crystal) -> None:
    rng = np.random.default_rng(0)
    for n in (1, 2, 3, 4, 6, 8, 12, 24):
        a = perovskite.with_(
            lattice=6 * np.eye(3), frac=rng.random((n, 3)), numbers=np.full(n, 14),
            occupancy=None, position=None,
        )  # fmt: skip
        b = a.with_(frac=rng.random((n, 3)))
        exact = distance(a, b, "grid-wasserstein")
        assert distance(a, b, "grid-emd") == pytest.approx(exact, abs=1e-12)


def test_expansion_of_a_cube_moves_every_neighbour_in_proportion() -> None:
    small = Crystal("a", 3.0 * np.eye(3), [[0, 0, 0]], [84])
    large = Crystal("b", 3.3 * np.eye(3), [[0, 0, 0]], [84])
    shells = nearest_distances(small, 100)[0]
    for mode in ("grid-wasserstein", "grid-emd"):
        assert distance(small, large, mode) == pytest.approx(0.1 * shells.mean(), abs=1e-12)


def test_binned_approaches_exact_where_nothing_is_cut(perovskite: Crystal) -> None:
    other = perovskite.with_(lattice=1.03 * perovskite.lattice)
    exact = distance(perovskite, other, "grid-wasserstein")
    for width in (0.1, 0.05, 0.02):
        text = f"grid-emd(mode=binned,max_distance=20,bin_width={width},smearing={width})"
        assert distance(perovskite, other, text) == pytest.approx(exact, abs=2e-3)


def test_group_weights_single_out_the_first_neighbours(perovskite: Crystal) -> None:
    other = perovskite.with_(lattice=1.05 * perovskite.lattice)
    d = nearest_distances(perovskite, 3), nearest_distances(other, 3)
    weights = np.array([1, 1 / 2, 1 / 3]) / (1 + 1 / 2 + 1 / 3)
    each = [wasserstein_distance(d[0][:, k], d[1][:, k]) for k in range(3)]
    expected = float(weights @ each)
    for metric in ("grid-wasserstein", "grid-emd(n_quantiles=5)"):
        options = "n_groups=3,weight_power=1"
        text = (
            f"grid-wasserstein({options})"
            if "wass" in metric
            else (f"grid-emd({options},n_quantiles=5)")
        )
        assert distance(perovskite, other, text) == pytest.approx(expected, abs=1e-12)


def test_cosine_and_euclidean_in_closed_form(perovskite: Crystal) -> None:
    other = perovskite.with_(lattice=1.05 * perovskite.lattice)
    x, y = (grid(c, GridSpec()).ravel() for c in (perovskite, other))
    cosine = 1 - x @ y / np.linalg.norm(x) / np.linalg.norm(y)
    assert distance(perovskite, other, "grid-cosine") == pytest.approx(cosine, abs=1e-12)
    euclid = np.linalg.norm(x - y)
    assert distance(perovskite, other, "grid-euclidean") == pytest.approx(euclid, abs=1e-12)


def test_composition_distance_in_closed_form() -> None:
    a = Crystal("NaCl", 5.6 * np.eye(3), [[0, 0, 0], [0.5, 0.5, 0.5]], [11, 17])
    b = a.with_(id="KCl", numbers=[19, 17])
    # Half of the atoms move from Na (11) to K (10) on Pettifor's Mendeleev numbers.
    assert distance(a, b, "composition-emd") == pytest.approx(0.5)
    assert distance(a, a.with_(lattice=7 * np.eye(3)), "composition-emd") == 0.0


def test_group_composition_tells_abx3_from_bax3(perovskite: Crystal) -> None:
    swapped = perovskite.with_(numbers=[22, 38, 8, 8, 8])
    assert distance(perovskite, swapped, "grid-emd") == pytest.approx(0, abs=1e-12)
    assert distance(perovskite, swapped, "composition-emd") == pytest.approx(0, abs=1e-12)
    assert distance(perovskite, swapped, "group-composition-emd") > 1.0

"""GRID with partial occupancy: expectations over occupancies."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.descriptors.grid import GridSpec, grid
from core.descriptors.grid_disorder import expected_groups
from core.errors import InvalidSpecError, NeighborShortageError
from core.geometry.cell import supercell
from core.geometry.neighbors import within
from core.types import Crystal
from tests.strategies import random_crystal, reshaped

TOLERANCE = 1e-9
WEIGHTS = {"disorder": "weights", "n_groups": 20}


def thinned(seed: int) -> Crystal:
    crystal = random_crystal(seed, max_sites=4)
    rng = np.random.default_rng(seed)
    return crystal.with_(occupancy=rng.uniform(0.2, 1.0, crystal.n_rows))


@given(st.integers(0, 10**6), st.sampled_from(["binned", "quantile"]))
def test_independent_of_the_cell(seed: int, mode: str) -> None:
    crystal = thinned(seed)
    spec = GridSpec(mode=mode, **WEIGHTS)
    expected = grid(crystal, spec)
    for same in (supercell(crystal, (2, 1, 1)), reshaped(crystal, np.random.default_rng(seed))):
        np.testing.assert_allclose(grid(same, spec), expected, atol=TOLERANCE)


@given(st.integers(0, 10**6))
def test_groups_sum_to_the_expected_pair_histogram(seed: int) -> None:
    crystal = thinned(seed)
    radius = 3.5
    pairs = within(crystal, radius)
    occupancy = crystal.occupancy
    counts, edges = np.histogram(
        pairs.distances + 1e-8,
        np.linspace(0, radius, 36),
        weights=occupancy[pairs.centers] * occupancy[pairs.neighbors],
    )
    per_center = np.bincount(pairs.centers, occupancy[pairs.neighbors], len(occupancy))
    n_groups = int(np.ceil(per_center.max())) + 1
    groups = expected_groups(crystal, n_groups, None, None)
    found = np.zeros(len(counts))
    for d, mass in groups:
        found += np.histogram(d + 1e-8, edges, weights=mass)[0]
    np.testing.assert_allclose(found * occupancy.sum(), counts, atol=1e-8)
    assert all(mass.sum() == pytest.approx(1) for _, mass in groups)


def test_half_occupancy_needs_twice_the_shells() -> None:
    full = Crystal("Po", 3.0 * np.eye(3), [[0, 0, 0]], [84])
    half = full.with_(occupancy=[0.5])
    g = grid(half, GridSpec(mode="quantile", n_groups=4, disorder="weights"))
    # Six neighbours at 3.0 count for three; the fourth unit comes from the next shell.
    np.testing.assert_allclose(g[:3], 3.0)
    np.testing.assert_allclose(g[3], 3.0 * np.sqrt(2))


def test_chosen_elements_of_mixed_sites() -> None:
    mixed = Crystal(
        "FeCo", 2.9 * np.eye(3), np.zeros((2, 3)), [26, 27], [0.75, 0.25], position=[0, 0]
    )
    spec = GridSpec(mode="quantile", n_groups=6, disorder="weights", neighbors=("Co",))
    found = grid(mixed, spec)
    assert found[0, 0] == pytest.approx(2.9)  # 6 x 0.25 = 1.5 Co in the first shell
    assert found[1].min() == pytest.approx(2.9)
    assert found[1].max() == pytest.approx(2.9 * np.sqrt(2))
    with pytest.raises(NeighborShortageError, match="no Ni"):
        grid(mixed, GridSpec(disorder="weights", centers=("Ni",)))


def test_the_package_has_no_occupancies() -> None:
    with pytest.raises(InvalidSpecError, match="no occupancies"):
        grid(thinned(1), GridSpec(mode="gridrdf", disorder="weights"))

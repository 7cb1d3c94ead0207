"""GRID split by element pair sums to GRID."""

from __future__ import annotations

import numpy as np
import pytest

from core.descriptors.grid import GridSpec, grid
from core.explain import pair_histograms
from core.types import Crystal
from tests.strategies import random_crystal


@pytest.mark.parametrize("smearing", [0.0, 0.1])
@pytest.mark.parametrize("centers", [(), ("O",)])
def test_parts_sum_to_grid(perovskite: Crystal, smearing: float, centers: tuple[str, ...]) -> None:
    spec = GridSpec(n_groups=40, smearing=smearing, centers=centers)
    parts = pair_histograms(perovskite, spec)
    np.testing.assert_allclose(sum(parts.values()), grid(perovskite, spec), atol=1e-9)
    assert all(part.min() >= -1e-15 for part in parts.values())
    centres = {pair.split("-")[0] for pair in parts}
    assert centres == ({"O"} if centers else {"Sr", "Ti", "O"})


def test_random_crystals_within_the_shell_width() -> None:
    for seed in range(10):
        crystal = random_crystal(seed)
        spec = GridSpec(n_groups=30)
        total = sum(pair_histograms(crystal, spec).values())
        np.testing.assert_allclose(total, grid(crystal, spec), atol=1e-3)


def test_the_first_neighbours_of_rocksalt(rocksalt: Crystal) -> None:
    parts = pair_histograms(rocksalt, GridSpec(n_groups=6))
    assert set(parts) == {"Na-Cl", "Cl-Na"}
    np.testing.assert_allclose(parts["Na-Cl"].sum(axis=1), 0.5)

"""What each model reaches on the bulk moduli of 3,953 binaries (science.md, section 1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.geometry.neighbors import nearest_distances
from core.io import read
from core.labs.bulk_modulus import ASKED, Asked, describe_all, figures, reference_subset, try_model

pytestmark = [pytest.mark.data, pytest.mark.slow, pytest.mark.timeout(7200)]


@pytest.fixture(scope="module")
def binaries(shared_data: Path) -> tuple:
    path = shared_data / "elasticity/mp-binary-pbe-elasticity-2025.1.json.gz"
    return describe_all(read([path], examine=False).crystals, ASKED, processes=2)


@pytest.mark.parametrize("asked", ASKED, ids=lambda a: a.name)
def test_errors_are_as_small_as_asked(asked: Asked, binaries: tuple) -> None:
    found = figures(try_model(asked, *binaries, threads=2))
    for name, least, most in asked.bounds:
        assert least <= found[name] <= most, (name, found)
    assert found["mae"] < 0.5 * found["mae_baseline"]


def test_the_reference_subset_is_that_of_the_report(binaries: tuple) -> None:
    """3,652 by its histogram; here 3,653: the hundredth neighbour in KNd3 is at 9.9998 angstrom."""
    chosen = [binaries[2][i] for i in reference_subset(binaries[2])]
    assert len(chosen) == 3653
    reach = {c.id: nearest_distances(c, 100)[:, -1].max() for c in chosen}
    assert [name for name, d in reach.items() if d > 9.999] == ["mp-982195"]

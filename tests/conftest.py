"""Fixtures of the whole suite: real data when it is here, and a few crystals built by hand."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from core.io.garbage import set_aside
from core.types import Crystal

REPOSITORY = Path(__file__).resolve().parent.parent

# numba compiles inside the first example of a test: a deadline or the too-slow check would fail it.
_PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("dev", max_examples=50, **_PATIENT)
settings.register_profile("ci", max_examples=50, derandomize=True, database=None, **_PATIENT)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.fixture(autouse=True)
def _own_main() -> Iterator[None]:
    """Put `__main__` back: AppTest leaves its script there, and spawned workers would run that."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="module", autouse=True)
def _collector_is_spared() -> None:
    """As in the server: each run of a page would look through all that was imported so far."""
    set_aside()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the public data sets: GRIDSCOPE_DATA_MIRROR, or ../shared/data."""
    mirror = os.environ.get("GRIDSCOPE_DATA_MIRROR")
    folder = Path(mirror) if mirror else REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no data at {folder}; set GRIDSCOPE_DATA_MIRROR")
    return folder


@pytest.fixture
def rocksalt() -> Crystal:
    """NaCl in its cubic cell of 8 atoms."""
    corners = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    frac = np.vstack([corners, (corners + [0.5, 0, 0]) % 1])
    return Crystal("NaCl", 5.64 * np.eye(3), frac, np.repeat([11, 17], 4), source="fixture")


@pytest.fixture
def perovskite() -> Crystal:
    """Cubic SrTiO3, 5 atoms."""
    frac = [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]
    return Crystal("SrTiO3", 3.905 * np.eye(3), frac, [38, 22, 8, 8, 8], source="fixture")


@pytest.fixture
def hcp_metal() -> Crystal:
    """Magnesium, 2 atoms in a hexagonal cell."""
    a, c = 3.209, 5.211
    lattice = [[a, 0, 0], [-a / 2, a * np.sqrt(3) / 2, 0], [0, 0, c]]
    frac = [[1 / 3, 2 / 3, 0.25], [2 / 3, 1 / 3, 0.75]]
    return Crystal("Mg", lattice, frac, [12, 12], source="fixture")


@pytest.fixture
def quartz() -> Crystal:
    """Alpha quartz, 9 atoms (Levien, Prewitt & Weidner, Am. Mineral. 65 (1980) 920)."""
    u, x, y, z, third = 0.4697, 0.4135, 0.2669, 0.1191, 1 / 3
    silicon = [[u, 0, 0], [0, u, 2 * third], [-u, -u, third]]
    oxygen = [
        [x, y, z], [-y, x - y, z + 2 * third], [y - x, -x, z + third],
        [y, x, 2 * third - z], [x - y, -y, -z], [-x, y - x, third - z],
    ]  # fmt: skip
    a, c = 4.916, 5.4054
    lattice = [[a, 0, 0], [-a / 2, a * np.sqrt(3) / 2, 0], [0, 0, c]]
    return Crystal("quartz", lattice, silicon + oxygen, [14] * 3 + [8] * 6, source="fixture")


@pytest.fixture
def skewed_cell() -> Crystal:
    """Body-centred iron, one atom, in a strongly skewed but equivalent cell."""
    primitive = 2.87 / 2 * np.array([[-1, 1, 1], [1, -1, 1], [1, 1, -1]])
    skew = np.array([[1, 0, 0], [3, 1, 0], [-2, 4, 1]])  # determinant 1: the same lattice
    return Crystal("Fe", skew @ primitive, [[0, 0, 0]], [26], source="fixture")

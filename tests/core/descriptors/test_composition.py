"""Composition: shares that sum to one, whatever the cell."""

from __future__ import annotations

import numpy as np
import pytest

from core.descriptors.composition import CompositionSpec, composition, compositions
from core.elements import ATOMIC_NUMBERS
from core.errors import DisorderedStructureError
from core.types import Crystal

SPEC = CompositionSpec()


def share(values: np.ndarray, symbol: str) -> float:
    return float(values[ATOMIC_NUMBERS[symbol] - 1])


def test_perovskite_is_one_one_three(perovskite):
    values = composition(perovskite, SPEC)
    assert values.shape == (118,)
    assert [share(values, s) for s in ("Sr", "Ti", "O")] == pytest.approx([0.2, 0.2, 0.6])
    assert values.sum() == pytest.approx(1)


def test_partial_occupancy_counts_by_weight():
    """Na0.5K0.5Cl: two alternatives share one site."""
    crystal = Crystal(
        "mixed", 6 * np.eye(3), [[0, 0, 0], [0, 0, 0], [0.5, 0.5, 0.5]], [11, 19, 17],
        occupancy=[0.5, 0.5, 1.0], position=[0, 0, 1],
    )  # fmt: skip
    values = composition(crystal, SPEC)
    assert [share(values, s) for s in ("Na", "K", "Cl")] == pytest.approx([0.25, 0.25, 0.5])
    with pytest.raises(DisorderedStructureError, match=r"mixed.*0\.5"):
        composition(crystal, CompositionSpec(disorder="refuse"))


def test_batch_equals_one_by_one(perovskite, rocksalt):
    both = compositions([perovskite, rocksalt], SPEC)
    assert np.array_equal(both[0], composition(perovskite, SPEC))
    assert np.array_equal(both[1], composition(rocksalt, SPEC))
    assert compositions([], SPEC).shape == (0, 118)

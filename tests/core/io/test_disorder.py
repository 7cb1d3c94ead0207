"""Decisions about partial occupancy are right, deterministic and recorded."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import DisorderedStructureError
from core.geometry.cell import supercell
from core.io.disorder import DECISION, drop_guests, ordered_approximation
from core.types import Crystal


def test_a_half_half_alloy_orders_as_cscl(mixed_alloy: Crystal) -> None:
    ordered = ordered_approximation(mixed_alloy)
    assert ordered.is_ordered
    assert ordered.composition == {"Fe": 1, "Co": 1}
    assert "FeCo" in ordered.properties[DECISION]
    assert ordered.properties[DECISION] in ordered.source


def test_composition_is_kept_by_largest_remainder(mixed_alloy: Crystal) -> None:
    third = mixed_alloy.with_(occupancy=np.array([0.3, 0.7, 0.3, 0.7]))
    ordered = ordered_approximation(supercell(third, (2, 2, 2)))
    assert ordered.composition == {"Fe": 5, "Co": 11}


def test_vacancies_take_part(mixed_alloy: Crystal) -> None:
    lean = mixed_alloy.with_(occupancy=np.array([0.5, 0.25, 0.5, 0.25]))
    ordered = ordered_approximation(supercell(lean, (2, 1, 1)))
    assert ordered.composition == {"Fe": 2, "Co": 1}


def test_alternatives_too_near_are_not_both_kept() -> None:
    frac = np.array([[0, 0, 0], [0.5, 0.5, 0.5], [0.56, 0.5, 0.5]])
    crystal = Crystal("s", 8 * np.eye(3), frac, np.array([14, 8, 8]), np.array([1, 0.6, 0.4]))
    ordered = ordered_approximation(crystal)
    assert ordered.composition == {"Si": 1, "O": 1}
    np.testing.assert_allclose(ordered.frac[1], [0.5, 0.5, 0.5])


def test_like_atoms_are_spread(mixed_alloy: Crystal) -> None:
    chain = supercell(mixed_alloy, (4, 1, 1))
    ordered = ordered_approximation(chain.with_(occupancy=np.tile([0.25, 0.75], 8)))
    iron = ordered.cart[ordered.numbers == 26]
    assert len(iron) == 2
    assert np.linalg.norm(iron[0] - iron[1]) > 2.86 * 1.9


def test_ordered_crystals_stay_as_they_are(perovskite: Crystal) -> None:
    assert ordered_approximation(perovskite) is perovskite
    assert drop_guests(perovskite) is perovskite


def test_guests_go_and_the_framework_stays() -> None:
    frac = np.array([[0, 0, 0], [0, 0, 0], [0.2, 0, 0], [0.5, 0.5, 0.5]])
    crystal = Crystal(
        "z", 8 * np.eye(3), frac, np.array([14, 13, 8, 11]), np.array([0.75, 0.25, 1, 0.4]),
        np.array([0, 0, 1, 2]),
    )  # fmt: skip
    bare = drop_guests(crystal)
    assert bare.composition == {"Al": 0.25, "Si": 0.75, "O": 1}
    assert "Na0.4" in bare.properties[DECISION]
    assert set(drop_guests(crystal, ("O",)).composition) == {"Al", "Si"}


def test_nothing_left_is_refused(mixed_alloy: Crystal) -> None:
    with pytest.raises(DisorderedStructureError):
        drop_guests(mixed_alloy.with_(occupancy=np.full(4, 0.4)))
    with pytest.raises(DisorderedStructureError):
        ordered_approximation(mixed_alloy.with_(occupancy=np.full(4, 0.01)))

"""Pairs within a radius agree with brute force, in any cell, by either method."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.io.doctor import contacts
from core.types import Crystal


def _random(seed: int, n: int, skew: int) -> Crystal:
    rng = np.random.default_rng(seed)
    shear = np.eye(3)
    shear[1, 0], shear[2, 0], shear[2, 1] = rng.integers(-skew, skew + 1, size=3)
    lattice = shear @ np.diag(rng.uniform(2, 5, size=3))
    return Crystal("r", lattice, rng.uniform(-1, 2, (n, 3)), np.full(n, 6))


def _brute(crystal: Crystal, radius: float) -> np.ndarray:
    reduced = contacts.short_lattice(crystal.lattice)
    cart = crystal.cart @ np.linalg.inv(reduced)
    cart = (cart - np.floor(cart)) @ reduced
    reach = range(-5, 6)
    found = []
    for shift in itertools.product(reach, reach, reach):
        offset = np.array(shift) @ reduced
        distance = np.linalg.norm(cart[None] + offset - cart[:, None], axis=-1)
        found += distance[(distance < radius) & (distance > 1e-9)].tolist()
    return np.sort(found)[::2]  # each pair is seen from both ends


@given(seed=st.integers(0, 10_000), n=st.integers(1, 8), skew=st.integers(0, 6))
@pytest.mark.parametrize("direct", [0, 10**9])
def test_pairs_agree_with_brute_force(direct: int, seed: int, n: int, skew: int) -> None:
    crystal = _random(seed, n, skew)
    before = contacts._DIRECT_PAIRS
    contacts._DIRECT_PAIRS = direct
    try:
        pairs = contacts.pairs_within(crystal, 4.0)
    finally:
        contacts._DIRECT_PAIRS = before
    np.testing.assert_allclose(np.sort(pairs.distance), _brute(crystal, 4.0), atol=1e-9)


def test_the_shortest_contact_may_be_an_image(skewed_cell: Crystal) -> None:
    distance, i, j = contacts.shortest_contact(skewed_cell)
    assert (i, j) == (0, 0)
    assert distance == pytest.approx(2.87 * np.sqrt(3) / 2)


def test_rows_of_a_mixed_site_are_not_in_contact(mixed_alloy: Crystal) -> None:
    assert contacts.shortest_contact(mixed_alloy)[0] == pytest.approx(2.86 * np.sqrt(3) / 2)


def test_coordination(rocksalt: Crystal) -> None:
    assert contacts.coordination(rocksalt, 11, 17, 3.0).tolist() == [6] * 4
    assert contacts.coordination(rocksalt, 11, 11, 4.1).tolist() == [12] * 4

"""Neighbour distances against brute force over images, in every kind of cell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data import load_embedded
from core.errors import InvalidSpecError, MemoryBudgetError, NeighborShortageError
from core.geometry.cell import supercell
from core.geometry.neighbors import (
    nearest,
    nearest_distances,
    positions,
    shortest_contact,
    within,
)
from core.geometry.packed import pack, squared_nearest
from core.types import Crystal
from tests.strategies import random_crystal

BRUTE_FORCE_TOLERANCE = 1e-10
K = 100


def brute_force(crystal: Crystal, k: int) -> np.ndarray:
    """The k shortest distances of each position, from all images certain to hold them."""
    lattice, cart = crystal.lattice, crystal.cart
    heights = 1 / np.linalg.norm(np.linalg.inv(lattice), axis=0)
    spread = np.abs(crystal.frac[None] - crystal.frac[:, None]).max()
    n = len(cart)
    radius = (3 * 1.3 * (k + 20) * crystal.volume / (4 * np.pi * n)) ** (1 / 3)
    while True:
        most = np.ceil(radius / heights + spread).astype(int)
        steps = np.stack(
            np.meshgrid(*(np.arange(-m, m + 1) for m in most), indexing="ij"), -1
        ).reshape(-1, 3)
        shifts = steps @ lattice
        out = []
        for i in range(n):
            d = np.linalg.norm(cart[None, :] + shifts[:, None] - cart[i], axis=2)
            d[np.flatnonzero((steps == 0).all(axis=1)), i] = np.inf
            d = d[d <= radius]
            if len(d) < k:
                break
            out.append(np.sort(d)[:k])
        if len(out) == n:
            return np.array(out)
        radius *= 1.3


def assert_right(crystal: Crystal, k: int) -> None:
    expected = brute_force(crystal, k)
    fast = np.sqrt(squared_nearest(pack([crystal]), k))
    np.testing.assert_allclose(fast, expected, rtol=0, atol=BRUTE_FORCE_TOLERANCE)
    plain = nearest_distances(crystal, k)
    np.testing.assert_allclose(plain, expected, rtol=0, atol=BRUTE_FORCE_TOLERANCE)


@given(st.integers(0, 10**6))
def test_random_cells_agree_with_brute_force(seed: int) -> None:
    assert_right(random_crystal(seed), 30)


@pytest.mark.parametrize("seed", range(6))
def test_many_sites_agree_with_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    crystal = random_crystal(1000 + seed, max_sites=2)
    n = int(rng.integers(33, 61))  # beyond the size up to which a table of lattice vectors is used
    big = crystal.with_(
        lattice=crystal.lattice * 2.5,
        frac=rng.random((n, 3)),
        numbers=np.full(n, 14),
        occupancy=None,
        position=None,
    )
    assert_right(big, K)


@pytest.mark.parametrize("name", ["elements", "aflow-prototypes"])
def test_embedded_sets_agree_with_brute_force(name: str) -> None:
    for crystal in load_embedded(name):
        assert_right(crystal, K)


def test_a_chunk_of_crystals_equals_each_alone() -> None:
    crystals = [random_crystal(seed) for seed in range(20)]
    packed = pack(crystals)
    together = squared_nearest(packed, K)
    for m, crystal in enumerate(crystals):
        alone = squared_nearest(pack([crystal]), K)
        np.testing.assert_array_equal(together[packed.starts[m] : packed.starts[m + 1]], alone)


def test_an_isolated_molecule_in_a_large_box() -> None:
    crystal = Crystal("dimer", 40 * np.eye(3), [[0, 0, 0], [0.02, 0, 0]], [8, 8])
    assert_right(crystal, K)
    assert shortest_contact(crystal) == pytest.approx(0.8)


def test_one_atom_in_a_cube_has_shells_of_known_size(skewed_cell: Crystal) -> None:
    cube = Crystal("Po", 3.35 * np.eye(3), [[0, 0, 0]], [84])
    d = nearest_distances(cube, 26)[0]
    np.testing.assert_allclose(d[:6], 3.35)
    np.testing.assert_allclose(d[6:18], 3.35 * np.sqrt(2))
    np.testing.assert_allclose(d[18:26], 3.35 * np.sqrt(3))
    iron = nearest_distances(skewed_cell, 15)[0]
    np.testing.assert_allclose(iron[:8], 2.87 * np.sqrt(3) / 2)
    np.testing.assert_allclose(iron[8:14], 2.87)


@given(st.integers(0, 10**6))
def test_images_lead_to_the_neighbour(seed: int) -> None:
    crystal = random_crystal(seed)
    found = nearest(crystal, 12)
    places = positions(crystal)
    ends = places.frac[found.neighbors] + found.images
    reached = (ends - places.frac[found.centers]) @ crystal.lattice
    np.testing.assert_allclose(
        np.linalg.norm(reached, axis=1), found.distances, atol=BRUTE_FORCE_TOLERANCE
    )
    assert (np.diff(found.starts) >= 12).all()


def test_within_finds_every_pair_once(rocksalt: Crystal) -> None:
    found = within(rocksalt, 4.0)
    counts = np.diff(found.starts)
    assert (counts == 6 + 12).all()  # Cl at a/2, Na at a/sqrt(2)
    keys = {
        (int(c), int(n), *map(int, image))
        for c, n, image in zip(found.centers, found.neighbors, found.images, strict=True)
    }
    assert len(keys) == len(found.centers)


def test_species_of_a_mixed_site_are_no_neighbours() -> None:
    mixed = Crystal(
        "FeCo", 2.87 * np.eye(3), np.zeros((2, 3)), [26, 27], [0.5, 0.5], position=[0, 0]
    )
    assert shortest_contact(mixed) == pytest.approx(2.87)
    places = positions(mixed)
    assert places.occupancy.tolist() == [1.0]
    assert places.species.tolist() == [[0.5, 0.5]]


def test_coincident_atoms_are_seen_at_distance_zero() -> None:
    crystal = Crystal("twice", 4 * np.eye(3), [[0, 0, 0], [0, 0, 0]], [26, 26])
    assert shortest_contact(crystal) == 0.0
    assert np.sqrt(squared_nearest(pack([crystal]), 3))[0, 0] == 0.0


def test_chosen_centres_and_neighbours(perovskite: Crystal) -> None:
    packed = pack([perovskite], centers=frozenset({22}), neighbors=frozenset({8}))
    d = np.sqrt(squared_nearest(packed, 8))
    assert np.isinf(d[~packed.is_center]).all()
    np.testing.assert_allclose(d[packed.is_center][0, :6], 3.905 / 2)
    assert d[packed.is_center][0, 6] > 4
    with pytest.raises(NeighborShortageError, match="holds no Si to take as centre"):
        pack([perovskite], centers=frozenset({14}))


@pytest.mark.parametrize("radius", [0.0, -1.0, np.nan, np.inf])
def test_a_radius_must_be_positive(rocksalt: Crystal, radius: float) -> None:
    with pytest.raises(InvalidSpecError):
        within(rocksalt, radius)


def test_too_many_pairs_are_refused(rocksalt: Crystal) -> None:
    with pytest.raises(MemoryBudgetError, match="pairs"):
        within(supercell(rocksalt, (4, 4, 4)), 200.0)


def test_zero_neighbours_are_refused(rocksalt: Crystal) -> None:
    with pytest.raises(InvalidSpecError):
        nearest(rocksalt, 0)

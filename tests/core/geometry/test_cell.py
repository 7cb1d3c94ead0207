"""Reduced cells, lattice parameters, supercells."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.geometry.cell import (
    lattice_from_parameters,
    lattice_parameters,
    reduced_cell,
    reduced_lattice,
    supercell,
    triangular,
)
from core.types import Crystal
from tests.strategies import random_crystal, reshaped

LENGTH_TOLERANCE = 1e-9


@given(st.integers(0, 10**6))
def test_reduction_keeps_the_lattice(seed: int) -> None:
    lattice = random_crystal(seed).lattice
    reduced = reduced_lattice(lattice)
    change = reduced @ np.linalg.inv(lattice)
    np.testing.assert_allclose(change, np.rint(change), atol=1e-7)
    assert abs(abs(np.linalg.det(np.rint(change))) - 1) < 1e-9


@given(st.integers(0, 10**6))
def test_reduced_vectors_are_the_shortest_there_are(seed: int) -> None:
    reduced = reduced_lattice(random_crystal(seed).lattice)
    lengths = np.linalg.norm(reduced, axis=1)
    assert (np.diff(lengths) >= -LENGTH_TOLERANCE).all()
    steps = np.stack(np.meshgrid(*[np.arange(-3, 4)] * 3, indexing="ij"), -1).reshape(-1, 3)
    norms = np.linalg.norm(steps @ reduced, axis=1)
    # Minkowski: no combination that involves the third (second) vector is shorter than it.
    assert norms[steps[:, 2] != 0].min() >= lengths[2] - LENGTH_TOLERANCE
    assert norms[(steps[:, 1:] != 0).any(axis=1)].min() >= lengths[1] - LENGTH_TOLERANCE
    assert norms[(steps != 0).any(axis=1)].min() >= lengths[0] - LENGTH_TOLERANCE


@given(st.integers(0, 10**6))
def test_all_cells_of_a_lattice_reduce_to_the_same_lengths(seed: int) -> None:
    crystal = random_crystal(seed)
    other = reshaped(crystal, np.random.default_rng(seed))
    np.testing.assert_allclose(
        np.linalg.norm(reduced_lattice(crystal.lattice), axis=1),
        np.linalg.norm(reduced_lattice(other.lattice), axis=1),
        atol=1e-7,
    )


@given(st.integers(0, 10**6))
def test_triangular_frame_keeps_lengths_and_angles(seed: int) -> None:
    lattice = reduced_lattice(random_crystal(seed).lattice)
    t = triangular(lattice)
    assert np.abs(np.triu(t, 1)).max() == 0
    np.testing.assert_allclose(t @ t.T, lattice @ lattice.T, atol=1e-10)


def test_reduced_cell_holds_the_same_atoms(skewed_cell: Crystal) -> None:
    reduced = reduced_cell(skewed_cell)
    assert reduced.volume == pytest.approx(skewed_cell.volume)
    np.testing.assert_allclose(np.linalg.norm(reduced.lattice, axis=1), 2.87 * np.sqrt(3) / 2)


@given(
    st.lists(st.floats(1, 30), min_size=3, max_size=3),
    st.lists(st.floats(60, 119), min_size=3, max_size=3),
)
def test_parameters_come_back(lengths: list[float], angles: list[float]) -> None:
    found = lattice_parameters(lattice_from_parameters(*lengths, *angles))
    np.testing.assert_allclose(found, [*lengths, *angles], rtol=1e-9)


def test_supercell_repeats_everything(perovskite: Crystal) -> None:
    big = supercell(perovskite, (2, 1, 3))
    assert big.n_rows == 30
    assert big.formula == perovskite.formula
    assert big.volume == pytest.approx(6 * perovskite.volume)
    assert big.density == pytest.approx(perovskite.density)
    assert len(np.unique(big.position)) == 30

"""Space groups, Wyckoff sites and standard cells of crystals whose symmetry is known."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import ConvergenceError
from core.geometry.cell import supercell
from core.geometry.symmetry import (
    crystal_system,
    find_symmetry,
    niggli_cell,
    primitive_cell,
    standard_cell,
)
from core.types import Crystal

LENGTH = 1e-8  # angstrom


def test_perovskite(perovskite: Crystal) -> None:
    found = find_symmetry(perovskite)
    assert (found.number, found.symbol, found.point_group) == (221, "Pm-3m", "m-3m")
    assert (found.hall, found.crystal_system) == ("-P 4 2 3", "cubic")
    # Sr and Ti take a and b in either origin; the three O share one orbit of multiplicity 3.
    assert set(found.wyckoffs[:2]) == {"a", "b"}
    assert set(found.wyckoffs[2:]) <= {"c", "d"}
    assert found.multiplicities.tolist() == [1, 1, 3, 3, 3]
    assert found.equivalent.tolist() == [0, 1, 2, 2, 2]
    assert found.site_symmetries[0] == "m-3m"
    assert len(found.rotations) == len(found.translations) == 48


def test_hcp(hcp_metal: Crystal) -> None:
    found = find_symmetry(hcp_metal)
    assert (found.number, found.crystal_system) == (194, "hexagonal")
    assert found.multiplicities.tolist() == [2, 2]


def test_multiplicity_is_that_of_the_conventional_cell(rocksalt: Crystal) -> None:
    for crystal in (rocksalt, primitive_cell(rocksalt), supercell(rocksalt, (2, 1, 1))):
        found = find_symmetry(crystal)
        assert found.number == 225
        assert set(found.multiplicities.tolist()) == {4}


def test_operations_map_the_crystal_onto_itself(rocksalt: Crystal) -> None:
    found = find_symmetry(rocksalt)
    for rotation, translation in zip(found.rotations, found.translations, strict=True):
        moved = rocksalt.frac @ rotation.T + translation
        for number, place in zip(rocksalt.numbers, moved, strict=True):
            delta = rocksalt.frac[rocksalt.numbers == number] - place
            assert np.abs(delta - np.round(delta)).max(axis=1).min() < 1e-6


def test_primitive_and_standard_cells(rocksalt: Crystal) -> None:
    primitive = primitive_cell(rocksalt)
    assert primitive.n_sites == 2
    assert primitive.volume == pytest.approx(rocksalt.volume / 4)
    standard = standard_cell(primitive)
    assert standard.n_sites == 8
    np.testing.assert_allclose(np.linalg.norm(standard.lattice, axis=1), 5.64, atol=LENGTH)
    assert standard.composition == rocksalt.composition
    assert (standard.id, standard.source) == (rocksalt.id, rocksalt.source)


def test_tolerance_decides(perovskite: Crystal) -> None:
    frac = perovskite.frac.copy()
    frac[1, 2] += 0.03 / 3.905
    shifted = perovskite.with_(frac=frac)
    assert find_symmetry(shifted, symprec=0.01).number == 99
    assert find_symmetry(shifted, symprec=0.1).number == 221


def test_standard_cell_idealizes_only_when_asked(perovskite: Crystal) -> None:
    frac = perovskite.frac.copy()
    frac[1, 2] += 0.03 / 3.905
    shifted = perovskite.with_(frac=frac)
    ideal = standard_cell(shifted, symprec=0.1)
    as_is = standard_cell(shifted, symprec=0.1, idealize=False)
    assert find_symmetry(ideal, symprec=1e-5).number == 221
    assert find_symmetry(as_is, symprec=1e-3).number != 221


def test_mixed_sites_are_kinds_of_their_own(mixed: Crystal) -> None:
    assert find_symmetry(mixed).number == 229
    other = mixed.with_(occupancy=np.array([0.5, 0.5, 0.25, 0.75]))
    found = find_symmetry(other)
    assert found.number == 221
    assert found.positions.tolist() == [0, 1]
    assert len(set(found.equivalent.tolist())) == 2
    primitive = primitive_cell(mixed)
    assert (primitive.n_sites, primitive.n_rows) == (1, 2)
    assert primitive.composition == {"Fe": 0.5, "Co": 0.5}
    np.testing.assert_allclose(primitive.frac[0], primitive.frac[1])


@pytest.fixture
def mixed() -> Crystal:
    frac = np.array([[0, 0, 0], [0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]])
    return Crystal(
        "alloy", 2.86 * np.eye(3), frac, np.array([26, 27, 26, 27]), np.full(4, 0.5),
        np.array([0, 0, 1, 1]),
    )  # fmt: skip


def test_niggli_cell_is_the_same_crystal(skewed_cell: Crystal) -> None:
    reduced = niggli_cell(skewed_cell)
    assert reduced.volume == pytest.approx(skewed_cell.volume)
    expected = 2.87 * np.sqrt(3) / 2
    np.testing.assert_allclose(np.linalg.norm(reduced.lattice, axis=1), expected, atol=LENGTH)
    change = reduced.lattice @ np.linalg.inv(skewed_cell.lattice)
    np.testing.assert_allclose(change, np.round(change), atol=1e-6)
    assert ((reduced.frac >= 0) & (reduced.frac < 1)).all()


def test_overlapping_atoms_have_no_symmetry() -> None:
    crystal = Crystal("o", 4 * np.eye(3), np.zeros((2, 3)), np.array([6, 6]))
    with pytest.raises(ConvergenceError, match="'o'"):
        find_symmetry(crystal)


def test_crystal_systems() -> None:
    names = [
        crystal_system(n) for n in (1, 2, 3, 15, 16, 74, 75, 142, 143, 167, 168, 194, 195, 230)
    ]
    assert names[::2] == names[1::2]
    assert names[::2] == [
        "triclinic", "monoclinic", "orthorhombic", "tetragonal", "trigonal", "hexagonal", "cubic"
    ]  # fmt: skip

"""The number found the quick way is spglib's; where tolerance decides, spglib is asked."""

from __future__ import annotations

import numpy as np
import pytest

from core.data import load_embedded
from core.errors import ConvergenceError
from core.geometry import space_group_number as module
from core.geometry.cell import supercell
from core.geometry.space_group_number import space_group_number
from core.geometry.symmetry import find_symmetry, kinds_of_positions
from core.types import Crystal


def quick(crystal: Crystal, symprec: float = 0.01) -> bool:
    """Whether the number is found without all that spglib finds out."""
    return module._operations(*kinds_of_positions(crystal), symprec) is not None


@pytest.mark.parametrize(
    ("name", "share"), [("aflow-prototypes", 0.8), ("grid-report", 0.9), ("elements", 0.4)]
)  # many cells of the elements are centred
def test_it_is_the_number_of_spglib_and_often_found_the_quick_way(name: str, share: float) -> None:
    crystals = load_embedded(name)
    for crystal in crystals:
        assert space_group_number(crystal) == find_symmetry(crystal).number, crystal.id
    assert np.mean([quick(c) for c in crystals]) > share


@pytest.mark.parametrize("symprec", [1e-4, 0.01, 0.1])
def test_displaced_atoms_and_strained_cells_get_spglib_s_number(symprec: float) -> None:
    rng = np.random.default_rng(0)
    for i, crystal in enumerate(load_embedded("aflow-prototypes")[::4]):
        size = symprec * 10 ** rng.uniform(-2.5, 1.5)
        moved = crystal.with_(
            frac=crystal.frac + rng.normal(0, size, crystal.frac.shape) @ np.linalg.inv(
                crystal.lattice
            ),
            lattice=crystal.lattice + (i % 2) * rng.normal(0, size, (3, 3)),
        )  # fmt: skip
        try:
            expected = find_symmetry(moved, symprec=symprec).number
        except ConvergenceError:
            with pytest.raises(ConvergenceError):
                space_group_number(moved, symprec=symprec)
            continue
        assert space_group_number(moved, symprec=symprec) == expected, (crystal.id, size)


def test_the_hands_of_quartz_are_told_apart(quartz: Crystal) -> None:
    other = quartz.with_(lattice=quartz.lattice * [1, 1, -1])
    assert quick(quartz)
    assert quick(other)
    assert {space_group_number(quartz), space_group_number(other)} == {152, 154}
    assert space_group_number(other) == find_symmetry(other).number


def test_skewed_and_centred_cells_and_mixed_sites(
    skewed_cell: Crystal, rocksalt: Crystal, hcp_metal: Crystal
) -> None:
    assert quick(skewed_cell)
    assert space_group_number(skewed_cell) == 229
    assert not quick(rocksalt)  # its cell is centred: the long way
    assert space_group_number(rocksalt) == 225
    assert space_group_number(supercell(hcp_metal, (2, 1, 3))) == 194
    mixed = hcp_metal.with_(occupancy=[1.0, 0.5])
    assert quick(mixed)
    assert space_group_number(mixed) == find_symmetry(mixed).number == 187


def test_a_distortion_near_the_tolerance_goes_the_long_way(hcp_metal: Crystal) -> None:
    for share, is_quick in ((0.02, True), (0.5, False), (2.0, False), (20.0, True)):
        moved = hcp_metal.with_(frac=hcp_metal.frac + [[0, 0, 0], [0, 0, share * 0.01 / 5.211]])
        assert quick(moved) == is_quick, share
        assert space_group_number(moved) == find_symmetry(moved).number

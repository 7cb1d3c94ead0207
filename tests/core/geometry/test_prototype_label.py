"""Labels of crystals whose prototype is known; one label whatever cell and origin are given."""

from __future__ import annotations

import random
import warnings

import numpy as np
import pytest

from core.data.prototype_elastic import unrelaxed
from core.errors import ConvergenceError, DisorderedStructureError
from core.geometry.cell import supercell
from core.geometry.prototype_label import prototype_label
from core.geometry.symmetry import primitive_cell, standard_cell
from core.types import Crystal


def test_known_prototypes(rocksalt: Crystal, perovskite: Crystal, hcp_metal: Crystal) -> None:
    symbols = "-".join(sorted(rocksalt.elements))
    assert prototype_label(rocksalt) == f"AB_cF8_225_a_b:{symbols}"
    elements = sorted(perovskite.elements)
    assert prototype_label(perovskite).split(":")[1] == "-".join(elements)
    assert prototype_label(perovskite).startswith("A3BC_cP5_221_c_")
    assert prototype_label(hcp_metal) == f"A_hP2_194_c:{hcp_metal.elements[0]}"


def test_cell_and_origin_do_not_matter(rocksalt: Crystal, perovskite: Crystal) -> None:
    for crystal in (rocksalt, perovskite):
        label = prototype_label(crystal)
        moved = crystal.with_(frac=crystal.frac + np.array([0.25, 0.5, 0.125]))
        for other in (
            moved, supercell(crystal, (2, 1, 1)), primitive_cell(crystal), standard_cell(crystal)
        ):  # fmt: skip
            assert prototype_label(other) == label


def test_both_sublattices_of_caesium_chloride_are_one_site() -> None:
    for numbers in ([55, 17], [17, 55]):
        crystal = Crystal("a", 4.1 * np.eye(3), [[0, 0, 0], [0.5, 0.5, 0.5]], numbers)
        assert prototype_label(crystal) == "AB_cP2_221_a_b:Cl-Cs"


def test_as_pymatgen_has_them_from_spglib() -> None:
    from pymatgen.analysis.prototypes import get_protostructure_label_from_spglib
    from pymatgen.core import Structure

    seen: dict[str, Crystal] = {}
    for crystal in unrelaxed():
        seen.setdefault(str(crystal.properties["aflow"]), crystal)
    assert len(seen) > 60
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pymatgen calls what it deprecates itself
        for crystal in seen.values():
            structure = Structure(crystal.lattice, crystal.numbers, crystal.frac)
            assert prototype_label(crystal) == get_protostructure_label_from_spglib(structure)


def test_settings_are_chosen_as_pymatgen_does() -> None:
    from pymatgen.analysis.prototypes import (
        WYCKOFF_MULTIPLICITY_DICT,
        canonicalize_element_wyckoffs,
    )

    from core.geometry.prototype_label import _canonical

    rng = random.Random(1)
    for number in range(1, 231):
        letters = list(WYCKOFF_MULTIPLICITY_DICT[str(number)])
        for _ in range(5):
            orbits = tuple(
                tuple(
                    sorted(
                        (letter, rng.choice([1, 1, 2, 12]))
                        for letter in rng.sample(letters, rng.randint(1, min(4, len(letters))))
                    )
                )
                for _ in range(rng.randint(1, 4))
            )
            text = "_".join("".join(f"{n}{a}" for a, n in element) for element in orbits)
            assert _canonical(orbits, number) == canonicalize_element_wyckoffs(text, number)


def test_partial_occupancy_is_refused(rocksalt: Crystal) -> None:
    with pytest.raises(DisorderedStructureError, match="partially"):
        prototype_label(rocksalt.with_(occupancy=np.full(rocksalt.n_rows, 0.5)))


def test_overlapping_atoms_have_no_label() -> None:
    crystal = Crystal("twice", 4.0 * np.eye(3), [[0, 0, 0], [0.001, 0, 0]], [11, 11])
    with pytest.raises(ConvergenceError, match="twice"):
        prototype_label(crystal)

"""The set of decorated prototypes: fast to load, consistent, and as good as its card says."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from core.data import load_embedded
from core.data.prototype_elastic import FILE, FOLDER, KEY, PROPERTIES, _load, unrelaxed
from core.geometry.symmetry import find_symmetry
from core.verification import equation_of_state
from makers.prototype_elastic import checks, validate

LOADING = 1.0  # s of process time
SIZE = 8e6  # bytes
ROUNDING = 1e-6  # relative, of a volume from rounded coordinates
ON_THE_HULL = 1e-6  # eV/atom

BINARIES = Path("elasticity") / "mp-binary-pbe-elasticity-2025.1.json.gz"


@pytest.fixture(scope="module")
def crystals():
    return load_embedded(KEY)


@pytest.fixture(scope="module")
def written():
    return json.loads((FOLDER / "card.json").read_text())


def column(crystals, key):
    return np.array([c.properties[key] for c in crystals])


def test_loads_within_a_second(crystals):
    began = time.process_time()
    again = _load.__wrapped__()
    assert time.process_time() - began <= LOADING
    assert len(again) == len(crystals)


def test_small_enough_to_ship():
    assert (FOLDER / FILE).stat().st_size < SIZE


def test_counts_are_those_of_the_card(crystals, written):
    assert len(crystals) == written["n_crystals"]
    assert Counter(c.properties["strukturbericht"] for c in crystals) == written["by_prototype"]
    left_out = sum(reason["n"] for reason in written["left_out"].values())
    assert len(crystals) + left_out == written["n_computed"]
    assert 5_000 <= len(crystals) <= 10_000
    assert len(written["by_prototype"]) >= 30


def test_labels_are_physical(crystals):
    modulus = column(crystals, "bulk_modulus_GPa")
    assert modulus.min() >= equation_of_state.SMALLEST_MODULUS
    assert modulus.max() < 600  # diamond has 440
    assert column(crystals, "energy_above_hull_eV_per_atom").min() >= -ON_THE_HULL
    assert column(crystals, "energy_above_hull_eV_per_atom").max() <= checks.UNSTABLE
    derivative = column(crystals, "bulk_modulus_derivative")
    assert equation_of_state.DERIVATIVE[0] <= derivative.min()
    assert derivative.max() <= equation_of_state.DERIVATIVE[1]
    assert column(crystals, "fit_residual").max() <= equation_of_state.RESIDUAL
    assert all(c.is_ordered and set(c.properties) == set(PROPERTIES) for c in crystals)


def test_volume_and_atoms_are_those_of_the_cell(crystals):
    cells = np.array([c.lattice for c in crystals])
    rows = np.array([c.n_rows for c in crystals])
    np.testing.assert_allclose(
        np.abs(np.linalg.det(cells)) / rows, column(crystals, "volume_per_atom_A3"), rtol=ROUNDING
    )
    np.testing.assert_array_equal(rows, column(crystals, "n_atoms"))


def test_formula_is_that_of_the_atoms(crystals):
    stated = pq.read_table(FOLDER / FILE, columns=["formula"]).column("formula").to_pylist()
    assert stated == [c.formula for c in crystals]


def test_every_hull_has_an_end_at_zero(crystals):
    """In each system of elements some crystal lies on the hull or the elements are lower."""
    for name in ("Al-Ni", "Mg-O", "Ga-As"):
        inside = [c for c in crystals if set(c.elements) == set(name.split("-"))]
        assert inside
        lowest = min(inside, key=lambda c: c.properties["formation_energy_eV_per_atom"])
        assert lowest.properties["formation_energy_eV_per_atom"] < 0
        assert lowest.properties["energy_above_hull_eV_per_atom"] <= ON_THE_HULL


def test_space_group_is_found_again(crystals):
    for crystal in crystals[:: len(crystals) // 60]:
        assert (
            find_symmetry(crystal, symprec=checks.SYMPREC).number
            == (crystal.properties["spacegroup"])
        ), crystal.id


def test_unrelaxed_are_the_same_crystals_on_the_prototype_s_positions(crystals):
    starts = unrelaxed()
    assert [c.id for c in starts] == [c.id for c in crystals]
    for start, crystal in zip(starts[::97], crystals[::97], strict=True):
        np.testing.assert_array_equal(start.numbers, crystal.numbers)
        group = find_symmetry(start, symprec=checks.SYMPREC).number
        assert group == crystal.properties["spacegroup"], crystal.id
        assert not {"volume_per_atom_A3", "bulk_modulus_GPa"} & set(start.properties)
    ratio = np.array([c.volume for c in crystals]) / np.array([c.volume for c in starts])
    assert checks.VOLUME_RATIO[0] <= ratio.min()
    assert ratio.max() <= checks.VOLUME_RATIO[1]
    assert 0.9 < np.median(ratio) < 1.1


@pytest.mark.parametrize(
    ("name", "modulus", "volume"),
    [  # measured at room temperature: GPa, Å³/atom
        ("B1-MgO", 160, 9.35), ("B3-ZnS", 77, 19.8), ("A1-Cu", 140, 11.8), ("C1-CaF2", 82, 13.6),
        ("A2-W", 310, 15.8), ("B1-TiC", 242, 10.1), ("D5_1-Al2O3", 254, 8.5),
    ],
)  # fmt: skip
def test_near_experiment(crystals, name, modulus, volume):
    properties = next(c.properties for c in crystals if c.id == name)
    assert properties["bulk_modulus_GPa"] == pytest.approx(modulus, rel=0.25)
    assert properties["volume_per_atom_A3"] == pytest.approx(volume, rel=0.06)


@pytest.mark.parametrize(
    ("name", "measured"),
    [("B1-MgO", -3.12), ("D5_1-Al2O3", -3.47), ("B1-NaCl", -2.13), ("C1-CaF2", -4.22)],
)
def test_formation_energies_near_experiment(crystals, name, measured):
    """Standard enthalpies of formation, eV/atom."""
    properties = next(c.properties for c in crystals if c.id == name)
    assert properties["formation_energy_eV_per_atom"] == pytest.approx(measured, abs=0.2)


@pytest.mark.data
def test_validation_against_dft_binaries(crystals, written, shared_data):
    pairs = validate.common(crystals, shared_data / BINARIES)
    found = validate.scores(*validate.moduli(pairs))
    assert found["n"] >= 1_000
    assert found["median_log10"] <= 0.07
    assert found["mean_log10"] <= 0.11
    assert found["spearman"] >= 0.93
    stated = written["validation"]["dft"]
    assert found == pytest.approx(stated["all"], abs=6e-5)
    assert len(stated["scatter"]) == found["n"]


def test_validation_against_measured_elements(crystals, written):
    pairs = validate.measured(crystals)
    found = validate.scores(*validate.moduli(pairs, validate.MEASURED))
    assert found == pytest.approx(written["validation"]["experiment"]["all"], abs=6e-5)
    assert found["median_log10"] <= 0.08
    assert found["spearman"] >= 0.95


def test_the_card_names_where_it_is_worst(written):
    families = written["validation"]["dft"]["by_family"]
    ranked = sorted(families, key=lambda name: families[name]["mean_log10"])
    assert "nitrides" in ranked[-3:]
    assert "metals with Cr, Mn, Fe, Co or Ni" in ranked[-3:]
    for word in ("Mn, Fe", "nitrides", "layered", "halides", "chalcogenides", "not by DFT"):
        assert word in written["limits"]

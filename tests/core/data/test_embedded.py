"""Embedded sets: complete, described, immutable, and crystallographically what they claim."""

from __future__ import annotations

import subprocess
import sys
from math import inf
from pathlib import Path

import numpy as np
import pytest
import spglib

from core.data import EMBEDDED, card, load_embedded, prototypes
from core.data.perovskites import batio3, cubic_perovskite, ruddlesden_popper
from core.errors import DatasetUnavailableError, InvalidSpecError, UnknownNameError
from core.types import Crystal
from core.units import QUANTITIES

ROOT = Path(__file__).resolve().parents[3]
COUNTS = {"grid-report": 5 + 2 * 16 + 48, "aflow-prototypes": 288, "elements": 71,
          "prototype-elastic": 5472}  # fmt: skip


@pytest.fixture(autouse=True)
def _spglib_raises(monkeypatch):
    monkeypatch.setenv("SPGLIB_OLD_ERROR_HANDLING", "0")


def contacts(crystal: Crystal, center: int, number: int, reach: float) -> np.ndarray:
    """Sorted distances from one atom to the atoms of one element, by images up to two cells."""
    shifts = np.stack(np.meshgrid(*[np.arange(-2, 3)] * 3, indexing="ij"), -1).reshape(-1, 3)
    others = crystal.cart[crystal.numbers == number]
    ends = (others[None] + (shifts @ crystal.lattice)[:, None]).reshape(-1, 3)
    found = np.linalg.norm(ends - crystal.cart[center], axis=1)
    return np.sort(found[(found > 1e-8) & (found < reach)])


def test_registry_holds_these_sets():
    assert dict.fromkeys(EMBEDDED) == dict.fromkeys(sorted(COUNTS))


@pytest.mark.parametrize("key", sorted(COUNTS))
class TestEverySet:
    def test_count_agrees_with_the_card(self, key):
        assert len(load_embedded(key)) == card(key).n_crystals == COUNTS[key]

    def test_ids_are_unique_and_safe_in_file_names(self, key):
        ids = [crystal.id for crystal in load_embedded(key)]
        assert len(set(ids)) == len(ids)
        assert all(set(name).isdisjoint('/\\:*?"<>| ') for name in ids)

    def test_card_is_complete(self, key):
        entry = card(key)
        for text in (entry.title, entry.summary, entry.source, entry.licence, entry.limits):
            assert text.strip()
        assert entry.dois
        assert all(doi in entry.bibtex for doi in entry.dois)
        assert entry.bibtex.count("{") == entry.bibtex.count("}")

    def test_every_property_is_on_the_card_with_its_unit(self, key):
        listed = {quantity.key for quantity in card(key).properties}
        used = {name for crystal in load_embedded(key) for name in crystal.properties}
        assert used == listed
        assert listed <= QUANTITIES.keys()

    def test_loaded_once_and_immutable(self, key):
        crystals = load_embedded(key)
        assert load_embedded(key) is crystals
        assert all(crystal.source == key for crystal in crystals)
        with pytest.raises(ValueError, match="read-only"):
            crystals[0].frac[0, 0] = 0.5
        with pytest.raises(TypeError):
            crystals[0].properties["series"] = "other"

    def test_no_two_atoms_coincide(self, key):
        for crystal in load_embedded(key):
            apart = crystal.frac[:, None] - crystal.frac[None]
            apart = (apart - np.round(apart)) @ crystal.lattice
            distances = np.linalg.norm(apart, axis=-1) + 10 * np.eye(crystal.n_rows)
            assert distances.min() > 0.6, crystal.id  # H-H in solid hydrogen is 0.74


def test_looking_at_the_cards_imports_nothing_heavy():
    code = (
        "import sys, core.data as d; [d.card(k) for k in d.EMBEDDED]; "
        "sys.exit(any(m in sys.modules for m in ('pymatgen', 'ase', 'scipy', 'numba')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0


def test_missing_file_is_said_so(monkeypatch):
    monkeypatch.setattr(prototypes, "_FILE", "nowhere.json.gz")
    with pytest.raises(DatasetUnavailableError, match="nowhere"):
        prototypes._records()


def test_unknown_name_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match="elements"):
        load_embedded("element")


class TestRuddlesdenPopper:
    @pytest.mark.parametrize(
        ("n", "formula", "group"),
        [(0, "SrO", 225), (1, "Sr2TiO4", 139), (2, "Sr3Ti2O7", 139), (3, "Sr4Ti3O10", 139),
         (4, "Sr5Ti4O13", 139), (5, "Sr6Ti5O16", 139), (6, "Sr7Ti6O19", 139),
         (10, "Sr11Ti10O31", 139), (inf, "SrTiO3", 221)],
    )  # fmt: skip
    def test_formula_and_space_group(self, n, formula, group):
        crystal = ruddlesden_popper(n)
        cell = (crystal.lattice, crystal.frac, crystal.numbers)
        assert crystal.formula == formula
        assert spglib.get_spacegroup(cell, 1e-4).endswith(f"({group})")

    @pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, inf])
    def test_titanium_sits_in_an_octahedron_of_oxygen(self, n):
        crystal = ruddlesden_popper(n)
        for center in np.flatnonzero(crystal.numbers == 22):
            bonds = contacts(crystal, center, 8, 2.6)
            assert len(bonds) == 6
            assert bonds.min() > 1.90
            assert bonds.max() < 1.96

    @pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 6, inf])
    def test_volume_is_that_of_the_layers(self, n):
        """n blocks of SrTiO3 and one of SrO make the formula unit, to 3%."""
        crystal = ruddlesden_popper(n)
        per_sr = crystal.volume / crystal.composition["Sr"]
        perovskite, rock_salt = 3.905**3, 5.16**3 / 4
        share = 1.0 if n == inf else n / (n + 1)
        assert per_sr == pytest.approx(share * perovskite + (1 - share) * rock_salt, rel=0.03)

    @pytest.mark.parametrize("bad", [-1, 2.5, 11, float("nan"), -inf])
    def test_other_n_is_refused(self, bad):
        with pytest.raises(InvalidSpecError, match="infinity"):
            ruddlesden_popper(bad)


class TestBariumTitanate:
    @pytest.mark.parametrize("direction", ["001", "111"])
    def test_displacement_is_a_length(self, direction):
        moved, ideal = batio3(0.18, direction), batio3(0.0, direction)
        shift = moved.cart - ideal.cart
        assert np.linalg.norm(shift, axis=1) == pytest.approx([0, 0.18, 0, 0, 0])
        assert moved.id == f"BaTiO3-{direction}-0.18"

    def test_bonds_of_a_displacement_along_the_axis(self):
        """Ti moved by d along [001]: bonds a/2 - d, a/2 + d and four of sqrt(a²/4 + d²)."""
        bonds = contacts(batio3(0.1), 1, 8, 2.6)
        assert bonds == pytest.approx([1.9, *[np.hypot(2.0, 0.1)] * 4, 2.1])

    @pytest.mark.parametrize("bad", [-0.1, 1.5, float("nan")])
    def test_impossible_displacement_is_refused(self, bad):
        with pytest.raises(InvalidSpecError):
            batio3(bad)

    def test_other_direction_is_refused(self):
        with pytest.raises(InvalidSpecError, match="110"):
            batio3(0.1, "110")


class TestCubicPerovskite:
    def test_series_of_the_report(self):
        found = [c for c in load_embedded("grid-report") if c.properties["series"] == "abx3"]
        parameters = [c.properties["lattice_parameter_A"] for c in found]
        assert parameters == pytest.approx(np.arange(3.0, 5.36, 0.05))
        assert found[9].id == "ABX3-3.45"
        assert [c.volume for c in found] == pytest.approx([a**3 for a in parameters])

    def test_other_elements(self):
        assert cubic_perovskite(4.0, ("K", "Mg", "F")).formula == "KMgF3"
        with pytest.raises(InvalidSpecError, match="Xx"):
            cubic_perovskite(4.0, ("Xx", "Ti", "O"))

    @pytest.mark.parametrize("bad", [0.0, -1.0, inf])
    def test_impossible_cell_is_refused(self, bad):
        with pytest.raises(InvalidSpecError):
            cubic_perovskite(bad)


class TestPrototypes:
    def test_label_agrees_with_the_crystal(self):
        """The label holds space group and Pearson symbol: AB_cF8_225_a_b."""
        for crystal in load_embedded("aflow-prototypes"):
            label = crystal.properties["aflow"].split("_")
            assert label[1] == crystal.properties["pearson_symbol"], crystal.id
            assert crystal.is_ordered

    def test_rock_salt_is_among_them(self):
        found = [
            c
            for c in load_embedded("aflow-prototypes")
            if c.properties["aflow"] == "AB_cF8_225_a_b"
        ]
        assert [c.formula for c in found] == ["NaCl"]
        assert found[0].properties["strukturbericht"] == "B1"


class TestElements:
    def test_silicon(self):
        silicon = next(c for c in load_embedded("elements") if c.id == "Si")
        assert silicon.volume / 8 == pytest.approx(
            silicon.properties["volume_per_atom_A3"], rel=1e-3
        )
        assert silicon.properties["bulk_modulus_GPa"] == pytest.approx(88.5, abs=0.1)
        assert contacts(silicon, 0, 14, 2.6) == pytest.approx(
            [np.sqrt(3) / 4 * 5.4689] * 4, rel=1e-4
        )

    def test_volumes_are_per_atom(self):
        for crystal in load_embedded("elements"):
            stated = crystal.properties["volume_per_atom_A3"]
            assert crystal.volume / crystal.n_rows == pytest.approx(stated, rel=0.035), crystal.id

    def test_experiment_is_known_for_58(self):
        known = [c for c in load_embedded("elements") if "bulk_modulus_exp_GPa" in c.properties]
        assert len(known) == 58
        assert all(c.formula == c.id for c in known)

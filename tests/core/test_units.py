"""Every column key is bound once, and carries its unit."""

from __future__ import annotations

import pytest

from core import units
from core.data import EMBEDDED, load_embedded
from core.units import QUANTITIES, Quantity, quantity

SUFFIXES = {
    "Å": ("_A",), "Å³": ("_A3",), "Å³/atom": ("_per_atom_A3", "_per_atom_exp_A3"),
    "g/cm³": ("_g_cm3",), "GPa": ("_GPa",), "eV": ("_eV",), "eV/atom": ("_eV_per_atom",),
    "1/K": ("_1_K",), "10⁻⁶/K": ("_1e6_K",),
    "1/cm": ("_1_cm",), "fs": ("_fs",), "°": ("_deg",), "°²": ("_deg2",),
    "Å²": ("_A2",), "J/(mol K)": ("_J_per_mol_K",), "kJ/mol": ("_kJ_per_mol",),
    "Å³/SiO2": ("_A3_per_SiO2",), "Å²/SiO2": ("_A2_per_SiO2",), "Å³/cell": ("_A3_per_cell",),
    "Å²/cell": ("_A2_per_cell",), "cm³/g": ("_cm3_per_g",),
}  # fmt: skip


def test_no_key_is_bound_twice():
    assert len(QUANTITIES) == len(units._KNOWN)


@pytest.mark.parametrize("known", QUANTITIES.values(), ids=lambda q: q.key)
def test_the_key_ends_in_its_unit(known):
    assert known.label
    if known.unit:
        assert known.key.endswith(SUFFIXES[known.unit])
    else:
        assert not known.key.endswith(("_A", "_A3", "_GPa", "_eV", "_cm3", "_K", "_deg"))


def test_labels_are_unique():
    labels = [q.axis_title for q in QUANTITIES.values()]
    assert len(set(labels)) == len(labels)


def test_axis_titles():
    assert quantity("bulk_modulus_GPa").axis_title == "Bulk modulus [GPa]"
    assert quantity("series").axis_title == "Series"
    assert quantity("something_else") == Quantity("something_else", "something_else")


@pytest.mark.parametrize(
    ("key", "title"),
    [
        ("K0_GPa", "K0 [GPa]"), ("my_gap_meV", "my_gap [meV]"),
        ("e_form_eV_per_atom", "e_form [eV/atom]"), ("alpha_1e6_K", "alpha [10⁻⁶/K]"),
        ("site_A", "site_A"), ("content_K", "content_K"), ("GPa", "GPa"), ("_GPa", "_GPa"),
        ("predicted_std_K0_GPa", "K0, predicted, standard deviation [GPa]"),
    ],
)  # fmt: skip
def test_the_ending_of_an_unknown_key_states_its_unit(key, title):
    assert quantity(key).axis_title == title


@pytest.mark.parametrize(
    "text",
    ["82 GPa", "82GPa", "1.2e3 meV/atom", "-3.4eV", "4 Å", "4Å", "60 A^3", "60Å³", "5.4 g/cm3",
     "5.4 g cm^-3", "1200 1/cm", "1200 cm-1", "5%", "1.3 W/mK", "1.3 W/(m K)", "300 K", "82,5 GPa",
     "3 10⁻⁶/K", "1.7 \u00b5B", *(f"1 {unit}" for unit in units.STATED.values())],
)  # fmt: skip
def test_the_unit_beside_a_number_is_found(text):
    assert text.endswith(found := units.unit_beside(text))
    assert found


@pytest.mark.parametrize(
    "text",
    ["1.cif", "001_relaxed", "2H", "1T", "4mm", "3m", "3D", "1A", "2K", "2Pa", "1A3", "7", "GPa",
     "82 GPa or so", "2024-01-01", "3 crystals", "1.2.3 GPa", "12 GPa 3", ""],
)  # fmt: skip
def test_names_with_a_number_in_front_have_no_unit(text):
    assert units.unit_beside(text) == ""


def test_endings_are_those_of_known_keys():
    for ending, unit in units.STATED.items():
        for known in QUANTITIES.values():
            if known.unit and known.key.endswith(f"_{ending}"):
                assert known.unit.endswith(unit) or known.unit.startswith(unit)


@pytest.mark.parametrize("name", list(EMBEDDED))
def test_every_property_of_an_embedded_set_is_known(name):
    keys = {key for crystal in load_embedded(name) for key in crystal.properties}
    assert keys <= set(QUANTITIES)


@pytest.mark.parametrize(
    ("key", "title"),
    [
        ("predicted_bulk_modulus_GPa", "Bulk modulus, predicted [GPa]"),
        ("predicted_std_bulk_modulus_GPa", "Bulk modulus, predicted, standard deviation [GPa]"),
        ("predicted_low_90_bulk_modulus_GPa", "Bulk modulus, predicted, lower bound at 90% [GPa]"),
        ("predicted_high_99.5_energy_eV", "Energy, predicted, upper bound at 99.5% [eV]"),
        ("predicted_std_of_my_own", "predicted_std_of_my_own"),
        ("predicted_", "predicted_"),
    ],
)
def test_predictions_have_the_unit_of_what_was_predicted(key: str, title: str) -> None:
    assert quantity(key).axis_title == title

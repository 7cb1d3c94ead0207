"""Symbols, numbers and masses agree with pymatgen."""

from __future__ import annotations

import pytest
from pymatgen.core import Element

from core.elements import ATOMIC_NUMBERS, MAX_NUMBER, SYMBOLS, atomic_masses, formula_rank

WEIGHED = {*range(1, 84), 90, 91, 92}  # the others have no standard atomic weight
REAL = [e for e in Element if e.symbol not in ("D", "T")]


def test_every_symbol_stands_at_its_number():
    assert MAX_NUMBER == 118
    assert {e.symbol: e.Z for e in REAL} == {s: z for z, s in enumerate(SYMBOLS) if z}
    assert len(set(SYMBOLS)) == 119


def test_isotopes_of_hydrogen_are_hydrogen():
    assert ATOMIC_NUMBERS["D"] == ATOMIC_NUMBERS["T"] == ATOMIC_NUMBERS["H"] == 1
    assert all(SYMBOLS[z] == s for s, z in ATOMIC_NUMBERS.items() if s not in ("D", "T"))


@pytest.mark.parametrize("element", [e for e in REAL if e.Z in WEIGHED], ids=str)
def test_masses(element):
    assert atomic_masses()[element.Z] == pytest.approx(float(element.atomic_mass), rel=2e-3)


def test_masses_can_not_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        atomic_masses()[1] = 2.0


def test_cations_come_first_and_the_unknown_last():
    # Pauling: Na 0.93, Sr 0.95, Ti 1.54, Cl 3.16, O 3.44; Ar has none.
    ranked = sorted(["O", "Ti", "Ar", "Sr", "Cl", "Na"], key=formula_rank)
    assert ranked == ["Na", "Sr", "Ti", "Cl", "O", "Ar"]

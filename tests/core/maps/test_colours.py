"""Colours of a map: properties, space groups, elements; unknown values stay unknown."""

from __future__ import annotations

import math

from core.library import Library
from core.maps.colours import HOLDS, SPACE_GROUP, colour_choices, colour_values
from core.types import Crystal, Examination, ParseReport


def _library(*crystals: Crystal, **facts: object) -> Library:
    cards = tuple(Examination(c.id, "", "green", facts=facts) for c in crystals)
    return Library("two", "files", ParseReport(crystals, (), cards))


def test_choices_name_properties_first_and_every_element(
    rocksalt: Crystal, perovskite: Crystal
) -> None:
    library = _library(rocksalt.with_(properties={"energy_eV": 1.0}), perovskite)
    choices = colour_choices(library)
    assert choices[0] == "energy_eV"
    assert {f"{HOLDS}{s}" for s in ("Na", "Cl", "Sr", "Ti", "O")} <= set(choices)


def test_values(rocksalt: Crystal, perovskite: Crystal, hcp_metal: Crystal) -> None:
    library = _library(
        rocksalt.with_(properties={"energy_eV": 1.0, "kind": "salt"}),
        perovskite.with_(properties={"energy_eV": math.nan}),
        hcp_metal,
    )
    ids = ("Mg", "SrTiO3", "NaCl")
    assert colour_values(library, ids, "energy_eV") == [None, None, 1.0]
    assert colour_values(library, ids, "kind") == [None, None, "salt"]
    assert colour_values(library, ids, SPACE_GROUP) == ["P6_3/mmc", "Pm-3m", "Fm-3m"]
    assert colour_values(library, ids, "holds O") == ["without O", "with O", "without O"]
    assert colour_values(library, ids, "elements") == ["Mg", "Sr-Ti-O", "Na-Cl"]
    assert colour_values(library, ids, "sites in the cell") == [2, 5, 8]


def test_the_doctors_space_group_is_taken(rocksalt: Crystal) -> None:
    library = _library(rocksalt, space_group_found="P1")
    assert colour_values(library, ("NaCl",), SPACE_GROUP) == ["P1"]

"""OPTIMADE entries: ordered, disordered, with alternatives; what is wrong is quoted."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from core.types import ParseReport

ROUNDING = 1e-12


def entry(**changes: Any) -> dict[str, Any]:
    """Sodium chloride in its primitive cell, with attributes changed or (None) left out."""
    a = 5.64 / 2
    attributes = {
        "lattice_vectors": [[0, a, a], [a, 0, a], [a, a, 0]],
        "cartesian_site_positions": [[0, 0, 0], [a, a, a]],
        "species_at_sites": ["Na", "Cl"],
        "species": [kind("Na", Na=1.0), kind("Cl", Cl=1.0)],
        "dimension_types": [1, 1, 1],
        "chemical_formula_reduced": "ClNa",
        "structure_features": [],
        "nsites": 2,
        "_exmpl_band_gap": 5.0,
        **changes,
    }
    attributes = {key: value for key, value in attributes.items() if value is not None}
    return {"id": "nacl", "type": "structures", "attributes": attributes}


def kind(name: str, **amounts: float) -> dict[str, Any]:
    return {
        "name": name, "chemical_symbols": list(amounts), "concentration": list(amounts.values())
    }  # fmt: skip


@pytest.fixture
def read(here):
    def of(content: Any) -> ParseReport:
        return here(json.dumps(content), "answer.json")

    return of


@pytest.mark.parametrize("wrap", ["response", "single", "list", "bare"])
def test_an_entry_is_read_in_every_container(read, wrap: str) -> None:
    content = {
        "response": {"data": [entry()], "meta": {"data_returned": 1}, "links": {"next": None}},
        "single": {"data": entry(), "meta": {}},
        "list": [entry()],
        "bare": entry(),
    }[wrap]
    report = read(content)
    assert report.failures == ()
    (crystal,) = report.crystals
    assert crystal.formula == "NaCl"
    np.testing.assert_allclose(crystal.frac, [[0, 0, 0], [0.5, 0.5, 0.5]], atol=ROUNDING)
    assert dict(crystal.properties) == {"_exmpl_band_gap": 5.0}
    if wrap != "bare":
        assert crystal.id == "nacl"


def test_mixed_sites_and_vacancies_keep_their_occupancies(read) -> None:
    mixed = entry(
        species_at_sites=["A", "Cl"],
        species=[kind("A", Na=0.5, K=0.3, vacancy=0.2), kind("Cl", Cl=1.0)],
        chemical_formula_reduced=None,
    )
    (crystal,) = read([mixed]).crystals
    assert not crystal.is_ordered
    assert crystal.numbers.tolist() == [11, 19, 17]
    np.testing.assert_allclose(crystal.occupancy, [0.5, 0.3, 1.0])
    assert crystal.position.tolist() == [0, 0, 1]


def test_alternative_sites_weigh_by_their_probability(read) -> None:
    a = 5.64 / 2
    split = entry(
        cartesian_site_positions=[[0, 0, 0], [0.3, 0, 0], [a, a, a]],
        species_at_sites=["Na", "Na", "Cl"],
        assemblies=[{"sites_in_groups": [[0], [1]], "group_probabilities": [0.7, 0.3]}],
    )
    report = read([split])
    (crystal,), (card,) = report.crystals, report.examinations
    np.testing.assert_allclose(crystal.occupancy, [0.7, 0.3, 1.0])
    assert "assemblies" in [f.code for f in card.findings]


def test_species_may_be_left_out_where_they_are_elements(read) -> None:
    (crystal,) = read([entry(species=None)]).crystals
    assert crystal.formula == "NaCl"


def test_what_has_no_place_and_what_does_not_repeat_is_said(read) -> None:
    odd = entry(structure_features=["implicit_atoms"], dimension_types=[1, 1, 0])
    (card,) = read([odd]).examinations
    assert {"atoms_without_coordinates", "not_periodic"} <= {f.code for f in card.findings}
    assert card.verdict == "amber"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"lattice_vectors": [[1, 0, 0], [0, 1, 0], [None, None, None]]}, "not periodic"),
        ({"lattice_vectors": [[1, 0], [0, 1]]}, "(2, 2)"),
        ({"lattice_vectors": [[float("nan"), 0, 0], [0, 5, 0], [0, 0, 5]]}, "nan"),
        ({"cartesian_site_positions": None}, "cartesian_site_positions"),
        ({"cartesian_site_positions": [[0, 0, float("inf")], [1, 1, 1]]}, "inf"),
        ({"cartesian_site_positions": [["a", 0, 0], [1, 1, 1]]}, "'a'"),
        ({"species_at_sites": ["Na"]}, "1 species for 2 sites"),
        ({"species_at_sites": ["Na", "Xx"]}, "'Xx'"),
        ({"species": [kind("Na", X=1.0), kind("Cl", Cl=1.0)]}, "'X'"),
        ({"species": [kind("Na", Na=-0.5), kind("Cl", Cl=1.0)]}, "-0.5"),
        ({"species": [kind("Na", Na=0.8, K=0.8), kind("Cl", Cl=1.0)]}, "1.6"),
        ({"species": [{"name": "Na", "chemical_symbols": ["Na"]}]}, "'concentration'"),
        ({"species": [kind("Na", vacancy=1.0), kind("Cl", vacancy=1.0)]}, "no atoms"),
        ({"species": ["Na", "Cl"]}, "can't be read"),
        ({"assemblies": [{"sites_in_groups": [[9]], "group_probabilities": [1]}]}, "site 9"),
        ({"assemblies": [{"sites_in_groups": [[-1]], "group_probabilities": [1]}]}, "site -1"),
    ],
)
def test_what_is_wrong_is_quoted_and_the_rest_is_kept(read, changes: dict, words: str) -> None:
    report = read([entry(**changes), {**entry(), "id": "sound"}])
    assert [c.id for c in report.crystals] == ["sound"]
    (failure,) = report.failures
    assert words in failure.message
    assert failure.id == "nacl"


def test_too_many_atoms_are_refused_before_they_are_read(read) -> None:
    n = 2_001
    crowd = entry(species_at_sites=["Na"] * n, cartesian_site_positions=[[0, 0, 0]] * n)
    (failure,) = read([crowd]).failures
    assert failure.code == "UploadLimitError"


def test_a_wrong_formula_is_remarked(read) -> None:
    (card,) = read([entry(chemical_formula_reduced="Cl2Na")]).examinations
    assert "formula_mismatch" in [f.code for f in card.findings]

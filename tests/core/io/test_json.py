"""Every shape of pymatgen JSON gives the crystals that were written into it."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

from core.io.write import structure_dict
from core.types import Crystal


def _same(a: Crystal, b: Crystal, tolerance: float = 1e-9) -> None:
    np.testing.assert_allclose(a.lattice, b.lattice, atol=tolerance)
    np.testing.assert_allclose(a.frac, b.frac, atol=tolerance)
    np.testing.assert_array_equal(a.numbers, b.numbers)
    np.testing.assert_allclose(a.occupancy, b.occupancy, atol=1e-6)


def test_json_single_structure_takes_the_file_name(here, perovskite: Crystal) -> None:
    report = here(json.dumps(structure_dict(perovskite)), "STO.json")
    _same(report.crystals[0], perovskite)
    assert report.crystals[0].id == "STO"


@pytest.mark.parametrize("id_key", ["mp_id", "material_id", "task_id", "id"])
def test_json_records(id_key: str, here, perovskite: Crystal, rocksalt: Crystal) -> None:
    records = [
        {id_key: "one", "structure": structure_dict(perovskite), "bulk_modulus_vrh": 172.0, "n": 3},
        {id_key: "two", "structure": structure_dict(rocksalt), "note": "x", "nothing": None},
    ]
    report = here(gzip.compress(json.dumps(records).encode()), "set.json.gz")
    assert [c.id for c in report.crystals] == ["one", "two"]
    assert dict(report.crystals[0].properties) == {"bulk_modulus_vrh_GPa": 172.0, "n": 3}
    assert dict(report.crystals[1].properties) == {}


def test_json_mapping_split_table_and_list(here, perovskite: Crystal, rocksalt: Crystal) -> None:
    a, b = structure_dict(perovskite), structure_dict(rocksalt)
    mapping = here(json.dumps({"x1": a, "x2": {"structure": b, "K_VRH": 24.0}}), "m.json")
    assert [c.id for c in mapping.crystals] == ["x1", "x2"]
    assert mapping.crystals[1].properties["bulk_modulus_vrh_GPa"] == 24.0
    split = {
        "index": [0, 1],
        "columns": ["structure", "last phdos peak"],
        "data": [[a, 1.0], [b, 2]],
    }
    table = here(json.dumps(split), "phonons.json")
    assert [c.id for c in table.crystals] == ["phonons-1", "phonons-2"]
    assert [c.properties["last_phdos_peak_1_cm"] for c in table.crystals] == [1.0, 2]
    assert [c.formula for c in here(json.dumps([a, b]), "l.json").crystals] == ["SrTiO3", "NaCl"]


def test_json_with_cif_text_keeps_id_and_properties(here, quartz_cif: str) -> None:
    records = [
        {"task_id": "mp-1", "cif": quartz_cif, "elasticity.K_VRH": 38.0},
        {"task_id": "mp-2", "cif": "data_x"},
    ]
    report = here(json.dumps(records), "set.json")
    assert report.crystals[0].id == "mp-1"
    assert dict(report.crystals[0].properties) == {"bulk_modulus_vrh_GPa": 38.0}
    assert report.crystals[0].source == "set.json#mp-1"
    assert [f.id for f in report.failures] == ["mp-2"]


def test_json_disorder_isotopes_and_vacancies(here, mixed_alloy: Crystal) -> None:
    record = structure_dict(mixed_alloy)
    _same(here(json.dumps(record), "a.json").crystals[0], mixed_alloy)
    record["sites"][0]["species"] = [{"element": "D", "occu": 0.5}, {"element": "X", "occu": 0.5}]
    report = here(json.dumps(record), "a.json")
    assert report.crystals[0].composition["H"] == 0.5
    assert {"isotope", "vacancy"} <= {f.code for f in report.examinations[0].findings}


BAD_RECORDS = [
    ({"id": "a"}, "holds no structure"),
    (7, "not an object"),
    ({"id": "a", "structure": {"lattice": {}, "sites": []}}, "lacks 'matrix'"),
    ({"id": "a", "structure": {"lattice": {"matrix": [[1, 0, 0]] * 3}, "sites": []}}, "atoms"),
]


@pytest.mark.parametrize(("record", "words"), BAD_RECORDS)
def test_a_bad_record_costs_itself_only(record, words: str, here, perovskite: Crystal) -> None:
    good = {"id": "good", "structure": structure_dict(perovskite)}
    report = here(json.dumps([good, record]), "set.json")
    assert [c.id for c in report.crystals] == ["good"]
    (failure,) = report.failures
    assert words in failure.message

"""Which values beside a structure are kept, and what is said of those that are no numbers."""

from __future__ import annotations

import json

import pytest

from core.errors import SchemaError
from core.io import parse
from core.io.readers.properties import scalar_properties
from core.io.write import structure_dict
from core.library import Library
from core.library.export import properties_csv
from core.maps.colours import colour_values
from core.models import read_target
from core.types import Crystal, RawFile


@pytest.mark.parametrize(
    "text", ["82 GPa", "82GPa", "1.2e3 meV/atom", "-3.4 eV/atom", "12,5", "5%", "90°", "4 Å"]
)
def test_a_number_with_more_stays_the_text_it_is(text: str) -> None:
    assert scalar_properties({"K": f" {text} "}) == {"K": text}


@pytest.mark.parametrize(
    "value",
    ["4mm", "3D", "2H", "6 m", "1.cif", "5 crystals",
     "2024-01-01", "10.1016/j.actamat", "3 crystals of many sorts", "Fm-3m", "nan", "inf",
     float("nan"), float("-inf"), True, None, [82], {"value": 82}],
)  # fmt: skip
def test_what_is_no_measurement_is_left_out(value: object) -> None:
    assert scalar_properties({"K": value}) == {}


def test_numbers_written_as_text_are_numbers() -> None:
    assert scalar_properties({"K_VRH": "82.5", "n": 3}) == {"bulk_modulus_vrh_GPa": 82.5, "n": 3}


def test_a_target_with_units_is_refused_with_the_value(rocksalt: Crystal) -> None:
    record = {"structure": structure_dict(rocksalt), "K": "24.8 GPa"}
    found = parse([RawFile("one.json", json.dumps([record]).encode())])
    assert not found.failures
    with pytest.raises(SchemaError, match=r"'24\.8 GPa', which is no number") as caught:
        read_target(found.crystals, "K")
    assert "unit in the name" in caught.value.hint


def test_one_value_with_a_unit_leaves_the_property_a_number(rocksalt: Crystal) -> None:
    records = [
        {"material_id": f"c{i}", "structure": structure_dict(rocksalt), "K": value, "L": "4 GPa"}
        for i, value in enumerate((80.0, "82 GPa", 84.0, 90))
    ]
    found = parse([RawFile("four.json", json.dumps(records).encode())])
    library = Library("four", "files", found)
    assert library.property_keys == ("K", "L")
    assert library.numeric_keys == ("K",), "text in every record is no number"
    assert colour_values(library, library.ids, "K") == [80.0, None, 84.0, 90.0]
    assert colour_values(library, library.ids, "L") == ["4 GPa"] * 4
    target, kept, left_out = read_target(library.crystals, "K")
    assert (target.values.tolist(), kept.tolist()) == ([80.0, 84.0, 90.0], [0, 2, 3])
    assert [f.id for f in left_out] == [library.ids[1]]
    with pytest.raises(SchemaError, match=r"'4 GPa', which is no number"):
        read_target(library.crystals, "L")
    assert b"82 GPa" in properties_csv(library), "an export leaves nothing out"

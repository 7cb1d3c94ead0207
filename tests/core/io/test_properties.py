"""Which values beside a structure are kept, and what is said of those that are no numbers."""

from __future__ import annotations

import json

import pytest

from core.errors import SchemaError
from core.io import parse
from core.io.readers.properties import scalar_properties
from core.io.write import structure_dict
from core.models import read_target
from core.types import Crystal, RawFile


@pytest.mark.parametrize(
    "text", ["82 GPa", "82GPa", "1.2e3 meV/atom", "-3.4 eV/atom", "12,5", "5%", "90°", "4 Å"]
)
def test_a_number_with_more_stays_the_text_it_is(text: str) -> None:
    assert scalar_properties({"K": f" {text} "}) == {"K": text}


@pytest.mark.parametrize(
    "value",
    ["2024-01-01", "10.1016/j.actamat", "3 crystals of many sorts", "Fm-3m", "nan", "inf",
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

"""Measured values beside a structure: which keys are kept, and under which unit-bearing name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from core.units import unit_beside

# Spelling used by public data sets -> our key. Only where the source states the unit; anything
# else keeps its own name, because a unit is never guessed.
_KNOWN_KEYS: dict[str, str] = {
    "bulk_modulus_vrh": "bulk_modulus_vrh_GPa",  # Materials Project, matcalc
    "shear_modulus_vrh": "shear_modulus_vrh_GPa",
    "K_VRH": "bulk_modulus_vrh_GPa",  # matminer
    "G_VRH": "shear_modulus_vrh_GPa",
    "elasticity.K_VRH": "bulk_modulus_vrh_GPa",  # gridrdf
    "elasticity.G_VRH": "shear_modulus_vrh_GPa",
    "elasticity.elastic_anisotropy": "elastic_anisotropy",
    "last phdos peak": "last_phdos_peak_1_cm",  # Matbench
}
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")


def property_key(key: str) -> str:
    """The key a value is kept under: with its unit where the source is known to state it."""
    return _KNOWN_KEYS.get(key, key)


def scalar_properties(
    record: Mapping[str, Any], skip: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """The finite numbers of a record (numbers written as text included), by their kept keys.

    A number with its unit beside it ("82 GPa"), or with a decimal comma, stays the text it is:
    whoever asks for the property is told that it is no number, instead of finding none.
    """
    kept: dict[str, Any] = {}
    for key, value in record.items():
        if key in skip or isinstance(value, (bool, dict, list)) or value is None:
            continue
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                text = value.strip()
                if unit_beside(text) or _DECIMAL_COMMA.fullmatch(text):
                    kept[_KNOWN_KEYS.get(key, str(key))] = text
                continue
        if isinstance(value, (int, float)) and abs(value) < float("inf"):
            kept[_KNOWN_KEYS.get(key, str(key))] = value
    return kept

"""Measured values beside a structure: which keys are kept, and under which unit-bearing name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

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
# 82 GPa, 1.2e3 meV/atom, 12,5; not a date, a DOI or a sentence.
_NUMBER_WITH_MORE = re.compile(
    r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\s*([^\W\d_]|[%°])[^\s]{0,15}(\s[^\s]{1,15})?"
    r"|[-+]?\d+,\d+",
)


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
                if _NUMBER_WITH_MORE.fullmatch(value.strip()):
                    kept[_KNOWN_KEYS.get(key, str(key))] = value.strip()
                continue
        if isinstance(value, (int, float)) and abs(value) < float("inf"):
            kept[_KNOWN_KEYS.get(key, str(key))] = value
    return kept

"""Formula stated against formula found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from core.elements import ATOMIC_NUMBERS
from core.types import Crystal, Finding

_TERM = re.compile(r"([A-Z][a-z]?)\s*([0-9]*\.?[0-9]*)")
_RATIO_TOLERANCE = 0.02
_VOLUME_TOLERANCE = 0.01
_DENSITY_TOLERANCE = 0.03


def parse_formula(text: str) -> dict[str, float]:
    """Amounts by element of `Sr1 Ti1 O3` and the like; empty when it is nothing of the kind.

    D and T count as H. Brackets are not expanded: such a formula gives an empty mapping.
    """
    if not text or re.search(r"[^A-Za-z0-9.\s,'\"]", text):
        return {}
    amounts: dict[str, float] = {}
    for symbol, digits in _TERM.findall(text):
        if symbol not in ATOMIC_NUMBERS:
            return {}
        symbol = "H" if symbol in ("D", "T") else symbol
        amount = float(digits) if digits and digits != "." else 1.0
        amounts[symbol] = amounts.get(symbol, 0.0) + amount
    return {symbol: amount for symbol, amount in amounts.items() if amount > 0}


def same_ratio(a: Mapping[str, float], b: Mapping[str, float]) -> bool:
    """Whether two compositions agree but for a common factor."""
    if set(a) != set(b) or not a:
        return False
    total_a, total_b = sum(a.values()), sum(b.values())
    return all(
        abs(a[e] / total_a - b[e] / total_b) <= _RATIO_TOLERANCE * max(a[e] / total_a, 0.02)
        for e in a
    )


def check_formula(crystal: Crystal, stated: Mapping[str, Any]) -> tuple[Finding, ...]:
    """A finding when the stated formula is not what the atoms give. Never a refusal."""
    text = str(stated.get("formula", ""))
    told, found = parse_formula(text), crystal.composition
    if not told or same_ratio(told, found):
        return ()
    bare_told = {e: n for e, n in told.items() if e != "H"}
    bare_found = {e: n for e, n in found.items() if e != "H"}
    if "H" in told and same_ratio(bare_told, bare_found):
        missing = told["H"] * sum(bare_found.values()) / sum(bare_told.values())
        message = (
            f"The stated formula is {text}; of {missing:.4g} hydrogens in the cell the file "
            f"places {found.get('H', 0):.4g}."
        )
        return (Finding("hydrogens_missing", message),)
    message = f"The stated formula is {text}; the atoms give {crystal.formula}."
    return (Finding("formula_mismatch", message),)


def check_bulk(crystal: Crystal, stated: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Stated Z, volume and density against those of the crystal."""
    findings = []
    volume = stated.get("volume_A3")
    if volume and abs(volume - crystal.volume) > _VOLUME_TOLERANCE * crystal.volume:
        message = f"The stated volume is {volume:.2f} Å³; the cell gives {crystal.volume:.2f} Å³."
        findings.append(Finding("volume_mismatch", message))
    density = stated.get("density_g_cm3")
    if density and abs(density - crystal.density) > _DENSITY_TOLERANCE * density:
        message = f"The stated density is {density:.3f} g/cm³; found {crystal.density:.3f} g/cm³."
        findings.append(Finding("density_mismatch", message, "info"))
    units = formula_units(crystal, stated)
    if units and stated.get("z") and abs(units - stated["z"]) > 0.02 * stated["z"]:
        message = f"Z is stated as {stated['z']}; the atoms give {units:.4g} formula units."
        findings.append(Finding("z_mismatch", message, "info"))
    return tuple(findings)


def formula_units(crystal: Crystal, stated: Mapping[str, Any]) -> float | None:
    """Formula units in the cell, by the stated formula when its ratio is right."""
    found = crystal.composition
    told = parse_formula(str(stated.get("formula", "")))
    if not told or not same_ratio(told, found):
        return None
    units = sum(found.values()) / sum(told.values())
    z = stated.get("z")
    # pymatgen and others state the content of the whole cell as the formula, and Z beside it.
    if z and abs(units - 1) < 0.02 and all(abs(n / z - round(n / z)) < 1e-3 for n in told.values()):
        return float(z)
    return units

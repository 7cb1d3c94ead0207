"""Space group stated against the one spglib finds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from core.errors import ConvergenceError
from core.geometry.symmetry import find_symmetry
from core.types import Crystal, Finding

SYMPREC = 0.01
_MAX_SITES = 1_200  # spglib's time grows with the square; above this it is not asked


def check_space_group(
    crystal: Crystal, stated: Mapping[str, Any]
) -> tuple[tuple[Finding, ...], dict[str, Any]]:
    """Findings and facts (`space_group_found`, `space_group_number_found`, `symprec`)."""
    if crystal.n_sites > _MAX_SITES:
        message = f"With {crystal.n_sites:,} sites the symmetry was not looked for."
        return (Finding("symmetry_skipped", message, "info"),), {}
    try:
        symmetry = find_symmetry(crystal, symprec=SYMPREC)
    except ConvergenceError:
        message = f"spglib finds no symmetry at a tolerance of {SYMPREC} Å."
        return (Finding("symmetry_not_found", message),), {}
    facts = {
        "space_group_found": symmetry.symbol,
        "space_group_number_found": symmetry.number,
        "symprec_A": SYMPREC,
    }
    return _compare(symmetry.number, symmetry.symbol, symmetry.point_group, stated), facts


def _compare(
    number: int, symbol: str, point_group: str, stated: Mapping[str, Any]
) -> tuple[Finding, ...]:
    import gemmi

    name = str(stated.get("space_group", ""))
    told = gemmi.find_spacegroup_by_name(re.sub(r"\s+", " ", name)) if name else None
    told_number = stated.get("space_group_number") or (told.number if told else None)
    findings: list[Finding] = []
    if name and told is None:
        message = f"The space group name {name[:40]!r} is in no table."
        findings.append(Finding("unknown_space_group_name", message, "info"))
    elif told is not None and stated.get("space_group_number", told.number) != told.number:
        message = f"The name {name!r} is number {told.number}, the number stated {told_number}."
        findings.append(Finding("space_group_contradiction", message))
    if not told_number or told_number == number or not 1 <= told_number <= 230:
        return tuple(findings)
    stated_order = _order(told_number)
    words = f"Space group {name or told_number} (number {told_number}) is stated"
    if _order(number) >= stated_order:
        message = f"{words}; within {SYMPREC} Å the atoms have {symbol} (number {number})."
        findings.append(Finding("higher_symmetry_found", message, "info"))
    else:
        message = f"{words}; the atoms have only {symbol} (number {number})."
        findings.append(Finding("lower_symmetry_found", message))
    return tuple(findings)


def _order(number: int) -> int:
    """Order of the point group of space group 1 to 230."""
    import gemmi

    return len(gemmi.find_spacegroup_by_number(number).operations().sym_ops)

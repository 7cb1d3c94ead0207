"""The short way through CIFs as pymatgen writes them: P1, every atom listed, nothing shared.

Data sets hold thousands of these texts. There is nothing to expand and nothing to disagree about,
so reading the numbers gives what pymatgen would give (same order, same rounding) thirty times
faster. Anything else in the block sends it the long way.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from core.elements import ATOMIC_NUMBERS, formula_rank
from core.errors import ComputeError, InputError
from core.io.cif.tags import CELL_TAGS, COORDINATE_TAGS
from core.io.doctor.contacts import pairs_within
from core.types import Crystal, Finding, FloatArray

_OPERATORS = ["_symmetry_equiv_pos_site_id", "_symmetry_equiv_pos_as_xyz"]
_ATOMS = [
    "_atom_site_type_symbol", "_atom_site_label", "_atom_site_symmetry_multiplicity",
    *COORDINATE_TAGS, "_atom_site_occupancy",
]  # fmt: skip
_PAIRS = frozenset({
    *CELL_TAGS, "_symmetry_space_group_name_H-M", "_symmetry_Int_Tables_number",
    "_chemical_formula_structural", "_chemical_formula_sum", "_cell_volume",
    "_cell_formula_units_Z",
})  # fmt: skip
_ELEMENTS = ATOMIC_NUMBERS.keys() - {"D", "T"}  # isotopes are told about, the long way
_NUMBER = re.compile(r"-?\d+(\.\d*)?")
_ROUNDED = Finding(
    "rounded_coordinates", "Coordinates such as 0.3333 were taken as thirds.", "info", repaired=True
)
_TOO_NEAR = 0.5  # angstrom; such atoms may be one atom written twice, or share a site
_THIRDS, _THIRD_TOLERANCE = (1 / 3, 2 / 3), 1e-4  # as pymatgen's parser has it


def plain_crystal(block: Any) -> tuple[Crystal, tuple[Finding, ...]] | None:
    """The crystal of a block that pymatgen wrote without symmetry; None for any other block."""
    pairs: dict[str, str] = {}
    loops: list[Any] = []
    for item in block:
        if item.loop is not None:
            loops.append(item.loop)
        elif item.pair is not None:
            pairs[item.pair[0]] = item.pair[1]
        else:
            return None
    if not pairs.keys() <= _PAIRS or [loop.tags for loop in loops] != [_OPERATORS, _ATOMS]:
        return None
    if loops[0].values != ["1", "'x, y, z'"]:
        return None
    cell = [pairs.get(tag, "") for tag in CELL_TAGS]
    values = loops[1].values
    n = len(_ATOMS)
    symbols, labels, multiplicities, *coordinates, occupancies = (values[i::n] for i in range(n))
    if {*multiplicities, *occupancies} - {"1", "1.0"} or not {*symbols} <= _ELEMENTS:
        return None
    if not all(_NUMBER.fullmatch(text) for text in (*cell, *coordinates[0], *coordinates[1],
                                                    *coordinates[2])):  # fmt: skip
        return None
    frac = np.array(coordinates, dtype=float).T
    try:
        with np.errstate(all="ignore"):  # what is not finite is refused by name
            return _crystal([float(text) for text in cell], symbols, frac, labels)
    except (InputError, ComputeError, ValueError, ZeroDivisionError):
        return None  # the long way words what is wrong


def _crystal(
    cell: list[float], symbols: list[str], frac: FloatArray, labels: list[str]
) -> tuple[Crystal, tuple[Finding, ...]] | None:
    thirds = [np.abs(frac / third - 1) <= _THIRD_TOLERANCE for third in _THIRDS]
    findings = (_ROUNDED,) if any(near.any() for near in thirds) else ()
    for near, third in zip(thirds, _THIRDS, strict=True):
        frac = np.where(near, third, frac)
    # A stable sort by electronegativity: pymatgen groups the atoms so.
    order = sorted(range(len(symbols)), key=lambda i: formula_rank(symbols[i]))
    crystal = Crystal(
        "", _lattice(*cell), (frac - np.floor(frac))[order],
        np.array([ATOMIC_NUMBERS[symbols[i]] for i in order]),
        labels=tuple(labels[i] for i in order),
    )  # fmt: skip
    too_near = len(pairs_within(crystal, _TOO_NEAR).distance) > 0
    return None if too_near else (crystal, findings)


def _lattice(a: float, b: float, c: float, alpha: float, beta: float, gamma: float) -> FloatArray:
    """(3, 3) cell in pymatgen's setting, angstrom: c along z, a in the xz plane."""
    angles = np.radians([alpha, beta, gamma])  # by NumPy as there: the same to the last bit
    (cos_a, cos_b, cos_g), (sin_a, sin_b, _) = np.cos(angles), np.sin(angles)
    gamma_star = np.arccos(np.clip((cos_a * cos_b - cos_g) / (sin_a * sin_b), -1, 1))
    cos_s, sin_s = np.cos(gamma_star), np.sin(gamma_star)
    return np.array([
        [a * sin_b, 0.0, a * cos_b],
        [-b * sin_a * cos_s, b * sin_a * sin_s, b * cos_a],
        [0.0, 0.0, c],
    ])  # fmt: skip

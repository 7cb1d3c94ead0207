"""LAMMPS data files: box bounds (orthogonal or triclinic), Masses, Atoms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import numpy as np

from core.config import ParseLimits
from core.errors import ParseError
from core.io.draft import Draft, Refusal
from core.io.readers.base import READERS, Reader, check_atom_rows, check_geometry, number, text_of
from core.types import Crystal, Finding, FloatArray, RawFile

# Atom style -> (column of the type, column of x), counted from the atom's id.
_STYLES: dict[str, tuple[int, int]] = {
    "atomic": (1, 2), "charge": (1, 3), "molecular": (2, 3), "bond": (2, 3), "angle": (2, 3),
    "full": (2, 4),
}  # fmt: skip
_SECTION = re.compile(r"^[A-Z][A-Za-z]*(?: [A-Z][A-Za-z]*)*$")
_MASS_TOLERANCE = 0.05  # u


def looks_like_lammps(head: str) -> bool:
    """A count of atoms and box bounds."""
    return re.search(r"^\s*\d+\s+atoms\b", head, re.MULTILINE) is not None and "xlo" in head


def read_lammps(raw: RawFile, limits: ParseLimits) -> Iterator[Draft | Refusal]:
    """The one crystal of a LAMMPS data file (coordinates as they stand, in angstrom).

    Raises: ParseError, UploadLimitError.
    """
    head, sections = _split(text_of(raw))
    count = re.search(r"^\s*(\d{1,12})\s+atoms\b", "\n".join(head), re.MULTILINE)
    if count is None:
        raise ParseError("The LAMMPS file does not say how many atoms it holds.")
    n_atoms = int(count[1])
    check_atom_rows(n_atoms, limits)
    lattice, origin = _box(head)
    if "Atoms" not in sections:
        raise ParseError("The LAMMPS file has no Atoms section.")
    style, rows = sections["Atoms"]
    if len(rows) != n_atoms or not rows:
        raise ParseError(f"The LAMMPS file promises {n_atoms} atoms and lists {len(rows)}.")
    type_column, x_column, style_finding = _layout(style, rows)
    table = [row.split("#")[0].split() for row in rows]
    short = next((row for row in table if len(row) < x_column + 3), None)
    if short is not None:
        raise ParseError(f"An atom has too few columns: {' '.join(short)[:60]!r}.")
    table.sort(key=lambda row: number(row[0], "Atoms section"))
    elements = _elements(sections.get("Masses", ("", []))[1])
    numbers = [_element(row[type_column], elements) for row in table]
    cart = np.array(
        [[number(t, "Atoms section") for t in row[x_column : x_column + 3]] for row in table]
    )
    check_geometry(lattice, cart - origin)
    frac = (cart - origin) @ np.linalg.inv(lattice)
    yield Draft(Crystal("", lattice, frac, np.array(numbers)), findings=style_finding)


def _split(text: str) -> tuple[list[str], dict[str, tuple[str, list[str]]]]:
    """Header lines, and sections by name as (comment after the name, rows)."""
    head: list[str] = []
    sections: dict[str, tuple[str, list[str]]] = {}
    rows = head
    for line in text.splitlines()[1:]:
        content, _, comment = line.partition("#")
        if _SECTION.match(content.strip()):
            rows = []
            sections[content.strip()] = (comment.strip().lower(), rows)
        elif content.strip():
            rows.append(line)
    return head, sections


def _box(head: list[str]) -> tuple[FloatArray, FloatArray]:
    """Lattice (3, 3) and origin (3,). Raises: ParseError when a bound is missing or reversed."""
    bounds: dict[str, list[float]] = {}
    for line in head:
        match = re.match(r"^(.*?)\s+(xlo xhi|ylo yhi|zlo zhi|xy xz yz)\b", line)
        if match:
            bounds[match[2]] = [number(token, match[2] + " line") for token in match[1].split()]
    lengths, origin = [], []
    for axis in ("xlo xhi", "ylo yhi", "zlo zhi"):
        low_high = bounds.get(axis, [])
        if len(low_high) != 2:
            raise ParseError(f"The LAMMPS file has no {axis!r} line with two numbers.")
        if not low_high[1] - low_high[0] > 1e-6:
            raise ParseError(f"The box has no extent along {axis[0]}: {low_high}.")
        origin.append(low_high[0])
        lengths.append(low_high[1] - low_high[0])
    tilt = bounds.get("xy xz yz", [0.0, 0.0, 0.0])
    if len(tilt) != 3:
        raise ParseError(f"The 'xy xz yz' line holds {len(tilt)} numbers.")
    lattice = np.diag(lengths)
    lattice[1, 0], lattice[2, 0], lattice[2, 1] = tilt
    return lattice, np.array(origin)


def _layout(style: str, rows: list[str]) -> tuple[int, int, tuple[Finding, ...]]:
    """Columns of type and x, from the style's name or, without one, from the table itself."""
    name = style.split()[0] if style else ""
    if name in _STYLES:
        return (*_STYLES[name], ())
    n_columns = len(rows[0].split("#")[0].split())
    # Three image flags may follow the coordinates; they are integers.
    flags = rows[0].split("#")[0].split()[-3:]
    if n_columns >= 8 and all(re.fullmatch(r"[-+]?\d+", flag) for flag in flags):
        n_columns -= 3
    guess = {5: "atomic", 6: "charge", 7: "full"}.get(n_columns)
    if guess == "charge" and re.fullmatch(r"\d+", rows[0].split()[2]):
        guess = "molecular"
    if guess is None:
        raise ParseError(
            f"The Atoms section has {n_columns} columns and does not name its style.",
            hint="Write `Atoms # charge` (or atomic, molecular, full).",
        )
    message = f"The Atoms section does not name its style; {n_columns} columns are read as {guess}."
    return (*_STYLES[guess], (Finding("atom_style_guessed", message, "info", repaired=True),))


@cache
def _sorted_masses() -> FloatArray:
    from core.elements import atomic_masses

    return atomic_masses()[1:104]


def _elements(rows: list[str]) -> dict[str, int]:
    """Atomic number of each type, by its mass. Raises: ParseError for a mass of no element."""
    found: dict[str, int] = {}
    for row in rows:
        tokens = row.split("#")[0].split()
        if len(tokens) < 2:
            raise ParseError(f"The Masses section holds {row.strip()[:60]!r}.")
        mass = number(tokens[1], "Masses section")
        differences = np.abs(_sorted_masses() - mass)
        nearest = int(differences.argmin())
        if not differences[nearest] <= max(_MASS_TOLERANCE, 1e-3 * abs(mass)):
            raise ParseError(f"Type {tokens[0]} has a mass of {mass:g} u, which is no element's.")
        found[tokens[0]] = nearest + 1
    return found


def _element(type_: str, elements: dict[str, int]) -> int:
    if type_ not in elements:
        raise ParseError(
            f"Atom type {type_[:20]!r} has no mass, so its element is unknown.",
            hint="Add a Masses section with one line for each atom type.",
        )
    return elements[type_]


READERS.register(
    Reader(
        key="lammps",
        label="LAMMPS data",
        patterns=("*.lmp", "*.lammps", "*.data", "*.lmpdat"),
        looks_like=looks_like_lammps,
        read=read_lammps,
    )
)

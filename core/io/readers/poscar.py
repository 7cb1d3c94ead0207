"""VASP POSCAR and CONTCAR (versions 4 with element names in the comment, and 5)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.config import ParseLimits
from core.errors import ParseError
from core.io.draft import Draft, Refusal
from core.io.readers.base import (
    READERS,
    Reader,
    atomic_number,
    check_atom_rows,
    check_geometry,
    number,
    text_of,
)
from core.types import Crystal, FloatArray, RawFile


def looks_like_poscar(head: str) -> bool:
    """A comment, a scale, three rows of three numbers, then counts (after symbols or at once)."""
    lines = head.splitlines()
    if len(lines) < 8:
        return False
    rows = [line.split() for line in lines[1:5]]
    try:
        sizes = {len([float(token) for token in row]) for row in rows[1:]}
        scale = [float(token) for token in rows[0]]
    except ValueError:
        return False
    counts = lines[5].split()
    if counts and not counts[0].isdecimal():
        counts = lines[6].split()
    return (
        len(scale) in (1, 3)
        and sizes == {3}
        and bool(counts)
        and all(token.isdecimal() for token in counts)
        and lines[7].strip()[:1].lower() in tuple("dcks-.0123456789")
        and not lines[6 if lines[5].split()[0].isdecimal() else 7].strip()[:1].isdecimal()
    )


def read_poscar(raw: RawFile, limits: ParseLimits) -> Iterator[Draft | Refusal]:
    """The one crystal of a POSCAR. Velocities and selective dynamics are ignored.

    Raises: ParseError, UploadLimitError.
    """
    lines = text_of(raw).splitlines()
    lattice, scale, numbers, next_line = read_head(lines, limits)
    if next_line < len(lines) and lines[next_line].strip()[:1].lower() == "s":
        next_line += 1
    if next_line >= len(lines):
        raise ParseError("The POSCAR ends before its coordinates.")
    mode = lines[next_line].strip()[:1].lower()
    rows = lines[next_line + 1 : next_line + 1 + len(numbers)]
    if len(rows) < len(numbers):
        raise ParseError(f"The POSCAR promises {len(numbers)} atoms and lists {len(rows)}.")
    coordinates = np.array([coordinate_row(row, i) for i, row in enumerate(rows)])
    check_geometry(lattice, coordinates)
    cartesian = mode in ("c", "k")
    frac = coordinates * scale @ np.linalg.inv(lattice) if cartesian else coordinates
    yield Draft(Crystal("", lattice, frac, np.array(numbers)))


def coordinate_row(line: str, index: int) -> list[float]:
    """Three coordinates of atom `index`. Raises: ParseError quoting the line."""
    return _triple(line, f"Atom {index + 1}")


def _triple(line: str, what: str) -> list[float]:
    tokens = line.split()
    if len(tokens) < 3:
        raise ParseError(f"{what} has no three coordinates: {line.strip()[:60]!r}.")
    return [number(token, f"row of {what[0].lower()}{what[1:]}") for token in tokens[:3]]


def read_head(
    lines: list[str], limits: ParseLimits
) -> tuple[FloatArray, FloatArray, list[int], int]:
    """Scaled lattice, scale, atomic numbers, and the index of the line after the counts.

    Raises: ParseError, UploadLimitError.
    """
    if len(lines) < 7:
        raise ParseError(f"A POSCAR has at least 8 lines; this file has {len(lines)}.")
    cell = np.array([_triple(lines[i + 1], f"Lattice vector {i}") for i in (1, 2, 3)])
    scale = _scale(lines[1], cell)
    lattice = cell * scale
    check_geometry(lattice, np.zeros((0, 3)))
    tokens = lines[5].split()
    if tokens and all(token.isdecimal() for token in tokens):
        symbols, counts, next_line = lines[0].split()[: len(tokens)], tokens, 6
    else:
        symbols, counts, next_line = tokens, lines[6].split(), 7
    if len(symbols) != len(counts) or not all(c.isdecimal() for c in counts):
        raise ParseError(
            f"Elements {' '.join(symbols)[:40]!r} and counts {' '.join(counts)[:40]!r} "
            "do not belong together.",
            hint="Name the elements on the sixth line, one for each count.",
        )
    amounts = [int(count[:12]) for count in counts]
    if not any(amounts):
        raise ParseError(f"The counts {' '.join(counts)[:40]!r} give no atom.")
    check_atom_rows(sum(amounts), limits)
    numbers = [
        z
        for symbol, amount in zip(symbols, amounts, strict=True)
        for z in [atomic_number(symbol.split("/")[0])] * amount
    ]
    return lattice, scale, numbers, next_line


def _scale(line: str, cell: FloatArray) -> FloatArray:
    """Factor on the cell, (1,) or (3,); a negative one states the volume."""
    values = np.array([number(token, "scale") for token in line.split()[:3]] or [1.0])
    if len(values) == 2:
        values = values[:1]
    if len(values) == 1 and values[0] < 0:
        volume = max(abs(float(np.linalg.det(cell))), 1e-12)
        return np.array([(-values[0] / volume) ** (1 / 3)])
    return values


READERS.register(
    Reader(
        key="poscar",
        label="VASP POSCAR",
        patterns=("*poscar*", "*contcar*", "*.vasp"),
        looks_like=looks_like_poscar,
        read=read_poscar,
    )
)

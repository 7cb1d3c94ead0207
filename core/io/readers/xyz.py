"""Extended xyz: frames with `Lattice="..."` and `Properties=...` in the comment line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from core.config import ParseLimits
from core.errors import InputError, ParseError
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
from core.io.readers.properties import scalar_properties
from core.types import Crystal, Finding, FloatArray, IntArray, RawFile

_PAIR = re.compile(r"""([A-Za-z_][\w.\-/]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|\{([^}]*)\}|(\S+))""")
_ID_KEYS = ("material_id", "mp_id", "id", "name")


def looks_like_xyz(head: str) -> bool:
    """A count alone on the first line, then a comment, then a symbol and three numbers."""
    lines = head.splitlines()
    if len(lines) < 3 or not lines[0].strip().isdecimal():
        return False
    return "lattice=" in lines[1].lower() or len(lines[2].split()) >= 4


def read_xyz(raw: RawFile, limits: ParseLimits) -> Iterator[Draft | Refusal]:
    """Yields one item for each frame. Raises: ParseError when the file holds no frame at all."""
    lines = text_of(raw).splitlines()
    at, frame = 0, 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        frame += 1
        head = lines[at].strip()
        if not head.isdecimal() or len(head) > 12:
            error = ParseError(f"Frame {frame} should start with a count, not {head[:40]!r}.")
            yield Refusal.from_error(error, f"frame{frame}")
            return  # without a count there is no telling where the next frame starts
        count = int(head)
        block = lines[at + 1 : at + 2 + count]
        at += 2 + count
        try:
            yield _frame(block, count, frame, limits)
        except InputError as error:
            yield Refusal.from_error(error, f"frame{frame}")
    if frame == 0:
        raise ParseError("The xyz file holds no frame.")


def _frame(block: list[str], count: int, frame: int, limits: ParseLimits) -> Draft:
    check_atom_rows(count, limits)
    if len(block) < count + 1:
        raise ParseError(f"The frame promises {count} atoms and lists {max(len(block) - 1, 0)}.")
    info = {
        m[1]: next(v for v in m.groups()[1:] if v is not None) for m in _PAIR.finditer(block[0])
    }
    keys = {key.lower(): key for key in info}
    if "lattice" not in keys:
        raise ParseError(
            "The xyz frame has no cell.",
            hint='Write extended xyz with Lattice="ax ay az bx by bz cx cy cz" in line 2.',
        )
    values = [number(token, "Lattice") for token in info[keys["lattice"]].replace(",", " ").split()]
    if len(values) != 9:
        raise ParseError(f"Lattice holds {len(values)} numbers; it must hold 9.")
    lattice = np.array(values).reshape(3, 3)
    numbers, cart, shares = _atoms(block[1:], info.get(keys.get("properties", ""), ""))
    rest: dict[str, Any] = {
        key: value for key, value in info.items() if key.lower() not in ("lattice", "properties")
    }
    name = next((rest[keys[k]] for k in _ID_KEYS if k in keys), "")
    check_geometry(lattice, cart)
    frac = cart @ np.linalg.inv(lattice)
    crystal = Crystal("", lattice, frac, numbers, shares, properties=scalar_properties(rest))
    findings = _periodicity(info.get(keys.get("pbc", ""), ""))
    return Draft(crystal, name or f"frame{frame}", bool(name), findings)


def _atoms(lines: list[str], properties: str) -> tuple[IntArray, FloatArray, FloatArray]:
    """Atomic numbers (n,), Cartesian coordinates (n, 3) and occupancies (n,) of a frame."""
    species, position, occupancy = _columns(properties)
    rows = [line.split() for line in lines]
    numbers = [atomic_number(_token(row, species, i)) for i, row in enumerate(rows)]
    cart = [
        [number(_token(row, position + k, i), f"row of atom {i + 1}") for k in range(3)]
        for i, row in enumerate(rows)
    ]
    shares = [
        1.0 if occupancy is None else number(_token(row, occupancy, i), f"row of atom {i + 1}")
        for i, row in enumerate(rows)
    ]
    return np.array(numbers), np.array(cart).reshape(-1, 3), np.array(shares)


def _token(row: list[str], column: int, index: int) -> str:
    if column >= len(row):
        raise ParseError(f"Atom {index + 1} has {len(row)} columns: {' '.join(row)[:60]!r}.")
    return row[column]


def _columns(properties: str) -> tuple[int, int, int | None]:
    """First columns of species, position and occupancy, by the Properties key."""
    if not properties:
        return 0, 1, None
    parts = properties.split(":")
    starts: dict[str, int] = {}
    column = 0
    for name, _, width in zip(parts[::3], parts[1::3], parts[2::3], strict=False):
        starts[name.lower()] = column
        if not width.isdecimal():
            raise ParseError(f"Properties={properties[:60]!r} is not name:type:columns triples.")
        column += int(width[:6])
    species = starts.get("species", starts.get("element"))
    if species is None or "pos" not in starts:
        raise ParseError(f"Properties={properties[:60]!r} names no species or no pos.")
    return species, starts["pos"], starts.get("occ", starts.get("occupancy"))


def _periodicity(pbc: str) -> tuple[Finding, ...]:
    flags = pbc.upper().replace(",", " ").split()
    if flags and any(flag.startswith(("F", "0")) for flag in flags):
        message = f'The file says pbc="{pbc[:20]}"; it is read as periodic in all directions.'
        return (Finding("not_periodic", message),)
    return ()


READERS.register(
    Reader(
        key="xyz",
        label="extended xyz",
        patterns=("*.extxyz", "*.xyz"),
        looks_like=looks_like_xyz,
        read=read_xyz,
    )
)

"""VASP XDATCAR: a trajectory, one crystal for each step."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.config import ParseLimits
from core.errors import ParseError
from core.io.draft import Draft, Refusal
from core.io.readers.base import READERS, Reader, check_geometry, text_of
from core.io.readers.poscar import coordinate_row, looks_like_poscar, read_head
from core.types import Crystal, RawFile

_STEP = "direct configuration="


def looks_like_xdatcar(head: str) -> bool:
    """A POSCAR head, then numbered steps."""
    return _STEP in head.lower() and looks_like_poscar(head)


def read_xdatcar(raw: RawFile, limits: ParseLimits) -> Iterator[Draft | Refusal]:
    """Yields one draft for each step; a cell repeated between steps (variable cell) is followed.

    Raises: ParseError, UploadLimitError.
    """
    lines = text_of(raw).splitlines()
    lattice, _, numbers, at = read_head(lines, limits)
    step, n_atoms = 0, len(numbers)
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        if not lines[at].lower().startswith(_STEP):
            lattice, _, numbers, offset = read_head(lines[at:], limits)
            at, n_atoms = at + offset, len(numbers)
            continue
        step += 1
        rows = lines[at + 1 : at + 1 + n_atoms]
        at += 1 + n_atoms
        if len(rows) < n_atoms:
            error = ParseError(f"Step {step} lists {len(rows)} of {n_atoms} atoms.")
            yield Refusal.from_error(error, f"step{step}")
            return
        frac = np.array([coordinate_row(row, i) for i, row in enumerate(rows)])
        check_geometry(lattice, frac)
        yield Draft(Crystal("", lattice, frac, np.array(numbers)), f"step{step}")
    if step == 0:
        raise ParseError("The XDATCAR holds no step.")


READERS.register(
    Reader(
        key="xdatcar",
        label="VASP XDATCAR",
        patterns=("*xdatcar*",),
        looks_like=looks_like_xdatcar,
        read=read_xdatcar,
    )
)

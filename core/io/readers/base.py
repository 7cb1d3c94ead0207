"""The table of file formats: a new format is one more file in this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from core.config import ParseLimits
from core.errors import ParseError, UploadLimitError
from core.io.draft import Draft, Enclosed, Refusal
from core.registry import Registry
from core.types import FloatArray, RawFile

_LONGEST_CELL = 1e5  # angstrom
_FARTHEST = 1e6  # in units of the cell, or angstrom
_FLATTEST = 1e-6  # volume over the product of the lengths

ReadFunction = Callable[[RawFile, ParseLimits], Iterator[Draft | Enclosed | Refusal]]


@dataclass(frozen=True, slots=True)
class Reader:
    """How one file format is recognised and read.

    Attributes:
        key: name in the registry.
        label: words for the user.
        patterns: shell patterns of lower-case file names, without `.gz` and the like.
        looks_like: whether the first 4,096 bytes, decoded, are of this format.
        read: yields one item for each crystal of the file; may raise InputError.
        trusted: our own code, linear in the file's size: may run in the calling process. Readers
            that hand the file to a third-party parser are not, and run in a killable worker.
    """

    key: str
    label: str
    patterns: tuple[str, ...]
    looks_like: Callable[[str], bool]
    read: ReadFunction
    trusted: bool = True


READERS: Registry[Reader] = Registry("file format", "core.io.readers")


def text_of(raw: RawFile) -> str:
    """The file as text: UTF-8 (or UTF-16 with a mark), else Latin-1.

    Raises: ParseError for binary content.
    """
    data = raw.data
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace").lstrip("\ufeff")
    sample = data[:65536]
    controls = sum(sample.count(bytes([c])) for c in (*range(9), *range(14, 32), 127))
    if b"\0" in sample or controls > 0.02 * len(sample):
        raise ParseError(
            f"The file is binary: it starts with {data[:8]!r}.",
            hint="Gridscope reads text formats: CIF, POSCAR, JSON, extxyz, LAMMPS data.",
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def check_atom_rows(n_rows: int, limits: ParseLimits) -> None:
    """Raises: UploadLimitError when a crystal lists more atoms than the limits allow."""
    if n_rows > limits.max_atom_rows:
        raise UploadLimitError(
            f"The structure lists {n_rows:,} atoms; the limit is {limits.max_atom_rows:,}.",
            hint="Use a smaller cell, such as the primitive one. In Python, "
            "ParseLimits(max_atom_rows=...) allows more.",
        )


def check_geometry(lattice: FloatArray, coordinates: FloatArray) -> None:
    """Refuse numbers no crystal has, before any arithmetic is done with them.

    Args:
        lattice: (3, 3), angstrom.
        coordinates: (n, 3), fractional or Cartesian.

    Raises: ParseError quoting the offending value.
    """
    hint = "Check the numbers of the cell and the coordinates."
    for values, what, largest in (
        (lattice, "cell", _LONGEST_CELL), (coordinates, "coordinates", _FARTHEST)
    ):  # fmt: skip
        wrong = ~(np.abs(values) <= largest)  # also true for NaN
        if wrong.any():
            raise ParseError(f"The {what} hold {values[wrong][0]:g}.", hint=hint)
    lengths = np.linalg.norm(lattice, axis=1)
    if not abs(np.linalg.det(lattice)) > _FLATTEST * max(float(np.prod(lengths)), 1e-3):
        raise ParseError(f"The lattice vectors {lattice.tolist()} span no volume.", hint=hint)


def number(token: str, what: str) -> float:
    """A finite or infinite float, as written by C or Fortran (`1.0D+02`).

    Raises: ParseError quoting the token.
    """
    try:
        return float(token)
    except ValueError:
        pass
    try:
        return float(token.lower().replace("d", "e"))
    except ValueError:
        raise ParseError(f"The {what} holds {token[:40]!r}, which is no number.") from None


def atomic_number(symbol: str) -> int:
    """Atomic number of a symbol; charges, digits and case as files write them are dropped.

    Raises: ParseError quoting the symbol.
    """
    from core.elements import ATOMIC_NUMBERS

    letters = "".join(c for c in symbol.strip().split("_")[0] if c.isascii() and c.isalpha())
    z = ATOMIC_NUMBERS.get(letters.capitalize())
    if z is None:
        raise ParseError(
            f"{symbol[:40]!r} is no element.",
            hint="Use the symbols of the periodic table (D and T stand for hydrogen).",
        )
    return z

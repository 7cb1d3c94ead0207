"""Files and crystals for the tests of core.io."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from core.io import parse
from core.io.pool import close_idle
from core.types import Crystal, ParseReport, RawFile

Reading = Callable[..., ParseReport]

QUARTZ = """data_quartz
_chemical_formula_sum 'Si O2'
_cell_formula_units_Z 3
_cell_length_a 4.9137(1)
_cell_length_b 4.9137(1)
_cell_length_c 5.4047(1)
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 120
_symmetry_space_group_name_H-M 'P 32 2 1'
_space_group_IT_number 154
loop_
_symmetry_equiv_pos_as_xyz
'x,y,z'
'y,x,-z+2/3'
'-y,x-y,z+2/3'
'-x,-x+y,-z+1/3'
'-x+y,-x,z+1/3'
'x-y,-y,-z'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
Si1 Si 0.4697(2) 0 0 1
O1 O 0.4135(2) 0.2669(2) 0.1191(2) 1
"""
POSCAR = """NaCl
2.0
2.82 0 0
0 2.82 0
0 0 2.82
Na Cl
4 4
Selective dynamics
Direct
0 0 0 T T T
0 0.5 0.5 T T T
0.5 0 0.5 F F F
0.5 0.5 0 F F F
0.5 0 0 T T T
0.5 0.5 0.5 T T T
0 0 0.5 T T T
0 0.5 0 T T T
"""


@pytest.fixture(scope="session", autouse=True)
def _workers_end() -> Iterator[None]:
    yield
    close_idle()


@pytest.fixture
def quartz_cif() -> str:
    """Alpha quartz with symmetry operators and standard uncertainties: 3 SiO2."""
    return QUARTZ


@pytest.fixture
def poscar_text() -> str:
    """Rock salt, a = 5.64 angstrom, as VASP 5 writes it, with selective dynamics."""
    return POSCAR


@pytest.fixture
def here() -> Reading:
    """Parse one text in this process (no worker): `here(text, name="a.cif", **options)`."""

    def read_text(text: str | bytes, name: str = "a.cif", **options: object) -> ParseReport:
        data = text.encode() if isinstance(text, str) else text
        return parse([RawFile(name, data)], workers=0, **options)  # type: ignore[arg-type]

    return read_text


@pytest.fixture
def mixed_alloy() -> Crystal:
    """Fe0.5Co0.5 on the two sites of a body-centred cell, as a mixed site each."""
    frac = np.array([[0, 0, 0], [0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]])
    return Crystal(
        "alloy", 2.86 * np.eye(3), frac, np.array([26, 27, 26, 27]), np.full(4, 0.5),
        np.array([0, 0, 1, 1]), source="fixture",
    )  # fmt: skip


@pytest.fixture
def damaged() -> Callable[[list[bytes], int, int], Iterator[RawFile]]:
    """`damaged(sources, count, seed)`: flipped bytes, cuts, strange numbers, moved lines."""
    return _damaged


_NUMBER = re.compile(rb"-?\d+\.\d+")
_STRANGE = (
    b"nan",
    b"inf",
    b"-1e308",
    b"1e-300",
    b"0",
    b"?",
    b".",
    b"1e9",
    b"-90",
    b"180.0",
    b"1/0",
)


def _damaged(sources: list[bytes], count: int, seed: int) -> Iterator[RawFile]:
    """`count` damaged copies of the sources."""
    rng = np.random.default_rng(seed)
    kinds = (_flipped, _truncated, _renumbered, _shuffled)
    for index in range(count):
        source = sources[int(rng.integers(len(sources)))]
        yield RawFile(f"fuzz{index:04d}.cif", kinds[index % len(kinds)](source, rng))


def _flipped(data: bytes, rng: np.random.Generator) -> bytes:
    bytes_ = bytearray(data)
    for at in rng.integers(len(bytes_), size=int(rng.integers(1, 40))):
        bytes_[int(at)] = int(rng.integers(256))
    return bytes(bytes_)


def _truncated(data: bytes, rng: np.random.Generator) -> bytes:
    return data[: int(rng.integers(len(data)))]


def _renumbered(data: bytes, rng: np.random.Generator) -> bytes:
    def other(match: re.Match[bytes]) -> bytes:
        if rng.random() > 0.1:
            return match[0]
        if rng.random() < 0.3:
            return _STRANGE[int(rng.integers(len(_STRANGE)))]
        return f"{rng.normal(scale=10 ** rng.uniform(-3, 4)):.5f}".encode()

    return _NUMBER.sub(other, data)


def _shuffled(data: bytes, rng: np.random.Generator) -> bytes:
    lines = data.split(b"\n")
    for _ in range(int(rng.integers(1, 6))):
        a, b = rng.integers(len(lines), size=2)
        if rng.random() < 0.5:
            lines[int(a)], lines[int(b)] = lines[int(b)], lines[int(a)]
        else:
            lines.insert(int(a), lines[int(b)])
    return b"\n".join(lines)

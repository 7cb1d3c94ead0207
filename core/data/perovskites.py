"""Perovskite-related crystals from crystallographic parameters, for series and for sliders."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from core.elements import ATOMIC_NUMBERS
from core.errors import InvalidSpecError
from core.types import Crystal, FloatArray

Direction = Literal["001", "111"]

# The asymmetric unit: symbol and position along the fourfold axis or its orbit, space group
# I4/mmm; "e" is (0, 0, z), "g" is (0, 1/2, z), "c" is (0, 1/2, 0), "a" the origin, "b" (0, 0, 1/2).
_Orbit = tuple[str, str, float]

_LAYERED: MappingProxyType[int, tuple[float, float, tuple[_Orbit, ...]]] = MappingProxyType({
    # Ruddlesden & Popper, Acta Cryst. 10, 538 (1957), doi 10.1107/S0365110X57001929
    1: (3.884, 12.60, (
        ("Sr", "e", 0.355), ("Ti", "a", 0.0), ("O", "c", 0.0), ("O", "e", 0.152),
    )),
    # Ruddlesden & Popper, Acta Cryst. 11, 54 (1958), doi 10.1107/S0365110X58000128: n = 2 and 3,
    # with idealised positions (all Ti-O along c equal). Not checked against the printed tables:
    # tests confirm space group, formula and bond lengths only.
    2: (3.90, 20.38, (
        ("Sr", "b", 0.5), ("Sr", "e", 0.312), ("Ti", "e", 0.094),
        ("O", "a", 0.0), ("O", "e", 0.188), ("O", "g", 0.094),
    )),
    3: (3.90, 28.1, (
        ("Sr", "e", 0.432), ("Sr", "e", 0.296), ("Ti", "a", 0.0), ("Ti", "e", 0.136),
        ("O", "c", 0.0), ("O", "e", 0.068), ("O", "e", 0.204), ("O", "g", 0.136),
    )),
})  # fmt: skip

# Beyond n = 3 each further layer is one cell of SrTiO3 and all layers are equally thick: idealised.
MAX_LAYERS = 10
_ROCK_SALT_GAP = 2.59  # height of the rock salt layer between two blocks, angstrom, as in n = 3

_SRO_A = 5.16  # rock salt, Fm-3m, angstrom
_SRTIO3_A = 3.905  # cubic perovskite, Pm-3m, angstrom
_FCC = ((0.0, 0.0, 0.0), (0.0, 0.5, 0.5), (0.5, 0.0, 0.5), (0.5, 0.5, 0.0))
_PEROVSKITE = ((0.0, 0.0, 0.0), (0.5, 0.5, 0.5), (0.5, 0.5, 0.0), (0.5, 0.0, 0.5), (0.0, 0.5, 0.5))


def _crystal(
    name: str, cell: Sequence[float], symbols: Sequence[str], frac: Any, **properties: Any
) -> Crystal:
    return Crystal(
        id=name,
        lattice=np.diag(np.array(cell, dtype=float)),
        frac=np.array(frac, dtype=float),
        numbers=np.array([ATOMIC_NUMBERS[symbol] for symbol in symbols]),
        properties=properties,
        source="grid-report",
    )


def _orbit(letter: str, z: float) -> FloatArray:
    """(multiplicity, 3) positions of a Wyckoff site of I4/mmm in the conventional cell."""
    corner = [[0.0, 0.0, z]] if letter in "abe" else [[0.0, 0.5, z], [0.5, 0.0, z]]
    half = np.array(corner)
    if letter in "eg":  # the mirror plane z = 0 doubles the general height
        half = np.vstack([half, half * [1, 1, -1]])
    return np.vstack([half, half + 0.5]) % 1.0


def ruddlesden_popper(n: float) -> Crystal:
    """Sr(n+1)Ti(n)O(3n+1): n perovskite layers between layers of rock salt.

    Args:
        n: 0 (SrO), 1, 2, ... 10 or infinity (SrTiO3). Beyond 3 the cell is idealised: blocks of
            cubic SrTiO3 between rock salt layers as high as those of n = 3.

    Returns: the conventional cell (Z = 2 between the ends: 10 n + 4 atoms); property
        `layer_fraction` is n / (n + 1); `n_layers` is left out for infinity.

    Raises: InvalidSpecError for another n.

    Reference: Ruddlesden & Popper 1957 and 1958, doi 10.1107/S0365110X57001929 and
        10.1107/S0365110X58000128.
    """
    if n == 0:
        frac = np.vstack([np.array(_FCC), np.array(_FCC) + (0.5, 0.5, 0.5)]) % 1.0
        return _crystal(
            "RP-n0", [_SRO_A] * 3, ["Sr"] * 4 + ["O"] * 4, frac,
            series="ruddlesden-popper", n_layers=0, layer_fraction=0.0,
        )  # fmt: skip
    if n == inf:
        return cubic_perovskite(_SRTIO3_A).with_(
            id="RP-ninf", properties={"series": "ruddlesden-popper", "layer_fraction": 1.0}
        )
    if not (isfinite(n) and n == int(n) and 1 <= n <= MAX_LAYERS):
        raise InvalidSpecError(f"n is {n!r}; it must be 0, 1, ... {MAX_LAYERS} or infinity.")
    if n not in _LAYERED:
        return _idealised(int(n))
    a, c, orbits = _LAYERED[int(n)]
    positions = [_orbit(letter, z) for _, letter, z in orbits]
    symbols = [o[0] for o, p in zip(orbits, positions, strict=True) for _ in p]
    return _crystal(
        f"RP-n{int(n)}", [a, a, c], symbols, np.vstack(positions),
        series="ruddlesden-popper", n_layers=int(n), layer_fraction=n / (n + 1),
    )  # fmt: skip


def _idealised(n: int) -> Crystal:
    """A phase of I4/mmm with n equal layers in each block, for n beyond those published."""
    symbols: list[str] = []
    positions: list[tuple[float, float, float]] = []
    half = n * _SRTIO3_A + _ROCK_SALT_GAP  # of the c axis
    for plane in range(2 * n + 1):  # SrO and TiO2 planes in turns, from -n/2 to n/2 layers
        z = (plane - n) * _SRTIO3_A / 2 / (2 * half)
        if plane % 2:
            symbols += ["Ti", "O", "O"]
            positions += [(0.0, 0.0, z), (0.5, 0.0, z), (0.0, 0.5, z)]
        else:
            symbols += ["O", "Sr"]
            positions += [(0.0, 0.0, z), (0.5, 0.5, z)]
    block = np.array(positions)
    return _crystal(
        f"RP-n{n}", [_SRTIO3_A, _SRTIO3_A, 2 * half], symbols * 2,
        np.vstack([block, block + 0.5]) % 1,
        series="ruddlesden-popper", n_layers=n, layer_fraction=n / (n + 1),
    )  # fmt: skip


def batio3(displacement: float, direction: Direction = "001", a: float = 4.0) -> Crystal:
    """Cubic BaTiO3 with Ti displaced from the centre of its octahedron.

    Args:
        displacement: length of the displacement, angstrom, 0 to a / 4.
        direction: "001" (towards an O) or "111" (towards a face).
        a: lattice parameter, angstrom.

    Raises: InvalidSpecError.
    """
    _check_length("a", a)
    if direction not in ("001", "111"):
        raise InvalidSpecError(f"direction is {direction!r}; it must be '001' or '111'.")
    if not 0 <= displacement <= a / 4:
        raise InvalidSpecError(f"displacement is {displacement!r}; it must be in [0, a / 4].")
    axis = np.array([float(index) for index in direction])
    frac = np.array(_PEROVSKITE)
    frac[1] += displacement / a * axis / np.linalg.norm(axis)
    return _crystal(
        f"BaTiO3-{direction}-{displacement:.2f}", [a] * 3, ["Ba", "Ti", "O", "O", "O"], frac,
        series=f"batio3-{direction}", displacement_A=float(displacement), lattice_parameter_A=a,
    )  # fmt: skip


def cubic_perovskite(a: float, symbols: tuple[str, str, str] = ("Sr", "Ti", "O")) -> Crystal:
    """Cubic perovskite ABX3, Pm-3m: A at the corner, B at the centre, X at the faces.

    Args:
        a: lattice parameter, angstrom.
        symbols: A, B and X.

    Raises: InvalidSpecError.
    """
    _check_length("a", a)
    for symbol in symbols:
        if symbol not in ATOMIC_NUMBERS:
            raise InvalidSpecError(f"{symbol!r} is no element.")
    cation, metal, anion = symbols
    return _crystal(
        f"ABX3-{a:.2f}", [a] * 3, [cation, metal, anion, anion, anion], _PEROVSKITE,
        series="abx3", lattice_parameter_A=float(a),
    )  # fmt: skip


def _check_length(name: str, value: float) -> None:
    if not (isfinite(value) and value > 0):
        raise InvalidSpecError(f"{name} is {value!r}; it must be a positive number of angstrom.")

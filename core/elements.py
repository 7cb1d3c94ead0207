"""Chemical symbols and atomic masses by atomic number, light enough to import anywhere."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

SYMBOLS: tuple[str, ...] = (
    "X",
    *"H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn".split(),
    *"Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe".split(),
    *"Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg".split(),
    *"Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg".split(),
    *"Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og".split(),
)
"""Symbol of atomic number z at index z; index 0 is no element."""

MAX_NUMBER = len(SYMBOLS) - 1
ATOMIC_NUMBERS: dict[str, int] = {symbol: z for z, symbol in enumerate(SYMBOLS) if z}
ATOMIC_NUMBERS |= {"D": 1, "T": 1}  # isotopes of hydrogen describe the same crystal chemistry


@cache
def atomic_masses() -> NDArray[np.float64]:
    """Standard atomic masses in u, (119,), from ase; index 0 is 1.0."""
    from ase.data import atomic_masses as masses

    values = np.array(masses[: MAX_NUMBER + 1], dtype=np.float64)
    values.setflags(write=False)
    return values


@cache
def _pauling() -> dict[str, float]:
    from pymatgen.core import Element

    return {e.symbol: float(x) for e in Element if (x := e.data.get("X")) and x == x}


def formula_rank(symbol: str) -> tuple[float, str]:
    """Sort key of an element in a formula: Pauling electronegativity; elements without one last."""
    return _pauling().get(symbol, 99.0), symbol

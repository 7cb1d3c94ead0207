"""Elements as the decoration rules see them: charges, radii, classes, and those left out."""

from __future__ import annotations

import warnings
from functools import cache

_CHARGES = """
Li 1;Na 1;K 1;Rb 1;Cs 1;Cu 1 2;Ag 1;Tl 1;Be 2;Mg 2;Ca 2;Sr 2;Ba 2;Zn 2;Cd 2;Hg 2;Mn 2 3 4;
Fe 2 3;Co 2 3;Ni 2 3;Pd 2;Pt 2 4;Sn 2 4;Pb 2 4;Eu 2 3;Yb 2 3;Al 3;Ga 3;In 3;Sc 3;Y 3;La 3;
Ce 3 4;Pr 3;Nd 3;Sm 2 3;Gd 3;Tb 3;Dy 3;Ho 3;Er 3;Tm 3;Lu 3;Ti 2 3 4;V 2 3 4 5;Cr 2 3 4;Rh 3;
Bi 3;Sb 3 5;Zr 4;Hf 4;Si 4;Ge 2 4;Mo 4 6;W 4 6;Nb 4 5;Ta 4 5;Ru 4;Os 4;Ir 3 4;Re 4 6;Th 4;U 4
"""
_ANIONS = {"F": 1, "Cl": 1, "Br": 1, "I": 1, "O": 2, "S": 2, "Se": 2, "Te": 2, "N": 3, "P": 3,
           "As": 3, "Sb": 3, "Bi": 3, "C": 4, "Si": 4, "Ge": 4, "Sn": 4, "Pb": 4}  # fmt: skip

CHARGES: dict[str, tuple[int, ...]] = {
    (words := entry.split())[0]: tuple(map(int, words[1:]))
    for entry in _CHARGES.replace("\n", "").split(";")
}
"""Common charges of cations."""

ANIONS: dict[str, int] = _ANIONS
"""Charges of anions, without their sign."""

LEFT_OUT = frozenset(
    "H He Ne Ar Kr Xe Tc Pm Po At Rn Fr Ra Ac Pa Np Pu Am Cm Bk Cf Es Fm Md No Lr".split()
)
"""Hydrogen, noble gases and elements without a long-lived isotope or beyond uranium: rule, not
result. Prototypes held by van der Waals forces are left out in `recipes`."""

NONMETALS = frozenset("C N O F P S Cl Se Br I".split())
"""A crystal of these alone may be molecular or layered: none is made."""

_CLASSES = {
    "alkali": "Li Na K Rb Cs",
    "alkaline": "Be Mg Ca Sr Ba",
    "rare": "Sc Y La Ce Pr Nd Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Th U",
    "early": "Ti Zr Hf V Nb Ta Cr Mo W",
    "late": "Mn Re Fe Ru Os Co Rh Ir Ni Pd Pt Cu Ag Au",
    "post": "Zn Cd Hg Al Ga In Tl Sn Pb Bi",
    "metalloid": "Si Ge Sn P As Sb Bi Te Se",
    "light": "B C N",
}
CLASSES: dict[str, tuple[str, ...]] = {name: tuple(text.split()) for name, text in _CLASSES.items()}
METALS: tuple[str, ...] = tuple(
    dict.fromkeys(
        s for name in ("alkali", "alkaline", "rare", "early", "late", "post") for s in CLASSES[name]
    )
)

_VALENCE = {
    "Li": 1, "Na": 1, "K": 1, "Rb": 1, "Cs": 1, "Mg": 2, "Ca": 2, "Sr": 2, "Ba": 2, "Zn": 2,
    "Cd": 2, "Al": 3, "Ga": 3, "In": 3, "Tl": 3, "B": 3, "C": 4, "Si": 4, "Ge": 4, "Sn": 4,
    "Pb": 4, "N": 5, "P": 5, "As": 5, "Sb": 5, "Bi": 5, "Sc": 3, "Y": 3, "La": 3, "Gd": 3,
    "Er": 3, "Lu": 3, "Ti": 4, "Zr": 4, "Hf": 4, "V": 5, "Nb": 5, "Ta": 5, "Cr": 6, "Mo": 6,
    "W": 6, "Mn": 7, "Re": 7, "Fe": 8, "Ru": 8, "Os": 8, "Co": 9, "Rh": 9, "Ir": 9, "Ni": 10,
    "Pd": 10, "Pt": 10, "Cu": 11, "Ag": 11, "Au": 11,
}  # fmt: skip


def valence_electrons(symbol: str) -> int | None:
    """Electrons outside the noble gas core as half-Heusler rules count them, or None."""
    return _VALENCE.get(symbol)


@cache
def electronegativity(symbol: str) -> float:
    """Pauling's."""
    from pymatgen.core import Element

    return float(Element(symbol).X)


@cache
def ionic_radius(symbol: str, charge: int) -> float:
    """Shannon's radius in six-fold coordination where known, else pymatgen's ionic radius, Å."""
    from pymatgen.core import Element, Species

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return float(Species(symbol, charge).get_shannon_radius("VI", "High Spin"))
        except (KeyError, ValueError):
            known = dict(Element(symbol).ionic_radii)
    if charge in known:
        return float(known[charge])
    return covalent_radius(symbol) if charge > 0 else covalent_radius(symbol) + 0.7


@cache
def covalent_radius(symbol: str) -> float:
    """Cordero's covalent radius, Å."""
    from ase.data import atomic_numbers, covalent_radii

    return float(covalent_radii[atomic_numbers[symbol]])


@cache
def metallic_radius(symbol: str) -> float:
    """Metallic radius, twelve-fold coordination, Å; for nonmetals 1.05 covalent radii."""
    from pymatgen.core import Element

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = Element(symbol).metallic_radius if symbol in METALS else None
    return float(value) if value else 1.05 * covalent_radius(symbol)

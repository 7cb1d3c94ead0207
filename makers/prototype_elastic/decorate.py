"""Elements on the sites of a prototype: by charge balance, or by the rules of alloys.

Every rule lists all decorations it allows; a seeded draw picks as many as the recipe asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import sqrt

import numpy as np

from makers.prototype_elastic.chemistry import (
    ANIONS,
    CHARGES,
    CLASSES,
    LEFT_OUT,
    METALS,
    electronegativity,
    ionic_radius,
    metallic_radius,
    valence_electrons,
)
from makers.prototype_elastic.prototypes import prototype
from makers.prototype_elastic.recipes import Recipe, Window

Decoration = tuple[str, ...]
"""An element for each of a recipe's sites, in their order."""

TOLERANCE_FACTOR: Window = (0.80, 1.06)
OCTAHEDRAL_FACTOR: Window = (0.36, 0.80)
_ALLOY_CONTRAST = 1.3  # most of a difference of electronegativity between two metals
_COVALENT = 1.7  # most for tetrahedral structures of halides: above, six-fold coordination wins


def decorations(recipe: Recipe) -> list[Decoration]:
    """All decorations the recipe's rule allows, sorted."""
    rules = {
        "element": _elements,
        "ionic": _ionic,
        "perovskite": _perovskites,
        "antiperovskite": _antiperovskites,
        "alloy": _alloys,
        "half_heusler": _half_heuslers,
    }
    found = {d for d in rules[recipe.rule](recipe) if LEFT_OUT.isdisjoint(d)}
    return sorted(d for d in found if len(set(d)) == len(d))


def drawn(recipe: Recipe, seed: int, taken: frozenset[Decoration]) -> list[Decoration]:
    """As many decorations as the recipe asks for, none of them `taken`, in random order."""
    choices = [d for d in decorations(recipe) if d not in taken]
    name = [ord(letter) for letter in recipe.key + recipe.strukturbericht + recipe.rule]
    order = np.random.default_rng([seed, *name]).permutation(len(choices))
    return [choices[i] for i in order[: recipe.quota]]


def _elements(recipe: Recipe) -> Iterator[Decoration]:
    symbols = ("C", "Si", "Ge", "Sn") if recipe.strukturbericht == "A4" else METALS
    return ((s,) for s in symbols)


def _within(value: float, window: Window) -> bool:
    return window[0] <= value <= window[1]


def charged(recipe: Recipe) -> Iterator[tuple[Decoration, tuple[int, ...]]]:
    """Neutral decorations with the charge of each site (the anion's negative)."""
    counts = prototype(recipe.key).counts
    amounts = [counts[site] for site in recipe.sites]
    ions = [(symbol, charge) for symbol, charges in CHARGES.items() for charge in charges]
    anions = [(a, -ANIONS[a]) for a in recipe.anions.split() if a in ANIONS]
    for combination in product(*[ions] * (len(amounts) - 1), anions):
        charges = tuple(charge for _, charge in combination)
        if sum(n * q for n, q in zip(amounts, charges, strict=True)) == 0:
            yield tuple(symbol for symbol, _ in combination), charges


def _less_electronegative(symbols: Decoration) -> bool:
    """The anion is the most electronegative element."""
    return max(map(electronegativity, symbols[:-1])) < electronegativity(symbols[-1])


def _ionic(recipe: Recipe) -> Iterator[Decoration]:
    tetrahedral = recipe.strukturbericht in ("B3", "B4", "E1_1")
    for symbols, charges in charged(recipe):
        anion = ionic_radius(symbols[-1], charges[-1])
        ratios = [ionic_radius(s, q) / anion for s, q in zip(symbols, charges, strict=True)]
        fits = all(_within(r, w) for r, w in zip(ratios, recipe.windows, strict=False))
        contrast = electronegativity(symbols[-1]) - electronegativity(symbols[0])
        if fits and _less_electronegative(symbols) and not (tetrahedral and contrast > _COVALENT):
            yield symbols


def _perovskites(recipe: Recipe) -> Iterator[Decoration]:
    """By Goldschmidt's tolerance factor and the octahedral factor."""
    for symbols, (qa, qb, qx) in charged(recipe):
        a, b, x = symbols
        ra, rb, rx = ionic_radius(a, qa), ionic_radius(b, qb), ionic_radius(x, qx)
        ra *= 1.15  # from six-fold to twelve-fold coordination, roughly
        factor = (ra + rx) / (sqrt(2) * (rb + rx))
        if (
            _within(factor, TOLERANCE_FACTOR)
            and _within(rb / rx, OCTAHEDRAL_FACTOR)
            and _less_electronegative(symbols)
        ):
            yield symbols


_ANTI = (  # corner, octahedron, centre: families with many known members
    ("Al Ga In Tl Ge Sn Pb Sb Zn Cd Ni Cu Ag Pd Pt Rh", "Mn Fe Co Ni Cr Ti V", "C N B"),
    ("Al Ga In Tl Ge Sn Pb Sb Bi", "Sc Y La Ce Pr Nd Sm Gd Tb Dy Ho Er Tm Lu Zr Hf Ti", "C N B O"),
    ("P As Sb Bi", "Mg Ca Sr Ba Eu Yb", "N"),
    ("Si Ge Sn Pb Tl Hg Zn Cd", "Ca Sr Ba Eu Yb", "O"),
    ("Rh Pd Ir Pt Ru", "Mg Sc Y La Ce Pr Nd Sm Gd Dy Er Lu", "B C"),
    ("F Cl Br I", "Li Na K", "O"),
)


def _antiperovskites(recipe: Recipe) -> Iterator[Decoration]:
    for corner, octahedron, centre in _ANTI:
        yield from product(corner.split(), octahedron.split(), centre.split())


def _members(names: str) -> list[str]:
    return [s for name in names.split() for s in CLASSES.get(name, (name,))]


def _alloys(recipe: Recipe) -> Iterator[Decoration]:
    """Elements of the sites' classes whose radii, relative to the last site's, fit."""
    for symbols in product(*map(_members, recipe.classes)):
        last = metallic_radius(symbols[-1])
        ratios = [metallic_radius(s) / last for s in symbols]
        values = [electronegativity(s) for s in symbols if s in METALS]
        contrast = max(values, default=0.0) - min(values, default=0.0)
        fits = all(_within(r, w) for r, w in zip(ratios, recipe.windows, strict=False))
        if fits and contrast <= _ALLOY_CONTRAST:
            yield symbols


def _half_heuslers(recipe: Recipe) -> Iterator[Decoration]:
    """8 or 18 valence electrons.

    The site with both kinds of neighbours takes the late transition metal when there is one
    (TiNiSn), else the anion (LiZnAs).
    """
    late = set(CLASSES["late"]) - {"Mn", "Re"}
    for x, y, z in product(*map(_members, recipe.classes)):
        counts = [valence_electrons(s) for s in (x, y, z)]
        if None in counts or not electronegativity(x) < electronegativity(z):
            continue
        total = sum(c for c in counts if c is not None)
        if total == 18 and y in late:
            yield (x, z, y)
        elif total == 8 and y not in late and electronegativity(y) < electronegativity(z):
            yield (x, y, z)

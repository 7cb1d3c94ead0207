"""The cell before relaxation: the prototype's shape and positions, its size from radii."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np

from core.types import FloatArray
from makers.prototype_elastic.chemistry import (
    ANIONS,
    CHARGES,
    METALS,
    covalent_radius,
    electronegativity,
    ionic_radius,
    metallic_radius,
)

_IONIC_CONTRAST = 1.2  # of electronegativity, above which ionic radii give the size
_CLOSE_PACKED = 4 * np.sqrt(2)  # volume of an atom, in cubes of its radius
_SHORTEST = 0.92  # of the sum of covalent radii, for unlike atoms of an alloy
_FIRST_SHELL = 1.2  # neighbours up to this multiple of the shortest distance
_BONDED = 1.25
_REACH = np.stack(np.meshgrid(*[np.arange(-2, 3)] * 3, indexing="ij"), -1).reshape(-1, 3)


def scaled(lattice: FloatArray, frac: FloatArray, symbols: list[str]) -> FloatArray:
    """The cell (3, 3) scaled so that radii fit.

    Ionic crystals: over the cations, the geometric mean of the shortest distance to an anion over
    the sum of ionic radii is 1. Others: the volume is the sum of the atoms' volumes in a close
    packing by metallic radii, but no unlike contact is shorter than 0.92 of the sum of the covalent
    radii; elements of group 14 in the diamond structure touch by covalent radii.
    """
    distances = _distances(lattice, frac)
    charges = _charges(symbols)
    if charges is not None:
        return lattice / _cation_contacts(distances, symbols, charges)
    contacts = np.add.outer(*[[covalent_radius(s) for s in symbols]] * 2)
    tight = distances.min(axis=-1) / contacts
    if _is_diamond(distances, symbols):
        return lattice / float(tight.min())
    volume = _CLOSE_PACKED * sum(metallic_radius(s) ** 3 for s in symbols)
    growth = (volume / abs(np.linalg.det(lattice))) ** (1 / 3)
    unlike = np.array(symbols)[:, None] != np.array(symbols)[None]
    closest = float(tight[unlike].min()) * growth if unlike.any() else 1.0
    return lattice * growth / min(1.0, closest / _SHORTEST)


def _distances(lattice: FloatArray, frac: FloatArray) -> FloatArray:
    """(n, n, n_images) distances, infinite from an atom to itself."""
    apart = frac[None, :, None] - frac[:, None, None] + _REACH[None, None]
    distances = np.linalg.norm(apart @ lattice, axis=-1)
    distances[distances < 1e-6] = np.inf
    return distances


def _is_diamond(distances: FloatArray, symbols: list[str]) -> bool:
    """One element with four nearest neighbours."""
    near = distances[0] < _FIRST_SHELL * distances[0].min()
    return len(set(symbols)) == 1 and int(near.sum()) == 4


def _charges(symbols: list[str]) -> dict[str, int] | None:
    """Charges of the elements of an ionic crystal, the most electronegative one the anion.

    None for a crystal that is not ionic or that common charges do not make neutral.
    """
    amounts = Counter(symbols)
    anion = max(amounts, key=electronegativity)
    cations = [s for s in amounts if s != anion]
    contrast = min((electronegativity(anion) - electronegativity(s) for s in cations), default=0.0)
    if contrast < _IONIC_CONTRAST or anion not in ANIONS or anion in METALS:
        return None
    if not all(s in CHARGES for s in cations):
        return None
    wanted = ANIONS[anion] * amounts[anion]
    for found in product(*[CHARGES[s] for s in cations]):
        if sum(q * amounts[s] for q, s in zip(found, cations, strict=True)) == wanted:
            return {**dict(zip(cations, found, strict=True)), anion: -ANIONS[anion]}
    return None


def _cation_contacts(distances: FloatArray, symbols: list[str], charges: dict[str, int]) -> float:
    """Geometric mean over bonded cations of the shortest distance to an anion over the radii's sum.

    Bonded are those whose ratio is within a quarter of the smallest.
    """
    anions = np.array([charges[s] < 0 for s in symbols])
    ratios = []
    for row in np.flatnonzero(~anions):
        to_anions = distances[row][anions]
        shortest = float(to_anions.min())
        neighbours = int((to_anions < _FIRST_SHELL * shortest).sum())
        radius = ionic_radius(symbols[row], charges[symbols[row]]) + _coordination(neighbours)
        anion = symbols[int(np.flatnonzero(anions)[0])]
        ratios.append(shortest / (max(radius, 0.1) + ionic_radius(anion, charges[anion])))
    bonded = [ratio for ratio in ratios if ratio < _BONDED * min(ratios)]
    return float(np.exp(np.mean(np.log(bonded))))


def _coordination(neighbours: int) -> float:
    """What a cation's radius differs by from that in six-fold coordination, Å, roughly."""
    return {1: -0.3, 2: -0.3, 3: -0.2, 4: -0.15}.get(neighbours, 0.1 if neighbours >= 8 else 0.0)

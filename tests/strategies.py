"""Random crystals for hypothesis, and transformations that leave a crystal what it is."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from core.geometry.cell import lattice_from_parameters
from core.types import Crystal

_ELEMENTS = np.array([3, 8, 14, 22, 26, 38, 56, 82])


def random_crystal(seed: int, max_sites: int = 6, min_contact: float = 0.3) -> Crystal:
    """A random triclinic crystal with angles from 15 to 146 degrees; same seed, same crystal."""
    rng = np.random.default_rng(seed)
    while True:
        lengths, angles = rng.uniform(2.5, 9.0, 3), rng.uniform(15, 146, 3)
        if rng.random() < 0.2:
            angles = np.array([132.0, 146.0, 15.0])[rng.permutation(3)] + rng.uniform(-1, 1, 3)
        cosines = np.cos(np.radians(angles))
        squared = 1 - (cosines**2).sum() + 2 * cosines.prod()
        if squared > 1e-4 and lengths.prod() * np.sqrt(squared) > 12:
            break
    lattice = lattice_from_parameters(*lengths, *angles)
    n = int(rng.integers(1, max_sites + 1))
    frac = rng.random((n, 3))
    if rng.random() < 0.3:  # special positions: many equal distances
        frac = np.round(frac * 4) / 4
        frac = np.unique(frac % 1, axis=0)
    return Crystal(f"random-{seed}", lattice, frac, rng.choice(_ELEMENTS, len(frac)))


crystals = st.builds(random_crystal, st.integers(0, 10**6))


def permuted(crystal: Crystal, rng: np.random.Generator) -> Crystal:
    order = rng.permutation(crystal.n_rows)
    return crystal.with_(
        frac=crystal.frac[order],
        numbers=crystal.numbers[order],
        occupancy=crystal.occupancy[order],
        position=crystal.position[order],
    )


def rotated(crystal: Crystal, rng: np.random.Generator) -> Crystal:
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return crystal.with_(lattice=crystal.lattice @ (q * np.sign(np.linalg.det(q))))


def translated(crystal: Crystal, rng: np.random.Generator) -> Crystal:
    return crystal.with_(frac=crystal.frac + rng.random(3))


def reshaped(crystal: Crystal, rng: np.random.Generator) -> Crystal:
    """The same lattice in another cell: a random integer matrix of determinant 1."""
    change = np.eye(3)
    for _ in range(3):
        i, j = rng.permutation(3)[:2]
        step = np.eye(3)
        step[i, j] = rng.integers(-2, 3)
        change = step @ change
    return crystal.with_(
        lattice=change @ crystal.lattice, frac=crystal.frac @ np.linalg.inv(change)
    )

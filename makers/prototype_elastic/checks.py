"""Reasons to leave a crystal out: each looks at the calculation, never at a reference value."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.elements import SYMBOLS
from core.errors import ConvergenceError
from core.geometry.symmetry import find_symmetry
from core.types import Crystal, FloatArray
from core.verification.equation_of_state import DOUBTS, Fit, doubt
from makers.prototype_elastic.chemistry import covalent_radius
from makers.prototype_elastic.prototypes import prototype
from makers.prototype_elastic.worklist import Task

VOLUME_RATIO = (0.4, 2.5)  # relaxed over radii-scaled
CLOSEST = 0.6  # of the sum of covalent radii
PROTOTYPE = 0.32
"""Å, GRID at one volume per atom, from the decorated prototype. Within one prototype the axial
ratio alone moves crystals by up to 0.31 (AlB2 type, from TmTe2 to NbAu2)."""
UNSTABLE = 1.0  # eV/atom above the hull of the set
SYMPREC = 1e-2

REASONS = {
    "failed": "the calculation raised an error",
    "not_converged": "forces or stress left after 40 steps",
    "no_minimum": "the seven energies have no minimum, or negative curvature there",
    **DOUBTS,
    "volume": f"relaxed over radii-scaled volume outside {VOLUME_RATIO[0]} to {VOLUME_RATIO[1]}",
    "contact": f"two atoms nearer than {CLOSEST} of the sum of their covalent radii",
    "symmetry_changed": "another space group after relaxation",
    "prototype_lost": f"GRID distance to the decorated prototype above {PROTOTYPE} angstrom",
    "duplicate": "the same crystal as one under another prototype",
    "unstable": f"more than {UNSTABLE:g} eV/atom above the hull of the set",
}
"""What each reason means, in the order in which they are tried."""


def reason(task: Task, record: dict[str, Any]) -> str | None:
    """The first reason to leave a crystal out that needs the crystal alone, or None.

    The record of a crystal that comes that far gains its `spacegroup`.
    """
    if "error" in record:
        return "failed"
    if not record["relaxed"]:
        return "not_converged"
    fit = record["fit"]
    if fit is None or fit["bulk_modulus"] <= 0:
        return "no_minimum"
    return doubt(Fit(**fit), record["volumes"]) or _doubtful_crystal(task, record)


def _doubtful_crystal(task: Task, record: dict[str, Any]) -> str | None:
    start = task.start
    ratio = record["fit"]["volume"] / abs(np.linalg.det(np.array(start["lattice"])))
    if not VOLUME_RATIO[0] <= ratio <= VOLUME_RATIO[1]:
        return "volume"
    numbers = np.array(start["numbers"])
    lattice, frac = np.array(record["lattice"]), np.array(record["frac"])
    if closest_contact(lattice, frac, numbers) < CLOSEST:
        return "contact"
    record["spacegroup"] = spacegroup(lattice, frac, numbers)
    if record["spacegroup"] != prototype(task.prototype).spacegroup:
        return "symmetry_changed"
    return None


def spacegroup(lattice: FloatArray, frac: FloatArray, numbers: Any) -> int:
    """Number of the space group; 0 when none is found."""
    try:
        return find_symmetry(Crystal("relaxed", lattice, frac, numbers), symprec=SYMPREC).number
    except ConvergenceError:
        return 0


def closest_contact(lattice: FloatArray, frac: FloatArray, numbers: Any) -> float:
    """Smallest distance of two atoms over the sum of their covalent radii."""
    shifts = np.stack(np.meshgrid(*[np.arange(-1, 2)] * 3, indexing="ij"), -1).reshape(-1, 3)
    apart = (frac[None, :, None] - frac[:, None, None] + shifts[None, None]) @ lattice
    distances = np.linalg.norm(apart, axis=-1)
    distances[distances < 1e-6] = np.inf
    radii = np.array([covalent_radius(SYMBOLS[z]) for z in numbers])
    return float((distances.min(axis=-1) / np.add.outer(radii, radii)).min())

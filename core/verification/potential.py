"""What a potential gives of a crystal: its energy, and how that changes with atoms and cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from core.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Slopes:
    """Energy and its first derivatives.

    Attributes:
        energy: eV per cell.
        forces: (n, 3) eV/Å.
        virial: (3, 3) dE/dstrain, eV; the strain acts on row vectors.
    """

    energy: float
    forces: FloatArray
    virial: FloatArray


class Potential(Protocol):
    """Anything that relaxes crystals; `core.verification.chgnet` holds the one on offer."""

    def energy(self, lattice: FloatArray, frac: FloatArray, numbers: IntArray) -> float:
        """Energy of the cell, eV. Args: (3, 3) rows in Å; (n, 3) fractional; (n,)."""
        ...

    def slopes(self, lattice: FloatArray, frac: FloatArray, numbers: IntArray) -> Slopes:
        """Energy, forces and dE/dstrain of the cell."""
        ...

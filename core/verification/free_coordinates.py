"""The coordinates of a crystal that its space group leaves free.

The cell is `L0 (1 + S)`, scaled to a volume, with S symmetric, traceless and invariant under the
point group; the atoms move along displacements that the group leaves invariant. A relaxation in
these coordinates keeps the space group (or finds a supergroup), takes few steps, and is exact for
every crystal system. A crystal without symmetry is free in all its atoms and the cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.geometry.symmetry import find_symmetry
from core.types import Crystal, FloatArray, IntArray
from core.verification.potential import Slopes

SYMPREC = 1e-3
_KEPT = 0.5  # a projector's eigenvalue is 0 or 1
_STIFFNESS = 0.6  # eV/Å³, about 100 GPa
_SPRING = 8.0  # eV/Å²


@dataclass(frozen=True, slots=True, eq=False)
class FreeCoordinates:
    """Free coordinates x: shape strains (k_s), then displacements (k_u), scaled to stiffness 1.

    Attributes:
        lattice: (3, 3) the cell at x = 0.
        frac: (n, 3) the atoms at x = 0.
        numbers: (n,).
        strains: (k_s, 3, 3) per unit of x.
        moves: (k_u, n, 3) fractional displacements per unit of x.
    """

    lattice: FloatArray
    frac: FloatArray
    numbers: IntArray
    strains: FloatArray
    moves: FloatArray

    @property
    def n_free(self) -> int:
        """Without the volume."""
        return len(self.strains) + len(self.moves)

    def place(self, log_volume: float, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Cell and fractional coordinates at a volume (its logarithm) and free coordinates."""
        k = len(self.strains)
        cell = self.lattice @ (np.eye(3) + np.einsum("k,kij->ij", x[:k], self.strains))
        cell *= np.exp((log_volume - np.log(abs(np.linalg.det(cell)))) / 3)
        return cell, self.frac + np.einsum("k,kij->ij", x[k:], self.moves)

    def gradient(self, slopes: Slopes, cell: FloatArray, x: FloatArray) -> tuple[float, FloatArray]:
        """dE/dlnV at fixed x, and dE/dx at fixed volume, eV."""
        k = len(self.strains)
        inverse = np.linalg.inv(np.eye(3) + np.einsum("k,kij->ij", x[:k], self.strains))
        by_volume = float(np.trace(slopes.virial)) / 3
        relative = np.einsum("ij,kjl->kil", inverse, self.strains)
        by_shape = np.einsum("ij,kij->k", slopes.virial, relative)
        by_shape -= by_volume * np.einsum("kii->k", relative)
        by_move = -np.einsum("ni,kni->k", slopes.forces @ cell.T, self.moves)
        return by_volume, np.concatenate([by_shape, by_move])


def free_coordinates(lattice: FloatArray, frac: FloatArray, numbers: IntArray) -> FreeCoordinates:
    """The free coordinates of a crystal. Raises: ConvergenceError when no symmetry is found."""
    found = find_symmetry(Crystal("relaxing", lattice, frac, numbers), symprec=SYMPREC)
    rotations, shifts = found.rotations, found.translations
    inverse = np.linalg.inv(lattice)
    turns = np.einsum("ij,rkj,kl->ril", inverse, rotations, lattice)  # row vectors: x -> x @ turn
    volume = abs(np.linalg.det(lattice))
    strains = _strains(turns) / np.sqrt(_STIFFNESS * volume)
    moves = _moves(frac, numbers, rotations, shifts, turns) / np.sqrt(_SPRING)
    return FreeCoordinates(lattice, frac, numbers, strains, moves @ inverse)


def _strains(turns: FloatArray) -> FloatArray:
    """(k, 3, 3) orthonormal symmetric traceless tensors that the point group leaves alone."""
    units = np.zeros((6, 3, 3))
    for row, (i, j) in enumerate([(0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)]):
        units[row, i, j] = units[row, j, i] = 1.0 if i == j else np.sqrt(0.5)
    turned = np.einsum("rji,kjl,rlm->rkim", turns, units, turns).mean(axis=0)
    projector = np.einsum("kij,lij->kl", turned, units)
    trace = np.array([1, 1, 1, 0, 0, 0]) / np.sqrt(3)
    return np.einsum("kl,lij->kij", _range_of(projector - np.outer(trace, trace)), units)


def _moves(
    frac: FloatArray, numbers: IntArray, rotations: IntArray, shifts: FloatArray, turns: FloatArray
) -> FloatArray:
    """(k, n, 3) orthonormal Cartesian displacements that the group leaves alone."""
    n = len(frac)
    projector = np.zeros((n, 3, n, 3))
    for rotation, shift, turn in zip(rotations, shifts, turns, strict=True):
        apart = (frac @ rotation.T + shift)[:, None] - frac[None]
        distance = np.linalg.norm(apart - np.round(apart), axis=-1)
        distance[numbers[:, None] != numbers[None]] = np.inf
        for source, target in enumerate(distance.argmin(axis=1)):
            projector[target, :, source, :] += turn.T
    projector = projector.reshape(3 * n, 3 * n) / len(rotations)
    drift = np.kron(np.ones((n, n)) / n, np.eye(3))  # moving all atoms together costs nothing
    return _range_of(projector - drift @ projector).reshape(-1, n, 3)


def _range_of(projector: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh((projector + projector.T) / 2)
    return vectors[:, values > _KEPT].T

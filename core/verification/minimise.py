"""Quasi-Newton relaxation in the free coordinates of a crystal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.types import FloatArray
from core.verification.free_coordinates import FreeCoordinates
from core.verification.potential import Potential, Slopes

_VOLUME_STIFFNESS = 0.6  # eV/Å³: dE/dlnV² is about the volume times the bulk modulus
_LONGEST = 0.35  # of a step, in scaled coordinates; a strain of a few per cent
_LONGEST_VOLUME = 0.15  # of a step of the logarithm of the volume


@dataclass(frozen=True, slots=True, eq=False)
class Minimum:
    """Where a relaxation ended.

    Attributes:
        log_volume: logarithm of the volume of the cell.
        x: free coordinates.
        slopes: energy (eV per cell), forces and virial there.
        hessian: (1 + k, 1 + k) approximate second derivatives, volume first.
        residual: largest slope left, eV per atom and unit of scaled coordinate.
        n_steps: evaluations of forces and stress.
    """

    log_volume: float
    x: FloatArray
    slopes: Slopes
    hessian: FloatArray
    residual: float
    n_steps: int


def minimise(
    potential: Potential,
    free: FreeCoordinates,
    log_volume: float,
    x: FloatArray,
    *,
    tolerance: float,
    max_steps: int,
    fixed_volume: bool = False,
    hessian: FloatArray | None = None,
    before_step: Callable[[], None] | None = None,
) -> Minimum:
    """Minimise the energy by BFGS with bounded steps.

    Args:
        potential: gives energies and slopes.
        free: coordinates.
        log_volume: start of the volume's logarithm.
        x: (k,) start of the free coordinates.
        tolerance: largest slope accepted, eV per atom (coordinates have stiffness about 1 eV).
        max_steps: evaluations allowed.
        fixed_volume: keep the volume.
        hessian: start of the second derivatives.
        before_step: called before each evaluation; what it raises ends the search.
    """
    first = 1 if fixed_volume else 0
    n_atoms = len(free.numbers)
    volume_scale = np.sqrt(_VOLUME_STIFFNESS * np.exp(log_volume))
    point = np.concatenate([[log_volume * volume_scale], x])
    curvature = np.eye(len(point)) if hessian is None else hessian.copy()
    before: tuple[FloatArray, FloatArray] | None = None
    for step in range(1, max_steps + 1):
        if before_step is not None:
            before_step()
        cell, frac = free.place(point[0] / volume_scale, point[1:])
        slopes = potential.slopes(cell, frac, free.numbers)
        by_volume, by_free = free.gradient(slopes, cell, point[1:])
        gradient = np.concatenate([[by_volume / volume_scale], by_free])
        if before is not None:
            _update(curvature, point - before[0], gradient - before[1])
        residual = float(np.abs(gradient[first:]).max(initial=0.0)) / n_atoms
        if residual <= tolerance or step == max_steps:
            break
        before = point, gradient
        point = point + _bounded(curvature, gradient, first, volume_scale, n_atoms)
    return Minimum(
        point[0] / volume_scale, point[1:], slopes, curvature, residual, step
    )  # fmt: skip


def _update(curvature: FloatArray, moved: FloatArray, changed: FloatArray) -> None:
    """The BFGS update in place, left out where the curvature along the step is not positive."""
    along = float(moved @ changed)
    if along <= 1e-3 * float(moved @ moved) * 0.05:
        return
    pushed = curvature @ moved
    curvature += np.outer(changed, changed) / along
    curvature -= np.outer(pushed, pushed) / float(moved @ pushed)


def _bounded(
    curvature: FloatArray, gradient: FloatArray, first: int, volume_scale: float, n_atoms: int
) -> FloatArray:
    step = np.zeros(len(gradient))
    step[first:] = -np.linalg.solve(curvature[first:, first:], gradient[first:])
    bound = _LONGEST * np.sqrt(n_atoms)
    shrink = max(
        1.0,
        float(np.abs(step[1:]).max(initial=0.0)) / bound,
        abs(step[0]) / volume_scale / _LONGEST_VOLUME,
    )
    return step / shrink

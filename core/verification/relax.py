"""One crystal through a potential: relaxed in its space group, then its equation of state.

At the two end volumes shape and positions are relaxed again at fixed volume; at the volumes
between they follow the parabola through the ends and the minimum, which is wrong in second order
only, and its energy in fourth.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import ComputeError, ConvergenceError, JobCancelled
from core.registry import Spec, option
from core.types import Crystal, FloatArray, ShouldStop
from core.verification.equation_of_state import EV_PER_A3_IN_GPA, Fit, fit
from core.verification.free_coordinates import FreeCoordinates, free_coordinates
from core.verification.minimise import Minimum, minimise
from core.verification.potential import Potential, Slopes

HALF_WIDTH = 0.09  # of the volumes about the minimum
N_VOLUMES = 7
VERSION = 1  # raised whenever the numbers change
_MAX_STEPS_FIXED = 5
_REFINED = 0.015  # the minimum may lie this far from the middle volume, relative


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaxSpec(Spec):
    """Options of a relaxation. As they stand, the set `prototype-elastic` was made with them."""

    tolerance: float = option(
        2e-3, label="Largest slope left", unit="eV/atom", ge=1e-5, le=0.1,
        help="In coordinates scaled to stiffness 1: a strain, or a move of an atom.",
    )  # fmt: skip
    max_steps: int = option(
        100, label="Most steps", ge=1, le=1000,
        help="Evaluations of forces and stress before a crystal is given up.",
    )  # fmt: skip
    max_seconds: float = option(
        300.0, label="Most time a crystal", unit="s", gt=0, le=86400,
        help="A crystal that takes longer is given up.",
    )  # fmt: skip
    equation_of_state: bool = option(
        True, label="Bulk modulus",
        help="Energies at seven volumes within 9% of the minimum: bulk modulus, its pressure "
        "derivative, and a sharper minimum.",
    )  # fmt: skip
    rattle: float = option(
        0.0, label="Displace atoms before", unit="Å", ge=0, le=0.5,
        help="Breaks the symmetry, which a relaxation otherwise keeps: a crystal that would "
        "distort then may.",
    )  # fmt: skip
    seed: int = option(0, label="Seed", ge=0, help="Of the displacements.")


@dataclass(frozen=True, slots=True, eq=False)
class Relaxation:
    """What came of one crystal.

    Attributes:
        crystal: at the minimum, with the id and properties of the one given.
        energy: eV per atom there.
        converged: whether the slopes fell below the tolerance.
        residual: largest slope left, eV per atom and unit of scaled coordinate.
        n_steps: evaluations of forces and stress.
        max_force: eV/Å, left at the end.
        pressure: GPa, left at the end.
        volumes, energies: (n_volumes,) Å³ and eV per cell; empty without an equation of state.
        fit: of the equation of state per cell, or None: not asked for, or without a minimum.
        seconds: wall time.
    """

    crystal: Crystal
    energy: float
    converged: bool
    residual: float
    n_steps: int
    max_force: float
    pressure: float
    volumes: FloatArray
    energies: FloatArray
    fit: Fit | None
    seconds: float

    def require(self, spec: RelaxSpec) -> None:
        """Raises: ConvergenceError, ComputeError when what was asked for is not there."""
        if not self.converged:
            raise ConvergenceError(
                f"{self.crystal.id!r} did not relax in {self.n_steps} steps: a slope of "
                f"{self.residual:.2g} eV/atom is left, {spec.tolerance:.2g} allowed.",
                hint="Allow more steps, or start from a better volume.",
            )
        if not spec.equation_of_state:
            return
        if self.fit is None or self.fit.bulk_modulus <= 0:
            raise ComputeError(
                f"The energies of {self.crystal.id!r} at {N_VOLUMES} volumes have no minimum.",
                hint="Ask for no bulk modulus, or start from a better volume.",
            )


def relax(
    potential: Potential,
    crystal: Crystal,
    spec: RelaxSpec | None = None,
    *,
    should_stop: ShouldStop | None = None,
) -> Relaxation:
    """Relax cell and atoms within the space group of the crystal, then fit its equation of state.

    Args:
        potential: the potential.
        crystal: ordered. Its symmetry (within 0.001 Å) is kept; see `RelaxSpec.rattle`.
        spec: options; the usual ones when None.
        should_stop: asked before each evaluation of the potential.

    Raises: ConvergenceError when no symmetry is found or the time is over; ComputeError from the
        potential; JobCancelled.
    """
    spec = spec or RelaxSpec()
    began = time.monotonic()
    start = rattled(crystal, spec)
    check = _checker(crystal.id, spec, began, should_stop)
    free = free_coordinates(start.lattice, start.frac, start.numbers)
    found = minimise(
        potential, free, float(np.log(start.volume)), np.zeros(free.n_free),
        tolerance=spec.tolerance, max_steps=spec.max_steps, before_step=check,
    )  # fmt: skip
    converged = found.residual <= spec.tolerance
    volumes: FloatArray = np.empty(0)
    energies: FloatArray = np.empty(0)
    curve: Fit | None = None
    if converged and spec.equation_of_state:
        volumes, energies, curve = _equation_of_state(potential, free, found, spec, check)
    at = found.log_volume if curve is None else float(np.log(curve.volume))
    cell, frac = free.place(at, found.x)
    energy = found.slopes.energy if curve is None else curve.energy
    return Relaxation(
        crystal=crystal.with_(lattice=cell, frac=frac, labels=()),
        energy=energy / crystal.n_rows,
        converged=converged, residual=found.residual, n_steps=found.n_steps,
        max_force=float(np.linalg.norm(found.slopes.forces, axis=1).max()),
        pressure=_pressure(found.slopes, float(np.exp(found.log_volume))),
        volumes=volumes, energies=energies, fit=curve, seconds=time.monotonic() - began,
    )  # fmt: skip


def rattled(crystal: Crystal, spec: RelaxSpec) -> Crystal:
    """The crystal with each atom displaced by a normal deviate of `spec.rattle` Å in each axis."""
    if not spec.rattle:
        return crystal
    rng = np.random.default_rng(spec.seed)
    moves = spec.rattle * rng.standard_normal((crystal.n_rows, 3))
    return crystal.with_(frac=crystal.frac + moves @ np.linalg.inv(crystal.lattice))


def _pressure(slopes: Slopes, volume: float) -> float:
    return -float(np.trace(slopes.virial)) / 3 / volume * EV_PER_A3_IN_GPA


def _checker(
    name: str, spec: RelaxSpec, began: float, should_stop: ShouldStop | None
) -> Callable[[], None]:
    def check() -> None:
        if should_stop is not None and should_stop():
            raise JobCancelled(f"stopped while relaxing {name}")
        if time.monotonic() - began > spec.max_seconds:
            raise ConvergenceError(
                f"{name!r} was given up after {spec.max_seconds:g} s.",
                hint="Allow more time a crystal, or leave it out.",
            )

    return check


def _equation_of_state(
    potential: Potential,
    free: FreeCoordinates,
    found: Minimum,
    spec: RelaxSpec,
    check: Callable[[], None],
) -> tuple[FloatArray, FloatArray, Fit | None]:
    """Energies at seven volumes about the minimum; once more when they are off centre."""
    centre = found.log_volume
    for _ in range(2):
        path = _path(potential, free, found, centre, spec, check)
        volumes = np.exp(centre) * np.linspace(1 - HALF_WIDTH, 1 + HALF_WIDTH, N_VOLUMES)
        energies = np.empty(N_VOLUMES)
        for i, log in enumerate(np.log(volumes).tolist()):
            check()
            energies[i] = potential.energy(*free.place(log, path(log)), free.numbers)
        curve = fit(volumes, energies)
        if curve is None or abs(np.log(curve.volume) - centre) < _REFINED:
            break
        if abs(np.log(curve.volume) - centre) > 2 * HALF_WIDTH:
            break
        centre = float(np.log(curve.volume))
    return volumes, energies, curve


def _path(
    potential: Potential,
    free: FreeCoordinates,
    found: Minimum,
    centre: float,
    spec: RelaxSpec,
    check: Callable[[], None],
) -> Any:
    """Free coordinates as a function of the logarithm of the volume."""
    if free.n_free == 0:
        return lambda _: found.x
    logs = [centre + float(np.log1p(-HALF_WIDTH)), centre + float(np.log1p(HALF_WIDTH))]
    # Where the minimum's own second derivatives put the coordinates: a start, no more.
    drag = np.linalg.solve(found.hessian[1:, 1:], found.hessian[1:, 0])
    scale = np.sqrt(0.6 * np.exp(found.log_volume))
    ends = [
        minimise(
            potential, free, log, found.x - drag * (log - found.log_volume) * scale,
            tolerance=spec.tolerance, max_steps=_MAX_STEPS_FIXED, fixed_volume=True,
            hessian=found.hessian, before_step=check,
        ).x
        for log in logs
    ]  # fmt: skip
    knots = np.array([logs[0], found.log_volume, logs[1]])
    values = np.array([ends[0], found.x, ends[1]])

    def path(log: float) -> FloatArray:
        weights = [
            np.prod([(log - knots[j]) / (knots[i] - knots[j]) for j in range(3) if j != i])
            for i in range(3)
        ]
        return np.asarray(weights) @ values

    return path

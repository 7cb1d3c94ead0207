"""One crystal through the potential: relaxed in its space group, then its equation of state.

At the two end volumes shape and positions are relaxed again at fixed volume; at the volumes
between they follow the parabola through the ends and the minimum, which is wrong in second order
only, and its energy in fourth.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

import numpy as np

from core.types import FloatArray
from makers.prototype_elastic.eos import Fit, fit
from makers.prototype_elastic.potential import Potential
from makers.prototype_elastic.reduced import Reduced, reduce
from makers.prototype_elastic.relax import Minimum, relax

HALF_WIDTH = 0.09  # of the volumes about the minimum
N_VOLUMES = 7
TOLERANCE = 2e-3  # eV per atom and unit of scaled coordinate
MAX_STEPS = 40
_MAX_STEPS_FIXED = 5
_REFINED = 0.015  # the minimum may lie this far from the middle volume, relative


def evaluate(potential: Potential, start: dict[str, Any]) -> dict[str, Any]:
    """The record of one crystal, JSON-able.

    Args:
        potential: the potential.
        start: `lattice`, `frac`, `numbers` of the crystal before relaxation.

    Returns: `relaxed` (bool), `residual` of the relaxation, `n_steps`, the cell and positions at
        the minimum, `fit` (or None) with volumes and energies per cell, `seconds`.
    """
    began = time.process_time()
    lattice = np.array(start["lattice"])
    frac, numbers = np.array(start["frac"]), np.array(start["numbers"])
    free = reduce(lattice, frac, numbers)
    log_volume = float(np.log(abs(np.linalg.det(lattice))))
    found = relax(
        potential, free, log_volume, np.zeros(free.n_free), tolerance=TOLERANCE, max_steps=MAX_STEPS
    )
    record: dict[str, Any] = {"n_steps": found.n_steps, "residual": found.residual}
    curve: Fit | None = None
    if found.residual <= TOLERANCE:
        volumes, energies, curve = _equation_of_state(potential, free, found)
        record |= {"volumes": volumes.tolist(), "energies": energies.tolist()}
    at = np.log(curve.volume) if curve is not None else found.log_volume
    cell, frac = free.place(float(at), found.x)
    return record | {
        "relaxed": found.residual <= TOLERANCE,
        "lattice": cell.tolist(),
        "frac": frac.tolist(),
        "fit": asdict(curve) if curve is not None else None,
        "seconds": time.process_time() - began,
    }


def _equation_of_state(
    potential: Potential, free: Reduced, found: Minimum
) -> tuple[FloatArray, FloatArray, Fit | None]:
    """Energies at seven volumes about the minimum; once more when they are off centre."""
    centre = found.log_volume
    for _ in range(2):
        path = _path(potential, free, found, centre)
        volumes = np.exp(centre) * np.linspace(1 - HALF_WIDTH, 1 + HALF_WIDTH, N_VOLUMES)
        energies = np.array([
            potential.energy(*free.place(float(np.log(v)), path(float(np.log(v)))), free.numbers)
            for v in volumes
        ])  # fmt: skip
        curve = fit(volumes, energies)
        if curve is None or abs(np.log(curve.volume) - centre) < _REFINED:
            break
        if abs(np.log(curve.volume) - centre) > 2 * HALF_WIDTH:
            break
        centre = float(np.log(curve.volume))
    return volumes, energies, curve


def _path(potential: Potential, free: Reduced, found: Minimum, centre: float) -> Any:
    """Free coordinates as a function of the logarithm of the volume."""
    if free.n_free == 0:
        return lambda _: found.x
    logs = [centre + float(np.log1p(-HALF_WIDTH)), centre + float(np.log1p(HALF_WIDTH))]
    # Where the minimum's own second derivatives put the coordinates: a start, no more.
    drag = np.linalg.solve(found.hessian[1:, 1:], found.hessian[1:, 0])
    scale = np.sqrt(0.6 * np.exp(found.log_volume))
    ends = [
        relax(
            potential, free, log, found.x - drag * (log - found.log_volume) * scale,
            tolerance=TOLERANCE, max_steps=_MAX_STEPS_FIXED, fixed_volume=True,
            hessian=found.hessian,
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

"""One crystal through the potential, as a record that can be written as JSON."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from core.types import Crystal
from core.verification.potential import Potential
from core.verification.relax import HALF_WIDTH, N_VOLUMES, RelaxSpec, relax

TOLERANCE = 2e-3  # eV per atom and unit of scaled coordinate
MAX_STEPS = 40
SPEC = RelaxSpec(tolerance=TOLERANCE, max_steps=MAX_STEPS, max_seconds=86400.0)

__all__ = ["HALF_WIDTH", "N_VOLUMES", "SPEC", "TOLERANCE", "evaluate"]


def evaluate(potential: Potential, start: dict[str, Any]) -> dict[str, Any]:
    """The record of one crystal, JSON-able.

    Args:
        potential: the potential.
        start: `lattice`, `frac`, `numbers` of the crystal before relaxation.

    Returns: `relaxed` (bool), `residual` of the relaxation, `n_steps`, the cell and positions at
        the minimum, `fit` (or None) with volumes and energies per cell, `seconds`.
    """
    began = time.process_time()
    crystal = Crystal("relaxing", start["lattice"], start["frac"], start["numbers"])
    found = relax(potential, crystal, SPEC)
    record: dict[str, Any] = {"n_steps": found.n_steps, "residual": found.residual}
    if found.converged:
        record |= {"volumes": found.volumes.tolist(), "energies": found.energies.tolist()}
    return record | {
        "relaxed": found.converged,
        "lattice": found.crystal.lattice.tolist(),
        "frac": found.crystal.frac.tolist(),
        "fit": asdict(found.fit) if found.fit is not None else None,
        "seconds": time.process_time() - began,
    }

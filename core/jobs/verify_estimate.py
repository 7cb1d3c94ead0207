"""What verifying crystals will take, before it starts."""

from __future__ import annotations

from collections.abc import Sequence

from core.config import memory_budget_bytes
from core.jobs.estimate import Estimate
from core.types import Crystal
from core.verification.relax import RelaxSpec

_LOADING = 5.0  # s, of the potential
_MEMORY = 550 * 2**20  # bytes of the process with torch and the potential
_EACH, _ATOM = 0.1, 0.05  # s a crystal, and for each of its atoms; measured for 2 to 28 atoms
_WITHOUT_CURVE = 0.6  # share of the time without an equation of state
_WITHOUT_SYMMETRY = 2.0


def estimate_verify(crystals: Sequence[Crystal], spec: RelaxSpec) -> Estimate:
    """Time on one core and memory; right within a factor of two or three."""
    seconds = sum(_EACH + _ATOM * crystal.n_rows for crystal in crystals)
    seconds *= 1.0 if spec.equation_of_state else _WITHOUT_CURVE
    seconds *= _WITHOUT_SYMMETRY if spec.rattle else 1.0
    return Estimate(
        n=len(crystals), seconds=_LOADING + seconds, features=_MEMORY, distances=0,
        budget=memory_budget_bytes(),
    )  # fmt: skip

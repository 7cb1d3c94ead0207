"""Ten unrelaxed candidates verified on the CPU; skipped with a word where the extra is absent."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.context import Context
from benchmarks.timing import Comparison, compare
from core.data import load_embedded
from core.data.prototype_elastic import KEY, unrelaxed
from core.jobs import JobResult, JobSpec, run
from core.jobs.base import Resources
from core.jobs.verify import ABOVE_HULL, BULK, ENERGY
from core.types import Crystal
from core.verification import chgnet

ALLOWED = 60.0  # s for ten, the potential's loading included
SAME, NEAR = 2e-4, 1e-3  # eV/atom: with the symmetry; the median without
RATTLE = {"rattle": 0.02, "seed": 5, "max_steps": 300}


def rows(context: Context) -> Iterator[Comparison]:
    """Time of ten, nearness to the set's values with and without symmetry, and a resumed run."""
    if not chgnet.is_installed():
        print(f"verify: {chgnet.MISSING} {chgnet.INSTALL}", file=sys.stderr)
        return
    stored = ten(5 if context.quick else 10)
    starts = {c.id: c for c in unrelaxed()}
    crystals = [starts[c.id] for c in stored]
    what = f"verify, {len(crystals)} unrelaxed prototypes"
    for options, apart, tolerance, words in (
        ({}, np.max, SAME, "largest deviation of the energy from the set's, eV/atom"),
        (RATTLE, np.median, NEAR, "atoms displaced by 0.02 Å, no symmetry; median deviation"),
    ):
        result, seconds = _timed(options, crystals)
        found, known = _energies(result, stored)
        yield compare(
            [seconds], [ALLOWED], name=what + (" without symmetry" if options else ""),
            peer="time allowed", unit="s", gate=1.0, difference=float(apart(np.abs(found - known))),
            tolerance=tolerance, note=f"one core, loading included; {words}",
        )  # fmt: skip
    yield _resumed(what, crystals)


def ten(count: int = 10) -> list[Crystal]:
    """Compounds on the hull of the set, each of another prototype, as stored."""
    kinds: dict[str, Crystal] = {}
    for crystal in load_embedded(KEY):
        if crystal.properties[ABOVE_HULL] < 1e-6 and len(crystal.elements) > 1:
            kinds.setdefault(crystal.properties["strukturbericht"], crystal)
    return list(kinds.values())[:count]


def _timed(
    options: dict[str, object], crystals: list[Crystal], *, use_store: bool = False
) -> tuple[JobResult, float]:
    start = time.perf_counter()
    spec = JobSpec(task="verify", options=options)
    result = run(spec, {"crystals": crystals}, Resources(use_store=use_store))
    return result, time.perf_counter() - start


def _energies(result: JobResult, stored: list[Crystal]) -> tuple[np.ndarray, np.ndarray]:
    """Found and stored energies. Raises: RuntimeError when a crystal is missing."""
    if result.outputs["ids"].tolist() != [c.id for c in stored]:
        raise RuntimeError(f"Crystals are missing: {result.failures}")
    if not np.isfinite(result.outputs[BULK]).all():
        raise RuntimeError("A bulk modulus is missing.")
    return result.outputs[ENERGY], np.array([c.properties[ENERGY] for c in stored])


def _resumed(what: str, crystals: list[Crystal]) -> Comparison:
    """Nine of ten known: the rest costs what one costs."""
    before = os.environ.get("GRIDSCOPE_HOME")
    with tempfile.TemporaryDirectory(prefix="gridscope-bench-") as folder:
        os.environ["GRIDSCOPE_HOME"] = str(Path(folder))
        try:
            _, whole = _timed({}, crystals, use_store=False)
            _timed({}, crystals[1:], use_store=True)
            _, again = _timed({}, crystals, use_store=True)
        finally:
            if before is None:
                del os.environ["GRIDSCOPE_HOME"]
            else:
                os.environ["GRIDSCOPE_HOME"] = before
    return compare(
        [again], [whole], name=f"{what}, all but one known", peer="the whole run", unit="s",
        gate=1.0, note="a stopped job goes on where it was; loading the potential is most of it",
    )  # fmt: skip

"""Task `verify`: crystals relaxed and labelled by CHGNet, one by one, each kept when it is done.

Options are those of `core.verification.relax.RelaxSpec`, all of which may be left out:

    {"equation_of_state": true, "rattle": 0.0, "max_steps": 100}
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ComputeError, ConvergenceError, InputError, InvalidSpecError, JobCancelled
from core.geometry.symmetry import find_symmetry
from core.jobs.base import TASKS, Inputs, Resources, Task
from core.types import Crystal, Failure, FloatArray
from core.verification import chgnet
from core.verification.equation_of_state import DOUBTS, doubt
from core.verification.labels import ABOVE_HULL, FORMATION, label
from core.verification.potential import Potential
from core.verification.records import load_record, record_key, save_record
from core.verification.relax import VERSION, Relaxation, RelaxSpec, relax

STAGE = "relaxing crystals"
LABELS = 1  # raised whenever formation energies or the hull change
ENERGY, VOLUME = "energy_eV_per_atom", "volume_per_atom_A3"
BULK, DERIVATIVE, RESIDUAL = "bulk_modulus_GPa", "bulk_modulus_derivative", "fit_residual"
VALUES = (ENERGY, FORMATION, ABOVE_HULL, VOLUME, BULK, DERIVATIVE, RESIDUAL)
"""Outputs with a value for each crystal, named as properties are; NaN where there is none."""
VERIFIED_BY, DOUBT = "verified_by", "fit_doubt"
_SYMPREC = 0.01  # Å, of the space group before and after
_AS_VERIFIED = {"bulk_modulus_vrh_GPa": BULK, "energy_above_known_hull_eV_per_atom": ABOVE_HULL}

Outputs = tuple[dict[str, NDArray[Any]], tuple[Failure, ...]]


def verified_key(target: str) -> str | None:
    """Which of the outputs verifies a predicted property; None for one that none does."""
    key = _AS_VERIFIED.get(target, target)
    return key if key in VALUES else None


def resolve_verify(options: Mapping[str, Any]) -> dict[str, Any]:
    """All options with their defaults, potential and versions. Raises: InvalidSpecError."""
    spec = _spec(options)
    return {
        **spec.to_dict(), "potential": chgnet.METHOD, "relax_version": VERSION,
        "labels_version": LABELS,
    }  # fmt: skip


def _spec(options: Mapping[str, Any]) -> RelaxSpec:
    spec = RelaxSpec.from_dict(options)
    for known in fields(RelaxSpec):
        value, usual = getattr(spec, known.name), known.default
        if isinstance(usual, bool) != isinstance(value, bool) or (
            isinstance(usual, int) and not isinstance(value, int)
        ):
            raise InvalidSpecError(f"{known.name} is {value!r}; it is {usual!r} as a rule.")
    return spec


def run_verify(inputs: Inputs, options: Mapping[str, Any], resources: Resources) -> Outputs:
    """Relaxed crystals and their values, in the order given; a row for each that failed.

    `ids` (n,), the values of `VALUES` (n,), `fit_doubt` (n,) code of
    `core.verification.equation_of_state.DOUBTS` or '', `steps`, `max_force_eV_A`, `pressure_GPa`,
    `seconds` (n,), `spacegroup` (n, 2) before and after, 0 where none is found; `lattices`
    (n, 3, 3), and `numbers` (n_atoms,), `frac` (n_atoms, 3) of all crystals one after another,
    divided by `ends` (n,); `method` in words.

    What is finished is kept by structure: a job stopped and started again goes on where it was.
    Raises: MissingDependencyError without the extra; ComputeError when no crystal could be relaxed;
        JobCancelled, between two evaluations of the potential.
    """
    spec, crystals = _spec(options), inputs["crystals"]
    potential = _Lazy(chgnet.CHGNet)
    done: list[tuple[Crystal, Relaxation]] = []
    failures: list[Failure] = []
    for i, crystal in enumerate(crystals):
        _tell(resources, i, len(crystals))
        try:
            done.append((crystal, _verified(crystal, spec, potential, resources)))
        except (InputError, ComputeError) as error:
            failures.append(
                Failure.from_error(error, id=crystal.id, stage="relax", source=crystal.source)
            )
    if not done:
        first = f" The first: {failures[0].message}" if failures else ""
        raise ComputeError(
            f"None of {len(crystals)} crystals could be verified.{first}",
            hint=failures[0].hint if failures else "Give at least one crystal.",
        )
    _tell(resources, len(crystals), len(crystals))
    outputs = _arrays(done)
    labels = label([found.crystal for _, found in done], outputs[ENERGY])
    outputs |= {FORMATION: labels.formation, ABOVE_HULL: labels.above_hull}
    return outputs, (*failures, *labels.failures)


class _Lazy:
    """The potential, made when first needed: what is on disk needs none."""

    def __init__(self, make: Callable[[], Potential]) -> None:
        self._make = make
        self._made: Potential | None = None

    def get(self) -> Potential:
        if self._made is None:
            self._made = self._make()
        return self._made


def _tell(resources: Resources, done: int, total: int) -> None:
    if resources.should_stop and resources.should_stop():
        raise JobCancelled(f"stopped while {STAGE}")
    if resources.on_progress:
        resources.on_progress(done, total, STAGE)


def _verified(
    crystal: Crystal, spec: RelaxSpec, potential: _Lazy, resources: Resources
) -> Relaxation:
    """From the disk, or computed and kept. Raises: InputError, ComputeError, JobCancelled."""
    chgnet.check_crystal(crystal)
    key = record_key(crystal, spec)
    found = load_record(key, crystal) if resources.use_store else None
    if found is None:
        found = relax(potential.get(), crystal, spec, should_stop=resources.should_stop)
        if resources.use_store:
            with suppress(InputError):  # a full disk costs the resumption, not the result
                save_record(key, found)
    found.require(spec)
    return found


def _arrays(done: Sequence[tuple[Crystal, Relaxation]]) -> dict[str, NDArray[Any]]:
    found = [relaxation for _, relaxation in done]
    crystals = [relaxation.crystal for relaxation in found]
    rows = np.array([c.n_rows for c in crystals])
    fits = [r.fit for r in found]

    def fitted(name: str) -> FloatArray:
        return np.array([np.nan if f is None else getattr(f, name) for f in fits])

    return {
        "ids": np.array([c.id for c in crystals], dtype=np.str_),
        ENERGY: np.array([r.energy for r in found]),
        VOLUME: np.array([c.volume for c in crystals]) / rows,
        BULK: fitted("bulk_modulus"), DERIVATIVE: fitted("derivative"),
        RESIDUAL: fitted("residual"),
        DOUBT: np.array(
            ["" if r.fit is None else doubt(r.fit, r.volumes) for r in found],
            dtype=f"<U{max(map(len, DOUBTS))}",
        ),
        "steps": np.array([r.n_steps for r in found]),
        "max_force_eV_A": np.array([r.max_force for r in found]),
        "pressure_GPa": np.array([r.pressure for r in found]),
        "seconds": np.array([r.seconds for r in found]),
        "spacegroup": np.array(
            [[_group(given), _group(after.crystal)] for given, after in done], dtype=np.int64
        ),
        "lattices": np.stack([c.lattice for c in crystals]),
        "ends": np.cumsum(rows),
        "numbers": np.concatenate([c.numbers for c in crystals]),
        "frac": np.concatenate([c.frac for c in crystals]),
        "method": np.array(json.dumps(_versions())),
    }  # fmt: skip


def _group(crystal: Crystal) -> int:
    try:
        return find_symmetry(crystal, symprec=_SYMPREC).number
    except ConvergenceError:
        return 0


def _versions() -> dict[str, str]:
    return chgnet.versions() if chgnet.is_installed() else {"potential": chgnet.METHOD}


def relaxed_crystals(
    outputs: Mapping[str, NDArray[Any]], *, given: Sequence[Crystal] = ()
) -> tuple[Crystal, ...]:
    """The verified crystals with their values as properties, and by what they were computed.

    Args:
        outputs: of the task.
        given: crystals that keep the structure they had, found by id, in place of the relaxed:
            for a model that predicts from unrelaxed structures.
    """
    as_given = {crystal.id: crystal for crystal in given}
    ends = outputs["ends"].tolist()
    out = []
    for i, name in enumerate(outputs["ids"].tolist()):
        part = slice(ends[i - 1] if i else 0, ends[i])
        values: dict[str, float | str] = {
            key: float(outputs[key][i]) for key in VALUES if np.isfinite(outputs[key][i])
        }
        values[VERIFIED_BY] = chgnet.METHOD
        if code := str(outputs[DOUBT][i]):
            values[DOUBT] = code
        base = as_given.get(name) or Crystal(
            name, outputs["lattices"][i], outputs["frac"][part], outputs["numbers"][part]
        )
        out.append(
            base.with_(
                properties={**base.properties, **values}, source=f"verified: {chgnet.METHOD}"
            )
        )
    return tuple(out)


TASKS.register(
    Task(
        key="verify", title="Verify",
        summary="Relax crystals by CHGNet; energy above the hull, volume, bulk modulus.",
        resolve=resolve_verify, run=run_verify, stages=((STAGE, 1.0),), finished="crystals",
    )
)  # fmt: skip

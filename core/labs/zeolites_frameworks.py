"""A chemist's own frameworks beside the training set (Fig. 4), and what is predicted (Fig. 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import ComputeError, InputError
from core.io.doctor.silica import check_silica
from core.labs.zeolites import (
    FAMILIES,
    TARGETS,
    Zeolites,
    described,
    fit_process,
)
from core.labs.zeolites_trials import FITTING, columns_of, grow, mean_over
from core.models import Context, Inputs
from core.models.feature_sets import apply_transforms, fit_transforms
from core.types import Crystal, Failure, FloatArray

SHOWN = (
    "Si-O mean distance [Å]", "Si-O-Si mean angle [°]", "SOAP component 1", "SOAP component 2",
    "SOAP component 3",
)  # fmt: skip
SEEDS = 15
_MEAN_ANGLE, _MEAN_DISTANCE, _HARMONIC = 0, 6, 2
_SOAP = FAMILIES[3]


@dataclass(frozen=True, slots=True, eq=False)
class Frameworks:
    """n frameworks that models were asked about.

    Attributes:
        ids: (n,).
        shown: (n, 5) descriptors of Fig. 4, in the order of `SHOWN`.
        trained: (n_training, 5) the same of the training set.
        angle: (n,) harmonic mean of the Si-O-Si angles, degrees.
        boosted: (2, n) answers of the geometric boosting, mean over seeds, by target.
        process, std: (2, n) answers of the Gaussian process and their deviations.
        outside: (n,) words on descriptors beyond those of the training set; "" for none.
    """

    ids: tuple[str, ...]
    shown: FloatArray
    trained: FloatArray
    angle: FloatArray
    boosted: FloatArray
    process: FloatArray
    std: FloatArray
    outside: tuple[str, ...]


def sort_frameworks(
    crystals: Sequence[Crystal],
) -> tuple[tuple[Crystal, ...], tuple[Failure, ...]]:
    """Siliceous frameworks, and a row with the reason for each of the rest."""
    kept, failures = [], []
    for crystal in crystals:
        why = _why_not(crystal)
        if why:
            failures.append(
                Failure(
                    crystal.id, "framework", "InputError", why,
                    "The models know all-silica frameworks of corner-sharing SiO4 alone.",
                    source=crystal.source,
                )
            )  # fmt: skip
        else:
            kept.append(crystal)
    return tuple(kept), tuple(failures)


def _why_not(crystal: Crystal) -> str:
    if not crystal.is_ordered:
        return f"{crystal.id!r} has partially occupied sites."
    if set(crystal.numbers.tolist()) != {14, 8}:
        return f"{crystal.id!r} holds {crystal.formula}, no silica."
    findings, facts = check_silica(crystal)
    if findings:
        return findings[0].message
    around = facts["oxygens_around_silicon"]
    if set(around) != {"4"} or set(facts["silicons_around_oxygen"]) != {"2"}:
        told = ", ".join(f"{n} Si with {count} O" for count, n in around.items())
        return f"{crystal.id!r} ({crystal.formula}) is no framework of SiO4: {told}."
    return ""


def ask(
    zeolites: Zeolites,
    crystals: Sequence[Crystal],
    *,
    seed: int = 0,
    context: Context | None = None,
) -> tuple[Frameworks, tuple[Failure, ...]]:
    """Describe frameworks and predict both targets; failures are rows.

    Raises: ComputeError when none is a framework that can be described; JobCancelled.
    """
    context = context or Context()
    kept, failures = sort_frameworks(crystals)
    if not kept:
        first = failures[0].message if failures else "There are no crystals."
        raise ComputeError(
            f"None of {len(crystals)} crystals is a siliceous framework: {first}",
            hint="Load CIFs of all-silica zeolites, such as the public set of starting structures.",
        )
    inputs, more = _describe(kept, context)
    block = inputs.block(FAMILIES[0].term).values
    process = [
        fit_process(zeolites.inputs, zeolites.target(key), seed=seed).predict(inputs)
        for key in TARGETS
    ]
    shown, trained = _shown(zeolites, inputs), _shown(zeolites, zeolites.inputs)
    return Frameworks(
        inputs.ids, shown, trained, block[:, _HARMONIC],
        np.array([_boosted(zeolites, key, block, seed, context) for key in TARGETS]),
        np.array([p.mean for p in process]), np.array([p.std for p in process]),
        tuple(_outside(row, trained) for row in shown),
    ), failures + more  # fmt: skip


def _describe(crystals: Sequence[Crystal], context: Context) -> tuple[Inputs, tuple[Failure, ...]]:
    """Inputs of those that can be described. Raises: ComputeError for none."""
    try:
        return described(crystals, context), ()
    except (InputError, ComputeError):
        good, failures = [], []
    for crystal in crystals:
        try:
            described([crystal], Context(should_stop=context.should_stop))
            good.append(crystal)
        except (InputError, ComputeError) as error:
            failures.append(
                Failure.from_error(error, id=crystal.id, stage="describe", source=crystal.source)
            )
    if not good:
        raise ComputeError(failures[0].message, hint=failures[0].hint)
    return described(good, context), tuple(failures)


def _boosted(
    zeolites: Zeolites, key: str, block: FloatArray, seed: int, context: Context
) -> FloatArray:
    x, _ = columns_of(zeolites, FAMILIES[0])
    y = zeolites.target(key).values
    models = []
    for i in range(SEEDS):
        context.step(i, SEEDS, FITTING)
        models.append(grow(FAMILIES[0], x, y, seed + i))
    return mean_over(models, block)


def _shown(zeolites: Zeolites, inputs: Inputs) -> FloatArray:
    """(n, 5) columns of `SHOWN`; components of the training set's SOAP."""
    states, _ = fit_transforms([_SOAP.term], [zeolites.block(_SOAP).values], seed=0)
    components = apply_transforms(states, [inputs.block(_SOAP.term).values])[:, :3]
    geometric = inputs.block(FAMILIES[0].term).values
    return np.column_stack([geometric[:, [_MEAN_DISTANCE, _MEAN_ANGLE]], components])


def _outside(row: FloatArray, trained: FloatArray) -> str:
    low, high = trained.min(axis=0), trained.max(axis=0)
    slack = 1e-9 * np.maximum(1.0, np.abs(high))
    beyond = (row < low - slack) | (row > high + slack)
    return ", ".join(name for name, out in zip(SHOWN, beyond, strict=True) if out)

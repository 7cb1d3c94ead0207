"""Tasks `grid` (the GRID of every crystal) and `describe` (any descriptors, side by side)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.descriptors import DESCRIPTORS, describe
from core.descriptors.grid import GridSpec, grid_batch
from core.distances.features import tabulate
from core.errors import InvalidSpecError, MemoryBudgetError
from core.jobs.base import TASKS, Inputs, Resources, Task, id_array, only
from core.models.feature_sets import FeatureTerm, parse_features
from core.types import Crystal, Failure, FloatArray

_Out = tuple[dict[str, NDArray[Any]], tuple[Failure, ...]]
_WIDEST = 1_000_000  # features of a crystal


def _batch(spec: GridSpec, crystals: Sequence[Crystal]) -> tuple[FloatArray, ...]:
    return (grid_batch(crystals, spec),)


def resolve(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options: those of `GridSpec`."""
    spec = GridSpec.from_dict(options)
    return {"spec": spec.to_dict(), "version": DESCRIPTORS["grid"].version}


def run_grid(inputs: Inputs, options: Mapping[str, Any], resources: Resources) -> _Out:
    """`ids` (n,), `grid` (n, n_groups, bins or quantiles) float32, `edges` (bins + 1,).

    In mode `quantile` `edges` holds the quantile levels.
    """
    spec = GridSpec.from_dict(options)
    crystals = inputs["crystals"]
    table = tabulate(
        crystals, partial(_batch, spec), stage="grid", threads=resources.threads,
        processes=resources.processes,
        on_progress=resources.on_progress, should_stop=resources.should_stop,
    )  # fmt: skip
    ids = id_array([crystals[i] for i in table.kept])
    return {"ids": ids, "grid": table.arrays[0], "edges": spec.edges}, table.failures


def resolve_features(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options: `features`, a sum of descriptors as `parse_features` reads it."""
    only("describe", options, ("features",))
    terms = read_features(options["features"])
    return {
        "features": [
            {"descriptor": t.key, "spec": t.spec.to_dict(), "version": DESCRIPTORS[t.key].version}
            for t in terms
        ]
    }  # fmt: skip


def read_features(text: Any) -> tuple[FeatureTerm, ...]:
    """The descriptors of a sum such as `structure_features+tot_geometry(centers=Si Al)`.

    Raises: InvalidSpecError for transforms, which a model fits, and for what can't be read;
        UnknownNameError.
    """
    if not isinstance(text, str):
        raise InvalidSpecError(f"The features are {text!r}; they must be text such as 'grid+soap'.")
    terms = parse_features(text)
    if not terms:
        raise InvalidSpecError("No features are named.", hint="Known: " + ", ".join(DESCRIPTORS))
    for term in terms:
        if term.is_given or term.transforms:
            raise InvalidSpecError(
                f"{term} is no descriptor alone.", hint="Transforms are fitted by a model."
            )
    return terms


def run_describe(inputs: Inputs, options: Mapping[str, Any], resources: Resources) -> _Out:
    """`ids` (n,), `features` (n, d) float64, `labels` (d,): those of crystals that have them all.

    Raises: JobCancelled; MemoryBudgetError; ComputeError when not one crystal has them.
    """
    terms = read_features(options["features"])
    labels = [label for term in terms for label in DESCRIPTORS[term.key].labels(term.spec)]
    if len(labels) > _WIDEST:
        raise MemoryBudgetError(
            f"{options['features']} has {len(labels):,} numbers a crystal.",
            hint="Choose coarser options, such as fewer bins.",
        )
    crystals = inputs["crystals"]
    table = tabulate(
        crystals, partial(_rows, terms), stage="describe", threads=resources.threads,
        processes=resources.processes,
        on_progress=resources.on_progress, should_stop=resources.should_stop,
        chunk=1,  # one that fails costs no second attempt of its neighbours
    )  # fmt: skip
    ids = id_array([crystals[i] for i in table.kept])
    outputs = {"ids": ids, "features": table.arrays[0], "labels": np.array(labels, dtype=np.str_)}
    return outputs, table.failures


def _rows(terms: Sequence[FeatureTerm], crystals: Sequence[Crystal]) -> tuple[FloatArray, ...]:
    specs = [(term.key, term.spec) for term in terms]
    rows = [np.concatenate([describe(c, k, s).ravel() for k, s in specs]) for c in crystals]
    return (np.stack(rows).astype(np.float64),)


TASKS.register(
    Task(
        key="grid",
        title="GRID",
        summary="Describe every crystal by its grouped interatomic distances.",
        resolve=resolve,
        run=run_grid,
    )
)
TASKS.register(
    Task(
        key="describe",
        title="Features",
        summary="Describe every crystal by one or several descriptors.",
        resolve=resolve_features,
        run=run_describe,
    )
)

"""Tasks `importances` and `grid-importances`: what a model rests on.

They take the options of the run they explain and fit its folds again, so that what is shuffled are
crystals the model has not seen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidSpecError
from core.evaluation.base import SPLITS, Fold
from core.evaluation.columns import Columns, named_columns
from core.evaluation.grid_blocks import grid_blocks
from core.evaluation.importances import (
    FITTING,
    GROWING,
    SHUFFLING,
    Part,
    block_part,
    column_part,
    held_out_importances,
    impurity_importances,
    term_parts,
    trees_of,
)
from core.evaluation.splits import make_folds
from core.explain.collinear import collinear_groups, rank_correlation
from core.explain.importances import Importances
from core.jobs.base import TASKS, Inputs, Resources, Task, only
from core.jobs.learn import Outputs, learning, read_choice, read_model, resolve_evaluate
from core.models import MODELS, Context
from core.models.inputs import Inputs as ModelInputs
from core.models.inputs import Needs
from core.models.targets import Target
from core.types import Crystal, FloatArray

RUN = ("target", "model", "seed", "split")
SHUFFLE: dict[str, Any] = {"at_most": None, "folds": 2, "draws": 8, "sample": 300}
IMPORTANCES: dict[str, Any] = {**SHUFFLE, "seeds": 15, "most": 40, "rho": 0.9}


def resolve_importances(options: Mapping[str, Any]) -> dict[str, Any]:
    """All options with their defaults. Raises: InvalidSpecError, UnknownNameError."""
    return _resolved("importances", IMPORTANCES, options)


def resolve_grid(options: Mapping[str, Any]) -> dict[str, Any]:
    """All options with their defaults. Raises: InvalidSpecError, UnknownNameError."""
    return _resolved("grid-importances", SHUFFLE, options)


def run_importances(inputs: Inputs, options: Mapping[str, Any], resources: Resources) -> Outputs:
    """Of features by name.

    `parts` (n_parts,) with `kinds` (`column`, `group`, `block`), `rises` (n_draws, n_parts) of the
    mean absolute error in the target's unit, `errors` (n_draws,), `n_test`; `groups`: JSON of the
    collinear groups; `impurity` (n_seeds, d) with `impurity_names` and `impurity_model`, empty
    where the model holds no trees with impurities.
    """
    given = {**IMPORTANCES, **options}
    data, target, crystals, failures = learning(
        inputs["crystals"], given, resources, at_most=given["at_most"]
    )
    key, spec = read_model(given)
    context = context_of(resources)
    columns = named_columns(spec_needs(given), data)
    if not len(columns):
        raise InvalidSpecError(
            "This model sees no feature by name.",
            hint="What it compares as a whole is in the task grid-importances.",
        )
    impurity, grown = None, trees_of(key, spec)
    if grown is not None and not target.is_constant:
        impurity = impurity_importances(
            grown[0], data, target, spec=grown[1], seeds=given["seeds"], seed=given["seed"],
            context=context,
        )  # fmt: skip
    x = columns.read(data)
    groups = collinear_groups(x, threshold=given["rho"])
    parts, kinds = _parts(columns, groups, _foremost(columns, impurity, given["most"]))
    found = _shuffled(given, data, target, crystals, parts, context)
    return {
        **found, "kinds": np.array(kinds, dtype=np.str_),
        "groups": np.array(json.dumps(_told(columns, groups, x))),
        "n_columns": np.array(len(columns)),
        "impurity": np.empty((0, 0)) if impurity is None else impurity.draws,
        "impurity_names": np.array(impurity.names if impurity else (), dtype=np.str_),
        "impurity_model": np.array(grown[0] if impurity is not None and grown else ""),
    }, failures  # fmt: skip


def run_grid(inputs: Inputs, options: Mapping[str, Any], resources: Resources) -> Outputs:
    """Of whole distances and descriptors, then of the blocks of each GRID.

    `parts`, `kinds` (`term` or `block`), `rises`, `errors`, `n_test` as of `importances`; for
    blocks `sources`, `first`, `last` (ranks), `across`, `low`, `high` (angstrom), (n_parts,) each.
    """
    given = {**SHUFFLE, **options}
    data, target, crystals, failures = learning(
        inputs["crystals"], given, resources, at_most=given["at_most"]
    )
    needs = spec_needs(given)
    terms, blocks = term_parts(needs), grid_blocks(needs, data)
    found = _shuffled(
        given, data, target, crystals, [*terms, *map(block_part, blocks)], context_of(resources)
    )
    none = len(terms)
    return {
        **found,
        "kinds": np.array(["term"] * none + ["block"] * len(blocks), dtype=np.str_),
        "sources": np.array([t.name for t in terms] + [b.source for b in blocks], dtype=np.str_),
        "first": np.array([0] * none + [b.ranks[0] for b in blocks]),
        "last": np.array([0] * none + [b.ranks[1] for b in blocks]),
        "across": np.array([""] * none + [b.part for b in blocks], dtype=np.str_),
        "low": np.array([np.nan] * none + [b.low for b in blocks]),
        "high": np.array([np.nan] * none + [b.high for b in blocks]),
    }, failures


def spec_needs(options: Mapping[str, Any]) -> Needs:
    """What the model of these options sees."""
    key, spec = read_model(options)
    return MODELS[key].needs(spec)


def _shuffled(
    given: Mapping[str, Any],
    data: ModelInputs,
    target: Target,
    crystals: Sequence[Crystal],
    parts: Sequence[Part],
    context: Context,
) -> dict[str, NDArray[Any]]:
    key, spec = read_model(given)
    split, how = read_choice(given["split"], SPLITS, "split")
    folds: list[Fold] = make_folds(split, crystals, spec=how, seed=given["seed"])[: given["folds"]]
    found = held_out_importances(
        key, data, target, folds, parts, spec=spec, draws=given["draws"], sample=given["sample"],
        seed=given["seed"], context=context,
    )  # fmt: skip
    return {
        "parts": np.array(found.names, dtype=np.str_), "rises": found.draws,
        "errors": found.errors, "target": np.array(target.key),
        "n_test": np.array([min(len(f.test), given["sample"]) for f in folds]),
        "fold_names": np.array([f.name for f in folds], dtype=np.str_),
    }  # fmt: skip


def _foremost(columns: Columns, impurity: Importances | None, most: int) -> list[int]:
    """Columns worth shuffling: the first by impurity, or all where it is not known."""
    if impurity is None or len(columns) <= most:
        return list(range(len(columns)))
    place = {name: i for i, name in enumerate(columns.names)}
    ranked = [place[n] for n in (impurity.names[i] for i in impurity.order) if n in place]
    return sorted(ranked[:most])


def _parts(
    columns: Columns, groups: Sequence[NDArray[Any]], chosen: Sequence[int]
) -> tuple[list[Part], list[str]]:
    """Single columns, then the collinear groups that hold one of them."""
    parts = [column_part(columns.names[i], columns[np.array([i])]) for i in chosen]
    kinds = ["column"] * len(parts)
    for number, group in enumerate(groups):
        if set(group.tolist()) & set(chosen):
            parts.append(column_part(f"group {number + 1}", columns[group]))
            kinds.append("group")
    return parts, kinds


def _told(columns: Columns, groups: Sequence[NDArray[Any]], x: FloatArray) -> list[dict[str, Any]]:
    return [
        {
            "name": f"group {number + 1}", "members": [columns.names[i] for i in group.tolist()],
            "rho": float(np.abs(rank_correlation(x[:, group])).min()),
        }
        for number, group in enumerate(groups)
    ]  # fmt: skip


def _resolved(task: str, defaults: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    given = {**defaults, **options}
    only(task, given, (*RUN, *defaults))
    for name, least in (("folds", 1), ("draws", 1), ("sample", 2), ("seeds", 2), ("most", 1)):
        if name in defaults:
            whole(name, given[name], least)
    if given["at_most"] is not None:
        whole("at_most", given["at_most"], 3)
    rho = given.get("rho", 0.9)
    if isinstance(rho, bool) or not isinstance(rho, int | float) or not 0 < rho <= 1:
        raise InvalidSpecError(f"rho is {rho!r}.", hint="Give a number above 0, at most 1.")
    base = resolve_evaluate({**{n: given[n] for n in RUN}, "conformal": None, "levels": []})
    return {**base, **{n: given[n] for n in defaults}}


def whole(name: str, value: Any, least: int) -> None:
    """Raises: InvalidSpecError for what is no whole number from `least` on."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidSpecError(
            f"{name} is {value!r}.", hint=f"Give a whole number from {least} on."
        )


def context_of(resources: Resources) -> Context:
    """What a fit may use of what a job may use."""
    return Context(
        threads=resources.threads, on_progress=resources.on_progress,
        should_stop=resources.should_stop,
    )  # fmt: skip


TASKS.register(
    Task(
        key="importances", title="Importances of features",
        summary="Shuffle each feature on held-out crystals; average impurities over seeds.",
        resolve=resolve_importances, run=run_importances,
        stages=(("describing crystals", 1.0), (GROWING, 2.0), (FITTING, 1.0), (SHUFFLING, 4.0)),
    )
)  # fmt: skip
TASKS.register(
    Task(
        key="grid-importances", title="Importances of GRID",
        summary="Shuffle whole descriptors and blocks of GRID on held-out crystals.",
        resolve=resolve_grid, run=run_grid,
        stages=(("describing crystals", 1.0), (FITTING, 1.0), (SHUFFLING, 4.0)),
    )
)  # fmt: skip

"""Candidates to columns: predictions a batch at a time, distances to the hull, novelty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.errors import GridscopeError, InvalidSpecError
from core.geometry.prototype_label import prototype_label
from core.jobs.base import Resources
from core.models import Context, prepare
from core.models.base import FittedModel
from core.models.domain import applicability
from core.models.inputs import Needs
from core.screening.criteria import Column
from core.screening.hull import Hull, Phases, element_shares
from core.screening.screen import ABOVE_HULL, HullSpec, Known
from core.types import Crystal, Failure, FloatArray, IntArray

_BATCH = 2_000  # candidates described and predicted at once


def predict_columns(
    crystals: Sequence[Crystal],
    models: Sequence[FittedModel],
    levels: Sequence[float],
    resources: Resources,
) -> tuple[IntArray, dict[str, Column], Known | None, tuple[Failure, ...]]:
    """Columns of all candidates that have what the models need, a batch at a time.

    Returns: rows kept, a column for each model by its target, how near the training crystals are
        (None when a model does not carry its domain), and a row for each candidate left out.
    Raises: InvalidSpecError for two models of one property; what `prepare` and `predict` raise.
    """
    needs = sum((m.needs for m in models), start=Needs())
    rows: list[IntArray] = []
    failures: list[Failure] = []
    parts: list[list[Column]] = []
    domains: list[tuple[FloatArray, Sequence[str], Sequence[str]] | None] = []
    quiet = Context(threads=resources.threads, should_stop=resources.should_stop)
    for start in range(0, len(crystals), _BATCH):
        if resources.on_progress:
            resources.on_progress(start, len(crystals), "predicting")
        batch = crystals[start : start + _BATCH]
        try:
            data, kept, bad = prepare(
                batch, needs, threads=resources.threads, processes=resources.processes,
                should_stop=resources.should_stop,
            )  # fmt: skip
        except GridscopeError as error:
            if len(crystals) <= _BATCH:
                raise
            failures += [Failure.from_error(error, id=c.id, stage="describe") for c in batch]
            continue
        failures += bad
        rows.append(kept + start)
        made = [
            m.predict(data, levels=levels if m.conformal else (), context=quiet) for m in models
        ]
        parts.append([Column.of(p, m.range) for p, m in zip(made, models, strict=True)])
        judged = [
            applicability(m, data, p, [batch[i] for i in kept.tolist()], context=quiet)
            for m, p in zip(models, made, strict=True)
        ]
        domains.append(_worst(judged))
    if resources.on_progress:
        resources.on_progress(len(crystals), len(crystals), "predicting")
    columns = [_joined([part[j] for part in parts]) for j in range(len(models))]
    keys = [c.key for c in columns]
    if len(set(keys)) < len(keys):
        raise InvalidSpecError(f"Two models predict one property: {', '.join(keys)}.")
    told = [d for d in domains if d is not None]
    known = None
    if len(told) == len(domains) and told:
        known = Known(
            np.concatenate([d[0] for d in told]), [x for d in told for x in d[1]],
            [x for d in told for x in d[2]],
        )  # fmt: skip
    return np.concatenate(rows), dict(zip(keys, columns, strict=True)), known, tuple(failures)


def _worst(judged: Sequence[Any]) -> tuple[FloatArray, list[str], list[str]] | None:
    """Percentile, nearest crystal and unseen elements under the model that is farthest."""
    if not judged or any(j is None for j in judged):
        return None
    percentiles = np.stack([found.percentile for found, _ in judged])
    filled = np.where(np.isnan(percentiles), -1.0, percentiles)
    at = filled.argmax(axis=0)
    n = len(at)
    nearest = [judged[at[i]][1][i] for i in range(n)]
    unseen = [
        " ".join(sorted({s for found, _ in judged for s in found.unseen[i]})) for i in range(n)
    ]
    worst = filled.max(axis=0)
    return np.where(worst < 0, np.nan, worst), nearest, unseen


def _joined(parts: Sequence[Column]) -> Column:
    """One column of those of all batches."""
    first = parts[0]
    stated = all(p.std is not None for p in parts)
    return Column(
        first.key, np.concatenate([p.mean for p in parts]),
        np.concatenate([p.std for p in parts if p.std is not None]) if stated else None,
        first.levels,
        None if first.levels is None
        else np.concatenate([p.intervals for p in parts if p.intervals is not None]),
        first.trained,
    )  # fmt: skip


def above_hull(
    spec: HullSpec,
    predicted: Mapping[str, Column],
    crystals: Sequence[Crystal],
    library: Sequence[Crystal],
) -> Column:
    """Predicted energy above the hull of known phases, with the energy's own deviation."""
    if spec.energy not in predicted:
        raise InvalidSpecError(
            f"The hull needs predictions of {spec.energy!r}.",
            hint="Predicted: " + (", ".join(predicted) or "nothing") + ".",
        )
    phases, _ = Phases.of(library, spec.energy)
    energy = predicted[spec.energy]
    floor = Hull(phases, formation=spec.formation).energies(element_shares(crystals))
    return Column(ABOVE_HULL, energy.mean - floor, energy.std)


def labels_of(crystals: Sequence[Crystal]) -> list[str]:
    """Prototype labels; '' where no symmetry is found."""
    out = []
    for crystal in crystals:
        try:
            out.append(prototype_label(crystal))
        except GridscopeError:
            out.append("")
    return out

"""Candidates to columns: predictions a batch at a time, distances to the hull, novelty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ComputeError, GridscopeError, InvalidSpecError
from core.geometry.prototype_label import prototype_label
from core.jobs.base import Resources
from core.models import Context, prepare
from core.models.base import FittedModel
from core.models.domain import applicability
from core.models.feature_sets import parse_features
from core.models.inputs import Needs
from core.screening.criteria import Column
from core.screening.hull import Hull, Phases, element_shares
from core.screening.limits import ABOVE_HULL, HullSpec
from core.screening.novelty import Extent
from core.screening.screen import Known
from core.types import Crystal, Failure, FloatArray, IntArray

_STATISTICS = "composition_statistics"
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
    rows: list[IntArray] = []
    failures: list[Failure] = []
    parts: list[list[Column]] = []
    domains: list[_Domain | None] = []
    for start in range(0, len(crystals), _BATCH):
        if resources.on_progress:
            resources.on_progress(start, len(crystals), "predicting")
        batch = crystals[start : start + _BATCH]
        try:
            kept, columns, domain, bad = _batch(batch, models, levels, resources)
        except ComputeError as error:  # none of the batch can be described
            failures += [Failure.from_error(error, id=c.id, stage="describe") for c in batch]
            continue
        failures += bad
        rows.append(kept + start)
        parts.append(columns)
        domains.append(domain)
    if not rows:
        raise ComputeError(
            f"None of the {len(crystals):,} candidates can be described"
            + (f": {failures[0].message}" if failures else "."),
            hint="Give ordered crystals.",
        )
    if resources.on_progress:
        resources.on_progress(len(crystals), len(crystals), "predicting")
    joined = {part[0].key: _joined(part) for part in map(list, zip(*parts, strict=True))}
    if len(joined) < len(models):
        raise InvalidSpecError(
            f"Two models predict one property: {', '.join(c.key for c in parts[0])}.",
            hint="Give one model for each property.",
        )
    told = [d for d in domains if d is not None]
    known = None
    if len(told) == len(domains):
        known = Known(
            np.concatenate([d[0] for d in told]), [x for d in told for x in d[1]],
            [x for d in told for x in d[2]],
        )  # fmt: skip
    return np.concatenate(rows), joined, known, tuple(failures)


_Domain = tuple[FloatArray, list[str], list[str]]
"""Percentile, id of the nearest training crystal and unseen elements of each candidate."""


def _batch(
    batch: Sequence[Crystal],
    models: Sequence[FittedModel],
    levels: Sequence[float],
    resources: Resources,
) -> tuple[IntArray, list[Column], _Domain | None, tuple[Failure, ...]]:
    context = Context(threads=resources.threads, should_stop=resources.should_stop)
    data, kept, bad = prepare(
        batch, sum((m.needs for m in models), start=Needs()), threads=resources.threads,
        processes=resources.processes, should_stop=resources.should_stop,
    )  # fmt: skip
    made = [m.predict(data, levels=levels if m.conformal else (), context=context) for m in models]
    crystals = [batch[i] for i in kept.tolist()]
    judged = [
        applicability(m, data, p, crystals, context=context)
        for m, p in zip(models, made, strict=True)
    ]
    columns = [Column.of(p, m.range) for p, m in zip(made, models, strict=True)]
    return kept, columns, _worst(judged), bad


def _worst(judged: Sequence[Any]) -> _Domain | None:
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


def within_hull(
    crystals: Sequence[Crystal], library: Sequence[Crystal], resources: Resources
) -> NDArray[np.bool_] | None:
    """(n,) whether candidates lie in the hull of the known crystals' element statistics.

    What can't be described is outside. None where too few known crystals differ to span a hull.
    """
    known, _ = _statistics(library, resources)
    try:
        ground = Extent.of(known)
    except ComputeError:
        return None
    values, rows = _statistics(crystals, resources)
    inside = np.zeros(len(crystals), dtype=bool)
    inside[rows] = ground.within_hull(values)
    return inside


def _statistics(crystals: Sequence[Crystal], resources: Resources) -> tuple[FloatArray, IntArray]:
    """Element statistics (m, d) of those that have them, and their rows."""
    (term,) = parse_features(_STATISTICS)
    try:
        data, rows, _ = prepare(
            crystals, Needs(features=(term,)), threads=resources.threads,
            processes=resources.processes, should_stop=resources.should_stop,
        )  # fmt: skip
    except ComputeError:  # none of them
        return np.empty((0, 1)), np.empty(0, dtype=np.int64)
    return data.block(term).values, rows


def labels_of(crystals: Sequence[Crystal]) -> list[str]:
    """Prototype labels; '' where no symmetry is found."""
    out = []
    for crystal in crystals:
        try:
            out.append(prototype_label(crystal))
        except GridscopeError:
            out.append("")
    return out

"""The steps that a partition goes through, each from crystals to columns.

A step that fails for some crystals costs those alone: the block is halved until they are found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.descriptors import DESCRIPTORS, describe
from core.distances.base import Features, Metric
from core.distances.nearest import nearest
from core.errors import ComputeError, InputError
from core.geometry.prototype_label import prototype_label
from core.models.base import FittedModel
from core.models.domain import applicability
from core.models.feature_sets import FeatureTerm
from core.models.inputs import prepare
from core.types import Crystal, Failure, FloatArray

if TYPE_CHECKING:
    import pyarrow as pa

PREFIX = "predicted_"
VECTOR, TOTAL = "vector", "vector_total"
_JUDGED = ("in_training", "distance_percentile", "nearest_training", "applicability")
_BLOCK = 256  # crystals of an attempt: one that fails makes it run again, in halves
Columns = dict[str, NDArray[Any]]
Found = tuple[Columns, list[int], dict[int, Failure]]
"""Columns of the crystals that have them, which those are, and why the others have none."""


@dataclass(frozen=True, slots=True)
class Step:
    """One of the things that are found of each crystal.

    Attributes:
        stage: word for it in failures.
        types: columns it gives, with their Arrow types.
        run: crystals -> found; may raise InputError or ComputeError for any of them.
    """

    stage: str
    types: Mapping[str, pa.DataType]
    run: Callable[[Sequence[Crystal]], Found]


def found_by(step: Step, crystals: Sequence[Crystal]) -> Found:
    """What a step finds of all crystals: as many columns as it names, shorter where some fail."""
    pieces: list[Columns] = []
    kept: list[int] = []
    lost: dict[int, Failure] = {}

    def attempt(start: int, stop: int) -> None:
        block = crystals[start:stop]
        try:
            columns, rows, bad = step.run(block)
        except (InputError, ComputeError) as error:
            if len(block) > 1:
                middle = (start + stop) // 2
                attempt(start, middle)
                attempt(middle, stop)
            else:
                lost[start] = Failure.from_error(error, id=block[0].id, stage=step.stage)
            return
        pieces.append(columns)
        kept.extend(start + row for row in rows)
        lost.update({start + row: failure for row, failure in bad.items()})

    for start in range(0, len(crystals), _BLOCK):
        attempt(start, min(start + _BLOCK, len(crystals)))
    joined = {name: np.concatenate([p[name] for p in pieces]) for name in step.types if pieces}
    return joined, kept, lost


def features(terms: Sequence[FeatureTerm]) -> list[Step]:
    """A column of vectors for each descriptor."""
    import pyarrow as pa

    def step(term: FeatureTerm) -> Step:
        width = len(DESCRIPTORS[term.key].labels(term.spec))
        types = {term.source: pa.list_(pa.float32(), width)}
        return Step(term.source, types, _all(lambda few: {term.source: _described(term, few)}))

    return [step(term) for term in terms]


def _described(term: FeatureTerm, crystals: Sequence[Crystal]) -> FloatArray:
    descriptor = DESCRIPTORS[term.key]
    if descriptor.batch is not None:
        rows = descriptor.batch(crystals, term.spec)
        if np.isfinite(rows).all():
            return rows.reshape(len(crystals), -1).astype(np.float32)
    each = [describe(crystal, term.key, term.spec).ravel() for crystal in crystals]
    return np.stack(each).astype(np.float32)


def prototype(symprec: float) -> Step:
    """The canonical prototype label."""
    import pyarrow as pa

    def label(crystals: Sequence[Crystal]) -> Columns:
        labels = [prototype_label(crystal, symprec=symprec) for crystal in crystals]
        return {"prototype": np.array(labels, dtype=object)}

    return Step("prototype", {"prototype": pa.string()}, _all(label))


def vectors(metric: Metric) -> Step:
    """Vectors under an L1 metric, and their sums: these differ no more than the vectors do."""
    import pyarrow as pa

    width = metric.embed([_ONE]).parts[0].shape[1]

    def embed(crystals: Sequence[Crystal]) -> Columns:
        rows = metric.embed(crystals).parts[0]
        return {TOTAL: rows.sum(axis=1, dtype=np.float64), VECTOR: rows}

    types = {TOTAL: pa.float64(), VECTOR: pa.list_(pa.float32(), width)}
    return Step(str(metric), types, _all(embed))


_ONE = Crystal("one", 4.0 * np.eye(3), np.array([[0.0, 0, 0], [0.5, 0.5, 0.5]]), np.array([55, 17]))


def neighbors(metric: Metric, reference: Features, ids: NDArray[Any], k: int) -> Step:
    """The k nearest crystals of a reference, exactly."""
    import pyarrow as pa

    names = ["nearest" if i == 0 else f"nearest_{i + 1}" for i in range(min(k, len(reference)))]
    types = {n: pa.string() for n in names} | {f"{n}_distance": pa.float64() for n in names}

    def search(crystals: Sequence[Crystal]) -> Columns:
        found = nearest(metric.embed(crystals), reference, len(names))
        out: Columns = {}
        for i, name in enumerate(names):
            out[name] = ids[found.indices[:, i]]
            out[f"{name}_distance"] = found.distances[:, i].astype(np.float64)
        return out

    return Step(f"nearest by {metric}", types, _all(search))


def prediction(model: FittedModel, levels: Sequence[float], judged: bool, suffix: str = "") -> Step:
    """Predictions with their uncertainty, intervals, and where the model has seen nothing alike.

    Args:
        suffix: of the columns that judge, where several models do.
    """
    import pyarrow as pa

    key, judged = model.target_key, judged and model.domain is not None
    names = [PREFIX + key, f"{PREFIX}std_{key}"]
    for level in levels:
        names += [f"{PREFIX}{side}_{100 * level:g}_{key}" for side in ("low", "high")]
    types: dict[str, pa.DataType] = dict.fromkeys(names, pa.float64())
    if judged:
        kinds = (pa.bool_(), pa.float64(), pa.string(), pa.string())
        types |= dict(zip([name + suffix for name in _JUDGED], kinds, strict=True))

    def predict(crystals: Sequence[Crystal]) -> Found:
        data, rows, failures = prepare(crystals, model.needs)
        p = model.predict(data, levels=levels)
        columns: Columns = {names[0]: p.mean, names[1]: p.std}
        for j in range(len(levels)):
            for side in (0, 1):
                columns[names[2 + 2 * j + side]] = p.intervals[:, side, j]
        kept = rows.tolist()
        known = applicability(model, data, p, [crystals[i] for i in kept]) if judged else None
        if known is not None:
            seen, near = known
            said: list[NDArray[Any]] = [
                seen.in_training | seen.same, 100 * seen.percentile,
                np.array(near, dtype=object), np.array(list(seen.reasons), dtype=object),
            ]  # fmt: skip
            columns |= dict(zip([name + suffix for name in _JUDGED], said, strict=True))
        at = {crystal.id: i for i, crystal in enumerate(crystals)}
        return columns, kept, {at[failure.id]: failure for failure in failures}

    return Step(f"predict {key}", types, predict)


def _all(run: Callable[[Sequence[Crystal]], Columns]) -> Callable[[Sequence[Crystal]], Found]:
    """A step that finds everything of every crystal, or raises."""

    def whole(crystals: Sequence[Crystal]) -> Found:
        return run(crystals), list(range(len(crystals))), {}

    return whole

"""The function of a partition: crystals to rows with features, predictions, nearest crystals.

Each crystal has exactly one row. What could not be found of it is null, and the first reason stands
in `failure_stage`, `failure_code` and `failure_message`.

| column | holds |
|---|---|
| `row` | place in the source |
| `id`, `formula`, `chemical_system` (elements, sorted), `n_atoms` | of the crystal |
| `volume_A3_per_atom` | Å³ |
| numbers that came along | as their keys say; `given_KEY` where a column of this name is made |
| `prototype` | canonical label |
| `predicted_KEY`, `predicted_std_KEY`, `predicted_low_90_KEY`, ... | in the unit of the target |
| `in_training`, `distance_percentile`, `nearest_training`, `applicability` | by the first model |
| the same with `_KEY` | by the model of that target, from the second on |
| `nearest`, `nearest_distance`, `nearest_2`, ... | of the reference, in the unit of the metric |
| `vector_total` | sum of the vector under the metric |
| `vector`, and one for each descriptor | vectors, float32 |
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.models.persistence import load_model
from core.partitions import steps
from core.partitions.conditions import SYSTEM
from core.partitions.crystals import JSON, OWN, from_table
from core.partitions.request import Describing
from core.partitions.work import MARK, START, to_parquet, unpack
from core.types import Crystal, Failure

if TYPE_CHECKING:
    import pyarrow as pa


class Describer:
    """A request made ready: models loaded, reference described.

    Raises: ModelFileError; what the metric raises of the reference.
    """

    def __init__(self, work: Describing) -> None:
        asked, metric = work.request, work.request.parsed
        self.steps = steps.features(asked.terms)
        if asked.prototype:
            self.steps.append(steps.prototype(asked.symprec))
        for number, data in enumerate(work.models):
            model = load_model(data)
            suffix = f"_{model.target_key}" if number else ""
            step = steps.prediction(model, asked.levels, asked.applicability, suffix)
            self.steps.append(step)
        if work.reference and metric is not None:
            known = [c for c in from_table(unpack(work.reference)[0]) if isinstance(c, Crystal)]
            ids = np.array([c.id for c in known], dtype=object)
            self.steps.append(steps.neighbors(metric, metric.embed(known), ids, asked.k))
        if asked.keep_vectors and metric is not None:
            self.steps.append(steps.vectors(metric))

    def __call__(self, payload: bytes) -> bytes:
        """Raises: SpecError, ResourceError; what is wrong with a crystal stands in its row."""
        import pyarrow as pa

        table, about = unpack(payload)
        items = list(from_table(table))
        rows = [i for i, item in enumerate(items) if isinstance(item, Crystal)]
        crystals = [item for item in items if isinstance(item, Crystal)]
        failures = {i: item for i, item in enumerate(items) if isinstance(item, Failure)}
        out = _known(table, items, int(about[START]))
        for step in self.steps:
            columns, kept, lost = steps.found_by(step, crystals)
            for i, failure in lost.items():
                failures.setdefault(rows[i], failure)
            places = np.array(rows, dtype=np.int64)[kept]
            for name, kind in step.types.items():
                if name in out:
                    out[f"given_{name}"] = out.pop(name)
                out[name] = _spread(columns.get(name), places, len(items), kind)
        for name in ("stage", "code", "message"):
            said = [getattr(failures.get(i), name, None) for i in range(len(items))]
            out[f"failure_{name}"] = pa.array(said, pa.string())
        wide = [n for n, column in out.items() if pa.types.is_fixed_size_list(column.type)]
        ordered = {n: out[n] for n in (*(n for n in out if n not in wide), *wide)}
        return to_parquet(pa.table(ordered), about[MARK])


def _known(table: pa.Table, items: Sequence[Crystal | Failure], start: int) -> dict[str, Any]:
    """What is known without computing, and the numbers that came along."""
    import pyarrow as pa

    some = [item if isinstance(item, Crystal) else None for item in items]
    out = {
        "row": pa.array(range(start, start + len(items)), pa.int64()),
        "id": pa.array([item.id for item in items], pa.string()),
        "formula": pa.array([c.formula if c else None for c in some], pa.string()),
        SYSTEM: pa.array(["-".join(sorted(c.elements)) if c else None for c in some], pa.string()),
        "n_atoms": pa.array([c.n_sites if c else None for c in some], pa.int32()),
        "volume_A3_per_atom": pa.array(
            [c.volume / float(c.occupancy.sum()) if c else None for c in some], pa.float64()
        ),
    }
    for name in table.column_names:
        if name not in (*OWN, JSON):
            given = f"given_{name}" if name in out else name
            out[given] = table.column(name).combine_chunks().cast(pa.float64())
    return out


def _spread(
    values: NDArray[Any] | None, places: NDArray[np.int64], n: int, kind: pa.DataType
) -> pa.Array:
    """A column of n rows with values at some places and null elsewhere."""
    import pyarrow as pa

    if values is None or not len(values):
        return pa.nulls(n, kind)
    index = np.full(n, -1)
    index[places] = np.arange(len(values))
    if pa.types.is_fixed_size_list(kind):
        flat = pa.array(np.ascontiguousarray(values, dtype=np.float32).ravel())
        column = pa.FixedSizeListArray.from_arrays(flat, type=kind)
    else:
        column = pa.array(values, kind, from_pandas=not pa.types.is_floating(kind))
    if len(values) == n:
        return column
    return column.take(pa.array(index, pa.int64(), mask=index < 0))

"""A table of predicted candidates as the columns that a screening looks at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, overload

import numpy as np
from numpy.typing import NDArray

from core.errors import SchemaError
from core.partitions.folder import existing
from core.partitions.steps import PREFIX, TOTAL
from core.screening.criteria import Column
from core.screening.screen import Known
from core.screening.table import CandidateColumns
from core.types import FloatArray
from core.uncertainty.applicability import NEW_ELEMENT

if TYPE_CHECKING:
    import pyarrow as pa

_STD, _BOUND = f"{PREFIX}std_", re.compile(rf"{PREFIX}(low|high)_([0-9.]+)_(.+)")


class PackedTexts(Sequence[str]):
    """A column of texts as Arrow holds it: a row becomes a Python text when it is asked for."""

    def __init__(self, column: pa.Array) -> None:
        self._column = column

    def __len__(self) -> int:
        return len(self._column)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...

    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return PackedTexts(self._column[index])
        return self._column[int(index)].as_py() or ""

    def __iter__(self) -> Iterator[str]:
        return (value or "" for value in self._column.to_pylist())


def read_columns(path: Path) -> CandidateColumns:
    """All predictions of a run or of one parquet file, with novelty where it was judged, and known
    numbers as truth.

    Args:
        path: a folder of `python -m core batch --model`, or a file of its schema.

    Raises: InputError while partitions are missing; SchemaError when it holds no predictions.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    files = existing(path).paths() if path.is_dir() else [path]
    try:
        schema = pq.read_schema(files[0])
        kinds = {field.name: _kind(field.type) for field in schema}
        names = [name for name, kind in kinds.items() if kind]  # vectors stay where they are
        wide = pa.concat_tables([pq.read_table(file, columns=names) for file in files])
    except (pa.ArrowException, OSError, IndexError) as error:
        raise SchemaError(
            f"The results can't be read: {str(error).splitlines()[0][:200]}",
            hint="Run again into a new folder.",
        ) from error
    keys = [
        n.removeprefix(PREFIX) for n in names
        if n.startswith(PREFIX) and not n.startswith(_STD) and not _BOUND.fullmatch(n)
    ]  # fmt: skip
    if not keys or "id" not in names or not len(wide):
        lacks = "rows" if keys and "id" in names else "predictions" if "id" in names else "ids"
        raise SchemaError(
            f"The table holds no {lacks}.",
            hint="Give the folder of `python -m core batch --model`, or a parquet file with `id` "
            f"and columns `{PREFIX}KEY`.",
        )
    columns = {key: _column(key, wide, names) for key in keys}
    known = None
    if "distance_percentile" in names:
        known = Known(
            _numbers(wide, "distance_percentile") / 100, _texts(wide, "nearest_training"),
            cast("Sequence[str]", _unseen(wide)),
        )  # fmt: skip
    used = {"row", "n_atoms", "distance_percentile", TOTAL}
    truth = {
        n: _numbers(wide, n) for n in names
        if kinds[n] == "number" and n not in used and not n.startswith(PREFIX)
        and not n.endswith("_distance")
    }  # fmt: skip
    return CandidateColumns(_texts(wide, "id"), _texts(wide, "formula"), columns, known, {}, truth)


def _kind(kind: pa.DataType) -> str:
    """What a column holds; "" for vectors and the like."""
    import pyarrow as pa

    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        return "number"
    if pa.types.is_boolean(kind):
        return "flag"
    return "text" if pa.types.is_string(kind) or pa.types.is_large_string(kind) else ""


def _column(key: str, wide: pa.Table, names: Sequence[str]) -> Column:
    std = _numbers(wide, f"{_STD}{key}") if f"{_STD}{key}" in names else None
    bounds: dict[float, dict[str, str]] = {}
    for name in names:
        found = _BOUND.fullmatch(name)
        if found and found[3] == key:
            bounds.setdefault(float(found[2]) / 100, {})[found[1]] = name
    levels = sorted(level for level, pair in bounds.items() if len(pair) == 2)
    intervals = None
    if levels:
        intervals = np.empty((len(wide), 2, len(levels)))
        for j, level in enumerate(levels):
            for i, side in enumerate(("low", "high")):
                intervals[:, i, j] = _numbers(wide, bounds[level][side])
    stated = std is not None and bool((std > 0).any())
    return Column(
        key, _numbers(wide, PREFIX + key), std if stated else None,
        np.array(levels) if levels else None, intervals,
    )  # fmt: skip


def _numbers(wide: pa.Table, name: str) -> FloatArray:
    values: NDArray[Any] = wide.column(name).combine_chunks().to_numpy(zero_copy_only=False)
    return np.asarray(values, dtype=np.float64)


def _texts(wide: pa.Table, name: str) -> Sequence[str]:
    if name not in wide.column_names:
        return PackedTexts(_empty(len(wide)))
    column = wide.column(name).combine_chunks()
    return PackedTexts(column)


def _unseen(wide: pa.Table) -> NDArray[np.str_]:
    """A word where the model said of a crystal that it holds an element it never saw."""
    import pyarrow.compute as pc

    if "applicability" not in wide.column_names:
        raise SchemaError(
            "The table says how far crystals are from training, but not what is new in them.",
            hint="Run `python -m core batch` again with this version.",
        )
    told = pc.match_substring(wide.column("applicability"), NEW_ELEMENT)
    mask = np.asarray(pc.fill_null(told, False).combine_chunks().to_numpy(zero_copy_only=False))
    return np.where(mask.astype(bool), "new", "")


def _empty(n: int) -> pa.Array:
    import pyarrow as pa

    return pa.nulls(n, pa.string())

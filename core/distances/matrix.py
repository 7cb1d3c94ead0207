"""Distance matrices: full, condensed, rectangular; in memory or in tiles on disk.

Symmetric matrices are computed once per pair, tile by tile, on as many threads as asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.config import memory_budget_bytes
from core.distances.base import Features, between
from core.distances.l1 import l1_block
from core.distances.l1_maxima import l1_block_by_maxima, row_sums
from core.errors import InvalidSpecError, JobCancelled, MemoryBudgetError
from core.io.replace import replacing
from core.types import FloatArray, Progress, ShouldStop

_TILE = 256
Tile = tuple[slice, slice]


def full(
    features: Features,
    *,
    threads: int = 1,
    out: Any = None,
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> FloatArray:
    """Distances between all crystals: (n, n), symmetric, zero on the diagonal.

    Args:
        out: array to fill, in memory or on disk; a float32 array (float64 unless the features are
            float32) when None.

    Raises: MemoryBudgetError when the matrix would not fit; JobCancelled.
    """
    n = len(features)
    if out is None:
        require_budget(n, n, _dtype(features))
        out = np.empty((n, n), _dtype(features))

    def put(tile: Tile, block: FloatArray) -> None:
        rows, columns = tile
        if rows == columns:
            upper = np.triu(block, 1)
            out[rows, columns] = upper + upper.T
        else:
            out[rows, columns] = block
            out[columns, rows] = block.T

    _tiles(_upper_tiles(n), features, features, put, True, threads, on_progress, should_stop)
    return out


def condensed(
    features: Features,
    *,
    threads: int = 1,
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> FloatArray:
    """The upper triangle row by row, (n (n - 1) / 2,), as scipy's `squareform` reads it.

    Raises: MemoryBudgetError, JobCancelled.
    """
    n = len(features)
    require_budget(n, (n - 1) / 2, _dtype(features))
    out = np.empty(n * (n - 1) // 2, _dtype(features))

    def put(tile: Tile, block: FloatArray) -> None:
        rows, columns = tile
        for i in range(rows.start, rows.stop):
            first = max(columns.start, i + 1)
            if first < columns.stop:
                base = n * i - i * (i + 1) // 2 - i - 1  # entry (i, j) lies at base + j
                row = block[i - rows.start, first - columns.start :]
                out[base + first : base + columns.stop] = row

    _tiles(_upper_tiles(n), features, features, put, True, threads, on_progress, should_stop)
    return out


def rectangular(
    query: Features,
    library: Features,
    *,
    threads: int = 1,
    out: Any = None,
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> FloatArray:
    """Distances of n queries to m library crystals: (n, m).

    Raises: ShapeMismatchError for features of two metrics; MemoryBudgetError; JobCancelled.
    """
    between(query[:0], library[:0])  # refuses a mixture of metrics before any work
    if out is None:
        require_budget(len(query), len(library), _dtype(query))
        out = np.empty((len(query), len(library)), _dtype(query))

    def put(tile: Tile, block: FloatArray) -> None:
        out[tile] = block

    tiles = [(r, c) for r in _spans(len(query)) for c in _spans(len(library))]
    _tiles(tiles, query, library, put, False, threads, on_progress, should_stop)
    return out


def to_disk(
    features: Features,
    path: Path,
    *,
    threads: int = 1,
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> Path:
    """The full matrix in tiles in a `.npy` file or a `.zarr` folder; memory stays at a few tiles.

    Nothing is left behind when it fails or is stopped.
    Raises: InvalidSpecError for another suffix; JobCancelled.
    """
    n = len(features)

    def fill(target: Any) -> None:
        full(
            features,
            threads=threads,
            out=target,
            on_progress=on_progress,
            should_stop=should_stop,
        )

    with replacing(path) as temporary:
        if path.suffix == ".npy":
            target = np.lib.format.open_memmap(
                temporary, mode="w+", dtype=_dtype(features), shape=(n, n)
            )
            fill(target)
            target.flush()
            del target
        elif path.suffix == ".zarr":
            import zarr

            array = zarr.create_array(
                str(temporary), shape=(n, n), chunks=(min(n, _TILE),) * 2, dtype=_dtype(features)
            )
            fill(array)
        else:
            raise InvalidSpecError(
                f"A matrix can't be written in tiles to {path.name!r}.",
                hint="Name it .npy or .zarr.",
            )
    return path


def require_budget(n: int, m: float, dtype: Any) -> None:
    """Refuse a matrix of n x m that does not fit, with the estimate and the alternatives.

    Raises: MemoryBudgetError.
    """
    wanted = n * m * np.dtype(dtype).itemsize
    budget = memory_budget_bytes()
    if wanted > budget:
        raise MemoryBudgetError(
            f"A matrix of {n} x {m:.0f} distances needs {wanted / 2**30:.3g} GB; "
            f"the budget is {budget / 2**30:.3g} GB.",
            hint="Ask for the nearest neighbours instead (`neighbors`), write tiles to disk "
            "(-o FILE.zarr or FILE.npy), or raise GRIDSCOPE_MEMORY_GB.",
            context={"bytes": wanted, "budget": budget},
        )


def _dtype(features: Features) -> Any:
    dtype = features.parts[0].dtype
    return np.float32 if dtype == np.float32 else np.float64


def _spans(n: int) -> list[slice]:
    return [slice(i, min(n, i + _TILE)) for i in range(0, n, _TILE)]


def _upper_tiles(n: int) -> list[Tile]:
    spans = _spans(n)
    return [(r, c) for i, r in enumerate(spans) for c in spans[i:]]


@dataclass(frozen=True, slots=True, eq=False)
class _Sides:
    """Both sides of a matrix, ready for a kernel.

    Attributes:
        x, y: vectors of an L1 metric.
        x_sums, y_sums: their rows' sums; None where absolute differences are to be summed.
    """

    a: Features
    b: Features
    x: FloatArray
    y: FloatArray
    x_sums: FloatArray | None = None
    y_sums: FloatArray | None = None

    @classmethod
    def of(cls, a: Features, b: Features) -> _Sides:
        """Copies with what the kernel by maxima needs, where memory allows.

        Columns in which no two crystals differ are left out. They add nothing to any distance, and
        a third of the bins of GRID are such: before the first neighbour of all crystals, or beyond
        the last. In the others the middle of the range is subtracted, which leaves every
        difference as it is and makes the sums small.
        """
        x, y = a.parts[0], b.parts[0]
        single = x.dtype == y.dtype == np.float32
        budget = memory_budget_bytes() // 8
        if not (a.is_l1 and single and len(x) and len(y) and x.nbytes + y.nbytes <= budget):
            return cls(a, b, x, y)
        low = np.minimum(x.min(axis=0), y.min(axis=0))
        high = np.maximum(x.max(axis=0), y.max(axis=0))
        telling = low != high
        middle = (low + (high - low) / 2)[telling]
        if not np.isfinite(middle).all():
            return cls(a, b, x, y)
        y = _centred(y, telling, middle)
        y_sums = row_sums(y)
        if b is a:
            return cls(a, b, y, y, y_sums, y_sums)
        x = _centred(x, telling, middle)
        return cls(a, b, x, y, row_sums(x), y_sums)


def _centred(x: FloatArray, telling: NDArray[np.bool_], middle: FloatArray) -> FloatArray:
    if telling.all():
        return x - middle
    kept: FloatArray = np.compress(telling, x, axis=1)
    kept -= middle
    return kept


def _block(sides: _Sides, tile: Tile, symmetric: bool) -> FloatArray:
    rows, columns = tile
    if not sides.a.is_l1:
        return between(sides.a[rows], sides.b[columns])
    x, y = sides.x[rows], sides.y[columns]
    out = np.empty((len(x), len(y)), x.dtype)
    upper = symmetric and rows == columns
    if sides.x_sums is None or sides.y_sums is None:
        l1_block(x, y, out, upper)
    else:
        l1_block_by_maxima(x, sides.x_sums[rows], y, sides.y_sums[columns], out, upper)
    return out


def _tiles(
    tiles: list[Tile],
    a: Features,
    b: Features,
    put: Callable[[Tile, FloatArray], None],
    symmetric: bool,
    threads: int,
    on_progress: Progress | None,
    should_stop: ShouldStop | None,
) -> None:
    """Compute all tiles and hand them over, one at a time, in order."""
    sides = _Sides.of(a, b)
    for done, (tile, block) in enumerate(_computed(tiles, sides, symmetric, threads), start=1):
        put(tile, block)
        if on_progress:
            on_progress(done, len(tiles), "comparing crystals")
        if should_stop and should_stop():
            raise JobCancelled(f"stopped after {done} of {len(tiles)} tiles")


def _computed(
    tiles: list[Tile], sides: _Sides, symmetric: bool, threads: int
) -> Iterator[tuple[Tile, FloatArray]]:
    if threads <= 1:
        for tile in tiles:
            yield tile, _block(sides, tile, symmetric)
        return
    pool = ThreadPoolExecutor(threads)
    try:
        ahead = 4 * threads
        pending = [pool.submit(_block, sides, tile, symmetric) for tile in tiles[:ahead]]
        for n, tile in enumerate(tiles):
            block = pending[n].result()
            pending[n] = None  # type: ignore[call-overload]  # let go of the block
            if n + ahead < len(tiles):
                pending.append(pool.submit(_block, sides, tiles[n + ahead], symmetric))
            yield tile, block
    finally:
        pool.shutdown(wait=True, cancel_futures=True)

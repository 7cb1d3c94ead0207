"""Duplicates among the rows of a run: one reduced formula, and a distance below a threshold.

Links are followed: a near b and b near c puts all three together. Rows are only compared within
chains of one formula whose vectors' sums follow one another closer than the threshold: sums differ
no more than the vectors do, so rows of different chains are certainly apart. What is left is cut
into partitions of whole chains and done by a scheduler, written and gone on with like any run.

| column | holds |
|---|---|
| `row` | place in the source; only rows of a group of two or more are listed |
| `duplicate_of` | id of the group's first row; null for that row itself |
| `copies` | rows of the group |
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.distances.l1 import l1_between
from core.errors import InputError, InvalidSpecError
from core.hashing import mapping_digest
from core.partitions.folder import Folder, Manifest, existing, writing
from core.partitions.query import DUPLICATES
from core.partitions.schedulers import Here, Payloads, Scheduler
from core.partitions.steps import TOTAL, VECTOR
from core.partitions.work import MARK, Part, pack, to_parquet, unpack
from core.types import FloatArray, IntArray, Progress, ShouldStop

if TYPE_CHECKING:
    import pyarrow as pa

VERSION = 1
_ROWS = 4_000  # of a partition: 40 MB of vectors of GRID
_TILE = 1_024  # rows of a chain compared at once
_ROUNDING = 1e-5  # relative: sums and distances are rounded sums of thousands of terms
_WHAT = "comparing crystals"


@dataclass(frozen=True)
class Linking:
    """The work: chains of rows to groups.

    Attributes:
        threshold: largest distance of a link, in the unit of the metric.
    """

    threshold: float

    def to_dict(self) -> dict[str, Any]:
        """JSON-able: what decides the results."""
        return {"work": "duplicates", "version": VERSION, "threshold": self.threshold}

    @cached_property
    def digest(self) -> str:
        return mapping_digest(self.to_dict())

    def build(self) -> Part:
        """Nothing to load."""
        return self._groups

    def _groups(self, payload: bytes) -> bytes:
        """Columns row, id, chain and vector in; row, duplicate_of and copies out."""
        import pyarrow as pa

        table, about = unpack(payload)
        rows, chain = table["row"].to_numpy(), table["chain"].to_numpy()
        vectors = _vectors(table)
        ids = table["id"].to_pylist()
        out: list[tuple[int, str | None, int]] = []
        for members in np.split(np.arange(len(rows)), np.flatnonzero(np.diff(chain)) + 1):
            label = linked(vectors[members], self.threshold)
            for group in range(label.max() + 1):
                found = members[label == group]
                if len(found) > 1:
                    first = found[np.argmin(rows[found])]
                    out += [(int(rows[i]), None if i == first else ids[first], len(found))
                            for i in found]  # fmt: skip
        columns = list(zip(*sorted(out), strict=True)) or [(), (), ()]
        kinds = {"row": pa.int64(), "duplicate_of": pa.string(), "copies": pa.int64()}
        arrays = [pa.array(c, k) for c, k in zip(columns, kinds.values(), strict=True)]
        return to_parquet(pa.table(arrays, names=list(kinds)), about[MARK])


def linked(vectors: FloatArray, threshold: float) -> IntArray:
    """(n,) number of the group of each row, by single linkage at a threshold; memory n x tile."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n = len(vectors)
    a, b = [], []
    for start in range(0, n, _TILE):
        near = l1_between(vectors[start : start + _TILE], vectors[start:]) <= threshold
        i, j = np.nonzero(near)
        a.append(i + start)
        b.append(j + start)
    i, j = np.concatenate(a), np.concatenate(b)
    links = coo_matrix((np.ones(len(i), dtype=bool), (i, j)), shape=(n, n))
    label: IntArray = connected_components(links, directed=False)[1]
    return label


def find_duplicates(
    path: Path,
    threshold: float,
    *,
    scheduler: Scheduler | None = None,
    rows: int = _ROWS,
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> int:
    """Seek duplicates among the rows of a finished run that kept its vectors.

    Args:
        path: folder of the run; the groups go to its folder `duplicates`.
        threshold: in the unit of the metric.
        rows: compared in a partition, at least one chain.

    Returns: rows that had to be compared.
    Raises: InputError without vectors or while partitions are missing; InvalidSpecError for a
        negative threshold, or groups of another threshold in the folder; as `run_partitions`.
    """
    if not 0 <= threshold < np.inf:
        raise InvalidSpecError(f"The threshold is {threshold!r}.", hint="Give 0 or more.")
    run = existing(path)
    chains = _chains(run, threshold)
    parts = _cut(chains["chain"].to_numpy(), rows)
    work = Linking(threshold)
    source = f"{run.manifest.digest}/{rows}"
    manifest = Manifest(work.to_dict(), str(path), source, len(parts), 1)
    with writing(path / DUPLICATES, manifest) as folder:
        done = folder.finished(any_rows=True)
        left = [i for i in range(len(parts)) if i not in done]
        if left:
            payloads = _payloads(run, folder, chains, parts, left)
            for number, data in (scheduler or Here()).run(work, payloads, should_stop):
                folder.write(number, data)
                done.add(number)
                if on_progress:
                    on_progress(len(done), len(parts), _WHAT)
    return chains.num_rows


def _chains(run: Folder, threshold: float) -> pa.Table:
    """Rows that may have a duplicate: row, id, chain; rows of a chain side by side."""
    import duckdb

    files = [str(path) for path in run.paths()]
    slack = threshold * (1 + _ROUNDING) + _ROUNDING
    with duckdb.connect() as db:
        names = {row[0] for row in db.execute("DESCRIBE SELECT * FROM read_parquet(?)",
                                              [files[:1]]).fetchall()}  # fmt: skip
        if not {TOTAL, VECTOR} <= names:
            raise InputError(
                f"The run in {str(run.path)!r} kept no vectors.",
                hint="Run it with a metric and keep_vectors.",
            )
        return db.sql(_CHAINS, params=[files, slack]).to_arrow_table().combine_chunks()


_CHAINS = f"""
WITH sorted AS (
    SELECT "row", id, formula, {TOTAL} AS total,
        lag({TOTAL}) OVER (PARTITION BY formula ORDER BY {TOTAL}, "row") AS before
    FROM read_parquet(?) WHERE {TOTAL} IS NOT NULL AND formula IS NOT NULL
),
linked AS (
    SELECT *, coalesce(total - before <= ? + {_ROUNDING} * abs(total), false) AS follows FROM sorted
),
near AS (
    SELECT *, coalesce(
        lead(follows) OVER (PARTITION BY formula ORDER BY total, "row"), false
    ) AS leads FROM linked
)
SELECT "row", id, sum(CASE WHEN follows THEN 0 ELSE 1 END) OVER (
    ORDER BY formula, total, "row" ROWS UNBOUNDED PRECEDING)::BIGINT AS chain
FROM near WHERE follows OR leads ORDER BY chain, "row"
"""  # noqa: S608 - names of our own columns


def _cut(chain: IntArray, rows: int) -> list[range]:
    """Ranges of whole chains, each of about so many rows."""
    starts = np.concatenate([[0], np.flatnonzero(np.diff(chain)) + 1, [len(chain)]])
    out, begin = [], 0
    for end in starts[1:].tolist():
        if end - begin >= rows or (end == len(chain) and end > begin):
            out.append(range(begin, end))
            begin = end
    return out


def _payloads(
    run: Folder, folder: Folder, chains: pa.Table, parts: list[range], left: list[int]
) -> Payloads:
    for number in left:
        part = parts[number]
        table = _with_vectors(run, chains.slice(part.start, len(part)))
        yield number, pack(table, {MARK: folder.mark(number).encode()})


def _with_vectors(run: Folder, some: pa.Table) -> pa.Table:
    """The table with the vectors of its rows, from the partitions that hold them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows, size = some["row"].to_numpy(), run.manifest.size
    vectors: FloatArray | None = None
    for number in np.unique(rows // size).tolist():
        held = _vectors(pq.read_table(run.part(number), columns=[VECTOR]), VECTOR)
        if vectors is None:
            vectors = np.empty((len(rows), held.shape[1]), np.float32)
        here = np.flatnonzero(rows // size == number)
        vectors[here] = held[rows[here] - number * size]
    assert vectors is not None
    flat = pa.array(vectors.ravel())
    return some.append_column(VECTOR, pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1]))


def _vectors(table: pa.Table, name: str = VECTOR) -> FloatArray:
    """(n, d) float32; rows that are null hold anything."""
    column = table[name].combine_chunks()
    width = column.type.list_size
    values: FloatArray = column.values.to_numpy(zero_copy_only=False).reshape(-1, width)
    return np.ascontiguousarray(values[column.offset : column.offset + len(column)])

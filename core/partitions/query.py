"""Questions to the results of a run: counts of a funnel, histograms, densities, the best rows.

All columns but the vectors are read into DuckDB once; a question then takes a few milliseconds for
hundreds of thousands of rows. Nothing of a question becomes SQL by itself: columns are looked up,
values are parameters. A table may be shared by threads and sessions: it can't be changed, and its
connection sees no file and no network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.config import default_workers
from core.errors import InputError, InvalidSpecError, SchemaError
from core.partitions.conditions import Condition, Quantity, clause, quantity_sql, quoted
from core.partitions.folder import existing
from core.types import FloatArray, IntArray

if TYPE_CHECKING:
    import pyarrow as pa

MEMORY_MB = 1_024
DUPLICATES = "duplicates"
_MOST_BINS, _MOST_ROWS = 10_000, 100_000
_KINDS = {"VARCHAR": "text", "BOOLEAN": "flag"}  # all others that are kept are numbers


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """Counts of a quantity.

    Attributes:
        edges: (n_bins + 1,); a bin holds its lower edge, the last its upper too.
        counts: (n_bins,).
        below, above, missing: rows beyond the edges, and without a value.
    """

    edges: FloatArray
    counts: IntArray
    below: int
    above: int
    missing: int


@dataclass(frozen=True, slots=True, eq=False)
class Density:
    """Counts over two quantities.

    Attributes:
        x_edges, y_edges: (n_x + 1,), (n_y + 1,).
        counts: (n_y, n_x).
        outside: rows beyond the edges or without one of the values.
    """

    x_edges: FloatArray
    y_edges: FloatArray
    counts: IntArray
    outside: int


class CandidateTable:
    """The rows of a run, or of any parquet files of one schema.

    Attributes:
        columns: name -> `number`, `text` or `flag`.
        n: rows.
    """

    def __init__(self, paths: Sequence[Path], duplicates: Sequence[Path] | None = None) -> None:
        """Read the columns that are no vectors. Raises: SchemaError, InputError."""
        import duckdb

        if not paths:
            raise InputError("There are no results to look at.")
        self._connection = duckdb.connect(
            config={
                "memory_limit": f"{MEMORY_MB}MB", "threads": default_workers(),
                "autoinstall_known_extensions": False, "autoload_known_extensions": False,
            }
        )  # fmt: skip
        try:
            self._read(paths, duplicates)
        except duckdb.Error as error:
            raise SchemaError(
                f"The results can't be read: {str(error).splitlines()[0][:200]}",
                hint="Run again into a new folder.",
            ) from error
        described = self._connection.execute("DESCRIBE candidates").fetchall()
        self.columns: Mapping[str, str] = MappingProxyType(
            {name: _KINDS.get(kind, "number") for name, kind, *_ in described}
        )
        self.n = int(self._ask("SELECT count(*) FROM candidates")[0][0])

    @classmethod
    def open(cls, path: Path) -> CandidateTable:
        """The results of a folder, with duplicates where they were sought.

        Raises: InputError while partitions are missing; SchemaError.
        """
        found = path / DUPLICATES
        return cls(existing(path).paths(), existing(found).paths() if found.is_dir() else None)

    def _read(self, paths: Sequence[Path], duplicates: Sequence[Path] | None) -> None:
        db = self._connection
        files = [str(path) for path in paths]
        described = db.execute("DESCRIBE SELECT * FROM read_parquet(?)", [files[:1]]).fetchall()
        names = [name for name, kind, *_ in described if "[" not in kind and "(" not in kind]
        wanted = ", ".join(f"p.{quoted(name)}" for name in names)
        more, join = "", ""
        values: list[Any] = [files]
        if duplicates == []:
            more = ", NULL::VARCHAR AS duplicate_of, 0::BIGINT AS copies"
        elif duplicates and "row" in names:
            more = ", d.duplicate_of, coalesce(d.copies, 0) AS copies"
            join = " LEFT JOIN read_parquet(?) d USING (row)"
            values.append([str(path) for path in duplicates])
        order = ' ORDER BY p."row"' if "row" in names else ""
        db.execute(
            f"CREATE TABLE candidates AS SELECT {wanted}{more} "  # noqa: S608 - names are quoted
            f"FROM read_parquet(?) p{join}{order}",
            values,
        )
        db.execute("SET enable_external_access = false")
        db.execute("SET lock_configuration = true")

    def counts(self, stages: Sequence[Sequence[Condition]]) -> IntArray:
        """(n_stages + 1,) rows left: all, then after each stage. Raises: InvalidSpecError."""
        told, values = [], []
        for number, stage in enumerate(stages):
            sql, more = clause(self.columns, stage)
            told.append(f"WHEN ({sql}) IS NOT TRUE THEN {number}")
            values += more
        lost_at = f"CASE {' '.join(told)} ELSE {len(stages)} END" if told else "0"
        found = self._ask(
            f"SELECT {lost_at} AS stage, count(*) FROM candidates GROUP BY stage",  # noqa: S608
            values,
        )
        lost = np.zeros(len(stages) + 1, dtype=np.int64)
        for number, n in found:
            lost[number] = n
        return np.cumsum(lost[::-1])[::-1]

    def alone(self, stages: Sequence[Sequence[Condition]]) -> IntArray:
        """(n_stages,) rows that each stage passes by itself. Raises: InvalidSpecError."""
        if not stages:
            return np.empty(0, dtype=np.int64)
        told = [clause(self.columns, stage) for stage in stages]
        parts = ", ".join(f"count(*) FILTER (WHERE {sql})" for sql, _ in told)
        values = [value for _, more in told for value in more]
        return np.array(self._ask(f"SELECT {parts} FROM candidates", values)[0])  # noqa: S608

    def count(self, where: Sequence[Condition] = ()) -> int:
        """Rows for which all conditions hold. Raises: InvalidSpecError."""
        return int(self.counts([where])[1])

    def span(self, quantity: Quantity, where: Sequence[Condition] = ()) -> tuple[float, float]:
        """Least and largest value; NaN where there is none. Raises: InvalidSpecError."""
        of, values = quantity_sql(self.columns, quantity)
        told, more = clause(self.columns, where)
        low, high = self._ask(
            f"SELECT min(v), max(v) FROM (SELECT {of} AS v FROM candidates WHERE {told}) "  # noqa: S608
            "WHERE isfinite(v)", [*values, *more],
        )[0]  # fmt: skip
        return (np.nan, np.nan) if low is None else (float(low), float(high))

    def histogram(
        self, quantity: Quantity, edges: FloatArray, where: Sequence[Condition] = ()
    ) -> Histogram:
        """Counts in bins of one width.

        Args:
            edges: (n_bins + 1,) evenly spaced, rising.

        Raises: InvalidSpecError.
        """
        bins, bounds = _bin("v", edges)
        of, values = quantity_sql(self.columns, quantity)
        told, more = clause(self.columns, where)
        found = self._ask(
            f"SELECT {bins} AS b, count(*) FROM (SELECT {of} AS v FROM candidates "  # noqa: S608
            f"WHERE {told}) GROUP BY b",
            [*bounds, *values, *more],
        )
        counts = np.zeros(len(edges) - 1, dtype=np.int64)
        rest = dict.fromkeys((-1, len(counts), None), 0)
        for place, n in found:
            if place in rest:
                rest[place] = n
            else:
                counts[place] = n
        return Histogram(edges, counts, rest[-1], rest[len(counts)], rest[None])

    def density(
        self, x: Quantity, y: Quantity, x_edges: FloatArray, y_edges: FloatArray,
        where: Sequence[Condition] = (),
    ) -> Density:  # fmt: skip
        """Counts over two quantities in bins of one width. Raises: InvalidSpecError."""
        (x_bin, x_bounds), (y_bin, y_bounds) = _bin("v", x_edges), _bin("w", y_edges)
        (of_x, x_values), (of_y, y_values) = (quantity_sql(self.columns, q) for q in (x, y))
        told, more = clause(self.columns, where)
        found = self._ask(
            f"SELECT {x_bin} AS a, {y_bin} AS b, count(*) "  # noqa: S608
            f"FROM (SELECT {of_x} AS v, {of_y} AS w FROM candidates WHERE {told}) GROUP BY a, b",
            [*x_bounds, *y_bounds, *x_values, *y_values, *more],
        )
        counts = np.zeros((len(y_edges) - 1, len(x_edges) - 1), dtype=np.int64)
        outside = 0
        for a, b, n in found:
            if a is None or b is None or not (0 <= a < counts.shape[1] and 0 <= b < len(counts)):
                outside += n
            else:
                counts[b, a] = n
        return Density(x_edges, y_edges, counts, outside)

    def top(
        self, quantity: Quantity, n: int, *, descending: bool = False,
        where: Sequence[Condition] = (), select: Sequence[str] = (), offset: int = 0,
    ) -> pa.Table:  # fmt: skip
        """The first rows by a quantity; ties in their own order, rows without a value last.

        Args:
            select: columns; all when empty.

        Raises: InvalidSpecError.
        """
        if not (1 <= n <= _MOST_ROWS and offset >= 0):
            raise InvalidSpecError(f"{n} rows from {offset} on.", hint="Ask for 1 to 100,000.")
        of, values = quantity_sql(self.columns, quantity)
        told, more = clause(self.columns, where)
        way = "DESC" if descending else "ASC"
        then = ', "row"' if "row" in self.columns else ""
        return self._table(
            f"SELECT {self._select(select)} FROM candidates WHERE {told} "  # noqa: S608
            f"ORDER BY CASE WHEN isfinite({of}) THEN {of} END {way} NULLS LAST{then} "
            "LIMIT ? OFFSET ?", [*more, *values, *values, n, offset],
        )  # fmt: skip

    def rows(self, names: Sequence[str], where: Sequence[Condition] = ()) -> pa.Table:
        """Columns of all rows that match, in order. Raises: InvalidSpecError."""
        told, more = clause(self.columns, where)
        order = ' ORDER BY "row"' if "row" in self.columns else ""
        return self._table(
            f"SELECT {self._select(names)} FROM candidates WHERE {told}{order}",  # noqa: S608
            more,
        )

    def values(self, name: str, where: Sequence[Condition] = ()) -> NDArray[Any]:
        """(n_matching,) values of a column; NaN where a number is missing. Raises: as `rows`."""
        column = self.rows([name], where).column(0).combine_chunks()
        return np.asarray(column.to_numpy(zero_copy_only=False))

    def _select(self, names: Sequence[str]) -> str:
        for name in names:
            if name not in self.columns:
                quantity_sql(self.columns, name)  # says which there are
        return ", ".join(quoted(name) for name in names) or "*"

    def _ask(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            return cursor.execute(sql, list(values)).fetchall()

    def _table(self, sql: str, values: Sequence[Any]) -> pa.Table:
        with self._connection.cursor() as cursor:
            return cursor.sql(sql, params=list(values) or None).to_arrow_table()

    def close(self) -> None:
        """Give the memory back."""
        self._connection.close()


def _bin(name: str, edges: FloatArray) -> tuple[str, list[Any]]:
    """The bin of a value called `name`: -1 below, n_bins above, null without a value."""
    steps = np.diff(edges)
    even = len(steps) and np.isfinite(edges).all() and (steps > 0).all()
    if not (even and len(steps) <= _MOST_BINS and np.allclose(steps, steps[0], rtol=1e-6)):
        raise InvalidSpecError(
            f"{len(edges)} bin edges from {edges[0] if len(edges) else '?'}.",
            hint="Give rising edges of one width, at most 10,000 bins.",
        )
    low, high, n = float(edges[0]), float(edges[-1]), len(steps)
    told = (
        f"CASE WHEN {name} IS NULL OR isnan({name}) THEN NULL "
        f"WHEN {name} < ?::DOUBLE THEN -1 WHEN {name} > ?::DOUBLE THEN {n} "
        f"ELSE least({n - 1}, CAST(floor(({name} - ?::DOUBLE) * ?::DOUBLE) AS INTEGER)) END"
    )
    return told, [low, high, low, n / (high - low)]

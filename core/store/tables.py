"""Questions to large result tables, answered by DuckDB where the file lies.

A table of a million rows is filtered and sorted without being read into memory. The connection sees
the files it is given and nothing else: no other file, no network, no extension.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.config import default_workers
from core.errors import InvalidSpecError, SchemaError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

MEMORY_MB = 512
_COMPARE = {"=": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
Condition = tuple[str, str, Any]
"""(column, one of = != < <= > >=, value)."""


def columns(path: Path) -> dict[str, str]:
    """Names and types of a table's columns. Raises: SchemaError when it can't be read."""
    with _open({"result": path}) as connection:
        return {row[0]: row[1] for row in connection.execute("DESCRIBE result").fetchall()}


def count(path: Path, where: Sequence[Condition] = ()) -> int:
    """How many rows match. Raises: InvalidSpecError, SchemaError."""
    with _open({"result": path}) as connection:
        told, values = _where(connection, where)
        found = connection.execute(f"SELECT count(*) FROM result{told}", values)  # noqa: S608
        return int(found.fetchall()[0][0])


def rows(
    path: Path, *, select: Sequence[str] = (), where: Sequence[Condition] = (), sort: str = "",
    descending: bool = False, limit: int = 1_000, offset: int = 0,
) -> pa.Table:  # fmt: skip
    """Some rows of a table, as they lie in it unless sorted; rows without the value come last.

    Args:
        select: columns; all when empty.
        where: all must hold; a missing value matches nothing.

    Raises: InvalidSpecError for a column or comparison that does not exist; SchemaError.
    """
    with _open({"result": path}) as connection:
        wanted = ", ".join(_column(connection, name) for name in select) or "*"
        told, values = _where(connection, where)
        order = ""
        if sort:
            way = "DESC" if descending else "ASC"
            order = f" ORDER BY {_column(connection, sort)} {way} NULLS LAST"
        question = f"SELECT {wanted} FROM result{told}{order} LIMIT ? OFFSET ?"  # noqa: S608
        found = connection.sql(question, params=[*values, int(limit), int(offset)])
        return found.to_arrow_table()


def ask(sql: str, tables: Mapping[str, Path], values: Sequence[Any] = ()) -> pa.Table:
    """Answer a question in SQL about tables, by the names they are given here.

    Raises: InvalidSpecError for SQL that is wrong or reaches for anything else; SchemaError.
    """
    import duckdb

    with _open(tables) as connection:
        try:
            kinds = [statement.type for statement in connection.extract_statements(sql)]
            if kinds != [duckdb.StatementType.SELECT]:  # COPY could write over the table
                raise InvalidSpecError("Ask one question.", hint="It begins with SELECT or WITH.")
            return connection.sql(sql, params=list(values) or None).to_arrow_table()
        except duckdb.Error as error:
            first = str(error).strip().splitlines()[0]
            raise InvalidSpecError(f"The question can't be answered: {first[:300]}") from error


@contextmanager
def _open(tables: Mapping[str, Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    import duckdb

    options: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{MEMORY_MB}MB", "threads": default_workers(),
        "autoinstall_known_extensions": False, "autoload_known_extensions": False,
    }  # fmt: skip
    with duckdb.connect(config=options) as connection:
        allowed = ", ".join(_quoted_text(str(path)) for path in tables.values())
        connection.execute(f"SET allowed_paths = [{allowed}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        try:
            for name, path in tables.items():
                source = f"read_parquet({_quoted_text(str(path))})"
                view = f"CREATE VIEW {_quoted(name)} AS SELECT * FROM {source}"  # noqa: S608
                connection.execute(view)
        except duckdb.Error as error:
            raise SchemaError(
                "A stored table can't be read.", hint="Compute it again.",
                context={"reason": str(error)},
            ) from error  # fmt: skip
        yield connection


def _where(
    connection: duckdb.DuckDBPyConnection, where: Sequence[Condition]
) -> tuple[str, list[Any]]:
    parts, values = [], []
    for name, compare, value in where:
        if compare not in _COMPARE:
            raise InvalidSpecError(
                f"There is no comparison {compare!r}.", hint="Use " + ", ".join(_COMPARE) + "."
            )
        parts.append(f"{_column(connection, name)} {_COMPARE[compare]} ?")
        values.append(value)
    return (" WHERE " + " AND ".join(parts) if parts else ""), values


def _column(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    known = [row[0] for row in connection.execute("DESCRIBE result").fetchall()]
    if name not in known:
        raise InvalidSpecError(
            f"The table has no column {name[:80]!r}.", hint="It has " + ", ".join(known[:20]) + "."
        )
    return _quoted(name)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _quoted_text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

"""Many rows into a table at once: past SQLAlchemy's handling of each row, which takes longest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Table

from core.store.schema import AnyText, storable


def insert_rows(
    connection: Connection, table: Table, names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert rows, their values in the order of the column names."""
    ready = _storable(table, names, rows)
    columns = ", ".join(f'"{table.c[name].name}"' for name in names)
    if connection.dialect.name == "postgresql":
        _copy(connection, f'COPY "{table.name}" ({columns}) FROM STDIN', ready)
        return
    marks = ", ".join("?" * len(names))
    statement = f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})'  # noqa: S608 - own names
    values = list(ready)
    if values:
        connection.exec_driver_sql(statement, values)


def _copy(connection: Connection, statement: str, rows: Iterator[tuple[Any, ...]]) -> None:
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _storable(
    table: Table, names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> Iterator[tuple[Any, ...]]:
    texts = [isinstance(table.c[name].type, AnyText) for name in names]
    change: list[Callable[[Any], Any] | None] = [storable if text else None for text in texts]
    for row in rows:
        yield tuple(
            value if turn is None else turn(value) for turn, value in zip(change, row, strict=True)
        )

"""The version of the tables, and the steps from one to the next.

A new store gets the tables of `core.store.schema` at once; an older one goes through the steps it
lacks, in one transaction. A step is written once and never changed. Steps use Alembic's operations,
which know how to alter a table in SQLite too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, inspect, select, text

from core.errors import SchemaError
from core.store.database import Database
from core.store.schema import metadata, versions

Step = Callable[..., None]
"""Takes an `alembic.operations.Operations`."""

STEPS: tuple[Step, ...] = ()
"""The first leads from version 1 to version 2, and so on."""

_LOCK = 0x67726964  # any number, the same in all processes


def latest(steps: Sequence[Step] = STEPS) -> int:
    """The version this Gridscope writes."""
    return 1 + len(steps)


def migrate(database: Database, steps: Sequence[Step] = STEPS) -> int:
    """Bring the tables to this version. Returns: the version they had, 0 for a new store.

    Processes that start at the same time wait for each other.
    Raises: SchemaError for a store written by a newer Gridscope; StoreUnavailableError.
    """
    with database.reading() as connection:
        if _version(connection, database.shown) == latest(steps):
            return latest(steps)
    with database.migrating() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        found = _version(connection, database.shown)
        if found > latest(steps):
            raise SchemaError(
                f"The store {database.shown} has schema {found}; this Gridscope knows "
                f"{latest(steps)}.",
                hint="Install the newer version of Gridscope, or name another GRIDSCOPE_HOME.",
            )
        if found == 0:
            metadata.create_all(connection)
            connection.execute(versions.insert(), {"version": latest(steps)})
        elif found < latest(steps):
            _run(connection, steps[found - 1 :])
            connection.execute(versions.update().values(version=latest(steps)))
    return found


def _version(connection: Connection, shown: str) -> int:
    if not inspect(connection).has_table(versions.name):
        return 0
    found = connection.execute(select(versions.c.version)).scalars().all()
    if len(found) != 1 or not isinstance(found[0], int) or found[0] < 1:
        raise SchemaError(
            f"The store {shown} does not say its version: it is damaged.",
            hint="Put it aside and import your exported workspaces.",
        )
    return found[0]


def _run(connection: Connection, steps: Sequence[Step]) -> None:
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    operations = Operations(MigrationContext.configure(connection))
    for step in steps:
        step(operations)

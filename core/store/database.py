"""The database of the store: SQLite in the home folder, or the PostgreSQL that an address names.

SQLite runs in WAL mode: readers never wait, a second writer waits for the first. The password of an
address appears in no message.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from core.errors import InvalidSpecError, MissingDependencyError, StoreUnavailableError
from core.store.home import home

VARIABLE = "GRIDSCOPE_DATABASE_URL"
FILE = "workspaces.sqlite"
_BUSY_SECONDS = 60.0
_CONNECT_SECONDS = 5
_WRITES = "gridscope_writes"
_VACUUM_PAGES = 4_000  # in one transaction
_COUNTED = ("crystals", "records", "property_values")
_POSTGRES = frozenset({"postgresql", "postgres", "postgresql+psycopg"})
_HINTS = (
    ("locked", "Another process is writing; try again in a minute."),
    ("full", "Make room on the disk."),
    ("readonly", "Make the folder writable, or name another one in GRIDSCOPE_HOME."),
    ("unable to open", "Make the folder writable, or name another one in GRIDSCOPE_HOME."),
    ("malformed", "Put the file aside and import your exported workspaces."),
    ("not a database", "Put the file aside and import your exported workspaces."),
)


def database_url(given: str | None = None) -> URL:
    """The address given, GRIDSCOPE_DATABASE_URL, or SQLite's file in the home folder.

    Raises: InvalidSpecError for an address that is none, or of another kind of database.
    """
    text = given or os.environ.get(VARIABLE, "")
    if not text:
        return URL.create("sqlite", database=str(home() / FILE))
    hint = "Write postgresql://user:password@host:5432/database, or sqlite:////path/to/file."
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # The text may hold a password: it is not quoted.
        raise InvalidSpecError(f"{VARIABLE} is no address of a database.", hint=hint) from None
    if url.drivername in _POSTGRES:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername != "sqlite" or not url.database or url.database == ":memory:":
        kind = url.drivername if url.drivername.isascii() and len(url.drivername) < 40 else ""
        raise InvalidSpecError(f"{VARIABLE} names the database {kind!r}.", hint=hint)
    return url


def shown(url: URL) -> str:
    """An address for messages: never user, password or options."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    port = f":{url.port}" if url.port else ""
    return f"postgresql://{url.host or 'localhost'}{port}/{url.database or ''}"


class Database:
    """Connections to one store, used by all threads of a process.

    Args:
        url: of `database_url`.
        busy_seconds: how long a writer of SQLite waits for another one.
    """

    def __init__(self, url: URL, *, busy_seconds: float = _BUSY_SECONDS) -> None:
        self.url = url
        self.shown = shown(url)
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self._errors: tuple[type[Exception], ...] = (SQLAlchemyError, sqlite3.Error)
        try:
            if self.is_sqlite:
                self.engine = _sqlite(url, busy_seconds)
            else:
                self.engine = _postgres(url)
                self._errors = (SQLAlchemyError, *_driver_errors())
        except ImportError as error:
            raise MissingDependencyError(
                "PostgreSQL needs the package psycopg.", hint="pip install 'psycopg[binary]'"
            ) from error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the store throughout.

        Raises: StoreUnavailableError.
        """
        with self._explained(), self.engine.connect() as connection:
            if not self.is_sqlite:
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: committed at the end of the block, or nothing of it.

        Raises: StoreUnavailableError.
        """
        with self._explained(), self.engine.connect() as connection:
            # SQLite takes its lock at once: a reader that turns writer can't wait for another one.
            connection.execution_options(**{_WRITES: True})
            with connection.begin():
                yield connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A transaction that may replace whole tables.

        SQLite alters a table by making it anew and dropping the old one, which with foreign keys
        would take all rows along that point to it; they are checked at the end instead.

        Raises: StoreUnavailableError.
        """
        if not self.is_sqlite:
            with self.writing() as connection:
                yield connection
            return
        with self._explained(), self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA foreign_keys=OFF")
            try:
                connection.execution_options(**{_WRITES: True})
                with connection.begin():
                    yield connection
                    if driver.execute("PRAGMA foreign_key_check").fetchone() is not None:
                        raise sqlite3.IntegrityError("rows would point to nothing")
            finally:
                driver.execute("PRAGMA foreign_keys=ON")

    def tidy(self) -> None:
        """Statistics for the planner after much was written; SQLite's free pages to the disk.

        Raises: StoreUnavailableError.
        """
        if not self.is_sqlite:
            with self.writing() as connection:
                connection.exec_driver_sql(f"ANALYZE {', '.join(_COUNTED)}")
            return
        with self._explained(), self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            before, free = None, _free_pages(driver)
            while free and (before is None or free < before):  # not every file can shrink
                # Only a script steps through the pages; `execute` would free one of them.
                driver.executescript(f"PRAGMA incremental_vacuum({_VACUUM_PAGES})")
                before, free = free, _free_pages(driver)
            driver.executescript("PRAGMA analysis_limit=1000; ANALYZE")

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except self._errors as error:
            raise self._fault(error) from None  # the cause may quote the connection's options

    def _fault(self, error: Exception) -> StoreUnavailableError:
        origin = error.orig if isinstance(error, DBAPIError) else error
        lines = str(origin).strip().splitlines()
        reason = lines[0] if lines else type(error).__name__
        for secret in _secrets(self.url):
            reason = reason.replace(secret, "***")
        default = "" if self.is_sqlite else f"Check that the server runs and {VARIABLE} is right."
        hint = next((h for word, h in _HINTS if word in reason), default)
        return StoreUnavailableError(f"The store {self.shown}: {reason[:300]}.", hint=hint)


def _secrets(url: URL) -> list[str]:
    options = [v for value in url.query.values() for v in ([value] if isinstance(value, str)
                                                           else value)]  # fmt: skip
    found = [str(url.password or ""), *options]
    return sorted({text for text in found if len(text) > 2}, key=len, reverse=True)


def _driver_errors() -> tuple[type[Exception], ...]:
    import psycopg

    return (psycopg.Error,)  # of COPY, which SQLAlchemy does not see


def _sqlite(url: URL, busy_seconds: float) -> Engine:
    with suppress(OSError):  # opening it will say what is wrong
        Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": busy_seconds}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin below, definitions included
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":  # a new file
            _retried(connection, "PRAGMA auto_vacuum=INCREMENTAL", busy_seconds)
            _retried(connection, "PRAGMA journal_mode=WAL", busy_seconds)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA cache_size=-65536")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _free_pages(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA freelist_count").fetchone()[0])


def _retried(connection: sqlite3.Connection, statement: str, seconds: float) -> None:
    """SQLite's own waiting does not cover the change of the journal."""
    end = time.monotonic() + seconds
    while True:
        try:
            connection.execute(statement).close()
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.02)


def _postgres(url: URL) -> Engine:
    options = {"connect_timeout": _CONNECT_SECONDS, "application_name": "gridscope"}
    if "connect_timeout" in url.query:
        del options["connect_timeout"]
    return create_engine(url, connect_args=options, pool_pre_ping=True, hide_parameters=True)

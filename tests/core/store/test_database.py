"""Addresses, faults and passwords; versions of the tables."""

from __future__ import annotations

import logging
import os
import sqlite3
import traceback
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Integer, inspect, select, text

from core.errors import InvalidSpecError, SchemaError, StoreUnavailableError
from core.store.database import Database, database_url, shown
from core.store.migrations import latest, migrate
from core.store.schema import metadata, versions, workspaces
from core.store.workspaces import open_store
from tests.core.store.conftest import same_report
from tests.servers.postgresql import PASSWORD, Postgres

GOLDEN = Path(__file__).with_name("store-v1.sql")
_SECRET = "s3cret-planted"


def test_without_an_address_it_is_a_file_in_the_home_folder(home_folder):
    assert Path(str(database_url().database)) == home_folder / "workspaces.sqlite"
    with open_store() as store:
        assert store.database.is_sqlite
    assert (home_folder / "workspaces.sqlite").is_file()


@pytest.mark.parametrize(
    "text",
    [f"mysql://u:{_SECRET}@h/d", f"nonsense {_SECRET}", f"postgresql://u:{_SECRET}@h:port/d",
     "sqlite://", "sqlite:///:memory:", f"{_SECRET}", f"postgresql://u:{_SECRET}@[::1/d"],
)  # fmt: skip
def test_a_wrong_address_is_refused_and_not_quoted(text, monkeypatch):
    monkeypatch.setenv("GRIDSCOPE_DATABASE_URL", text)
    with pytest.raises(InvalidSpecError) as refusal:
        open_store()
    told = "".join(traceback.format_exception(refusal.value))
    assert _SECRET not in told
    assert "GRIDSCOPE_DATABASE_URL" in told


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_what_is_shown_of_an_address(scheme):
    url = database_url(f"{scheme}://me:{_SECRET}@db.example:5433/grid?password={_SECRET}2")
    assert shown(url) == "postgresql://db.example:5433/grid"


def _all_told(error: BaseException, caplog: pytest.LogCaptureFixture) -> str:
    context = getattr(error, "context", {})
    return "".join([*traceback.format_exception(error), repr(error), repr(dict(context)),
                    caplog.text])  # fmt: skip


@pytest.mark.parametrize(
    "address",
    ["postgresql://me:{secret}@127.0.0.1:1/none", "postgresql://me:{secret}@nowhere.invalid/none",
     "postgresql://me@127.0.0.1:1/none?password={secret}",
     "postgresql://me:{secret}@127.0.0.1:1/none?sslmode={secret}"],
)  # fmt: skip
def test_the_password_is_in_no_message(address, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("GRIDSCOPE_DATABASE_URL", address.format(secret=_SECRET))
    with pytest.raises(StoreUnavailableError) as fault:
        open_store()
    told = _all_told(fault.value, caplog)
    assert _SECRET not in told
    assert "GRIDSCOPE_DATABASE_URL" in fault.value.hint


def test_a_wrong_password_is_told_without_it(postgres: Postgres, caplog):
    caplog.set_level(logging.DEBUG)
    with pytest.raises(StoreUnavailableError, match="password authentication failed") as fault:
        open_store(postgres.url("postgres", _SECRET))
    told = _all_told(fault.value, caplog)
    assert _SECRET not in told


def test_the_right_password_is_in_nothing_the_store_tells(postgres, report, caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    with open_store(postgres.new_database()) as store:
        store.save("a", report)
        with pytest.raises(StoreUnavailableError) as fault, store.database.reading() as connection:
            connection.execute(text("SELECT * FROM nothing"))
    assert PASSWORD not in _all_told(fault.value, caplog)
    assert PASSWORD not in repr(store.database.engine)


def test_a_damaged_file_is_told(home_folder):
    home_folder.mkdir()
    (home_folder / "workspaces.sqlite").write_bytes(b"no database at all, " * 500)
    with pytest.raises(StoreUnavailableError, match=r"workspaces\.sqlite.*not a database"):
        open_store()


def test_a_folder_that_can_not_be_written_to(monkeypatch):
    with pytest.raises(StoreUnavailableError, match="unable to open"):
        open_store("sqlite:////proc/none/w.sqlite")


def test_a_busy_store_is_told_after_waiting(report, home_folder):
    with open_store() as store:
        store.save("a", report)
        other = Database(database_url(), busy_seconds=0.3)
        with (
            store.database.writing(),
            pytest.raises(StoreUnavailableError, match="locked") as fault,
            other.writing(),
        ):
            pass
        assert "Another process is writing" in fault.value.hint
        with store.database.writing(), other.reading() as connection:  # readers never wait
            assert connection.scalar(select(workspaces.c.n_crystals)) == 3
        other.close()


def test_sqlite_runs_in_wal_mode_and_syncs():
    with open_store() as store, store.database.reading() as connection:
        told = {name: connection.scalar(text(f"PRAGMA {name}"))
                for name in ("journal_mode", "synchronous", "foreign_keys")}  # fmt: skip
    assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


# Versions


def test_the_tables_are_those_of_the_schema(store):
    with store.database.reading() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []
        assert connection.scalars(select(versions.c.version)).all() == [latest()]


def _with_color(operations) -> None:
    operations.add_column("workspaces", Column("color", Integer, server_default="7"))


def _without_color(operations) -> None:
    with operations.batch_alter_table("workspaces") as batch:
        batch.alter_column("color", new_column_name="colour")


def test_an_older_store_is_brought_up_to_date_with_all_it_holds(store, report):
    store.save("a", report)
    steps = (_with_color, _without_color)
    assert migrate(store.database, steps) == 1
    assert migrate(store.database, steps) == 3, "the second time there is nothing to do"
    with store.database.reading() as connection:
        names = {column["name"] for column in inspect(connection).get_columns("workspaces")}
        assert "colour" in names
        assert "color" not in names
        assert connection.scalars(text("SELECT colour FROM workspaces")).all() == [7]
    assert same_report(store.workspace("a").report(), report)


def test_a_step_that_fails_changes_nothing(store, report):
    store.save("a", report)

    def broken(operations) -> None:
        _with_color(operations)
        operations.execute("INSERT INTO nothing VALUES (1)")

    with pytest.raises(StoreUnavailableError):
        migrate(store.database, (broken,))
    assert migrate(store.database) == 1
    with store.database.reading() as connection:
        names = {column["name"] for column in inspect(connection).get_columns("workspaces")}
    assert "color" not in names
    assert same_report(store.workspace("a").report(), report)


def test_a_store_of_a_newer_gridscope_is_left_alone(store, report):
    store.save("a", report)
    with store.database.writing() as connection:
        connection.execute(versions.update().values(version=99))
    url = os.environ.get("GRIDSCOPE_DATABASE_URL")
    with pytest.raises(SchemaError, match="schema 99"):
        open_store(url)
    with store.database.writing() as connection:
        connection.execute(versions.update().values(version=latest()))
    assert same_report(store.workspace("a").report(), report)


def test_a_store_written_by_the_first_version_can_be_read(tmp_path, report):
    """`store-v1.sql` is a dump of what version 1 wrote; it is never written again."""
    with sqlite3.connect(tmp_path / "v1.sqlite") as connection:
        connection.executescript(GOLDEN.read_text("utf-8"))
    connection.close()
    with open_store(f"sqlite:///{tmp_path}/v1.sqlite") as store:
        (info,) = store.workspaces()
        assert (info.name, info.n_crystals, dict(info.notes)) == ("golden é", 3, {"by": "v1"})
        assert same_report(store.workspace("golden é").report(), report)
        assert store.workspace("golden é").find(sort="K0_GPa").rows[0].id == report.crystals[0].id
        assert store.workspace("golden é").jobs.all() == {"j": {"state": "done"}}
        store.remove("golden é")  # a file made without automatic vacuum can't shrink
        assert store.workspaces() == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "change",
    ["DELETE FROM store_version", "INSERT INTO store_version VALUES (1)",
     "UPDATE store_version SET version = 'x'", "UPDATE store_version SET version = -1"],
)  # fmt: skip
def test_a_store_that_does_not_say_its_version_is_damaged(database, change):
    with open_store() as store, store.database.writing() as connection:
        connection.exec_driver_sql(change)
    with pytest.raises(SchemaError, match="is damaged") as fault:
        open_store()
    assert fault.value.hint

"""The store: named workspaces that survive restarts and serve several processes at once."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.errors import InvalidSpecError, StoreUnavailableError, UnknownNameError
from core.store.blobs import Blobs
from core.store.database import Database, database_url
from core.store.filling import BATCH, changed, clear_range, hide
from core.store.home import home
from core.store.migrations import migrate
from core.store.packing import plain
from core.store.results import sweep
from core.store.schema import jobs, results, workspaces
from core.store.workspace import INFO, Workspace, WorkspaceInfo, info_of
from core.types import ParseReport, Progress, ShouldStop

LONGEST_NAME = 80
_STALE_SECONDS = 3600.0  # without a batch, a workspace that was being filled is given up


def open_store(url: str | None = None) -> Store:
    """The store of GRIDSCOPE_DATABASE_URL, or SQLite's in the home folder; made when absent.

    One store serves all threads of a process; each process opens its own.

    Raises: InvalidSpecError for a wrong address, SchemaError for a store of a newer Gridscope,
        StoreUnavailableError.
    """
    address = database_url(url)
    database = Database(address)
    try:
        migrate(database)
    except BaseException:
        database.close()
        raise
    own = database.is_sqlite and address.database
    folder = Path(address.database).absolute().parent if own else home()  # type: ignore[arg-type]
    return Store(database, Blobs(folder / "blobs"))


def checked_name(name: str) -> str:
    """The name, if it can be a workspace's. Raises: InvalidSpecError."""
    if not name.strip():
        raise InvalidSpecError("A workspace needs a name.", hint="Type one, such as 'zeolites'.")
    fine = name.isprintable() and name == name.strip() and 0 < len(name) <= LONGEST_NAME
    if not fine or "#" in name:
        raise InvalidSpecError(
            f"{name[:LONGEST_NAME]!r} can't name a workspace.",
            hint=f"Use 1 to {LONGEST_NAME} printable characters without '#', none of them a space "
            "at either end.",
        )
    return name


class Store:
    """All workspaces of a database; results lie in files beside it. Close it, or use `with`."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self.database = database
        self.blobs = blobs

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self.database.close()

    def workspaces(self) -> list[WorkspaceInfo]:
        """All workspaces, the one last changed first."""
        query = select(*INFO).where(workspaces.c.name.is_not(None))
        query = query.order_by(workspaces.c.touched.desc(), workspaces.c.name)
        with self.database.reading() as connection:
            return [info_of(row) for row in connection.execute(query)]

    def workspace(self, name: str) -> Workspace:
        """Raises: UnknownNameError."""
        with self.database.reading() as connection:
            found = connection.scalar(select(workspaces.c.id).where(workspaces.c.name == name))
        if found is None:
            names = [info.name for info in self.workspaces()]
            near = get_close_matches(name, names, n=1)
            guess = f"Did you mean {near[0]!r}? " if near else ""
            known = "Known: " + ", ".join(names[:20]) if names else "There is none yet"
            raise UnknownNameError(
                f"There is no workspace {name[:LONGEST_NAME]!r}.", hint=f"{guess}{known}."
            )
        return self._open(found)

    def create(self, name: str, *, notes: Mapping[str, Any] | None = None) -> Workspace:
        """A new, empty workspace. Raises: InvalidSpecError for a wrong name or one that exists."""
        with self.filling(name, notes=notes) as workspace:
            return workspace

    def save(
        self, name: str, report: ParseReport, *, notes: Mapping[str, Any] | None = None,
        replace: bool = False, on_progress: Progress | None = None,
        should_stop: ShouldStop | None = None,
    ) -> Workspace:  # fmt: skip
        """Keep a report as a workspace, whole or not at all.

        Args:
            notes: JSON-able; such as source and decisions.
            replace: put it in the place of the crystals and failures of a workspace of that name,
                whose results and jobs stay, also those that are not of the new crystals: whoever
                wants them gone removes them.

        Raises: InvalidSpecError for a wrong name or, without `replace`, one that exists;
            JobCancelled.
        """
        with self.filling(name, notes=notes, replace=replace) as workspace:
            workspace.add(report, on_progress=on_progress, should_stop=should_stop)
        return workspace

    def rename(self, name: str, new: str) -> None:
        """Raises: UnknownNameError, InvalidSpecError."""
        checked_name(new)
        workspace = self.workspace(name)
        with self.database.writing() as connection:
            if new != name:
                _refuse_taken(connection, new)
            _give_name(connection, workspace.id, new)

    def remove(self, name: str) -> None:
        """Remove a workspace with all it holds. Raises: UnknownNameError."""
        self._drop(self.workspace(name).id)

    def import_(
        self, path: Path, *, name: str = "", replace: bool = False,
        on_progress: Progress | None = None, should_stop: ShouldStop | None = None,
    ) -> Workspace:  # fmt: skip
        """A workspace from a zip that `Workspace.export` wrote, whole or not at all.

        Args:
            name: another name than the exported one.

        Raises: SchemaError for a zip that is damaged, hostile or of another version;
            InvalidSpecError for a name that exists; InputError; JobCancelled.
        """
        from core.store.receiving import receive

        return receive(self, path, name, replace, on_progress, should_stop)

    @contextmanager
    def filling(
        self, name: str, *, notes: Mapping[str, Any] | None = None, replace: bool = False
    ) -> Iterator[Workspace]:
        """A new workspace that nobody sees until the block has ended well; nothing otherwise."""
        checked_name(name)
        with self.database.writing() as connection:
            _forget_unfinished(connection)
            if not replace:
                _refuse_taken(connection, name)
            now = time.time()
            made = connection.execute(
                insert(workspaces).values(
                    uid=uuid4().hex, name=None, created=now, touched=now, revision=0,
                    next_position=0, n_crystals=0, n_failures=0,
                    notes=json.dumps(dict(notes or {}), default=plain),
                )
            )  # fmt: skip
            assert made.inserted_primary_key is not None
            workspace = self._open(int(made.inserted_primary_key[0]))
        try:
            yield workspace
            with self.database.writing() as connection:
                old = _publish(connection, workspace.id, name, replace)
        except BaseException:
            self._drop(workspace.id)
            raise
        # It is kept: that what was before can't be cleared away now is no reason to say otherwise.
        # What is left of that has no name, and goes as what a dead process leaves.
        with suppress(StoreUnavailableError):
            if old is None:
                self.database.tidy()
            else:
                self._drop(old)

    def _open(self, workspace_id: int) -> Workspace:
        return Workspace(self.database, self.blobs, workspace_id)

    def _drop(self, workspace_id: int) -> None:
        """Remove a workspace: unseen at once, then piece by piece, so that others may write."""
        with self.database.writing() as connection:
            end = hide(connection, workspace_id)
        for start in range(0, end, BATCH):
            with self.database.writing() as connection:
                clear_range(connection, workspace_id, start, start + BATCH)
        with self.database.writing() as connection:
            connection.execute(delete(workspaces).where(workspaces.c.id == workspace_id))
        sweep(self.database, self.blobs)
        self.database.tidy()


def _refuse_taken(connection: Connection, name: str) -> None:
    taken = connection.scalar(select(workspaces.c.id).where(workspaces.c.name == name))
    if taken is not None:
        raise _taken(name)


def _taken(name: str) -> InvalidSpecError:
    return InvalidSpecError(
        f"There is a workspace {name!r} already.", hint="Choose another name, or replace it."
    )


def _forget_unfinished(connection: Connection) -> None:
    """Workspaces whose filling ended with the process that did it."""
    limit = time.time() - _STALE_SECONDS
    connection.execute(
        delete(workspaces).where(workspaces.c.name.is_(None), workspaces.c.touched < limit)
    )


def _publish(connection: Connection, workspace_id: int, name: str, replace: bool) -> int | None:
    """Give the name; what had it before hands on its results, jobs, identity and age.

    Returns: the number of that one, which is no longer seen.
    """
    w = workspaces.c
    query = select(w.id, w.uid, w.created, w.revision).where(w.name == name)
    old = connection.execute(query.with_for_update()).first()
    values: dict[str, Any] = {"name": name}
    if old is not None:
        if not replace:
            _refuse_taken(connection, name)
        for table, column in ((results, "key"), (jobs, "id")):
            mine = select(table.c[column]).where(table.c.workspace_id == workspace_id)
            connection.execute(
                update(table)
                .where(table.c.workspace_id == old.id, table.c[column].not_in(mine))
                .values(workspace_id=workspace_id)
            )
        hide(connection, old.id)
        # Caches know a workspace by uid and revision: the revision goes on from the old one.
        here = select(w.revision).where(w.id == workspace_id).scalar_subquery()
        values |= {"uid": old.uid, "created": old.created}
        values["revision"] = here + old.revision + 1
    _give_name(connection, workspace_id, **values)
    return None if old is None else int(old.id)


def _give_name(connection: Connection, workspace_id: int, name: str, **columns: Any) -> None:
    """Raises: InvalidSpecError when another process gave it to a workspace just now."""
    try:
        changed(connection, workspace_id, name=name, **columns)
    except IntegrityError:
        raise _taken(name) from None

"""One workspace: crystals with all that is known of them, results and jobs, under a name."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select

from core.errors import JobCancelled, UnknownNameError
from core.store import facts, filling, find, reading
from core.store.blobs import Blobs
from core.store.database import Database
from core.store.find import Page
from core.store.job_log import JobLog
from core.store.packing import plain
from core.store.query import Filter, WorkspaceQuery
from core.store.results import Results
from core.store.schema import workspaces
from core.types import Crystal, Examination, Failure, ParseReport, Progress, ShouldStop

EVERYTHING = Filter()


@dataclass(frozen=True, slots=True)
class WorkspaceInfo:
    """What is known of a workspace without opening it.

    Attributes:
        uid: stays the same when it is renamed or saved anew.
        created, touched: seconds since 1970.
        revision: rises with every change; with `uid` the key of whatever is cached.
        notes: what the owner noted (source, decisions).
    """

    name: str
    uid: str
    created: float
    touched: float
    revision: int
    n_crystals: int
    n_failures: int
    notes: Mapping[str, Any] = field(default_factory=dict)


INFO = [workspaces.c[name] for name in WorkspaceInfo.__slots__]


def info_of(row: Row[Any]) -> WorkspaceInfo:
    """From a row of the columns `INFO`."""
    told = dict(row._mapping)
    return WorkspaceInfo(**{**told, "name": told["name"] or "", "notes": json.loads(told["notes"])})


class Workspace:
    """A workspace of a store; made by `core.store.workspaces.Store`.

    Each call sees the store as it is then, so that several processes may work on one workspace.
    All raise UnknownNameError once it is removed, and StoreUnavailableError.

    Attributes:
        results: descriptors, matrices, tables, models.
        jobs: what is known of jobs.
    """

    def __init__(self, database: Database, blobs: Blobs, workspace_id: int) -> None:
        self.id = workspace_id
        self.results = Results(database, blobs, workspace_id)
        self.jobs = JobLog(database, workspace_id)
        self.database = database
        self.blobs = blobs

    @property
    def info(self) -> WorkspaceInfo:
        """Name, counts, revision and notes, as they are now."""
        with self.database.reading() as connection:
            row = connection.execute(select(*INFO).where(workspaces.c.id == self.id)).first()
        if row is None:
            raise UnknownNameError("The workspace was removed or replaced.", hint="Open it again.")
        return info_of(row)

    def note(self, notes: Mapping[str, Any]) -> None:
        """Replace the notes, a JSON-able mapping."""
        with self.database.writing() as connection:
            filling.locked(connection, self.id)
            text = json.dumps(dict(notes), default=plain)
            filling.changed(connection, self.id, notes=text)

    def add(
        self, report: ParseReport, *, on_progress: Progress | None = None,
        should_stop: ShouldStop | None = None,
    ) -> int:  # fmt: skip
        """Add the crystals, examinations and failures of a report. Returns: how many are new.

        The same crystal again (id and structure) replaces what was known of it; another structure
        under a taken id gets a number. Every 2,000 crystals are kept whole or not at all.

        Raises: JobCancelled, between two of those.
        """
        cards = report.examinations or tuple(
            Examination(c.id, c.source, "green") for c in report.crystals
        )
        pairs = zip(report.crystals, cards, strict=True)
        new = done = 0
        for batch in filling.batches(pairs):
            if should_stop is not None and should_stop():
                raise JobCancelled
            with self.database.writing() as connection:
                new += filling.add_batch(connection, self.id, batch)
            done += len(batch)
            if on_progress is not None:
                on_progress(done, len(report.crystals), "saving crystals")
        if report.failures:
            with self.database.writing() as connection:
                filling.add_failures(connection, self.id, report.failures)
        return new

    def remove(self, ids: Collection[str]) -> int:
        """Remove crystals. Returns: how many of them were there."""
        with self.database.writing() as connection:
            return filling.remove_crystals(connection, self.id, ids)

    def find(
        self, where: Filter = EVERYTHING, *, sort: str = "", descending: bool = False,
        limit: int = 100, offset: int = 0,
    ) -> Page:  # fmt: skip
        """A page of the crystals that match, and how many match in all.

        Args:
            sort: one of `core.store.query.SORTS` or a property; "" keeps the workspace's order.

        Raises: InvalidSpecError for an order that does not exist, or more than 10,000 rows.
        """
        query = WorkspaceQuery(
            where=where, sort=sort, descending=descending, limit=limit, offset=offset
        )
        with self.database.reading() as connection:
            return find.page(connection, self.id, query)

    def count(self, where: Filter = EVERYTHING) -> int:
        """How many crystals match."""
        with self.database.reading() as connection:
            return find.count(connection, self.id, where)

    def ids(
        self, where: Filter = EVERYTHING, *, sort: str = "", descending: bool = False
    ) -> tuple[str, ...]:
        """Ids of all crystals that match, in order. Raises: InvalidSpecError."""
        query = WorkspaceQuery(where=where, sort=sort, descending=descending)
        with self.database.reading() as connection:
            return find.ids(connection, self.id, query)

    def facts(self) -> facts.FilterFacts:
        """What occurs in it, for a panel of filters."""
        with self.database.reading() as connection:
            return facts.filter_facts(connection, self.id)

    def properties(self) -> dict[str, bool]:
        """Its properties in order of first appearance, and whether each is text."""
        with self.database.reading() as connection:
            return {k: key.is_text for k, key in find.keys_of(connection, self.id).items()}

    def crystals(self, ids: Sequence[str]) -> tuple[Crystal, ...]:
        """These crystals. Raises: UnknownNameError, SchemaError."""
        with self.database.reading() as connection:
            found = reading.chosen(connection, self.id, ids)
        return tuple(crystal for crystal, _ in found)

    def report(self, ids: Sequence[str] | None = None) -> ParseReport:
        """All crystals (or these) with their examinations, and the failures: the whole in memory.

        Raises: UnknownNameError, SchemaError.
        """
        with self.database.reading() as connection:
            if ids is None:
                pairs = [item.unpacked() for item in reading.stored(connection, self.id)]
            else:
                pairs = reading.chosen(connection, self.id, ids)
            failures = reading.failures_of(connection, self.id)
        return ParseReport(tuple(c for c, _ in pairs), failures, tuple(e for _, e in pairs))

    def each(self) -> Iterator[tuple[Crystal, Examination]]:
        """All crystals in turn, a few hundred in memory at a time. Raises: SchemaError."""
        with self.database.reading() as connection:
            for item in reading.stored(connection, self.id):
                yield item.unpacked()

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What could not be read."""
        with self.database.reading() as connection:
            return reading.failures_of(connection, self.id)

    def export(
        self, path: Path, *, on_progress: Progress | None = None,
        should_stop: ShouldStop | None = None,
    ) -> None:  # fmt: skip
        """Write the workspace to one zip, whole or not at all. Raises: InputError, JobCancelled."""
        from core.store.sending import export

        export(self, path, on_progress, should_stop)

"""What is known of the jobs of a workspace: small JSON objects that outlive the server."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, insert, select

from core.errors import InvalidSpecError
from core.store.database import Database
from core.store.filling import changed, locked
from core.store.packing import plain
from core.store.schema import jobs

_LONGEST_ID = 64


class JobLog:
    """The jobs of one workspace, by id."""

    def __init__(self, database: Database, workspace_id: int) -> None:
        self._database = database
        self._workspace_id = workspace_id

    def put(self, job_id: str, record: Mapping[str, Any]) -> None:
        """Keep what is known of a job, in place of what was known of it."""
        if not 0 < len(job_id) <= _LONGEST_ID or not job_id.isascii() or not job_id.isprintable():
            raise InvalidSpecError(f"{job_id[:80]!r} can't name a job.")
        created = record.get("created")
        values = {
            "workspace_id": self._workspace_id, "id": job_id,
            "created": float(created) if isinstance(created, (int, float)) else time.time(),
            "record": json.dumps(dict(record), default=plain),
        }  # fmt: skip
        with self._database.writing() as connection:
            locked(connection, self._workspace_id)
            connection.execute(delete(jobs).where(self._mine, jobs.c.id == job_id))
            connection.execute(insert(jobs), values)
            changed(connection, self._workspace_id)

    def all(self) -> dict[str, dict[str, Any]]:
        """All jobs by id, newest first."""
        query = select(jobs.c.id, jobs.c.record).where(self._mine)
        query = query.order_by(jobs.c.created.desc(), jobs.c.id)
        with self._database.reading() as connection:
            return {row.id: json.loads(row.record) for row in connection.execute(query)}

    def remove(self, job_id: str) -> None:
        """Forget a job."""
        with self._database.writing() as connection:
            connection.execute(delete(jobs).where(self._mine, jobs.c.id == job_id))
            changed(connection, self._workspace_id)

    @property
    def _mine(self) -> Any:
        return jobs.c.workspace_id == self._workspace_id

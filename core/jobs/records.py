"""What is known of a job of a session: one small JSON file each, readable after a restart.

The files lie in the session's private folder, so nobody sees the jobs of another session.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Literal

from core.errors import InputError
from core.io.replace import replacing
from core.store.home import make_folder, session_folder

State = Literal["queued", "running", "done", "failed", "cancelled"]
_ID = re.compile(r"[0-9a-f]{16}")
_FOLDER = "jobs"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """A job as its session sees it.

    Attributes:
        id: name of the job within its session.
        key: digest of everything that decides the result; names the result on disk.
        label: words shown for it.
        page, query: the page that asked for it and that page's address, to reopen it.
        owner: the manager that holds it; a job of a manager that is gone has failed.
        created, started, finished, updated: seconds since 1970; 0 where not yet.
        fraction: share of the work done, never falling.
        done, total, what: where the present step is.
        message, hint: why it failed and what to do.
        notes: what its page wants to know of it again, such as the name of the library.
    """

    id: str
    key: str
    label: str
    state: State = "queued"
    page: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    owner: str = ""
    created: float = 0.0
    started: float = 0.0
    finished: float = 0.0
    updated: float = 0.0
    fraction: float = 0.0
    done: int = 0
    total: int = 0
    what: str = ""
    message: str = ""
    hint: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_active(self) -> bool:
        return self.state in ("queued", "running")

    def seconds(self, now: float) -> float:
        """How long it has run so far, or ran."""
        return (self.finished or now) - self.started if self.started else 0.0

    def remaining(self, now: float) -> float | None:
        """Estimate of the seconds left; None while nothing can be said."""
        spent = self.seconds(now)
        if self.state != "running" or self.fraction < 0.02 or spent < 0.5:
            return None
        return spent * (1 - self.fraction) / self.fraction


def _path(token: str, job_id: str) -> Path:
    if not _ID.fullmatch(job_id):
        raise InputError(f"{job_id[:64]!r} is no job.", hint="Start it again on its page.")
    return session_folder(token) / _FOLDER / f"{job_id}.json"


def write_record(token: str, record: JobRecord) -> None:
    """Write or overwrite a job's file.

    Raises: StoreUnavailableError when there can be no such folder; InputError for a full disk.
    """
    path = _path(token, record.id)
    make_folder(path.parent)
    values = {**asdict(record), "query": dict(record.query), "notes": dict(record.notes)}
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(values, ensure_ascii=False), "utf-8")


def read_record(token: str, job_id: str) -> JobRecord | None:
    """A job of the session; None when there is none of that name."""
    try:
        return _parsed(_path(token, job_id).read_text("utf-8"))
    except (OSError, ValueError, TypeError, InputError):
        return None


def read_records(token: str) -> list[JobRecord]:
    """All jobs of a session, newest first; a file that can't be read is left out."""
    folder = session_folder(token) / _FOLDER
    names = [p.stem for p in folder.glob("*.json")] if folder.is_dir() else []
    found = (read_record(token, name) for name in names)
    return sorted((r for r in found if r), key=lambda r: (-r.created, r.id))


def remove_record(token: str, job_id: str) -> None:
    """Forget a job; its result stays for whoever asks the same again."""
    _path(token, job_id).unlink(missing_ok=True)


def _parsed(text: str) -> JobRecord:
    values = json.loads(text)
    known = {f.name for f in fields(JobRecord)}
    return JobRecord(**{k: v for k, v in values.items() if k in known})

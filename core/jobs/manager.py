"""Runs jobs in worker processes: progress, cancel, results on disk, private to each session.

A worker that hangs or dies costs its own job only. What is known of a job outlives the server: its
record lies in the session's folder, its result under the digest of all that decides it.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from core.config import default_workers, job_workers
from core.errors import GridscopeError, ResourceError, UnknownNameError
from core.hashing import bytes_digest
from core.jobs.base import TASKS, Inputs, JobSpec
from core.jobs.child import Child, ChildDied
from core.jobs.endings import ending, is_alive, why_died
from core.jobs.records import JobRecord, read_record, read_records, remove_record, write_record
from core.jobs.results import forget_old_results, has_result, result_key
from core.jobs.worker import PROGRESS, Call
from core.store.home import home

_LOG = logging.getLogger("gridscope.jobs")
_GRACE_SECONDS = 1.0  # between asking a job to stop and killing its worker
_HEARTBEAT_SECONDS = 2.0
_IDLE_SECONDS = 300.0  # an idle worker gives its memory back
_MAX_OF_SESSION = 12


@dataclass(slots=True, eq=False)
class _Job:
    token: str
    record: JobRecord
    call: Call
    cancelled: bool = False
    saved: float = 0.0


class JobManager:
    """A queue of jobs and the threads that hand them to worker processes.

    Args:
        workers: how many jobs may run at once; None for the configured number.
    """

    def __init__(self, workers: int | None = None) -> None:
        self.owner = f"{os.getpid()}-{secrets.token_hex(8)}"
        self._lock = threading.Condition()
        self._queue: list[_Job] = []
        self._active: dict[tuple[str, str], _Job] = {}  # queued and running, by token and id
        self._closing = False
        forget_old_results()  # before the threads: where it fails, none must be left behind
        self.children: list[Child] = []
        self._threads = [
            threading.Thread(target=self._serve, name=f"jobs-{i}", daemon=True)
            for i in range(workers or job_workers())
        ]
        for thread in self._threads:
            thread.start()

    def start(
        self, token: str, spec: JobSpec, inputs: Inputs, input_digest: str, **about: Any
    ) -> JobRecord:
        """Run a task on crystals; `about`: label, page, query and notes of the record.

        A job that is running, or whose result is on disk, is found and not run again.
        Raises: ResourceError when the session has too many jobs waiting.
        """
        key = result_key(spec, input_digest)
        stages = TASKS[spec.task].stages
        plain = {name: tuple(crystals) for name, crystals in inputs.items()}
        call = Call(
            function="core.jobs.base:run_in_worker", args=(spec, plain), key=key, stages=stages
        )
        return self.submit(token, call, **about)

    def submit(
        self,
        token: str,
        call: Call,
        *,
        label: str,
        page: str = "",
        query: dict[str, str] | None = None,
        notes: dict[str, str] | None = None,
    ) -> JobRecord:
        """Queue a call of a named function; found again by its key. Raises: ResourceError."""
        name = job_id(token, call.key)
        now = time.time()
        record = JobRecord(
            id=name, key=call.key, label=label, page=page, query=dict(query or {}),
            notes=dict(notes or {}), owner=self.owner, created=now, updated=now,
        )  # fmt: skip
        with self._lock:
            active = self._active.get((token, name))
            if active is not None:
                return active.record
            if has_result(call.key):
                known = read_record(token, name)
                if known is not None and known.state == "done":
                    return known
                record = replace(record, state="done", started=now, finished=now, fraction=1.0)
                write_record(token, record)
                return record
            if sum(job.token == token for job in self._active.values()) >= _MAX_OF_SESSION:
                raise ResourceError(
                    f"{_MAX_OF_SESSION} jobs of this session are waiting already.",
                    hint="Wait for one, or cancel one on the Jobs page.",
                )
            job = _Job(token, record, replace(call, home=str(home())))
            write_record(token, record)
            self._active[token, name] = job
            self._queue.append(job)
            self._lock.notify_all()
            return record

    def find(self, token: str, name: str) -> JobRecord | None:
        """A job of this session as it stands now; None when it has none of that name."""
        active = self._active.get((token, name))
        if active is not None:
            return active.record
        record = read_record(token, name)
        return None if record is None else self._settled(token, record)

    def jobs(self, token: str) -> list[JobRecord]:
        """All jobs of a session, newest first."""
        names = [record.id for record in read_records(token)]
        return [record for name in names if (record := self.find(token, name)) is not None]

    def cancel(self, token: str, name: str) -> None:
        """Stop a job: at once while it waits, within a second or two while it runs.

        Raises: UnknownNameError when the session has no such job.
        """
        with self._lock:
            job = self._active.get((token, name))
            if job is not None:
                job.cancelled = True
                self._put(job, what="stopping")
                if job in self._queue:
                    self._queue.remove(job)
                    self._end(job, state="cancelled")
                return
        if self.find(token, name) is None:
            raise UnknownNameError("This session has no such job.", hint="It may be removed.")

    def remove(self, token: str, name: str) -> None:
        """Forget a job, stopping it first; its result stays on disk until room is needed."""
        with suppress(UnknownNameError):
            self.cancel(token, name)
        deadline = time.monotonic() + 3 * _GRACE_SECONDS
        while (token, name) in self._active and time.monotonic() < deadline:
            time.sleep(0.02)
        remove_record(token, name)

    def close(self) -> None:
        """End all workers; what was running counts as failed."""
        with self._lock:
            self._closing = True
            self._lock.notify_all()
        for thread in self._threads:
            thread.join(5.0)

    def _settled(self, token: str, record: JobRecord) -> JobRecord:
        """A record left active by a server that is gone has failed; say so."""
        if not record.is_active or is_alive(record, self.owner):
            return record
        if has_result(record.key):
            record = replace(record, state="done", finished=record.updated, fraction=1.0)
        else:
            record = replace(
                record, state="failed", finished=record.updated,
                message="The server was restarted before this job was done.",
                hint="Start it again.",
            )  # fmt: skip
        write_record(token, record)
        return record

    def _serve(self) -> None:
        """One worker's life: take a job, see it through, take the next."""
        child: Child | None = None
        while True:
            job = self._next()
            if job is None:
                if child is not None:
                    self.children.remove(child)
                    child.close()
                    child = None
                if self._closing:
                    return
                continue
            try:
                if child is None:
                    child = Child(default_workers())
                    self.children.append(child)
                alive = self._see_through(child, job)
            except Exception as error:  # noqa: BLE001 - this thread must outlive any job
                _LOG.exception("job %s", job.record.id)
                self._end(job, state="failed", message=f"The job could not be run: {error}.")
                alive = False
            if not alive and child is not None:
                self.children.remove(child)
                child.close()
                child = None

    def _next(self) -> _Job | None:
        """The next job, sessions taking turns; None after a long idle time or when closing."""
        with self._lock:
            deadline = time.monotonic() + _IDLE_SECONDS
            while not self._closing:
                running = [j for j in self._active.values() if j.record.state == "running"]
                keys = {job.call.key for job in running}
                # Of two jobs for the same result the second waits, and then finds it on disk.
                ready = [job for job in self._queue if job.call.key not in keys]
                if ready:
                    job = min(ready, key=lambda j: sum(r.token == j.token for r in running))
                    self._queue.remove(job)
                    self._put(job, state="running", started=time.time())
                    return job
                if not self._lock.wait(max(0.0, deadline - time.monotonic())):
                    return None
            return None

    def _see_through(self, child: Child, job: _Job) -> bool:
        """Run a job to its end; whether the worker can be used again."""
        if has_result(job.call.key):
            self._end(job, state="done", fraction=1.0)
            return True
        child.send(job.call)
        asked = 0.0
        while not self._closing:
            try:
                message = child.hear(0.1)
            except ChildDied as died:
                self._end(job, **why_died(died, job.cancelled))
                return False
            now = time.monotonic()
            if message is not None and message[0] == PROGRESS:
                _, fraction, done, total, what = message
                what = "stopping" if job.cancelled else what
                self._put(job, fraction=fraction, done=done, total=total, what=what)
            elif message is not None:
                self._end(job, **ending(message))
                return True
            if job.cancelled and not asked:
                child.stop()
                asked = now
            elif asked and now - asked > _GRACE_SECONDS:
                self._end(job, state="cancelled")
                return False
            elif now - job.saved > _HEARTBEAT_SECONDS:
                self._save(job)
                self._touch_waiting()
        text = "The server was stopped before this job was done."
        self._end(job, state="failed", message=text, hint="Start it again.")
        return False

    def _put(self, job: _Job, **changes: Any) -> None:
        job.record = replace(job.record, **changes)

    def _save(self, job: _Job) -> None:
        job.saved = time.monotonic()
        self._put(job, updated=time.time())
        try:
            write_record(job.token, job.record)
        except (GridscopeError, OSError):  # a full disk must not stop the job
            _LOG.warning("the record of job %s can't be written", job.record.id)

    def _touch_waiting(self) -> None:
        """Other servers see from the time stamp that this one is alive."""
        for job in list(self._queue):
            self._save(job)

    def _end(self, job: _Job, **changes: Any) -> None:
        with self._lock:
            self._put(job, finished=time.time(), **changes)
            self._save(job)
            self._active.pop((job.token, job.record.id), None)
            self._lock.notify_all()


def job_id(token: str, key: str) -> str:
    """Name of the job of a session that makes this result: the same question, the same job."""
    return bytes_digest(f"{token}\0{key}".encode())[:16]

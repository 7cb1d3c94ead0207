"""The job manager: progress, cancel, death of a worker, results found again, private sessions."""

from __future__ import annotations

import errno
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.data import load_embedded
from core.errors import (
    InputError,
    InvalidSpecError,
    ResourceError,
    StoreUnavailableError,
    UnknownNameError,
)
from core.jobs import JobSpec, run
from core.jobs.base import input_digest
from core.jobs.manager import JobManager, job_id
from core.jobs.records import JobRecord, read_record, write_record
from core.jobs.results import (
    FEATURES,
    forget_old_results,
    has_result,
    load_result,
    result_folder,
    result_key,
    save_result,
)
from core.jobs.worker import Call, Fraction, named
from core.store.home import new_token, session_folder

_DISTANCE = JobSpec(task="distance", options={"metric": "grid-emd"})
_WAIT = 60.0


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def manager(home: Path) -> Iterator[JobManager]:
    made = JobManager(workers=1)
    yield made
    made.close()


def _probe(steps: int, key: str, **options: Any) -> Call:
    return Call(
        function="core.jobs.rehearsal:rehearse", args=(steps, options), key=key * 64,
        stages=(("counting", 1.0), ("counting again", 1.0)),
    )  # fmt: skip


def _until(manager: JobManager, token: str, name: str, *states: str) -> JobRecord:
    deadline = time.monotonic() + _WAIT
    while time.monotonic() < deadline:
        record = manager.find(token, name)
        assert record is not None
        if record.state in states:
            return record
        time.sleep(0.02)
    raise AssertionError(f"still {record.state} after {_WAIT} s")


def test_result_equals_the_core_s_own(manager: JobManager) -> None:
    token, crystals = new_token(), load_embedded("grid-report")
    digest = input_digest({"crystals": crystals})
    job = manager.start(token, _DISTANCE, {"crystals": crystals}, digest, label="Distances")
    done = _until(manager, token, job.id, "done", "failed")
    assert (done.state, done.fraction, done.message) == ("done", 1.0, "")
    found = load_result(job.key)
    own = run(_DISTANCE, {"crystals": crystals})
    np.testing.assert_array_equal(found.outputs["matrix"], own.outputs["matrix"])
    assert found.outputs["ids"].tolist() == [c.id for c in crystals]
    assert found.failures == own.failures
    assert found.provenance.spec["digest"] == _DISTANCE.digest
    assert not found.outputs["matrix"].flags.writeable


def test_progress_never_falls(manager: JobManager) -> None:
    token = new_token()
    job = manager.submit(token, _probe(30, "a", pause=0.02), label="Counting")
    seen: list[float] = []
    while (record := manager.find(token, job.id)) and record.is_active:
        seen.append(record.fraction)
        time.sleep(0.03)
    assert seen == sorted(seen)
    assert len(set(seen)) > 4
    assert record is not None
    assert record.state == "done"


def test_cancel_of_a_running_job_that_asks(manager: JobManager) -> None:
    token = new_token()
    job = manager.submit(token, _probe(10_000, "a", pause=0.02), label="Counting")
    _until(manager, token, job.id, "running")
    while not manager.find(token, job.id).done:  # type: ignore[union-attr]
        time.sleep(0.02)
    child = manager.children[0]
    manager.cancel(token, job.id)
    started = time.monotonic()
    assert _until(manager, token, job.id, "cancelled", "failed").state == "cancelled"
    assert time.monotonic() - started < 1.0
    assert manager.children == [child]  # it listened: no need to kill it
    assert not has_result(job.key)


def test_cancel_of_a_running_job_that_does_not_listen(manager: JobManager) -> None:
    token = new_token()
    job = manager.submit(token, _probe(10_000, "a", pause=0.02, deaf=True), label="Deaf")
    while not manager.find(token, job.id).done:  # type: ignore[union-attr]
        time.sleep(0.02)
    process = manager.children[0].process
    manager.cancel(token, job.id)
    started = time.monotonic()
    assert _until(manager, token, job.id, "cancelled", "failed").state == "cancelled"
    assert time.monotonic() - started < 3.0
    assert process.wait(5) is not None
    again = manager.submit(token, _probe(2, "b"), label="After")
    assert _until(manager, token, again.id, "done", "failed").state == "done"


def test_cancel_of_a_waiting_job(manager: JobManager) -> None:
    token = new_token()
    first = manager.submit(token, _probe(10_000, "a", pause=0.02), label="Long")
    second = manager.submit(token, _probe(1, "b"), label="Waiting")
    manager.cancel(token, second.id)
    assert manager.find(token, second.id).state == "cancelled"  # type: ignore[union-attr]
    manager.cancel(token, first.id)
    _until(manager, token, first.id, "cancelled")


def test_killed_worker_fails_its_job_only(manager: JobManager) -> None:
    token = new_token()
    job = manager.submit(token, _probe(10_000, "a", pause=0.02), label="Doomed")
    while not manager.find(token, job.id).done:  # type: ignore[union-attr]
        time.sleep(0.02)
    os.kill(manager.children[0].process.pid, signal.SIGKILL)
    record = _until(manager, token, job.id, "failed", "done")
    assert record.message == "The process that ran this job was ended from outside (signal 9)."
    assert "memory" in record.hint
    again = manager.submit(token, _probe(2, "b"), label="After")
    assert _until(manager, token, again.id, "done", "failed").state == "done"


def test_faults_keep_message_and_hint(manager: JobManager) -> None:
    token = new_token()
    told = manager.submit(token, _probe(1, "a", fault="explained"), label="Explained")
    record = _until(manager, token, told.id, "failed", "done")
    assert (record.message, record.hint) == ("It can't be done.", "Do something else.")
    odd = manager.submit(token, _probe(1, "b", fault="odd"), label="Odd")
    record = _until(manager, token, odd.id, "failed", "done")
    assert "RuntimeError" in record.message
    assert "secret" not in record.message


def test_nothing_is_computed_twice(manager: JobManager) -> None:
    token, other = new_token(), new_token()
    job = manager.submit(token, _probe(2, "a"), label="Once")
    _until(manager, token, job.id, "done")
    written = (result_folder(job.key) / "result.json").stat().st_mtime_ns
    again = manager.submit(token, _probe(2, "a"), label="Twice")
    assert (again.id, again.state) == (job.id, "done")
    theirs = manager.submit(other, _probe(2, "a"), label="Elsewhere")
    assert theirs.state == "done"
    assert (result_folder(job.key) / "result.json").stat().st_mtime_ns == written


def test_sessions_do_not_see_each_other(manager: JobManager) -> None:
    mine, theirs = new_token(), new_token()
    job = manager.submit(mine, _probe(2, "a"), label="Mine")
    assert manager.jobs(theirs) == []
    assert manager.find(theirs, job.id) is None
    with pytest.raises(UnknownNameError):
        manager.cancel(theirs, job.id)
    assert _until(manager, mine, job.id, "done").label == "Mine"
    assert job_id(mine, "k") != job_id(theirs, "k")
    assert manager.find("../../etc", job.id) is None
    assert manager.find(mine, "../secret") is None
    with pytest.raises(InputError):
        manager.jobs("../../etc")


def test_restart_keeps_results_and_tells_of_what_was_lost(manager: JobManager) -> None:
    token = new_token()
    done = manager.submit(token, _probe(2, "a"), label="Done")
    _until(manager, token, done.id, "done")
    running = manager.submit(token, _probe(10_000, "b", pause=0.02), label="Running")
    _until(manager, token, running.id, "running")
    manager.close()
    fresh = JobManager(workers=1)
    try:
        states = {record.label: record.state for record in fresh.jobs(token)}
        assert states == {"Done": "done", "Running": "failed"}
        assert load_result(done.key).outputs["count"].tolist() == [2]
        lost = replace(running, state="running", owner="1-gone", updated=time.time() - 3600)
        write_record(token, lost)
        record = fresh.find(token, running.id)
        assert record is not None
        assert "restarted" in record.message
        assert read_record(token, running.id) == record
    finally:
        fresh.close()


def test_remove_stops_and_forgets(manager: JobManager) -> None:
    token = new_token()
    job = manager.submit(token, _probe(10_000, "a", pause=0.02), label="Long")
    _until(manager, token, job.id, "running")
    manager.remove(token, job.id)
    assert manager.jobs(token) == []


def test_too_many_jobs_of_one_session(manager: JobManager) -> None:
    token = new_token()
    for letter in "abcdef012345":
        manager.submit(token, _probe(10_000, letter, pause=0.02), label=letter)
    with pytest.raises(ResourceError, match="12 jobs"):
        manager.submit(token, _probe(1, "9"), label="One more")
    for record in manager.jobs(token):
        manager.cancel(token, record.id)


def test_old_results_make_room(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crystals = load_embedded("grid-report")[:3]
    result = run(_DISTANCE, {"crystals": crystals})
    save_result("a" * 64, result)
    save_result("b" * 64, result)
    os.utime(result_folder("a" * 64), (1, 1))
    size = sum(f.stat().st_size for f in result_folder("b" * 64).iterdir())
    monkeypatch.setenv("GRIDSCOPE_RESULTS_GB", str(1.5 * size / 2**30))
    assert forget_old_results() == 1
    assert not has_result("a" * 64)
    assert has_result("b" * 64)


def test_each_shelf_has_its_own_room(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(_DISTANCE, {"crystals": load_embedded("grid-report")[:3]})
    for letter in "ab":
        save_result(letter * 64, result)
        save_result(letter * 64, result, FEATURES)
    for shelf in ("results", "features"):
        os.utime(home / shelf / "aa" / ("a" * 64), (1, 1))
    size = sum(f.stat().st_size for f in result_folder("b" * 64).iterdir())
    monkeypatch.setenv("GRIDSCOPE_RESULTS_GB", str(4.5 * size / 2**30))
    assert forget_old_results() == 1
    assert has_result("a" * 64)
    assert (has_result("a" * 64, FEATURES), has_result("b" * 64, FEATURES)) == (False, True)


@pytest.mark.parametrize("kind", ["result", "record"])
@pytest.mark.parametrize("at", ["folder", "file"])
def test_a_full_disk_is_said_in_words(
    home: Path, monkeypatch: pytest.MonkeyPatch, kind: str, at: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    result = run(_DISTANCE, {"crystals": load_embedded("grid-report")[:3]})
    token, record = new_token(), JobRecord(id="0" * 16, key="a" * 64, label="x")
    if at == "folder":
        monkeypatch.setattr(Path, "mkdir", full)
        monkeypatch.setattr("core.store.home.home", lambda: home)
        monkeypatch.setattr("core.jobs.results.home", lambda: home)
    else:
        monkeypatch.setattr(np, "save", full)
        monkeypatch.setattr(Path, "write_text", full)
    expected = StoreUnavailableError if at == "folder" else InputError
    with pytest.raises(expected, match="can't be written: No space left") as caught:
        save_result("a" * 64, result) if kind == "result" else write_record(token, record)
    assert caught.value.hint
    assert list(home.rglob("*.part*")) == []


def test_a_server_without_a_usable_home_says_so_where_a_job_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path / "file"))
    manager, token = JobManager(workers=1), new_token()
    try:
        for ask in (lambda: manager.jobs(token),
                    lambda: manager.submit(token, _probe(1, "a"), label="a")):  # fmt: skip
            with pytest.raises(StoreUnavailableError, match="can't be used") as caught:
                ask()
            assert "GRIDSCOPE_HOME" in caught.value.hint
        monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path / "mended"))
        job = manager.submit(token, _probe(1, "a"), label="a")
        assert _until(manager, token, job.id, "done", "failed").state == "done"
    finally:
        manager.close()


def test_a_manager_that_can_not_be_made_leaves_no_thread(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDSCOPE_RESULTS_GB", "much")
    before = threading.active_count()
    for _ in range(3):
        with pytest.raises(InvalidSpecError, match="much"):
            JobManager(workers=2)
    assert threading.active_count() == before


def test_unreadable_record_is_left_out(manager: JobManager) -> None:
    token = new_token()
    folder = session_folder(token) / "jobs"
    folder.mkdir(parents=True)
    (folder / f"{'0' * 16}.json").write_text("{")
    (folder / f"{'1' * 16}.json").write_text(json.dumps({"state": "done"}))
    assert manager.jobs(token) == []


def test_key_depends_on_crystals_options_and_versions() -> None:
    binned = JobSpec(task="distance", options={"metric": "grid-emd(mode=binned)"})
    keys = {result_key(_DISTANCE, "x"), result_key(_DISTANCE, "y"), result_key(binned, "x")}
    assert len(keys) == 3


def test_fraction_runs_over_stages() -> None:
    fraction = Fraction((("a", 1.0), ("b", 3.0)))
    assert fraction.at(1, 2, "a") == 0.125
    assert fraction.at(0, 10, "b") == 0.25
    assert fraction.at(1, 2, "unheard of") == 0.25
    assert fraction.at(10, 10, "b") == 1.0
    assert fraction.at(0, 10, "a") == 1.0


@pytest.mark.parametrize("path", ["os:system", "core.jobs.nothing:x", "core.jobs.base:nothing"])
def test_only_functions_of_core(path: str) -> None:
    with pytest.raises(InvalidSpecError, match="no function"):
        named(path)

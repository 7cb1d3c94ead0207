"""A worker reads its calls: what can't be read is told, and its own home is what counts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.data import load_embedded
from core.jobs import JobSpec, run
from core.jobs.base import input_digest
from core.jobs.manager import JobManager
from core.jobs.records import JobRecord
from core.jobs.results import save_result
from core.jobs.worker import Call, named
from core.store.home import new_token


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[JobManager]:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))
    made = JobManager(workers=1)
    yield made
    made.close()


def _probe(key: str, **options: Any) -> Call:
    return Call(function="core.jobs.rehearsal:rehearse", args=(3, options), key=key * 64)


def _ended(manager: JobManager, token: str, name: str) -> JobRecord:
    deadline = time.monotonic() + 60.0
    while time.monotonic() < deadline:
        record = manager.find(token, name)
        assert record is not None
        if not record.is_active:
            return record
        time.sleep(0.02)
    raise AssertionError(f"still {record.state}")


class _Unreadable:
    """Pickles, and raises in whichever process reads it."""

    def __init__(self, function: Any, *args: Any) -> None:
        self.call = function, args

    def __reduce__(self) -> tuple[Any, ...]:
        return self.call


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (_Unreadable(named, "os:system"), "There is no function"),  # an error of ours: its words
        (_Unreadable(int, "one"), "could not be read"),
    ],
)
def test_a_call_that_can_not_be_read_is_told(
    manager: JobManager, what: _Unreadable, said: str
) -> None:
    token = new_token()
    bad = replace(_probe("e"), args=(3, {"with": what}))
    job = manager.submit(token, bad, label="Unreadable")
    failed = _ended(manager, token, job.id)
    assert failed.state == "failed"
    assert said in failed.message
    job = manager.submit(token, _probe("f"), label="After it")
    assert _ended(manager, token, job.id).state == "done"


def test_a_call_is_read_with_its_own_home(
    manager: JobManager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An option that names a result looks for it while it is read."""
    token, inputs = new_token(), {"crystals": load_embedded("grid-report")}
    first = manager.submit(token, _probe("a"), label="In the first home")
    assert _ended(manager, token, first.id).state == "done"
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path / "second"))
    known = run(JobSpec(task="distance", options={"metric": "grid-emd"}), inputs)
    save_result("d" * 64, replace(known, outputs={"model": np.zeros(1)}))
    options = {"model": f"result:{'d' * 64}", "features": ["density"]}
    spec = JobSpec(task="partial-dependence", options=options)
    job = manager.start(token, spec, inputs, input_digest(inputs), label="In the second")
    failed = _ended(manager, token, job.id)
    assert failed.message.startswith("This is no model file of Gridscope")  # so it was found

"""The bar of a running job: what it says, and what Cancel says of a stopped one."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from components import jobs
from core.jobs.base import TASKS
from core.jobs.records import JobRecord

RUNNING = JobRecord(
    id="0" * 16, key="k", label="Verify B2", state="running", what="relaxing crystals", done=3,
    total=8, fraction=0.375, started=1.0, created=1.0,
)  # fmt: skip


def _bar(task: str) -> None:
    from components import jobs

    jobs.watch("token", "0" * 16, "bar", task)


@pytest.fixture
def _running(monkeypatch: pytest.MonkeyPatch) -> None:
    held = SimpleNamespace(find=lambda token, name: RUNNING, cancel=lambda token, name: None)
    monkeypatch.setattr(jobs, "manager", lambda: held)


@pytest.mark.usefixtures("_running")
@pytest.mark.parametrize(
    ("task", "words"),
    [
        ("", "nothing of it is kept"),
        ("similarity", "nothing of it is kept"),
        ("verify", "crystals that are done stay done"),
        ("stability", "seeds that are done stay done"),
    ],
)
def test_cancel_says_what_is_left(task: str, words: str) -> None:
    page = AppTest.from_function(_bar, args=(task,), default_timeout=60).run()
    assert not page.exception
    assert page.button(key="bar.cancel").help == f"Stop this job; {words}."


def test_only_tasks_that_finish_one_by_one_promise_to_keep() -> None:
    """Each has a test of its own that a stopped job goes on where it was."""
    assert {key for key in TASKS if TASKS[key].finished} == {"verify", "stability"}


def test_the_bar_tells_what_and_how_far() -> None:
    assert jobs.progress_text(RUNNING).startswith("Verify B2: relaxing crystals · 3 of 8 · ")
    waiting = JobRecord(id="0" * 16, key="k", label="Verify B2")
    assert jobs.progress_text(waiting) == "Verify B2: waiting for other jobs"

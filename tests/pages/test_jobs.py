"""The Jobs page and `run_job`: what is listed, found again, stopped, and private."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from components import jobs
from core.jobs import JobSpec, run
from core.jobs.manager import JobManager
from core.jobs.records import JobRecord
from core.jobs.results import load_result
from core.jobs.worker import Call
from core.library import Library
from core.store.home import new_token

ROOT = Path(__file__).resolve().parents[2]
JOBS = "pages/about/jobs.py"
SIMILARITY = "pages/explore/similarity.py"
WAIT = 60.0


@pytest.fixture(autouse=True)
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[JobManager]:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))
    st.cache_resource.clear()
    made = JobManager(workers=1)
    monkeypatch.setattr(jobs, "manager", lambda: made)
    yield made
    made.close()
    st.cache_resource.clear()


def page(session: str, name: str = JOBS, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.query_params["session"] = session
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    return app.switch_page(name).run()


def counting(steps: int, pause: float = 0.0, **options: object) -> Call:
    return Call(
        function="core.jobs.rehearsal:rehearse", args=(steps, {"pause": pause, **options}),
        key=f"{steps:064d}",
    )  # fmt: skip


def ended(manager: JobManager, token: str, record: JobRecord) -> JobRecord:
    limit = time.monotonic() + WAIT
    while record.is_active:
        assert time.monotonic() < limit
        time.sleep(0.05)
        found = manager.find(token, record.id)
        assert found is not None
        record = found
    return record


def texts(app: AppTest) -> str:
    return " ".join(item.value for item in (*app.text, *app.markdown, *app.caption, *app.info))


def test_empty() -> None:
    app = page(new_token())
    assert not app.exception
    assert "No jobs yet" in texts(app)


def test_lists_states_and_failures(manager: JobManager) -> None:
    token = new_token()
    done = manager.submit(token, counting(2), label="Counted <b>well</b>")
    failed = manager.submit(token, counting(3, fault="explained"), label="Went wrong")
    for record in (done, failed):
        ended(manager, token, record)
    app = page(token)
    shown = texts(app)
    assert not app.exception
    assert "Counted <b>well</b>" in [item.value for item in app.text]
    assert ":material/check_circle: done" in shown
    assert ":red[:material/error: failed]" in shown
    assert "It can't be done. Do something else." in shown


def test_other_sessions_see_nothing(manager: JobManager) -> None:
    token = new_token()
    ended(manager, token, manager.submit(token, counting(2), label="Mine"))
    assert "No jobs yet" in texts(page(new_token()))
    assert "Mine" in texts(page(token))


def test_cancel_and_remove(manager: JobManager) -> None:
    token = new_token()
    record = manager.submit(token, counting(10_000, pause=0.02), label="Long")
    while not manager.find(token, record.id).done:  # type: ignore[union-attr]
        time.sleep(0.02)
    app = page(token)
    app.button(f"jobs.cancel.{record.id}").click().run()
    assert ended(manager, token, record).state == "cancelled"
    app.run()
    assert ":material/stop_circle: stopped" in texts(app)
    app.button(f"jobs.remove.{record.id}").click().run()
    assert manager.jobs(token) == []


def test_token_stays_in_the_address() -> None:
    token = new_token()
    app = page(token)
    assert app.query_params["session"] == token
    odd = page("../../etc")
    assert not odd.exception
    assert odd.query_params["session"] != "../../etc"


def test_a_long_comparison_runs_as_a_job(
    manager: JobManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs.estimate._QUICK_CRYSTALS", 5)
    token = new_token()
    app = page(token, SIMILARITY, data="embedded:elements")
    assert not app.exception
    (record,) = manager.jobs(token)
    assert app.query_params["job"] == record.id
    assert ended(manager, token, record).state == "done"
    library = Library.embedded("elements")
    spec = JobSpec(task="similarity", options={"metric": "grid-emd"})
    own = run(spec, {"crystals": library.crystals})
    kept = load_result(record.key)
    np.testing.assert_array_equal(kept.outputs["matrix"], own.outputs["matrix"])
    app.run()
    assert not app.exception
    assert "How far the k-th neighbours" in texts(app)
    listed = page(token)
    assert "Similarity of Elements, grid-emd" in texts(listed)
    assert record.query["data"] == "embedded:elements"
    assert record.page == SIMILARITY


def test_a_link_with_nothing_but_the_job(
    manager: JobManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs.estimate._QUICK_CRYSTALS", 5)
    token = new_token()
    first = page(token, SIMILARITY, data="embedded:elements", metric="composition-emd")
    assert not first.exception
    (record,) = manager.jobs(token)
    ended(manager, token, record)
    again = page(token, SIMILARITY, job=record.id)
    assert not again.exception
    assert again.query_params["metric"] == "composition-emd"
    assert again.query_params["data"] == "embedded:elements"
    stranger = page(new_token(), SIMILARITY, job=record.id)
    assert "No crystals yet" in texts(stranger)


def test_what_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_MEMORY_GB", "0.0005")
    app = page(new_token(), SIMILARITY, data="embedded:elements")
    assert not app.exception
    assert any("71 crystals need" in item.value for item in app.error)
    assert any("Filter the library" in item.value for item in app.caption)

"""Results of jobs kept in a workspace: found again when it is opened, unless an import says so."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest

from components.workspace_results import bring_back
from core.jobs import JobResult, JobSpec, run
from core.jobs.manager import job_id
from core.jobs.records import JobRecord, read_records, write_record
from core.jobs.results import forget_result, has_result, load_result, result_key, save_result
from core.library import Library
from core.store.home import new_token
from core.store.workspaces import Store
from tests.pages.test_library import button, check, open_page
from tests.pages.test_workspaces import home, store, submit  # noqa: F401 - some are fixtures

SIMILARITY = "pages/explore/similarity.py"
SPEC = JobSpec(task="similarity", options={"metric": "composition-emd"})


@pytest.fixture
def library() -> Library:
    return Library.embedded("elements").keeping(["Cu", "Ag", "Al", "Fe"], "kept four")


@pytest.fixture
def computed(home: Path, library: Library) -> tuple[str, str, JobResult]:  # noqa: F811
    """A session with two jobs done: one on these crystals, one on others."""
    token = new_token()
    results = []
    for n, crystals in enumerate((library.crystals, library.crystals[:3])):
        one = library if n == 0 else library.keeping([c.id for c in crystals], "kept three")
        result, key = run(SPEC, {"crystals": crystals}), result_key(SPEC, one.digest)
        save_result(key, result)
        query = {"data": token, "session": token, "metric": "composition-emd"}
        record = JobRecord(
            id=job_id(token, key), key=key, label="Similarity <b>", state="done", created=5.0,
            page=SIMILARITY, query=query, owner="1-abc",
        )  # fmt: skip
        write_record(token, record)
        results.append((token, key, result))
    return results[0]


def save(library: Library, token: str, *, too: bool = True) -> None:
    page = open_page()
    page.query_params["session"] = token
    page.session_state["gridscope.library"] = library
    page.session_state["library.view"] = "workspaces"
    page.run()
    check(page)
    (box,) = [w for w in page.checkbox if w.key.startswith("workspaces.results.")]
    assert box.label.startswith("Keep the result computed from them too")
    assert "Models on trial are not among them" in box.help
    box.set_value(too)
    submit(page, "w")
    check(page)
    shown = [t.value for t in page.text if t.value.startswith("Result ")]
    assert len(shown) == too
    assert all("Similarity <b>" in text for text in shown)


def start_without_library(page):
    page.session_state["library.start"] = "workspaces"
    page.run()
    check(page)
    return page


def test_a_result_is_kept_and_found_by_another_session(
    store: Store, library: Library, computed  # noqa: F811
):  # fmt: skip
    token, key, result = computed
    save(library, token)
    workspace = store.workspace("w")
    assert [r.key for r in workspace.results.all()] == [key]
    assert token not in json.dumps(workspace.jobs.all()), "a session's private name is kept"
    forget_result(key)

    page = start_without_library(open_page())
    button(page, "workspaces.open").click().run()
    check(page)
    assert np.array_equal(load_result(key).outputs["matrix"], result.outputs["matrix"])
    other = str(page.session_state["gridscope.token"])
    (record,) = read_records(other)
    assert (record.id, record.key, record.state) == (job_id(other, key), key, "done")
    assert (record.page, dict(record.query)) == (SIMILARITY, {"metric": "composition-emd"})
    assert other != token


def test_results_stay_out_when_they_are_not_wanted(
    store: Store, library: Library, computed  # noqa: F811
):  # fmt: skip
    save(library, computed[0], too=False)
    assert store.workspace("w").results.all() == []


@pytest.mark.parametrize("name", ["results", "jobs", "0.npy"])
def test_a_workspace_opens_on_a_full_disk(
    store: Store, library: Library, computed, monkeypatch, name  # noqa: F811
):  # fmt: skip
    """No room for a folder of results, for one of jobs, or for an array."""
    token, key, _ = computed
    save(library, token)
    forget_result(key)
    folder, array = Path.mkdir, np.save

    def mkdir(path: Path, *args, **options) -> None:
        if name in path.parts:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        folder(path, *args, **options)

    def put(path: Path, *args, **options) -> None:
        if path.name == name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        array(path, *args, **options)

    monkeypatch.setattr(Path, "mkdir", mkdir)
    monkeypatch.setattr(np, "save", put)
    page = start_without_library(open_page())
    button(page, "workspaces.open").click().run()
    check(page)
    assert not page.error
    assert page.session_state["gridscope.library"].digest == library.digest
    assert read_records(str(page.session_state["gridscope.token"])) == []


def test_what_an_import_claims_is_not_believed(
    store: Store, library: Library, computed, tmp_path, monkeypatch  # noqa: F811
):  # fmt: skip
    token, key, _ = computed
    save(library, token)
    store.workspace("w").export(tmp_path / "w.zip")
    store.remove("w")
    forget_result(key)
    imported = store.import_(tmp_path / "w.zip")
    assert bring_back(imported) == 0
    page = start_without_library(open_page())
    assert any("came with an import" in t.value for t in page.text)
    button(page, "workspaces.open").click().run()
    check(page)
    assert not has_result(key)
    assert page.session_state["gridscope.library"].digest == library.digest


def test_of_a_record_no_more_is_believed_than_a_page_of_ours(
    store: Store, library: Library, computed, monkeypatch  # noqa: F811
):  # fmt: skip
    token, key, _ = computed
    save(library, token)
    lie = {"key": key, "page": "pages/../../etc/x.py", "label": ["x"], "created": "now",
           "query": {"data": "theirs", "metric": 7, "map": "UMAP"}}  # fmt: skip
    workspace = store.workspace("w")
    for name in workspace.jobs.all():
        workspace.jobs.remove(name)
    workspace.jobs.put("f" * 16, lie)
    monkeypatch.setattr("components.state.token", lambda: token)
    assert bring_back(workspace) == 1
    record = next(r for r in read_records(token) if r.key == key)
    assert (record.page, dict(record.query), record.label) == ("", {"map": "UMAP"},
                                                               "Similarity <b>")  # fmt: skip


def test_other_crystals_in_its_place_leave_no_results_behind(
    store: Store, library: Library, computed, tmp_path  # noqa: F811
):  # fmt: skip
    save(library, computed[0])
    workspace = store.workspace("w")
    (tmp_path / "model").write_bytes(b"weights")
    workspace.results.save_files("m", {"model.gsmodel": tmp_path / "model"}, kind="model")
    workspace.results.save_arrays("strange", {"x": np.zeros(2)}, kind="job", spec={"provenance": 7})
    page = open_page(library.keeping(["Cu", "Ag"], "kept two"), "workspaces")
    (box,) = [w for w in page.checkbox if w.key.startswith("workspaces.replace.")]
    assert "Results and jobs computed from the former crystals are removed" in box.help
    submit(page, "w", replace=True)
    check(page)
    assert any("removed 2 results of the former crystals" in t.value for t in page.toast)
    assert store.workspace("w").info.n_crystals == 2
    assert [r.key for r in store.workspace("w").results.all()] == ["m"], "models stay"
    assert store.workspace("w").jobs.all() == {}

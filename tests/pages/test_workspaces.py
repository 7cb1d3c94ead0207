"""Workspaces on the library page: what is kept, found, opened, renamed, removed."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.io import parse
from core.io.write import to_cif
from core.library import Library
from core.library.columns import Columns
from core.library.filters import Filter, facts_of, select
from core.library.kept import keep, reopen
from core.store.workspaces import Store, open_store
from core.types import RawFile
from tests.pages.test_library import APP, HOSTILE, button, check, held, open_page


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def store(home: Path):
    with open_store() as opened:
        yield opened


@pytest.fixture
def report_library() -> Library:
    return Library.embedded("grid-report").deciding("a decision taken before")


def workspaces(page: AppTest) -> AppTest:
    page.session_state["library.view"] = "workspaces"
    page.run()
    check(page)
    return page


def submit(page: AppTest, name: str, *, replace: bool = False) -> AppTest:
    box = next(w for w in page.text_input if w.key.startswith("workspaces.name."))
    box.set_value(name)
    page.checkbox(key=box.key.replace("name", "replace")).set_value(replace)
    button(page, "workspaces.do_save").click().run()
    return page


def test_what_is_saved_comes_back_in_another_session(report_library: Library, store: Store):
    page = workspaces(open_page(report_library))
    submit(page, "perovskites of the report")
    check(page)
    assert page.query_params["ws"] == "perovskites of the report"
    assert [i.name for i in store.workspaces()] == ["perovskites of the report"]

    other = AppTest.from_file(APP, default_timeout=60)
    other.run()
    other.switch_page("pages/explore/library.py")
    other.session_state["library.start"] = "workspaces"
    other.run()
    check(other)
    assert other.dataframe[0].value["Id"].tolist() == list(report_library.ids)
    button(other, "workspaces.open").click().run()
    check(other)
    back = held(other)
    assert back.ids == report_library.ids
    assert back.digest == report_library.digest
    assert back.decisions[0].startswith("embedded:grid-report: ")
    assert back.decisions[1] == "a decision taken before"
    assert "perovskites of the report" in back.decisions[-1]
    assert back.source == "workspace:perovskites of the report"


def test_the_database_finds_what_the_library_finds(report_library: Library, store: Store):
    keep(store, "w", report_library)
    page = workspaces(open_page(report_library))
    page.session_state["workspaces.filters.expander"] = True
    page.run()
    page.multiselect(key="workspaces.filters.0.all_of").set_value(["Ti", "Ba"]).run()
    check(page)
    wanted = Filter(all_of=("Ti", "Ba"))
    expected = select(report_library, wanted)
    assert page.dataframe[0].value["Id"].tolist() == list(expected)
    assert Filter.from_text(page.query_params["wf"]) == wanted
    assert f"Open these {len(expected):,}" in button(page, "workspaces.open").label
    button(page, "workspaces.open").click().run()
    check(page)
    assert held(page).ids == expected
    assert wanted.describe() in held(page).decisions[-1]
    button(page, "library.undo").click().run()
    assert held(page).ids == report_library.ids


def test_a_formula_is_found_however_it_is_written(report_library: Library, store: Store):
    keep(store, "w", report_library)
    page = workspaces(open_page(report_library))
    page.session_state["workspaces.filters.expander"] = True
    page.run()
    page.text_input(key="workspaces.filters.0.formula").set_value("O3 Ti Ba").run()
    check(page)
    assert set(page.dataframe[0].value["Formula"]) == {"BaTiO3"}
    page.text_input(key="workspaces.filters.0.formula").set_value("Ba(Ti").run()
    check(page)
    assert page.warning  # said, and nothing is hidden


def test_a_taken_name_is_refused_unless_it_is_replaced(report_library: Library, store: Store):
    keep(store, "w", Library.embedded("elements"))
    page = workspaces(open_page(report_library))
    submit(page, "w")
    assert not page.exception
    assert any("already" in e.value for e in page.error)
    assert store.workspace("w").info.n_crystals == len(Library.embedded("elements"))
    page.run()
    submit(page, "w", replace=True)
    check(page)
    assert store.workspace("w").info.n_crystals == len(report_library)


def test_one_crystal_is_one(report_library: Library, store: Store):
    own = report_library.keeping(report_library.ids[:1], "kept one")
    keep(store, "w", own)
    page = workspaces(open_page(own))
    told = [w.label for w in page.text_input] + [t.value for t in page.text]
    told += page.selectbox(key="workspaces.chosen.0").options
    assert any("the 1 crystal at hand" in text for text in told)
    assert any(text.startswith("1 crystal, 0 not read") for text in told)
    assert not any("1 crystals" in text for text in told)


def test_renamed_and_removed(report_library: Library, store: Store):
    keep(store, "old", report_library)
    page = workspaces(open_page(report_library))
    uid = store.workspace("old").info.uid
    page.text_input(key=f"workspaces.new.{uid}").set_value("new").run()
    button(page, "workspaces.rename").click().run()
    check(page)
    assert [i.name for i in store.workspaces()] == ["new"]
    button(page, "workspaces.remove").click().run()
    check(page)
    assert store.workspaces() == []
    assert any("No workspace yet" in i.value for i in page.info)


def test_hostile_names_and_crystals_are_text(store: Store):
    crystals = Library.embedded("grid-report").crystals[:2]
    files = [RawFile(f"{HOSTILE}{n}.cif", to_cif(c).encode()) for n, c in enumerate(crystals)]
    files.append(RawFile("<script>.cif", b"data_x\n_cell_length_a nan\n"))
    own = Library(HOSTILE, "files", parse(files, workers=0))
    keep(store, HOSTILE[:70], own)
    page = workspaces(open_page(own))
    assert page.dataframe[0].value["Id"].tolist() == list(own.ids)
    shown = [m.value for m in page.markdown]
    assert not any("<img" in text for text in shown)


def test_facts_of_the_store_are_those_of_the_library(report_library: Library, store: Store):
    facts, known = keep(store, "w", report_library).facts(), facts_of(Columns.of(report_library))
    assert facts.counts == known.counts
    assert facts.groups == known.groups
    assert set(facts.numeric) == set(known.numeric)
    assert {k: set(v) for k, v in facts.texts.items()} == {
        k: set(v) for k, v in known.texts.items()
    }


def test_a_part_is_opened_without_the_failures_of_the_whole(store: Store):
    crystals = Library.embedded("grid-report").crystals[:3]
    files = [RawFile(f"{c.id}.cif", to_cif(c).encode()) for c in crystals]
    files.append(RawFile("bad.cif", b"data_x\n_cell_length_a nan\n"))
    own = Library("own", "files", parse(files, workers=0))
    workspace = keep(store, "w", own)
    assert len(reopen(workspace).failures) == 1
    part = reopen(workspace, own.ids[1:2], "the second")
    assert part.ids == own.ids[1:2]
    assert "1 of 3" in part.decisions[-1]


def test_no_store_is_said_in_words(report_library: Library, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GRIDSCOPE_DATABASE_URL", "postgresql://nobody:hushhush@127.0.0.1:9/none")
    page = open_page(report_library)
    page.session_state["library.view"] = "workspaces"
    page.run()
    assert not page.exception
    assert page.error
    assert not any("hushhush" in e.value for e in page.error)

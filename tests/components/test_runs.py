"""Runs of a session: found from their jobs, named by the address, keyed by their values too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from components import runs
from core.jobs.records import remove_record
from core.library import Library
from core.types import ParseReport
from tests.pages.made_runs import OPTIONS, TARGET, TOKEN, made_run


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))


@pytest.fixture(scope="module")
def library() -> Library:
    every = Library.embedded("prototype-elastic")
    return every.keeping(every.ids[::55], "every 55th")


def _page() -> None:
    import streamlit as st

    from components import runs, state

    state.begin_page()
    run = runs.choose()
    st.json(
        {
            "id": run.id, "title": run.title, "target": run.options["target"],
            "library": run.library_name, "all": [r.id for r in runs.every()],
            "here": runs.library_of(run) is not None, "trained": len(runs.fitted(run).ids),
        }
    )  # fmt: skip


def opened(**address: str) -> AppTest:
    page = AppTest.from_function(_page, default_timeout=60)
    page.query_params["session"] = TOKEN
    for key, value in address.items():
        page.query_params[key] = value
    return page.run()


def shown(page: AppTest) -> dict[str, Any]:
    assert not page.exception
    found: dict[str, Any] = json.loads(page.json[0].value)
    return found


def test_the_newest_run_is_at_hand_and_the_address_leads(library: Library) -> None:
    first = made_run(library)
    second = made_run(library, {"model": {"key": "dummy"}, "seed": 4})
    page = opened()
    told = shown(page)
    assert told["id"] == second
    assert told["all"] == [second, first]
    assert page.query_params["run"] == second
    page.selectbox[0].set_value(first).run()
    assert shown(page)["id"] == first
    assert page.query_params["run"] == first
    page.query_params["run"] = second  # a link inside the app wins over what was chosen
    assert shown(page.run())["id"] == second
    assert shown(opened(run=first))["id"] == first


def test_a_title_names_target_model_split_and_error(library: Library) -> None:
    told = shown(opened(run=made_run(library, {"split": {"key": "group", "by": "formula"}})))
    words = told["title"].split(" · ")
    assert words[:3] == ["Bulk modulus", "Linear ridge", "By formula"]
    assert words[3].startswith("MAE ")
    assert words[3].endswith(" GPa")
    assert told["trained"] == len(library)
    assert told["library"] == library.name


def test_runs_with_the_same_title_are_told_apart(library: Library) -> None:
    for seed in (1, 2):
        made_run(library, {"model": {"key": "dummy"}, "split": {"key": "k-fold"}, "seed": seed})
    titles = opened().selectbox[0].options
    assert len(set(titles)) == len(titles) == 2


def test_the_library_at_hand_must_hold_the_crystals_of_the_run(library: Library) -> None:
    page = AppTest.from_function(_page, default_timeout=60)
    page.query_params["session"] = TOKEN
    made_run(library)
    page.session_state["gridscope.library"] = library
    assert shown(page.run())["here"]
    page.session_state["gridscope.library"] = library.keeping(library.ids[:50], "fewer")
    assert not shown(page.run())["here"]


def test_a_run_of_nobody_falls_back_to_the_newest_and_a_removed_one_is_gone(
    library: Library,
) -> None:
    name = made_run(library)
    assert shown(opened(run="feedfeedfeedfeed"))["id"] == name
    assert shown(opened(run="../../etc"))["id"] == name
    remove_record(TOKEN, name)
    page = opened(run=name)
    assert "No model yet" in page.info[0].value


def test_the_key_of_a_run_changes_with_the_values_of_its_target_only(library: Library) -> None:
    def changed(key: str) -> Library:
        crystals = list(library.crystals)
        more = {**crystals[3].properties, key: 1.5}
        crystals[3] = crystals[3].with_(properties=more)
        return Library("x", "files", ParseReport(tuple(crystals), (), library.examinations))

    assert runs.digest(changed(TARGET), TARGET) != runs.digest(library, TARGET)
    assert runs.digest(changed("other"), TARGET) == runs.digest(library, TARGET)
    assert changed(TARGET).digest == library.digest


def test_the_error_of_a_run_is_that_of_its_predictions(library: Library) -> None:
    from components.jobs import stored
    from core.jobs.records import read_record

    record = read_record(TOKEN, made_run(library))
    assert record is not None
    result = stored(record.key)
    assert result is not None
    run = runs.Run("", "", "", 0.0, OPTIONS, "", "", {}, result)
    out = result.outputs
    assert run.metric("mae") == pytest.approx(np.abs(out["mean"] - out["truth"]).mean())
    assert np.isnan(run.metric("no such metric"))

"""The Uncertainty page shows the core's numbers of a run, and says what it can't show."""

from __future__ import annotations

import contextlib
import io
import time
from pathlib import Path

import numpy as np
import pytest

from core.jobs.results import load_result
from core.library import Library
from core.uncertainty import confidence_curve, coverage, verdict
from tests.pages.made_runs import SET, made_run, opened

PAGE = "pages/model/uncertainty.py"


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.embedded(SET)


def texts(page) -> str:
    parts = [*page.markdown, *page.caption, *page.info, *page.success, *page.warning]
    return "\n".join(p.value for p in parts).replace("\\", "")


def printed(code: str) -> str:
    """What a script of "Show code" prints."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        exec(code, {})
    return told.getvalue()


def outputs(library, page):
    from components import runs
    from core.jobs.records import read_records
    from tests.pages.made_runs import TOKEN

    record = next(r for r in read_records(TOKEN) if r.page == runs.TRAIN_PAGE)
    return load_result(record.key).outputs


def test_without_a_run_it_says_what_to_do() -> None:
    page = opened(PAGE)
    assert not page.exception
    assert "No model yet" in page.info[0].value


def test_the_verdict_and_the_table_are_the_cores(library) -> None:
    made_run(library)
    page = opened(PAGE)
    assert not page.exception
    out = outputs(library, page)
    found = coverage(out["truth"], out["intervals"], out["levels"], ids=out["ids"].tolist())
    assert verdict({"random split": found}, 0.9) in texts(page)
    table = page.dataframe[0].value
    np.testing.assert_allclose(table["Covered"], found.covered)
    assert table["Level"].tolist() == [0.5, 0.9, 0.95]
    different = len(set(out["ids"].tolist()))
    assert f"{different:,} test crystals (80 predictions) in 2 folds, random split" in texts(page)


def test_confidence_names_its_area(library) -> None:
    made_run(library, {"model": {"key": "random-forest", "features": "composition",
                                 "n_trees": 20}})  # fmt: skip
    page = opened(PAGE, view="confidence")
    assert not page.exception
    out = outputs(library, page)
    curve = confidence_curve(out["truth"], out["mean"], out["std"])
    assert page.metric[0].value == f"{curve.area:.2f}"
    assert page.metric[1].value == f"{curve.at(0.5) * curve.random:.3g} GPa"
    assert "same deviation" not in texts(page)


def test_a_model_of_one_deviation_is_told(library) -> None:
    made_run(library)  # ridge
    page = opened(PAGE, view="confidence")
    assert "states the same deviation for all" in texts(page)


@pytest.mark.parametrize("view", ["quantiles", "tails"])
def test_every_view_opens(library, view) -> None:
    made_run(library)
    page = opened(PAGE, view=view)
    assert not page.exception
    assert not page.error


def test_a_run_without_intervals_shows_the_deviation_and_says_so(library) -> None:
    made_run(library, {"conformal": None, "levels": []})
    page = opened(PAGE)
    assert not page.exception
    assert "This run has no intervals" in texts(page)
    assert "Standard deviation taken as Gaussian" in texts(page)
    assert not page.dataframe
    assert [t.label for t in page.tabs] == ["Coverage", "Quantiles", "Confidence"]


def test_another_split_is_evaluated_and_shown_beside(library) -> None:
    """A click starts the job; its coverage then stands in the verdict."""
    from components.model.calibrated_shift import PAGE as OWN

    assert OWN == PAGE
    made_run(library)
    page = opened(PAGE, view="shift")
    assert not page.exception
    assert "asks the harder question" in texts(page)
    page.button(key="shift.split by chemical system.start").click().run()
    for _ in range(240):
        if "split by chemical system (" in texts(page):
            break
        time.sleep(0.5)
        page.run()
    assert not page.exception
    assert "split by chemical system (" in texts(page)
    assert "Mean absolute error under split by chemical system" in texts(page)
    told = next(line for line in texts(page).splitlines() if line.startswith("Intervals at 90%"))
    (code,) = (c.value for c in page.code if c.language == "python")
    said = printed(code).strip().replace(" own (", " random split (")
    assert said.replace(" shifted (", " split by chemical system (") == told


@pytest.mark.parametrize("view", ["", "quantiles", "confidence", "tails", "shift"])
def test_a_constant_target_is_shown_without_fault(library, view) -> None:
    from tests.pages.made_runs import TARGET

    few = library.keeping(library.ids[:40], "few")
    flat = few.replacing((c.with_(properties={TARGET: 7.0}) for c in few.crystals), "flat")
    made_run(flat, {"at_most": None})
    page = opened(PAGE, view=view)
    assert not page.exception
    assert not page.error
    if view == "confidence":
        assert "All errors are zero" in texts(page)


def test_levels_and_shares_are_told_in_per_cent(library) -> None:
    made_run(library, {"split": {"key": "random", "repeats": 1}})
    page = opened(PAGE)
    assert "Intervals at 90%" in texts(page)
    assert "in 1 fold, random split" in texts(page)
    assert page.dataframe[0].value["95% interval"].str.fullmatch(r"[\d.]+ to [\d.]+%").all()


def test_another_split_tells_what_it_takes_and_refuses_what_does_not_fit(
    library, monkeypatch
) -> None:
    made_run(library)
    assert "on a free core" in texts(opened(PAGE, view="shift"))
    monkeypatch.setenv("GRIDSCOPE_MEMORY_GB", "0.05")
    page = opened(PAGE, view="shift")
    assert "the budget is" in page.error[0].value.replace("\\", "")
    assert not [b for b in page.button if (b.key or "").endswith(".start")]

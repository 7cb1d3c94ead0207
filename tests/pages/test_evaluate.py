"""The Evaluate page shows the core's numbers; its scripts give them again."""

from __future__ import annotations

import contextlib
import io
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from components.jobs import stored
from components.model.evaluated import digits
from core.jobs import JobResult
from core.jobs.records import read_record
from core.library import Library
from tests.pages.made_runs import SET, TARGET, TOKEN, made_run, opened

PAGE = "pages/model/evaluate.py"
BOOSTED = {
    "key": "gradient-boosting", "features": "composition", "n_stages": 20, "error_folds": 0,
    "target_scale": "log",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.embedded(SET)


def texts(page: AppTest, kind: str) -> str:
    assert not page.exception
    return "\n".join(e.value.replace("\\", "") for e in getattr(page, kind))


def result_of(name: str) -> JobResult:
    record = read_record(TOKEN, name)
    assert record is not None
    result = stored(record.key)
    assert result is not None
    return result


def printed(code: str) -> str:
    """What a script of "Show code" prints."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        exec(code, {})
    return told.getvalue()


def scripts(page: AppTest) -> list[str]:
    return [c.value for c in page.code if c.language == "python"]


def test_without_a_run_it_leads_to_the_train_page() -> None:
    page = opened(PAGE)
    assert "No model yet" in texts(page, "info")
    assert not page.metric


def test_headlines_are_the_runs_with_the_baseline_beside(library: Library) -> None:
    name = made_run(library)
    page = opened(PAGE, run=name)
    out = result_of(name).outputs
    shown = {m.label: m.value for m in page.metric}
    mae = np.abs(out["mean"] - out["truth"]).mean()
    i = out["metrics"].tolist().index("mae")
    width = float(out["high"][i] - out["low"][i])
    assert shown["Mean absolute error"] == f"{digits(mae, width)} GPa"
    base = np.abs(out["baseline"] - out["truth"]).mean()
    assert f"trivial baseline {digits(base, width)}" in texts(page, "caption")
    covered = ((out["intervals"][:, 0] <= out["truth"][:, None])
               & (out["truth"][:, None] <= out["intervals"][:, 1])).mean(axis=0)  # fmt: skip
    assert f"{covered[1]:.1%} at 90%" in texts(page, "caption")
    assert str(out["leakage"]) in texts(page, "warning")


def test_the_script_of_the_parity_gives_the_same_error(library: Library) -> None:
    name = made_run(library, {"at_most": 60})
    out = result_of(name).outputs
    (code,) = scripts(opened(PAGE, run=name))
    assert len(code.splitlines()) < 30
    told = float(printed(code).split()[0])
    assert told == pytest.approx(np.abs(out["mean"] - out["truth"]).mean(), rel=1e-9)


def test_a_crystal_is_shown_with_truth_prediction_and_interval(library: Library) -> None:
    name = made_run(library, {"split": {"key": "k-fold", "folds": 3, "repeats": 2}, "at_most": 40})
    out = result_of(name).outputs
    crystal = str(out["ids"][5])
    page = opened(PAGE, run=name, crystal=crystal)
    table = page.dataframe[0].value
    rows = (out["ids"] == crystal).nonzero()[0]
    assert len(table) == len(rows) == 2
    np.testing.assert_allclose(table["True [GPa]"], out["truth"][rows], atol=1e-4)
    np.testing.assert_allclose(table["Predicted [GPa]"], out["mean"][rows], atol=1e-4)
    np.testing.assert_allclose(table["95% from [GPa]"], out["intervals"][rows, 0, 2], atol=1e-4)
    assert (table["95% from [GPa]"] <= table["Predicted [GPa]"]).all()
    worst = str(out["ids"][np.abs(out["mean"] - out["truth"]).argmax()])
    box = page.selectbox(key=f"evaluate.parity.crystal.{name}")
    assert box.value == crystal
    assert box.options[0] == worst
    box.set_value(worst).run()
    assert page.query_params["crystal"] == worst
    assert texts(page, "text").startswith(worst)


def test_colour_and_axes_of_a_link_are_opened(library: Library) -> None:
    name = made_run(library)
    for colour in ("volume_per_atom_A3", "strukturbericht", "holds O"):
        page = opened(PAGE, run=name, colour=colour, axes="log")
        assert not page.exception
        assert not page.error
        assert page.query_params["colour"] == colour
        box = next(b for b in page.selectbox if b.label == "Colour")
        assert box.value == colour


def test_nearest_training_crystals_were_seen_by_the_model(library: Library) -> None:
    every = library.keeping(library.ids[::60], "every 60th")
    name = made_run(every, {"at_most": None})
    out = result_of(name).outputs
    first = str(out["ids"][0])
    page = opened(PAGE, run=name, crystal=first)
    assert "The crystals at hand are not those of this run" in texts(page, "info")
    page.session_state["gridscope.library"] = every
    page.run()
    page.toggle(key="evaluate.near").set_value(True).run()
    assert not page.exception
    near = page.dataframe[1].value
    tested = set(out["ids"][out["fold"] == 0].tolist())
    assert len(near) == 5
    assert not tested & set(near["Id"])
    assert (np.diff(near.iloc[:, 2]) >= 0).all()
    values = [every.get(i).properties[TARGET] for i in near["Id"]]
    np.testing.assert_allclose(near["Bulk modulus [GPa]"], values, atol=1e-4)


def test_the_largest_errors_are_listed_with_their_size(library: Library) -> None:
    name = made_run(library)
    out = result_of(name).outputs
    page = opened(PAGE, run=name, view="residuals", against="volume_per_atom_A3")
    table = page.dataframe[0].value
    errors = out["mean"] - out["truth"]
    order = np.argsort(-np.abs(errors))[:20]
    np.testing.assert_allclose(np.abs(table["Error [GPa]"]), np.abs(errors[order]))
    assert table["Id"].tolist()[0] == out["ids"][order[0]]
    low, high = out["intervals"][order, 0, 0], out["intervals"][order, 1, 0]
    inside = (low <= out["truth"][order]) & (out["truth"][order] <= high)
    assert table["Inside 50%"].tolist() == ["yes" if held else "no" for held in inside]
    assert page.query_params["against"] == "volume_per_atom_A3"


def test_errors_against_a_property_leave_out_its_texts(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    from components.model import evaluated_residuals

    some = library.crystals[:3]
    mixed = [c.with_(properties={"K": v}) for c, v in zip(some, (5.0, "82 GPa", "7"), strict=True)]
    own = library.keeping([c.id for c in some], "three").replacing(mixed, "texts")
    out = {"ids": np.array(own.ids), "mean": np.arange(3.0), "truth": np.zeros(3)}
    run: Any = SimpleNamespace(outputs=out, options={"target": TARGET})
    monkeypatch.setattr(evaluated_residuals.runs, "library_of", lambda _: own)
    assert own.numeric_keys == ("K",)
    table = evaluated_residuals._numbers(run, "K")
    assert table["id"].tolist() == [own.ids[0]]
    assert table["K"].tolist() == [5.0]


def test_metrics_are_told_whole_and_by_fold(library: Library) -> None:
    name = made_run(library, {"split": {"key": "k-fold", "folds": 3, "repeats": 1}})
    out = result_of(name).outputs
    page = opened(PAGE, run=name, view="metrics")
    whole, folds = page.dataframe[0].value, page.dataframe[1].value
    assert sorted(whole["Value"]) == pytest.approx(sorted(out["values"].tolist()))
    assert whole["Metric"].tolist()[:2] == ["Mean absolute error", "Root mean square error"]
    assert folds["Fold"].tolist() == out["fold_names"].tolist()
    assert folds["Test crystals"].sum() == len(out["ids"])
    errors = np.abs(out["mean"] - out["truth"])
    by_fold = [errors[out["fold"] == i].mean() for i in range(3)]
    assert folds["Mean absolute error [GPa]"].tolist() == pytest.approx(by_fold)


def test_runs_are_compared_in_one_table(library: Library) -> None:
    first = made_run(library)
    second = made_run(library, {"model": {"key": "dummy"}, "conformal": None, "levels": []})
    table = opened(PAGE, run=first, view="runs").dataframe[0].value
    assert table["Run"].tolist() == [second, first]
    assert table["Model"].tolist() == ["Trivial baseline", "Linear ridge"]
    assert table["MAE"].iloc[0] == pytest.approx(table["Baseline MAE"].iloc[0])
    assert table["MAE"].iloc[1] < 0.8 * table["MAE"].iloc[0]
    assert np.isnan(table["Covered"].iloc[0])
    assert table["Crystals"].tolist() == [200, 200]


def test_curves_end_in_the_errors_of_the_run(library: Library) -> None:
    name = made_run(library, {"model": BOOSTED, "at_most": 80, "seed": 2})
    out = result_of(name).outputs
    page = opened(PAGE, run=name, view="curves", points="3", repeats="1")
    for key in ("evaluate.curve.start", "evaluate.stages.start"):
        page.button(key=key).click().run()
    end = time.monotonic() + 120
    while len(scripts(page)) < 2 and time.monotonic() < end:
        time.sleep(0.3)
        page.run()
    assert not page.exception
    first = out["fold"] == 0
    error = np.abs(out["mean"] - out["truth"])
    assert error[first].mean() == pytest.approx(
        float(printed(scripts(page)[0]).replace("[", " ").replace("]", " ").split()[-1]), rel=1e-6
    )
    by_fold = [error[out["fold"] == i].mean() for i in range(2)]
    assert float(printed(scripts(page)[1]).split()[-1]) == pytest.approx(np.mean(by_fold))
    told = texts(page, "caption")
    assert "Over the upper half of the sizes" in told
    assert "Least test error after stage" in told


def test_a_model_without_stages_offers_none(library: Library) -> None:
    page = opened(PAGE, run=made_run(library), view="curves")
    keys = [b.key for b in page.button]
    assert "evaluate.curve.start" in keys
    assert "evaluate.stages.start" not in keys


def test_a_constant_target_is_shown_without_fault(library: Library) -> None:
    few = library.keeping(library.ids[:40], "few")
    flat = few.replacing((c.with_(properties={TARGET: 7.0}) for c in few.crystals), "flat")
    name = made_run(flat, {"at_most": None})
    for view in ("", "residuals", "metrics", "runs"):
        page = opened(PAGE, run=name, view=view)
        assert not page.exception
        assert not page.error
        assert {m.label: m.value for m in page.metric}["Mean absolute error"] == "0 GPa"
        assert "so is every prediction" in texts(page, "info")

"""The Explain page shows the core's numbers of a run, and says what it can't show and why."""

from __future__ import annotations

import contextlib
import io
import time
from pathlib import Path

import numpy as np
import pytest

from components.model import explained, explained_dependence
from components.runs import TRAIN_PAGE
from core.jobs import JobSpec, run
from core.jobs.records import read_records
from core.jobs.results import load_result, result_key, save_result
from core.library import Library
from tests.pages.made_runs import OPTIONS, SET, TOKEN, made_run, opened

PAGE = "pages/model/explain.py"
FOREST = {"key": "random-forest", "features": "structure_features", "n_trees": 20}
KNN = {"key": "knn", "metric": "grid-emd(n_groups=8)+composition-emd", "tune_weights": True}


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.embedded(SET)


def texts(page) -> str:
    parts = [*page.markdown, *page.caption, *page.info, *page.success, *page.warning]
    return "\n".join(p.value for p in parts).replace("\\", "")


def its_record():
    """The record of the session's only run."""
    (record,) = (r for r in read_records(TOKEN) if r.page == TRAIN_PAGE)
    return record


def put(library, spec: JobSpec):
    """The result of a job on the crystals of the session's only run, as the page would find it."""
    record = its_record()
    trained = set(load_result(record.key).outputs["train_ids"].tolist())
    crystals = [c for c in library.crystals if c.id in trained]
    result = run(spec, {"crystals": crystals})
    save_result(result_key(spec, record.key), result)
    return result.outputs, record.key


def run_options(model) -> dict:
    return {k: ({**OPTIONS, "model": model})[k] for k in explained.RUN_OPTIONS}


def printed(code: str) -> str:
    """What a script of "Show code" prints."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        exec(code, {})
    return told.getvalue()


def wait(page, sign: str) -> None:
    for _ in range(240):
        if sign in texts(page):
            return
        time.sleep(0.5)
        page.run()
    raise AssertionError(texts(page))


def test_without_a_run_it_says_what_to_do() -> None:
    page = opened(PAGE)
    assert not page.exception
    assert "No model yet" in page.info[0].value


def test_a_click_measures_importances(library) -> None:
    made_run(library, {"model": FOREST})
    page = opened(PAGE)
    assert not page.exception
    assert "in 16 random orders; trees are grown with 15 seeds. About " in texts(page)
    assert "on a free core, " in texts(page)
    page.button(key="explain.importances.start").click().run()
    wait(page, "Rise of the mean absolute error over")
    assert not page.exception
    spec = JobSpec(
        task="importances",
        options={**run_options(FOREST), "folds": 2, "draws": 8, "seeds": 15},
        seed=1,
    )
    record = its_record()
    out = load_result(result_key(spec, record.key)).outputs
    assert f"over {out['errors'].mean():.3g} GPa" in texts(page)
    assert "over 15 seeds, on training crystals" in texts(page)
    assert "mean and standard deviation of 16 shuffles" in texts(page)
    assert "Nearly collinear features" in texts(page)
    table = page.dataframe[0].value
    assert (table["Least |ρ|"] >= 0.9).all()
    (code,) = (c.value for c in page.code if c.language == "python")
    told = dict(line.rsplit(" ", 1) for line in printed(code).splitlines())
    np.testing.assert_allclose([float(told[n]) for n in out["parts"]], out["rises"].mean(axis=0))
    first = explained.importances_of(out)
    best = first.names[int(first.order[0])]
    again = opened(PAGE, view="dependence")
    columns = again.selectbox(key="explain.feature").options
    assert columns[0] == best or best.startswith("group")
    wait(again, "The average spans")


def test_partial_dependence_of_two_features_by_link(library) -> None:
    made_run(library, {"model": FOREST})
    names = ["density [g/cm³]", "packing fraction, touching spheres"]
    record = its_record()
    options = {
        "model": f"result:{record.key}", "features": names, "points": 12, "sample": 200, "seed": 1,
    }  # fmt: skip
    spec = JobSpec(task="partial-dependence", options=options, seed=1)
    out, _ = put(library, spec)
    page = opened(PAGE, view="dependence", **{"feature": names[0], "and": names[1]})
    assert not page.exception
    found = explained_dependence.of(out)
    assert f"The average spans {found.range:.3g} GPa" in texts(page)
    assert "White where no crystal lies near" in texts(page)


def test_one_feature_is_computed_at_once(library) -> None:
    made_run(library, {"model": FOREST})
    page = opened(PAGE, view="dependence", feature="density [g/cm³]")
    wait(page, "The average spans")
    assert not page.exception
    assert page.toggle(key="explain.single").value


def test_the_first_feature_offered_is_one_that_varies(library) -> None:
    """The first of the composition is hydrogen, which may be in no crystal of the run."""
    bare = library.keeping([c.id for c in library.crystals if "H" not in c.elements][:60], "no H")
    made_run(bare, {"at_most": None})
    page = opened(PAGE, view="dependence")
    page.session_state["gridscope.library"] = bare
    page.run()
    wait(page, "The average spans")
    assert not page.error
    assert page.selectbox(key="explain.feature").options[-1] not in {
        e for c in bare.crystals for e in c.elements
    }


@pytest.mark.parametrize("view", ["", "grid"])
def test_a_constant_target_has_nothing_that_matters(library, view) -> None:
    from tests.pages.made_runs import TARGET

    few = library.keeping(library.ids[:40], "few")
    flat = few.replacing((c.with_(properties={TARGET: 7.0}) for c in few.crystals), "flat")
    made_run(flat, {"at_most": None})
    key = its_record().key
    options = {**run_options(OPTIONS["model"]), "folds": 2, "draws": 8}
    task = "grid-importances" if view else "importances"
    more = {} if view else {"seeds": 15}
    spec = JobSpec(task=task, options=options | more, seed=1)
    save_result(result_key(spec, key), run(spec, {"crystals": flat.crystals}))
    page = opened(PAGE, view=view)
    assert not page.exception
    assert "Shuffling changes no prediction" in texts(page)


def test_a_model_of_distances_says_why_and_shows_its_blocks(library) -> None:
    made_run(library, {"model": KNN, "at_most": 120})
    page = opened(PAGE)
    assert not page.exception
    assert "It sees no feature by name" in texts(page)
    assert "grid-emd(n_groups=8)" in texts(page)
    assert "It sees no feature by name" in texts(opened(PAGE, view="dependence"))
    options = {**run_options(KNN), "folds": 2, "draws": 8}
    out, _ = put(library, JobSpec(task="grid-importances", options=options, seed=1))
    page = opened(PAGE, view="grid")
    assert not page.exception
    assert "Which neighbours matter: grid-emd(n_groups=8)" in texts(page)
    assert f"over {out['errors'].mean():.3g} GPa" in texts(page)
    assert np.isin(["k", "decay", "weights"], page.dataframe[0].value["Name"]).all()


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ({"key": "dummy"}, "looks at nothing"),
        ({"key": "ridge", "features": "composition@pca5"}, "mixed by a PCA"),
    ],
)
def test_what_can_not_be_shown_is_said(library, model, said) -> None:
    made_run(library, {"model": model})
    for view in ("", "dependence", "grid"):
        page = opened(PAGE, view=view)
        assert not page.exception
        if view != "grid" or model["key"] == "dummy":
            assert said in texts(page)

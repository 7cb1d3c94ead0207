"""The Train page: from a property to a run, the core's numbers, clear words for awkward data."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from components.jobs import stored
from components.model.evaluated import digits
from core.jobs import JobSpec, run
from core.jobs.records import read_record
from core.library import Library
from core.types import Crystal, Examination, ParseReport
from tests.pages.made_runs import ROOT, SET, TARGET, TOKEN, opened

PAGE = "pages/model/train.py"


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))


def texts(page: AppTest, kind: str) -> str:
    return "\n".join(e.value.replace("\\", "") for e in getattr(page, kind))


def train(page: AppTest, seconds: float = 120.0) -> AppTest:
    """Press the button and run again until the job is over."""
    page.button(key="train.start").click().run()
    end = time.monotonic() + seconds
    while not page.metric and not page.error and time.monotonic() < end:
        time.sleep(0.3)
        page.run()
    assert not page.exception
    return page


def with_values(*values: Any, key: str = "K_GPa") -> Library:
    """One crystal for each value: copper, stretched a little more each time."""
    crystals = tuple(
        Crystal(f"c{i}", (3.6 + 0.01 * i) * np.eye(3), [[0, 0, 0]], [29],
                properties={} if v is Ellipsis else {key: v})
        for i, v in enumerate(values)
    )  # fmt: skip
    cards = tuple(Examination(c.id, "", "green") for c in crystals)
    return Library("made here", "files", ParseReport(crystals, (), cards))


def holding(library: Library, **address: str) -> AppTest:
    """The page with a library that nobody saved."""
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    page.query_params["session"] = TOKEN
    page.run()
    page.session_state["gridscope.library"] = library
    page.switch_page(PAGE)
    for name, value in address.items():
        page.query_params[name] = value
    return page.run()


def test_without_crystals_the_embedded_set_is_one_click_away() -> None:
    page = opened(PAGE, data="")
    assert "No crystals yet" in texts(page, "info")
    page.button(key=f"empty.{SET}").click().run()
    assert not page.exception
    assert page.query_params["data"] == f"embedded:{SET}"
    assert page.selectbox[0].value == TARGET


def test_property_scale_and_model_are_recommended_with_a_reason() -> None:
    page = opened(PAGE)
    assert not page.exception
    assert page.selectbox[0].value == TARGET
    assert "5,472 crystals" in page.selectbox[0].options[0]
    told = texts(page, "caption")
    assert "5,472 of 5,472 crystals have a value." in told
    assert "Recommended. Values go from 3.76 to 436 GPa, 2.1 decades" in told
    assert "hold words, not numbers" in told
    assert page.selectbox(key="train.model").value == "averaged"
    assert page.selectbox(key="train.model").options[0] == "Averaged model · recommended"
    assert "5,472 crystals, 12 fits of the model: about" in texts(page, "info")


def test_a_link_to_words_says_that_they_can_not_be_learned() -> None:
    library = with_values(1.0, 2.0, 3.0, 4.0)
    words = library.replacing(
        (c.with_(properties={**c.properties, "gap": "1.0 eV"}) for c in library.crystals), "words"
    )
    page = holding(words, target="gap")
    assert "names gap, which holds words, not numbers" in texts(page, "caption")
    page = holding(words, target="nothing")
    assert "names nothing, which these crystals do not have" in texts(page, "caption")


def test_what_is_usual_stays_out_of_the_address() -> None:
    """Each word written there on arrival is one more step for the browser's Back."""
    page = opened(PAGE)
    assert not page.exception
    assert set(page.query_params) == {"data", "session"}
    page.selectbox[0].select_index(1).run()
    other = page.selectbox[0].value
    assert other != TARGET
    assert page.query_params["target"] in (other, [other])
    again = page.switch_page("pages/about/methods.py").run()
    again = again.switch_page(PAGE).run()
    assert again.selectbox[0].value == other, "the choice of the last visit"


def test_a_run_shows_the_numbers_of_the_core_and_stays() -> None:
    page = train(opened(PAGE, model="ridge", features="composition", at_most="150", seed="3"))
    options = {
        "target": TARGET, "seed": 3, "at_most": 150, "levels": [0.5, 0.9, 0.95],
        "model": {"key": "ridge", "target_scale": "log"}, "split": {"key": "random"},
        "conformal": {"method": "cross"},
    }  # fmt: skip
    library = Library.embedded(SET)
    out = run(JobSpec(task="learn", options=options), {"crystals": library.crystals}).outputs
    names = out["metrics"].tolist()
    shown = {m.label: m.value for m in page.metric}
    for key, label, unit in (("mae", "Mean absolute error", " GPa"), ("r2", "R²", ""),
                             ("log10_mae", "Mean absolute error of log10", "")):  # fmt: skip
        i = names.index(key)
        width = float(out["high"][i] - out["low"][i])
        assert shown[label] == digits(float(out["values"][i]), width) + unit
        base = digits(float(out["baselines"][i]), width)
        assert f"trivial baseline {base}" in texts(page, "caption")
    assert "the final model is trained on 150 crystals" in texts(page, "caption")
    name = page.query_params["run"]
    record = read_record(TOKEN, name)
    assert record is not None
    assert record.label == f"Bulk modulus by Linear ridge, random split, of {library.name}"
    assert record.query["run"] == name
    again = opened(PAGE, **{k: page.query_params[k] for k in ("model", "at_most", "seed")})
    assert {m.label: m.value for m in again.metric} == shown  # the address brings it back


def test_options_of_a_link_reach_the_job() -> None:
    page = train(
        opened(
            PAGE, target="volume_per_atom_A3", scale="linear", model="knn", at_most="100",
            distances="composition-emd", options="k:3", split="group", seed="7",
            split_options="by:formula,repeats:2", intervals="off",
        )
    )  # fmt: skip
    record = read_record(TOKEN, page.query_params["run"])
    assert record is not None
    result = stored(record.key)
    assert result is not None
    told = result.provenance.spec["options"]
    assert told["target"] == "volume_per_atom_A3"
    assert told["model"] == {"key": "knn", "metric": "composition-emd", "k": 3}
    assert told["split"]["by"] == "formula"
    assert told["split"]["repeats"] == 2
    assert told["conformal"] is None
    assert told["levels"] == []
    assert (told["seed"], told["at_most"]) == (7, 100)


def test_a_paper_setting_is_taken_over() -> None:
    page = opened(PAGE, model="gradient-boosting")
    name = "Ducamp & Coudert 2022, Table 1: geometric"
    page.button(key=f"train.preset.{name}").click().run()
    assert not page.exception
    assert page.multiselect(key="train.terms.gradient-boosting.features").value == ["tot_geometry"]
    assert page.number_input(key="train.spec.gradient-boosting.n_stages").value == 250
    assert page.query_params["features"] == "tot_geometry"


def test_a_descriptor_that_does_not_exist_and_a_kernel_that_is_none_are_explained() -> None:
    page = opened(PAGE, model="ridge", features="soup")
    assert "There is no descriptor 'soup'" in texts(page, "error")
    assert not any(b.key == "train.start" for b in page.button)
    page = opened(PAGE, model="kernel-ridge", distances="ion-substitution")
    assert "triangle" in texts(page, "error")


@pytest.mark.parametrize(
    ("library", "said"),
    [
        (with_values("12 GPa", "13 GPa", "9 GPa"), "'K_GPa' is '12 GPa'"),
        (with_values(..., ..., ...), "no property to learn"),
        (with_values(float("nan"), float("inf"), None), "no property to learn"),
    ],
)
def test_nothing_to_learn_is_said_and_a_set_offered(library: Library, said: str) -> None:
    page = holding(library)
    assert not page.exception
    assert said in texts(page, "error")
    assert any(b.key == f"empty.{SET}" for b in page.button)


def test_what_is_no_finite_number_is_counted_and_left_out() -> None:
    page = holding(with_values(1.0, 2.0, float("nan"), float("inf"), "12 GPa", 3.0, 4.0, 5.0))
    assert not page.exception
    assert "5 of 8 crystals have a value" in texts(page, "caption")
    assert "3 values are left out" in texts(page, "warning")


def test_a_constant_target_is_said_before_and_after() -> None:
    page = holding(with_values(*[7.0] * 12), model="ridge")
    assert "there is nothing to learn" in texts(page, "caption")
    page = train(page)
    assert "so is every prediction" in texts(page, "info")


@pytest.mark.parametrize("n", [2, 3])
def test_too_few_crystals_end_in_a_clear_message(n: int) -> None:
    page = train(holding(with_values(*map(float, range(1, n + 1))), model="ridge"))
    assert not page.metric
    assert "crystals" in texts(page, "error")
    assert texts(page, "caption")


def test_an_id_that_occurs_twice_is_named() -> None:
    library = with_values(*map(float, range(1, 30)))
    crystals = tuple(c.with_(id="twin" if i < 2 else c.id) for i, c in enumerate(library.crystals))
    report = ParseReport(crystals, (), library.examinations)
    page = train(holding(Library("twins", "files", report), model="ridge"))
    assert "The id 'twin' occurs more than once" in texts(page, "error")
    assert not page.metric


def test_what_does_not_fit_is_refused_before_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_MEMORY_GB", "0.1")
    page = opened(PAGE)
    assert "Training on 5,472 crystals needs about" in texts(page, "error")
    assert "Train on at most" in texts(page, "caption")

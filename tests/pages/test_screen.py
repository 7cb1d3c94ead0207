"""The Screen page shows the core's numbers, moves with its filters, and says what it can't do."""

from __future__ import annotations

import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from components.screen import screening_views
from components.screen.screened import Outcome, outcome
from components.screen.screening_files import bundle, everything, limits, shortlist_csv
from components.screen.screening_form import Wanted
from components.screen.screening_source import Source
from core.jobs import JobSpec, run
from core.library import Library
from core.models.shipped import shipped_models
from core.screening.criteria import Criterion
from core.screening.limits import NoveltySpec
from core.screening.screen import Request
from core.screening.table import CandidateColumns
from tests.pages.made_runs import SET, opened

PAGE = "pages/screen/screen.py"
BULK = "bulk_modulus_GPa"


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))
    monkeypatch.delenv("GRIDSCOPE_DATABASE_URL", raising=False)
    monkeypatch.delenv("GRIDSCOPE_BATCHES", raising=False)


@pytest.fixture(scope="module")
def some() -> Library:
    every = Library.embedded(SET)
    return every.keeping(every.ids[::60], "every 60th")


@pytest.fixture(scope="module")
def table(some: Library) -> CandidateColumns:
    (model,) = shipped_models().values()
    options = {"models": [str(model.path)], "levels": [0.5, 0.8, 0.9, 0.95, 0.99], "hull": None,
               "prototypes": False}  # fmt: skip
    result = run(JobSpec(task="candidate-columns", options=options), {"crystals": some.crystals})
    return CandidateColumns.from_arrays(result.outputs)


def shown(library: Library, **address: str) -> AppTest:
    page = opened(PAGE, data="", **address)
    page.session_state["gridscope.library"] = library
    for key, value in address.items():
        page.query_params[key] = value
    page.run()
    end = time.monotonic() + 120
    while not page.metric and not page.error and time.monotonic() < end:
        time.sleep(0.3)
        page.run()
    assert not page.exception
    return page


def of(widgets: Any, name: str) -> Any:
    """The widget on the bulk modulus."""
    return next(w for w in widgets if w.key and w.key.endswith(f"{BULK}.{name}"))


def metrics(page: AppTest) -> list[int]:
    return [int(m.value.replace(",", "")) for m in page.metric[:3]]


def made(table: CandidateColumns, library: Library, **asked: Any) -> Outcome:
    source = Source(table, "digest", library.name, library, (), (), "", None)
    return outcome(source, Wanted(Request(**asked), 20, "best"))


def test_counts_are_those_of_the_core_and_move_with_k(some: Library, table) -> None:
    page = shown(some)
    low = of(page.number_input, "low").value
    column = table.columns[BULK]
    # The window offered first leaves a tenth of the candidates, judged as it is at first.
    assert low == pytest.approx(np.quantile(column.mean - column.std, 0.9), rel=0.06)
    assert 0.1 <= metrics(page)[1] / len(table) <= 0.2
    for k in (1.0, 0.0, 2.5):
        of(page.slider, "k").set_value(k).run()
        assert not page.exception
        left = int((column.mean - k * column.std >= low).sum())
        assert metrics(page)[:2] == [len(table), left]
    of(page.selectbox, "how").set_value("value").run()
    assert metrics(page)[1] == int((column.mean >= low).sum())


def test_a_link_brings_the_limits_back(some: Library, table) -> None:
    asked = {"criteria": {BULK: {"low": 80.0, "high": 150.0, "how": "probability", "least": 0.7}},
             "novelty": {"beyond": "drop"}, "more": {"count": 7}}  # fmt: skip
    page = shown(some, screen=json.dumps(asked))
    assert of(page.number_input, "high").value == 150.0
    assert of(page.slider, "least").value == 0.7
    window = Criterion(key=BULK, low=80.0, high=150.0, how="probability", least=0.7)
    assert metrics(page)[1] == int(window.passed(table.columns[BULK]).sum())
    assert metrics(page)[2] == min(7, metrics(page)[1])


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"criteria":3}', '{"criteria":{"x":{"low":"a"}}}', '{"more":{"order":[1]}}',
     '{"novelty":{"farthest":"far"}}'],
)  # fmt: skip
def test_a_link_that_makes_no_sense_harms_nothing(some: Library, text: str) -> None:
    page = shown(some, screen=text)
    assert metrics(page)[0] == len(some)


@pytest.mark.parametrize("view", ["funnel", "cloud", "beside", "what-if", "truth", "shortlist"])
@pytest.mark.parametrize("known", ["none", "embedded:prototype-elastic"])
def test_every_view_draws_with_truth_and_with_known_crystals(
    some: Library, view: str, known: str
) -> None:
    page = shown(some, view="" if view == "funnel" else view, known=known)
    assert metrics(page)[0] == len(some)
    assert any(tab.label for tab in page.tabs) or page.dataframe
    toggles = [t.label for t in page.toggle]
    assert ("No compositions beyond the known ones" in toggles) == (known != "none")


def test_known_crystals_lie_in_their_own_hull(some: Library) -> None:
    page = shown(some, known="embedded:prototype-elastic")
    before = metrics(page)[1]
    page.toggle(key="screen.novelty.outside").set_value(True).run()
    assert not page.exception
    assert metrics(page)[1] == before
    address = page.query_params["screen"]
    asked = json.loads(address if isinstance(address, str) else address[0])
    assert asked["novelty"]["outside_hull"] == "drop"


def test_limits_stay_when_other_crystals_are_known(some: Library) -> None:
    page = shown(some)
    of(page.number_input, "low").set_value(77.0).run()
    page.selectbox(key="screen.known").set_value("embedded:prototype-elastic").run()
    end = time.monotonic() + 120
    while not page.metric and time.monotonic() < end:
        time.sleep(0.3)
        page.run()
    assert of(page.number_input, "low").value == 77.0
    of(page.number_input, "low").set_value(66.0).run()
    page.selectbox(key="screen.known").set_value("").run()
    assert of(page.number_input, "low").value == 66.0


def test_what_if_is_of_the_window_however_it_is_judged(some: Library, table) -> None:
    window = {"key": BULK, "low": 100.0}
    found = [
        screening_views.swept(made(table, some), Criterion(**window, how=how))
        for how in ("conformal", "shifted", "value")
    ]
    for other in found[1:]:
        np.testing.assert_array_equal(found[0].precision, other.precision)
    gaussian = Criterion(**window, how="probability").probability(table.columns[BULK])
    inside = table.columns[BULK].mean >= 100.0
    assert found[0].precision[0] == pytest.approx(gaussian[inside].mean())


def test_an_empty_shortlist_names_the_filter(some: Library) -> None:
    page = shown(some)
    of(page.number_input, "low").set_value(5000.0).run()
    assert metrics(page)[1:] == [0, 0]
    assert any("No candidate is left" in w.value and "5000" in w.value for w in page.warning)
    of(page.number_input, "low").set_value(None).run()
    assert metrics(page)[1] > 0


def test_predictions_without_uncertainty_offer_no_uncertain_filter(tmp_path: Path) -> None:
    (tmp_path / "batches").mkdir()
    values = np.linspace(1, 100, 100)
    pq.write_table(
        pa.table({"id": [str(v) for v in values], f"predicted_{BULK}": values}),
        tmp_path / "batches" / "bare.parquet",
    )
    asked = {"criteria": {BULK: {"low": 50.0, "how": "shifted", "k": 1.0}}}
    page = opened(PAGE, data="", source="batch", screen=json.dumps(asked))
    assert not page.exception
    assert of(page.selectbox, "how").options == ["Value"]
    assert any("states no uncertainty" in c.value for c in page.caption)
    assert metrics(page)[:2] == [100, int((values >= 50).sum())]
    address = page.query_params["screen"]
    kept = json.loads(address if isinstance(address, str) else address[0])["criteria"][BULK]
    assert kept == {"low": 50.0}  # predictions with an uncertainty do not inherit the lack


def test_exports_hold_limits_units_and_reasons(some: Library, table) -> None:
    found = made(
        table, some, criteria=(Criterion(key=BULK, low=100.0, how="shifted", k=0.5),),
        novelty=NoveltySpec(beyond="drop"),
    )  # fmt: skip
    lines = shortlist_csv(found).decode().splitlines()
    assert len(lines) == 1 + len(found.shortlist) > 3
    assert f"predicted_{BULK}" in lines[0]
    assert "wanted from 100 GPa" in lines[1]
    everyone = pq.read_table(io.BytesIO(everything(found)))
    assert everyone.num_rows == len(table)
    assert everyone.column("passed").to_pylist() == found.found.funnel.passed.tolist()
    told = json.loads(everyone.schema.metadata[b"gridscope"])
    assert told == json.loads(json.dumps(limits(found)))
    assert told["thresholds"][0]["unit"] == "GPa"
    assert f"outside_training_values_{BULK}" in everyone.column_names


def test_the_bundle_holds_crystals_and_a_script(some: Library, table, monkeypatch) -> None:
    source_script = "print('x')\n"
    monkeypatch.setattr("components.screen.screening_files.script", lambda *_: source_script)
    found = made(table, some, criteria=(Criterion(key=BULK, low=100.0),))
    with zipfile.ZipFile(io.BytesIO(bundle(found))) as archive:
        names = archive.namelist()
        assert sum(n.endswith(".cif") for n in names) == len(found.shortlist)
        assert {"shortlist.csv", "candidates.parquet", "limits.json", "script.py",
                "references.bib", "provenance.json"} <= set(names)  # fmt: skip


def test_results_of_a_batch_open_from_the_shelf(tmp_path: Path) -> None:
    n = 500
    rng = np.random.default_rng(0)
    mean, std = rng.normal(100, 30, n), rng.uniform(1, 20, n)
    shelf = tmp_path / "batches"
    shelf.mkdir()
    pq.write_table(
        pa.table({
            "id": [f"c{i}" for i in range(n)], "formula": ["NaCl"] * n,
            f"predicted_{BULK}": mean, f"predicted_std_{BULK}": std,
        }), shelf / "mine.parquet",
    )  # fmt: skip
    asked = {"criteria": {BULK: {"low": 120.0, "how": "shifted", "k": 1.0}}}
    page = opened(PAGE, data="", source="batch", batch="mine.parquet", screen=json.dumps(asked))
    assert not page.exception
    assert metrics(page)[:2] == [n, int((mean - std >= 120).sum())]
    (shelf / "bad.parquet").write_bytes(b"PAR1 no")
    page = opened(PAGE, data="", source="batch", batch="bad.parquet")
    assert not page.exception
    assert page.error


def test_without_batches_the_page_says_how_to_make_one() -> None:
    page = opened(PAGE, data="", source="batch")
    assert not page.exception
    assert any("no results of a batch" in i.value for i in page.info)


def test_without_crystals_sets_are_offered() -> None:
    page = opened(PAGE, data="")
    assert not page.exception
    assert any("No crystals yet" in i.value for i in page.info)

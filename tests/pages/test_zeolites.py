"""The Zeolites page shows the core's numbers, asks before it computes, says what is missing."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from components.labs import zeolite_lab
from core.errors import DatasetUnavailableError
from core.jobs import JobSpec, run
from core.jobs import zeolites as task
from core.jobs.results import result_key, save_result
from core.labs.zeolites import EVERY, TARGETS
from core.labs.zeolites_trials import Tried
from core.library import Library
from core.library.library import crystals_digest

PAGE = str(Path(__file__).parents[2] / "pages" / "labs" / "zeolites.py")
SMALL = {"families": 1, "stages": 1, "intervals": 1, "geometry": 1}


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))


def opened(library: Library | None = None, **query: str) -> AppTest:
    page = AppTest.from_file(PAGE, default_timeout=240)
    for key, value in query.items():
        page.query_params[key] = value
    if library is not None:
        page.session_state["gridscope.library"] = library
    return page.run()


def texts(page: AppTest) -> str:
    parts = [*page.markdown, *page.caption, *page.info, *page.error]
    return "\n".join(p.value for p in parts).replace("\\", "")


@pytest.fixture(scope="module")
def done() -> dict:
    """Results by part and crystals, for the homes of all tests."""
    return {}


@pytest.fixture
def computed(shared_data, monkeypatch, done):
    """Computes a part with few repeats, and lets the page ask for as many."""
    monkeypatch.setenv("GRIDSCOPE_DATA_MIRROR", str(shared_data))
    monkeypatch.setattr(zeolite_lab, "REPEATS", SMALL)
    monkeypatch.setattr(zeolite_lab, "repeats", lambda: SMALL["families"])

    def compute(part: str, crystals=()):
        spec = zeolite_lab.asked(part)
        key = result_key(spec, crystals_digest(crystals))
        if key not in done:
            done[key] = run(spec, {"crystals": crystals})
        save_result(key, done[key])
        return done[key]

    return compute


def test_it_asks_before_it_computes(monkeypatch, tmp_path) -> None:
    monkeypatch.delenv("GRIDSCOPE_DATA_MIRROR", raising=False)
    page = opened()
    assert not page.exception
    assert "not on this server yet" in texts(page)
    assert "GRIDSCOPE_DATA_MIRROR" in texts(page)
    assert [b.label for b in page.button] == ["Start"]


def test_a_mirror_without_the_files_is_said(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("GRIDSCOPE_DATA_MIRROR", str(tmp_path))
    page = opened(part="geometry")
    assert "not in the mirror" in texts(page)
    task._kept.cache_clear()  # a test before this one may have read the set in this process
    spec = JobSpec(task="zeolites", options={"part": "stages", "repeats": 1, "seed": 0})
    with pytest.raises(DatasetUnavailableError, match="mirror"):
        run(spec, {"crystals": ()})


def test_a_mirror_that_is_none_is_said(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("GRIDSCOPE_DATA_MIRROR", str(tmp_path / "nowhere"))
    assert "no folder" in texts(opened())


def test_my_frameworks_without_crystals() -> None:
    page = opened(part="frameworks")
    assert not page.exception
    assert "No crystals yet" in texts(page)


def test_crystals_that_are_no_frameworks_are_refused_by_row() -> None:
    page = opened(Library.embedded("grid-report"), part="frameworks")
    assert not page.exception
    table = page.dataframe[0].value
    assert len(table) == len(Library.embedded("grid-report"))
    assert "no silica" in table["Reason"][0]
    assert "all-silica" in texts(page)


def test_an_address_that_makes_no_sense_is_the_default() -> None:
    page = opened(part="nonsense", target="x", repeats="99")
    assert not page.exception
    assert page.query_params["part"] in ("families", ["families"])


@pytest.mark.data
def test_errors_are_the_cores(computed) -> None:
    out = computed("families").outputs
    page = opened()
    assert not page.exception
    tried = Tried(out["targets"][0], out["predicted"][0], {}, out["groups"][0], out["repeats"][0])
    said = texts(page)
    for m, family in enumerate(EVERY[:4]):
        assert f"{family.title} {tried.rmse(m).mean():.2f}" in said
    assert "Eleven" in said
    assert f"{float(out['mild'].mean()):.2f}" in said
    assert page.query_params["target"] in ("alpha", ["alpha"])


@pytest.mark.data
@pytest.mark.slow
def test_the_code_shown_gives_the_same_numbers(computed) -> None:
    out = computed("families").outputs
    page = opened()
    script = next(c.value for c in page.code if "'families'" in c.value and "error" in c.value)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(script, {})
    errors = ((out["predicted"] - out["targets"][:, None, None]) ** 2).mean(-1) ** 0.5
    assert said.getvalue().strip() == str(errors.mean(-1))


@pytest.mark.data
@pytest.mark.slow
def test_intervals_and_geometry(computed) -> None:
    computed("intervals")
    computed("geometry")
    page = opened(part="intervals")
    assert not page.exception
    assert "Intervals at 90%" in texts(page)
    page = opened(part="geometry", target="K0")
    assert not page.exception
    assert "One geometry is deposited, twice" in texts(page)


@pytest.mark.data
def test_own_frameworks_are_predicted(computed, quartz) -> None:
    from core.types import Examination, ParseReport

    library = Library(
        "mine", "files", ParseReport((quartz,), (), (Examination("quartz", "x", "green"),))
    )
    spec = zeolite_lab.asked("frameworks")
    result = run(spec, {"crystals": (quartz,)})
    save_result(result_key(spec, library.digest), result)
    page = opened(library, part="frameworks")
    assert not page.exception
    table = page.dataframe[0].value
    assert table["id"].tolist() == ["quartz"]
    np.testing.assert_allclose(
        table["thermal expansion, GP [10⁻⁶/K]"], result.outputs["process"][0]
    )
    assert "0 bear the code" in texts(page)


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_reasons_and_stages(computed) -> None:
    computed("reasons")
    computed("stages")
    page = opened(part="reasons")
    assert not page.exception
    assert "harmonic mean" in texts(page)
    for compare in ("families", "settings"):
        page = opened(part="stages", compare=compare)
        assert not page.exception
        assert "overfit" in texts(page)
    assert len(TARGETS) == 2

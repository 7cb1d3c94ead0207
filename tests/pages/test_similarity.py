"""The Similarity page shows the core's numbers, keeps its view in the address, hides no failure."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.data import load_embedded
from core.explain import explain
from core.jobs import JobSpec, run
from core.library import Library
from core.library.library import WEIGHTS
from core.maps.views import Similarity
from core.types import Crystal, Examination, ParseReport

ROOT = Path(__file__).resolve().parents[2]
PAGE = "pages/explore/similarity.py"
SETS = ("elements", "grid-report", "aflow-prototypes")


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))


def settled(page: AppTest, seconds: float = 90.0) -> AppTest:
    """Run again until a job that the page waits for is over."""
    end = time.monotonic() + seconds
    while not page.subheader and not page.error and time.monotonic() < end:
        time.sleep(0.3)
        page.run()
    assert not page.exception
    return page


def opened(data: str = "", library: Library | None = None, **address: str) -> AppTest:
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=90)
    if data:
        page.query_params["data"] = f"embedded:{data}"
    page.run()
    if library is not None:
        page.session_state["gridscope.library"] = library
    page.switch_page(PAGE)
    for key, value in address.items():
        page.query_params[key] = value
    return page.run()


def core(crystals: tuple[Crystal, ...], metric: str = "grid-emd") -> Similarity:
    spec = JobSpec(task="similarity", options={"metric": metric})
    return Similarity.of(run(spec, {"crystals": crystals}).outputs)


def shown_distance(page: AppTest) -> str:
    return next(m.value for m in page.metric if m.label == "Distance")


def test_without_crystals_it_offers_a_set() -> None:
    page = opened()
    assert not page.exception
    assert "No crystals yet" in page.info[0].value
    assert any(b.label == "71 elements" for b in page.button)


@pytest.mark.parametrize("name", SETS)
def test_the_distance_and_the_sentence_are_the_cores(name: str) -> None:
    page = settled(opened(name))
    crystals = load_embedded(name)
    a, b = (page.selectbox(key=f"similar.{key}").value for key in ("a", "b"))
    found = core(crystals)
    assert a == crystals[0].id
    assert b == found.nearest(a, 1)[0][0]
    assert shown_distance(page) == f"{found.distance(a, b):.4f} Å"
    members = {c.id: c for c in crystals}
    assert explain(members[a], members[b]).sentence in [t.value for t in page.text]


def test_pair_and_metric_of_a_link_are_opened() -> None:
    text = "10*grid-emd+composition-emd"
    page = settled(opened("elements", a="Fe", b="Ni", metric=text, colour="bulk_modulus_GPa"))
    expected = core(load_embedded("elements"), text).distance("Fe", "Ni")
    assert shown_distance(page) == f"{expected:.4f}"
    assert page.selectbox(key="metric.kind").value == "Structure and composition"


def test_choosing_a_crystal_is_written_into_the_address() -> None:
    page = settled(opened("elements"))
    page.selectbox(key="similar.b").set_value("Cu").run()
    assert page.query_params["b"] in ("Cu", ["Cu"])
    first = page.selectbox(key="similar.a").value
    expected = core(load_embedded("elements")).distance(first, "Cu")
    assert shown_distance(page) == f"{expected:.4f} Å"


def test_another_metric_is_computed_and_a_wrong_one_explained() -> None:
    page = settled(opened("elements"))
    page.selectbox(key="metric.kind").set_value("Composition").run()
    settled(page)
    a, b = (page.selectbox(key=f"similar.{key}").value for key in ("a", "b"))
    expected = core(load_embedded("elements"), "composition-emd").distance(a, b)
    assert shown_distance(page).startswith(f"{expected:.4f}")
    page.selectbox(key="metric.kind").set_value("Expression").run()
    page.text_input(key="metric.text").set_value("grid-emdd <b>").run()
    assert not page.exception
    assert page.error


def test_tabs_hold_the_cores_neighbours_and_duplicates() -> None:
    found = core(load_embedded("grid-report"))
    page = opened("grid-report")
    page.session_state["similar.tab"] = "Nearest"
    page = settled(page.run())
    a = page.selectbox(key="similar.a").value
    table = next(t.value for t in page.dataframe if "Formula" in t.value)
    assert table["Id"].tolist() == [i for i, _ in found.nearest(a, 10)]
    assert np.allclose(table["Distance [Å]"], [round(d, 4) for _, d in found.nearest(a, 10)])
    page.session_state["similar.tab"] = "Duplicates"
    page.run()
    page.slider(key="similar.threshold").set_value(0.02).run()
    rows = found.duplicates(0.02)
    assert f"{rows[-1][0]} groups with {len(rows)} of 85 crystals" in [t.value for t in page.text]


def test_what_cannot_be_compared_is_listed_with_what_to_do(
    rocksalt: Crystal, perovskite: Crystal
) -> None:
    mixed = rocksalt.with_(id="**mixed**", occupancy=[0.5] * 4 + [1.0] * 4)
    members = (rocksalt, perovskite, mixed)
    cards = tuple(Examination(c.id, "x", "green") for c in members)
    library = Library("mine", "files", ParseReport(members, (), cards))
    page = settled(opened(library=library))
    assert "1 crystal could not be compared" in page.warning[0].value
    table = next(t.value for t in page.dataframe if "Reason" in t.value)
    assert table["Id"].tolist() == ["**mixed**"]
    assert "partially occupied" in table["Reason"][0]
    drawn = next(t.proto for t in page.dataframe if "Reason" in t.value)
    assert drawn.row_height > 64  # pixels: lower rows don't wrap their sentences
    assert json.loads(drawn.columns)["What to do"]["width"] == "medium"  # nor do columns as wide
    assert "**mixed**" not in page.selectbox(key="similar.a").options
    weighed = settled(opened(library=library.deciding(WEIGHTS)))
    assert "**mixed**" in weighed.selectbox(key="similar.a").options
    assert not weighed.warning

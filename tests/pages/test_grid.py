"""The GRID page: what it shows is what the core computes, and its scripts give the same numbers."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.data import EMBEDDED, load_embedded
from core.descriptors.grid import GridSpec, grid
from core.explain import explain
from core.library import Library
from core.types import Crystal, Examination, ParseReport

APP = str(Path(__file__).resolve().parents[2] / "app.py")
PAGE = "pages/explore/grid.py"


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))


def page(view: str = "", **url: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=120)
    app.query_params["data"] = url.pop("data", "embedded:grid-report")
    app.run()
    app.switch_page(PAGE)
    for key, value in url.items():
        app.query_params[key] = value
    if view:
        app.session_state["view"] = view
    app.run()
    assert not app.exception
    return app


def traces(app: AppTest, chart: int = 0) -> list[dict[str, Any]]:
    figure = json.loads(app.get("plotly_chart")[chart].proto.spec)
    return [{k: _array(v) for k, v in trace.items()} for trace in figure["data"]]


def _array(value: Any) -> Any:
    if isinstance(value, dict) and "bdata" in value:
        flat = np.frombuffer(base64.b64decode(value["bdata"]), dtype=value["dtype"])
        shape = [int(n) for n in str(value.get("shape", len(flat))).split(",")]
        return flat.reshape(shape)
    return value


def run_script(app: AppTest, which: int = 0) -> dict[str, Any]:
    """The names a figure's own script leaves behind."""
    scripts = [block.value for block in app.code if block.language == "python"]
    names: dict[str, Any] = {"print": lambda *_: None}
    exec(scripts[which], names)
    return names


def crystal_of(name: str, crystal_id: str) -> Crystal:
    return next(c for c in load_embedded(name) if c.id == crystal_id)


@pytest.mark.parametrize("name", list(EMBEDDED))
def test_heat_map_of_each_embedded_set(name: str) -> None:
    app = page(data=f"embedded:{name}")
    assert not app.error
    first = load_embedded(name)[0]
    assert app.selectbox(key=app.selectbox[0].key).value == first.id
    np.testing.assert_allclose(traces(app)[0]["z"], grid(first).T, atol=1e-6)
    np.testing.assert_allclose(run_script(app)["result"], grid(first), atol=1e-12)


def test_two_heat_maps_share_their_colours() -> None:
    app = page(crystal="RP-n1", b="RP-ninf")
    one, two = (traces(app, chart)[0] for chart in (0, 1))
    assert one["zmax"] == two["zmax"]


def test_empty_state_offers_a_set() -> None:
    app = AppTest.from_file(APP, default_timeout=60).run()
    app.switch_page(PAGE).run()
    assert not app.exception
    assert "No crystals yet" in app.info[0].value
    offered = [app.button(key=f"empty.{name}").label for name in ("grid-report", "elements")]
    assert offered == ["GRID report set", "71 elements"]
    assert not app.metric


def test_options_are_read_from_the_address() -> None:
    app = page(crystal="RP-n1", grid="mode:gridrdf,n_groups:12,centers:Ti")
    spec = GridSpec(mode="gridrdf", n_groups=12, centers=("Ti",))
    expected = grid(crystal_of("grid-report", "RP-n1"), spec) * spec.bin_width
    np.testing.assert_allclose(traces(app)[0]["z"], expected.T, atol=1e-6)
    np.testing.assert_allclose(run_script(app)["result"], expected)


def test_quantiles() -> None:
    app = page(crystal="RP-n1", grid="mode:quantile")
    expected = grid(crystal_of("grid-report", "RP-n1"), GridSpec(mode="quantile"))
    found = traces(app)
    assert len(found) == 24
    np.testing.assert_allclose(found[5]["y"], expected[:, 5])
    np.testing.assert_allclose(run_script(app)["result"], expected)


@pytest.mark.parametrize("view", ["Groups", "Cumulative"])
def test_groups(view: str) -> None:
    app = page(view, crystal="RP-n1", b="RP-ninf")
    expected = grid(crystal_of("grid-report", "RP-n1"))[[0, 3, 7, 11]]
    found = traces(app)
    assert len(found) == 8
    rows = np.array([trace["y"] for trace in found[:4]])
    np.testing.assert_allclose(rows, expected.cumsum(1) if view == "Cumulative" else expected)
    # Fewer groups than the ranks that were drawn.
    app.number_input(key="grid.spec.n_groups").set_value(3).run()
    assert not app.exception
    assert len(traces(app)) == 2


def test_sum_and_all_pairs() -> None:
    app = page("Sum and RDF", crystal="RP-n1")
    total, counts = traces(app)
    np.testing.assert_allclose(np.array(total["y"])[:50], np.array(counts["y"])[:50], atol=1e-5)
    script = run_script(app)
    np.testing.assert_allclose(script["result"], total["y"])
    np.testing.assert_allclose(script["counts"], counts["y"])


def test_element_pairs() -> None:
    app = page("Element pairs", crystal="RP-ninf")
    found = {trace["name"]: np.array(trace["y"]) for trace in traces(app)}
    script = run_script(app)["result"]
    np.testing.assert_allclose(found["O-O"], script["O-O"])
    expected = grid(crystal_of("grid-report", "RP-ninf"))[:12].sum(axis=0)
    np.testing.assert_allclose(sum(found.values()), expected, atol=1e-6)
    app.number_input(key="grid.spec.n_groups").set_value(1).run()
    assert not app.exception


def test_two_crystals() -> None:
    app = page("Two crystals", crystal="RP-n1", b="RP-ninf")
    a, b = (crystal_of("grid-report", name) for name in ("RP-n1", "RP-ninf"))
    expected = explain(a, b, GridSpec())
    assert expected.sentence in [text.value for text in app.text]
    np.testing.assert_allclose(traces(app)[1]["y"], expected.by_group)
    np.testing.assert_allclose(traces(app, 1)[0]["y"], expected.by_range)
    assert run_script(app)["result"].sentence == expected.sentence
    assert len(app.dataframe[-1].value) == len(expected.moves)
    app = page("Two crystals", crystal="RP-n1")
    assert "another crystal" in app.info[0].value


def test_refused_options_are_explained_and_the_page_goes_on() -> None:
    app = page(crystal="RP-n1")
    app.number_input(key="grid.spec.bin_width").set_value(0.3).run()
    assert "whole number" in app.error[0].value
    assert traces(app)


def test_partial_occupancy_has_a_way_out(perovskite: Crystal) -> None:
    half = perovskite.with_(id="half", occupancy=np.array([0.5, 1, 1, 1, 1]))
    report = ParseReport((half,), (), (Examination("half", "fixture", "amber"),))
    app = AppTest.from_file(APP, default_timeout=120)
    app.session_state["gridscope.library"] = Library("mine", "files", report)
    app.run()
    app.switch_page(PAGE).run()
    assert not app.exception
    assert "partly occupied" in app.warning[0].value
    assert not app.get("plotly_chart")
    app.button(key="grid.weights").click().run()
    assert not app.exception
    assert not app.warning
    expected = grid(half, GridSpec(disorder="weights"))
    np.testing.assert_allclose(traces(app)[0]["z"], expected.T, atol=1e-6)
    assert app.session_state["gridscope.library"].disorder == "weights"

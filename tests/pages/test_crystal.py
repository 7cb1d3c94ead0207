"""The Crystal page: what it shows is what the core computes, for any crystal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.data import EMBEDDED, load_embedded
from core.descriptors.grid import GridSpec, grid
from core.descriptors.powder import PowderSpec, powder
from core.descriptors.rdf import rdf
from core.distances import parse_metric
from core.distances.features import embed
from core.distances.matrix import full
from core.geometry.symmetry import find_symmetry
from core.library import Library
from core.types import Crystal, Examination, Finding, ParseReport
from tests.pages.test_grid import APP, run_script, traces

PAGE = "pages/explore/crystal.py"
MATRIX_A = 2e-5  # angstrom: float32 sums in another order, as benchmarks/matrix_rows.py allows


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))


def page(about: str = "", facts: str = "", **url: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=240)
    app.query_params["data"] = url.pop("data", "embedded:grid-report")
    app.run()
    return opened(app, about, facts, **url)


def own(crystal: Crystal, *others: Crystal, **card: Any) -> AppTest:
    crystals = (crystal, *others)
    cards = tuple(
        Examination(c.id, "fixture", card.get("verdict", "green"), card.get("findings", ()),
                    {"examined": True})
        for c in crystals
    )  # fmt: skip
    app = AppTest.from_file(APP, default_timeout=240)
    app.session_state["gridscope.library"] = Library(
        "mine", "files", ParseReport(crystals, (), cards)
    )
    return app.run()


def opened(app: AppTest, about: str = "", facts: str = "", **url: str) -> AppTest:
    app.switch_page(PAGE)
    for key, value in url.items():
        app.query_params[key] = value
    app.run()
    for key, tab in (("about", about), ("facts", facts)):
        if tab:  # as a click on the tab does
            app.session_state[key] = tab
    app.run()
    assert not app.exception
    return app


def table(app: AppTest, column: str) -> Any:
    return next(t.value for t in app.dataframe if column in t.value.columns)


@pytest.mark.parametrize("name", list(EMBEDDED))
def test_each_embedded_set(name: str) -> None:
    app = page(data=f"embedded:{name}")
    assert not app.error
    crystals = load_embedded(name)
    assert app.metric[0].value == crystals[0].formula
    cell = table(app, "Quantity").set_index("Quantity").Value
    assert cell["Volume"] == pytest.approx(crystals[0].volume)
    assert cell["Density"] == pytest.approx(crystals[0].density)
    near = table(app, "Distance [Å]")
    features, kept = embed(crystals, parse_metric("grid-emd"))
    row = full(features)[0]
    row[0] = np.inf
    np.testing.assert_allclose(near["Distance [Å]"], np.sort(row)[:10], rtol=0, atol=MATRIX_A)
    ids = [crystals[i].id for i in kept.kept]
    assert near.Id[0] in [
        ids[i] for i in np.flatnonzero(np.isclose(row, row.min(), rtol=0, atol=MATRIX_A))
    ]
    script = run_script(app)["result"]
    assert [d for _, d in script] == pytest.approx(list(near["Distance [Å]"]))


def test_empty_state_offers_a_set() -> None:
    app = AppTest.from_file(APP, default_timeout=60).run()
    app.switch_page(PAGE).run()
    assert not app.exception
    assert "No crystals yet" in app.info[0].value
    offered = [app.button(key=f"empty.{name}").label for name in ("grid-report", "elements")]
    assert offered == ["GRID report set", "71 elements"]
    assert not app.metric


def test_symmetry_at_the_tolerance_of_the_address() -> None:
    crystal = next(c for c in load_embedded("grid-report") if c.id == "RP-n1")
    app = page(facts="Symmetry", crystal="RP-n1", tol="0.1")
    assert app.select_slider[0].value == 0.1
    found = find_symmetry(crystal, symprec=0.1)
    assert found.symbol.replace("/", "") in app.metric[0].value.replace("\\", "").replace("/", "")
    sites = table(app, "Wyckoff")
    assert len(sites) == len(set(found.equivalent.tolist()))
    assert sites["In the cell"].sum() == crystal.n_sites
    app.select_slider[0].set_value(0.01).run()
    assert "tol" not in app.query_params


def test_grid_rdf_and_diffraction() -> None:
    crystal = next(c for c in load_embedded("grid-report") if c.id == "RP-n1")
    app = page("GRID", crystal="RP-n1")
    np.testing.assert_allclose(traces(app)[0]["z"], grid(crystal).T, atol=1e-6)
    app = opened(app, "RDF", crystal="RP-n1")
    np.testing.assert_allclose(traces(app)[0]["y"], rdf(crystal))
    np.testing.assert_allclose(run_script(app)["result"], rdf(crystal))
    app = opened(app, "Diffraction", crystal="RP-n1")
    expected = powder(crystal, PowderSpec(lorentz=True))
    np.testing.assert_allclose(run_script(app)["result"], expected)
    drawn = np.array(traces(app)[0]["y"], float)
    assert np.nanmax(drawn) == pytest.approx(100 * expected.max())


def test_kinds_of_likeness() -> None:
    app = page(crystal="RP-n1")
    for kind, column in (
        ("Composition", "Distance [axis steps]"), ("Structure and composition", "Distance"),
        ("Structure", "Distance [Å]"),
    ):  # fmt: skip
        (choice,) = [group for group in app.button_group if group.key == "crystal.alike"]
        choice.set_value(kind).run()
        assert not app.exception
        found = table(app, column)
        script = run_script(app)["result"]
        assert [d for _, d in script] == pytest.approx(list(found[column]), rel=1e-5)
        assert app.query_params.get("alike") == (None if kind == "Structure" else kind)


def test_who_could_not_be_compared_is_not_counted(rocksalt: Crystal, perovskite: Crystal) -> None:
    mixed = rocksalt.with_(id="mixed", occupancy=[0.5] * 4 + [1.0] * 4)
    app = opened(own(rocksalt, perovskite, mixed), crystal=rocksalt.id)
    told = next(c.value for c in app.caption if c.value.startswith("Distance:"))
    assert told.endswith("Compared with 1 crystal; 1 crystal could not be compared.")


def test_the_link_leads_to_the_pair() -> None:
    app = page(crystal="RP-n1")
    near = table(app, "Distance [Å]")
    links = [link.proto for link in app.get("page_link")]
    (link,) = [proto for proto in links if "similarity" in proto.page]
    assert f"a=RP-n1&b={near.Id[0]}" in link.query_string.replace("%2D", "-")


def test_partial_occupancy(perovskite: Crystal) -> None:
    half = perovskite.with_(id="half", occupancy=np.array([0.5, 1, 1, 1, 1]))
    app = opened(own(half, perovskite), "GRID", crystal="half")
    assert "partly occupied" in app.warning[0].value
    app.button(key="weights.grid").click().run()
    assert not app.exception
    expected = grid(half, GridSpec(disorder="weights"))
    np.testing.assert_allclose(traces(app)[0]["z"], expected.T, atol=1e-6)
    app = opened(app, "Nearest", "Symmetry", crystal="half")
    assert len(table(app, "Distance [Å]")) == 1
    assert "Sr 0.5" in list(table(app, "Wyckoff").Species)


def test_one_atom_alone() -> None:
    app = own(Crystal("Po", 3.35 * np.eye(3), [[0, 0, 0]], [84]))
    app = opened(app, "Nearest", "Symmetry")
    assert "no other crystal" in app.info[0].value
    assert "no\\. 221" in app.metric[0].value
    for about in ("GRID", "RDF", "Diffraction", "Doctor", "Properties"):
        assert not opened(app, about).error


def test_markup_in_names_and_properties(perovskite: Crystal) -> None:
    hostile = perovskite.with_(
        id="<script>alert(1)</script>**b**", source="[x](http://evil)",
        properties={"<b>p</b>": "![i](http://evil/x.png)", "gap_eV": 1.5},
    )  # fmt: skip
    finding = Finding("code", "<img src=x onerror=alert(1)>", "warning")
    app = own(hostile, perovskite, verdict="amber", findings=(finding,))
    for about in ("Nearest", "GRID", "RDF", "Diffraction", "Doctor", "Properties"):
        app = opened(app, about)
        assert not app.error
        for element in (*app.markdown, *app.caption, *app.warning, *app.info):
            assert "<img" not in element.value
            assert "<script" not in element.value
            assert "](http" not in element.value
    assert list(table(app, "Property").Value) == ["![i](http://evil/x.png)", "1.5"]


def test_two_thousand_atoms() -> None:
    rng = np.random.default_rng(0)
    places = np.stack(np.meshgrid(*[np.arange(13)] * 3), -1).reshape(-1, 3)[:2000] / 13
    crystal = Crystal("big", 33.8 * np.eye(3), places + rng.normal(0, 0.003, (2000, 3)),
                      rng.choice([8, 14], 2000))  # fmt: skip
    app = own(crystal)
    for about in ("GRID", "RDF", "Diffraction"):
        app = opened(app, about, "Symmetry")
        assert not app.error


def test_json_of_the_figures_is_small() -> None:
    app = page("GRID", crystal="RP-n1")
    assert len(json.dumps(app.get("plotly_chart")[0].proto.spec)) < 300_000

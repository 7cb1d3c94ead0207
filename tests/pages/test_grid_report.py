"""The lab page of the GRID report shows the core's numbers and keeps its state in the address."""

from __future__ import annotations

import contextlib
import io
from math import inf
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.labs import grid_report as lab
from core.labs import grid_report_findings as findings
from core.labs.series import Series

APP = Path(__file__).resolve().parents[2] / "app.py"


@pytest.fixture
def open_page(tmp_path, monkeypatch):
    """A function that opens the page at an address."""
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))

    def run(**query: str) -> AppTest:
        page = AppTest.from_file(str(APP), default_timeout=60)
        for key, value in query.items():
            page.query_params[key] = value
        page.switch_page("pages/labs/grid_report.py")
        page.run()
        assert not page.exception
        assert not page.error
        return page

    return run


def shown(page: AppTest) -> list[str]:
    return [metric.value for metric in page.metric]


def expected(series: Series, at: int) -> list[str]:
    units = ("Å", "", "Å", "")
    return [
        f"{series.distances(metric)[at]:.4f} {unit}".strip()
        for metric, unit in zip(lab.METRICS, units, strict=True)
    ]


@pytest.mark.parametrize(("text", "n"), [("0", 0), ("2", 2), ("6", 6), ("∞", inf)])
def test_layers(open_page, text, n) -> None:
    page = open_page(n=text)
    series = lab.layer_series()
    assert shown(page) == expected(series, series.index(n))
    idealised = "This cell is idealised, not a published one."
    assert (idealised in [c.value for c in page.caption]) == (n == 6)


@pytest.mark.parametrize("axis", lab.DIRECTIONS)
def test_displacement(open_page, axis) -> None:
    page = open_page(part="displacement", d="0.2", dir=axis)
    series = lab.displacement_series(axis)
    assert shown(page) == expected(series, series.index(0.2))


def test_expansion_and_a_moved_slider(open_page) -> None:
    page = open_page(part="expansion", a="4.5")
    series = lab.expansion_series()
    assert shown(page) == expected(series, series.index(4.5))
    page.select_slider(key="lab.a").set_value(5.0).run()
    assert shown(page) == expected(series, series.index(5.0))
    assert dict(page.query_params)["a"] in ("5", ["5"])


def test_a_wrong_address_is_the_default(open_page) -> None:
    page = open_page(part="nonsense", n="99")
    series = lab.layer_series()
    assert shown(page) == expected(series, series.index(2))


def test_verdicts_are_those_of_the_core(open_page) -> None:
    text = " ".join(m.value for m in open_page().markdown)
    found = findings.layer_findings(lab.layer_series(), lab.strain_trials(), lab.rdf_settings())
    for finding in found:
        assert finding.verdict.capitalize() in text
    plain = text.replace("\\", "")
    for finding in found:
        assert finding.measured in plain
        assert finding.note in plain


def test_the_code_shown_runs_and_gives_the_numbers(open_page) -> None:
    page = open_page(part="displacement", dir="111")
    scripts = [c.value for c in page.code if c.value.startswith("from core.labs")]
    assert len(scripts) == 2
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(scripts[0], {})
    value = lab.displacement_series("111").distances("grid-emd")[-1]
    assert f"{value:.5f}" in out.getvalue()

"""The app starts, every page of its navigation runs, and the address brings the data set back."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.installed_components import components_are_known  # noqa: F401 - a fixture

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "pages").glob("*/[a-z]*.py"))


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))


def app() -> AppTest:
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)


def test_the_first_page_is_home() -> None:
    page = app().run()
    assert not page.exception
    assert page.title[0].value == "Gridscope"


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("data", ["", "embedded:grid-report"])
def test_every_page_runs_empty_and_with_a_set(path: str, data: str) -> None:
    page = app()
    if data:
        page.query_params["data"] = data
    page.run()
    page.switch_page(path).run()
    assert not page.exception
    assert not page.error
    assert len(page.title) == 1


def test_pages_of_the_navigation_are_the_files_there() -> None:
    text = (ROOT / "app.py").read_text("utf-8")
    assert all(path in text for path in PAGES)
    assert text.count("st.Page(") == len(PAGES)


def test_a_link_that_leads_nowhere_is_said() -> None:
    page = app()
    page.query_params["data"] = "A" * 32
    page.run()
    assert not page.exception
    assert "gone" in page.warning[0].value
    page = app()
    page.query_params["data"] = "../../etc/passwd"
    page.run()
    assert not page.exception
    assert "is no session" in page.warning[0].value

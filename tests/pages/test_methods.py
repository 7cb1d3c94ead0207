"""The Methods page names everything that is registered."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components.errors import plain
from core.data import EMBEDDED
from core.descriptors import DESCRIPTORS
from core.distances import DISTANCES
from core.evaluation import SPLITS
from core.methods import PLURALS, PROCEDURES, methods
from core.models import MODELS

APP = Path(__file__).resolve().parents[2] / "app.py"


@pytest.fixture
def open_page(tmp_path, monkeypatch):
    """A function that opens the page at an address."""
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))

    def run(**query: str) -> AppTest:
        page = AppTest.from_file(str(APP), default_timeout=60)
        for key, value in query.items():
            page.query_params[key] = value
        page.switch_page("pages/about/methods.py")
        page.run()
        assert not page.exception
        assert not page.error
        return page

    return run


def test_every_registered_key_appears_with_formula_and_link(open_page) -> None:
    page = open_page()
    captions = " ".join(c.value for c in page.caption)
    for key in (*DESCRIPTORS, *DISTANCES, *MODELS, *SPLITS, *EMBEDDED):
        assert f"`{key}`" in captions
    for procedure in PROCEDURES:
        assert f"{procedure.kind.capitalize()} · `{procedure.key}`" in captions
    assert [h.value for h in page.header] == list(PLURALS.values())
    formulas = [m.formula for m in methods() if m.formula]
    text = "\n".join(latex.value for latex in page.latex)
    assert len(page.latex) == len(formulas)
    for formula in formulas:
        assert formula in text
    words = " ".join(m.value for m in page.markdown)
    for doi in {doi for m in methods() for doi in m.dois}:
        assert f"(<https://doi.org/{doi}>)" in words


@pytest.mark.parametrize("words", ["conformal", "Pareto front", "hit rate", "ICE"])
def test_procedures_are_found_by_their_words(open_page, words: str) -> None:
    page = open_page(q=words)
    wanted = [m.title for m in methods() if m.mentions(words)]
    assert [s.value for s in page.subheader] == [plain(title) for title in wanted]
    assert any(p.title in wanted for p in PROCEDURES)


def test_options_are_listed_with_default_and_effect(open_page) -> None:
    with_options = [m for m in methods() if m.options]
    tables = open_page().table
    assert len(tables) == len(with_options)
    for method, table in zip(with_options, tables, strict=True):
        assert len(table.value) == len(method.options)


def test_search_narrows_and_is_kept_in_the_address(open_page) -> None:
    page = open_page(q="cosine")
    wanted = [m.title for m in methods() if m.mentions("cosine")]
    assert [s.value for s in page.subheader] == wanted
    page.text_input(key="methods.search").set_value("no such thing").run()
    assert not page.subheader
    assert "Nothing holds" in page.info[0].value
    page.text_input(key="methods.search").set_value("").run()
    assert len(page.subheader) == len(methods())

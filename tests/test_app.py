"""The placeholder page starts, and importing it starts nothing."""

from __future__ import annotations

import importlib
from pathlib import Path

from streamlit.testing.v1 import AppTest

APP = Path(__file__).resolve().parent.parent / "app.py"


def test_page_shows_its_title_and_one_sentence():
    page = AppTest.from_file(str(APP), default_timeout=60).run()
    assert not page.exception
    assert [title.value for title in page.title] == ["Gridscope"]
    assert len(page.markdown) == 1
    assert page.markdown[0].value.endswith(".")


def test_importing_the_app_draws_nothing(monkeypatch):
    import streamlit as st

    drawn: list[str] = []
    monkeypatch.setattr(st, "title", drawn.append)
    module = importlib.import_module("app")
    assert drawn == []
    module.main()
    assert drawn == ["Gridscope"]

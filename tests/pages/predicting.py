"""The Predict page with a model and crystals of a test's own."""

from __future__ import annotations

import time
from typing import Any

from streamlit.testing.v1 import AppTest

from core.library import Library
from core.models.held import hold
from core.types import Crystal, Examination, ParseReport
from tests.pages.made_runs import TARGET, opened

PAGE = "pages/model/predict.py"
OPTIONS: dict[str, Any] = {
    "target": TARGET, "seed": 0, "conformal": {"method": "cross"},
    "model": {"key": "extra-trees", "features": "composition_statistics", "n_trees": 20},
}  # fmt: skip


def held(data: bytes, library: Library, **address: str) -> AppTest:
    """The page with a model file that was brought before."""
    return shown(library, **{"from": "file", "model": hold(data).stem, **address})


def shown(library: Library, **address: str) -> AppTest:
    page = opened(PAGE, data="", **address)
    page.session_state["gridscope.library"] = library
    for key, value in address.items():
        page.query_params[key] = value
    page.run()
    return settled(page)


def settled(page: AppTest, seconds: float = 90.0) -> AppTest:
    """Run again until the job that the page waits for is over."""
    end = time.monotonic() + seconds
    while not page.metric and not page.error and not page.info and time.monotonic() < end:
        time.sleep(0.3)
        page.run()
    assert not page.exception
    return page


def library_of(*crystals: Crystal) -> Library:
    cards = tuple(Examination(c.id, c.source, "green") for c in crystals)
    return Library("mine", "files", ParseReport(crystals, (), cards))


def numbers(page: AppTest) -> dict[str, str]:
    return {box.label: box.value for box in page.metric}

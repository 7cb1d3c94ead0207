"""Home: the ways in and the next step, with every embedded set and with nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.data import EMBEDDED
from core.io.write import to_cif
from core.library import Library
from core.types import Crystal
from tests.components.test_uploads import app, give, library

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def press(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click().run()
    assert not page.exception
    return page


def test_with_nothing_at_hand_all_ways_in_are_there_and_no_next_step() -> None:
    page = app()
    assert page.title[0].value == "Gridscope"
    assert len(page.file_uploader) == 2
    assert len(page.text_area) == 1
    assert "Compare them" not in labels(page)
    assert not page.segmented_control
    for entry in EMBEDDED.values():
        card = entry.card
        assert any(
            card.title in m.value and f"{card.n_crystals:,}" in m.value for m in page.markdown
        )
        assert any(card.licence in c.value for c in page.caption)


@pytest.mark.parametrize("key", list(EMBEDDED))
def test_a_set_is_one_click_away_and_named_in_the_address(key: str) -> None:
    page = press(app(), f"home.set.{key}")
    held = library(page)
    assert held is not None
    assert held.digest == Library.embedded(key).digest
    assert page.query_params["data"] == f"embedded:{key}"
    assert (
        page.text[0].value == f"{EMBEDDED[key].card.title}: {len(EMBEDDED[key].load()):,} crystals"
    )
    assert labels(page).count("Compare them") == 1


def test_every_control_has_a_help_sentence() -> None:
    page = press(app(), "home.set.elements")
    for control in (*page.button, *page.file_uploader, *page.text_area, *page.segmented_control):
        assert control.proto.help, control


def test_the_next_step_leads_to_the_pages() -> None:
    for key, title in (("home.compare", "Similarity"), ("home.library", "Library")):
        page = press(press(app(), "home.set.grid-report"), key)
        assert page.title[0].value == title


def test_one_crystal_asks_for_another(rocksalt: Crystal) -> None:
    page = give(app(), ("a.cif", to_cif(rocksalt).encode()))
    assert page.text[0].value == "a.cif: 1 crystal"
    assert "Compare them" not in labels(page)
    assert any("one more crystal" in c.value for c in page.caption)


def test_when_nothing_could_be_read_the_reason_is_there() -> None:
    page = give(app(), ("bad.cif", b"junk"))
    held = library(page)
    assert held is not None
    assert not len(held)
    table = page.dataframe[0].value
    assert table["Reason"].tolist() == [held.failures[0].message]
    assert "Compare them" not in labels(page)
    assert not page.segmented_control


def test_the_last_workspace_comes_back(rocksalt: Crystal) -> None:
    page = give(app(), ("a.cif", to_cif(rocksalt).encode()))
    own = page.query_params["data"]
    page = press(page, "home.set.elements")
    assert any("a" in text and "(1 crystal)" in text.replace("\\", "") for text in labels(page))
    page = press(page, "home.resume")
    held = library(page)
    assert held is not None
    assert held.ids == ("a",)
    assert page.query_params["data"] == own
    assert "home.resume" not in {b.key for b in page.button}


def test_a_link_brings_the_crystals_to_another_visit(rocksalt: Crystal) -> None:
    page = give(app(), ("a.cif", to_cif(rocksalt).encode()))
    other = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    other.query_params["data"] = page.query_params["data"]
    held = library(other.run())
    assert held is not None
    first = library(page)
    assert first is not None
    assert held.digest == first.digest
    stranger = app()
    assert library(stranger) is None

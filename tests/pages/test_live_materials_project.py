"""Live search of the Materials Project: the key is typed, used, and found nowhere afterwards."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from core.library.export import EXPORTS, provenance
from tests.pages.test_live_search import PAGE, ask, check, held, open_page, outcomes, shown
from tests.servers.mp_server import KEY
from tests.servers.witness import files_holding

MP_BUTTON = "live.mp.search"


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))
    monkeypatch.delenv("MP_API_KEY", raising=False)


@pytest.fixture
def mp_page(mp_server, monkeypatch):
    monkeypatch.setenv("MP_API_ENDPOINT", mp_server.url)
    monkeypatch.setattr("components.explore.live_search._SECONDS", 2.0)
    page = open_page(place="live:materials-project")
    page.text_input(key="live.chemsys").set_value("Na-Cl")
    page.number_input(key="live.mp.most").set_value(20)
    return page


def key_field(page: AppTest):
    return next(field for field in page.text_input if field.label == "API key")


def names_in(page: AppTest) -> list[str]:
    return list(page.session_state._state.filtered_state)


def everything(page: AppTest) -> str:
    state = {name: page.session_state[name] for name in names_in(page)}
    return repr((state, dict(page.query_params), page.main, page.sidebar)) + shown(page)


def test_the_key_is_used_and_found_nowhere_afterwards(mp_page, mp_server, witness, tmp_path):
    key_field(mp_page).set_value(f" {KEY} ")
    ask(mp_page, MP_BUTTON)
    library = held(mp_page)
    assert library.ids == tuple(f"mp-{n}" for n in range(1, 21) if n != 13)
    assert library.source == "live:materials-project"
    assert "chemsys=Na-Cl: 20 of 230" in library.decisions[0]
    assert key_field(mp_page).value == ""
    exports = [export.make(library) for export in EXPORTS.values()]
    for number, content in enumerate(exports):
        (tmp_path / f"export-{number}").write_bytes(content)
    witness.note(everything(mp_page), provenance(library), mp_server.log)
    assert KEY not in witness.said()
    assert any(tmp_path.rglob("report.json"))  # the session was saved
    assert not files_holding(tmp_path, KEY)


@pytest.mark.parametrize("mode", ["echo", "headers", "failing", "away", "html", "shape", "silent"])
def test_a_refusal_is_told_without_the_key(mp_page, mp_server, witness, tmp_path, mode):
    mp_server.mode = mode
    key_field(mp_page).set_value(KEY)
    ask(mp_page, MP_BUTTON)
    assert held(mp_page) is None
    assert "1 of 1 sources gave nothing" in shown(mp_page)
    assert outcomes(mp_page)["Outcome"][0] != "complete"
    witness.note(everything(mp_page), outcomes(mp_page).to_string(), mp_server.log)
    assert KEY not in witness.said()
    assert not files_holding(tmp_path, KEY)


@pytest.mark.parametrize(("key", "words"), [("", "needs a key"), (f"{KEY}x", "is no key")])
def test_a_key_that_can_be_none_is_not_sent_and_not_quoted(mp_page, mp_server, witness, key, words):
    key_field(mp_page).set_value(key)
    mp_page.button(key=MP_BUTTON).click().run()
    assert not mp_page.exception
    assert words in mp_page.error[0].value
    witness.note(shown(mp_page), mp_page.query_params)
    assert KEY not in witness.said()
    assert mp_server.log == []


def test_the_key_of_the_environment_needs_no_typing(mp_page, monkeypatch, witness, tmp_path):
    monkeypatch.setenv("MP_API_KEY", KEY)
    mp_page.run()  # a form sends nothing before it is submitted
    mp_page.text_input(key="live.chemsys").set_value("Na-Cl")
    mp_page.number_input(key="live.mp.most").set_value(20)
    assert "MP_API_KEY" in key_field(mp_page).placeholder
    ask(mp_page, MP_BUTTON)
    assert len(held(mp_page)) == 19
    assert json.loads(mp_page.query_params["live"]) == {
        "place": "live:materials-project", "chemsys": "Na-Cl", "mp.most": 20
    }  # fmt: skip
    witness.note(everything(mp_page))
    assert KEY not in witness.said()
    assert not files_holding(tmp_path, KEY)


def test_fields_come_back_after_another_page(mp_page):
    key_field(mp_page).set_value(KEY)
    mp_page.text_input(key="live.formulas").set_value("<b>")
    mp_page.button(key=MP_BUTTON).click().run()
    assert "is no formula" in mp_page.error[0].value
    mp_page.switch_page("pages/explore/home.py").run()
    mp_page.switch_page(PAGE)
    mp_page.query_params["view"] = "live"
    mp_page.run()
    check(mp_page)
    assert mp_page.text_input(key="live.chemsys").value == "Na-Cl"
    assert mp_page.text_input(key="live.formulas").value == "<b>"
    assert mp_page.number_input(key="live.mp.most").value == 20
    assert key_field(mp_page).value == ""
    assert KEY not in everything(mp_page)

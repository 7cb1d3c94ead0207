"""Live search in the library: what servers hold becomes the library, what they do wrong is told."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.library import Library
from core.library.export import provenance

APP = str(Path(__file__).resolve().parents[2] / "app.py")
PAGE = "pages/explore/library.py"
RAW = ("<img", "<script", "**bold**", ":red[", "](java", "\x1b")
SEARCH = "live.search"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))
    monkeypatch.delenv("MP_API_KEY", raising=False)


@pytest.fixture
def servers(monkeypatch):
    """Name the servers that the page may ask besides the known ones."""

    def name(*urls: str) -> None:
        monkeypatch.setenv("GRIDSCOPE_OPTIMADE_SERVERS", ",".join(urls))

    return name


def open_page(library: Library | None = None, place: str = "live:optimade") -> AppTest:
    page = AppTest.from_file(APP, default_timeout=60).run()
    page.switch_page(PAGE)
    page.query_params["view"] = "live"
    page.session_state["live.place"] = place
    if library is not None:
        page.session_state["gridscope.library"] = library
    page.run()
    check(page)
    return page


def check(page: AppTest) -> None:
    assert not page.exception
    assert not page.error, [e.value for e in page.error]


def choose(page: AppTest, *urls: str) -> AppTest:
    keys = [url.removeprefix("http://") for url in urls]
    page.multiselect(key="live.providers").set_value(keys)
    return page.run()


def ask(page: AppTest, button: str = SEARCH, seconds: float = 60) -> AppTest:
    page.button(key=button).click().run()
    check(page)
    return until_done(page, seconds)


def until_done(page: AppTest, seconds: float = 60) -> AppTest:
    end = time.monotonic() + seconds
    while "reading" in page.query_params:
        assert time.monotonic() < end, "the search never ended"
        time.sleep(0.1)
        page.run()
    check(page)
    return page


def held(page: AppTest) -> Library | None:
    return page.session_state["gridscope.library"] if loaded(page) else None


def loaded(page: AppTest) -> bool:
    return "gridscope.library" in page.session_state


def outcomes(page: AppTest):
    return next(d.value for d in page.dataframe if "Outcome" in d.value.columns)


def shown(page: AppTest) -> str:
    groups = (page.markdown, page.caption, page.warning, page.info, page.success, page.error)
    return "\n".join(element.value for group in groups for element in group)


def test_what_a_server_holds_becomes_the_library(servers, optimade_server):
    servers(optimade_server.url)
    page = choose(open_page(), optimade_server.url)
    page.number_input(key="live.high").set_value(1)
    page.number_input(key="live.most").set_value(30).run()
    assert page.code[0].value == "nelements=1"
    ask(page)
    library = held(page)
    assert library is not None
    host = optimade_server.url.removeprefix("http://")
    assert 0 < len(library) <= 30
    assert all(name.startswith(f"{host}/") for name in library.ids)
    assert library.source == "live:optimade"
    assert f"{optimade_server.url}/v1/structures" in library.decisions[0]
    assert "nelements=1: 30 of" in library.decisions[0]
    row = outcomes(page).iloc[0]
    assert (row["Source"], row["Received"], row["Outcome"]) == (host, 30, "as many as asked for")
    record = json.loads(provenance(library))
    assert record["source"] == "live:optimade"
    assert record["decisions"] == list(library.decisions)


def test_the_library_comes_back_by_its_link(servers, optimade_server):
    servers(optimade_server.url)
    page = choose(open_page(), optimade_server.url)
    page.segmented_control(key="live.how").set_value("filter").run()
    page.text_area(key="live.filter").set_value('id="Ag" OR id="Cu"').run()
    ask(page)
    again = AppTest.from_file(APP, default_timeout=60).run()
    again.switch_page(PAGE)
    for name in ("data", "live", "view"):
        again.query_params[name] = page.query_params[name]
    again.run()
    check(again)
    assert held(again).ids == held(page).ids
    assert held(again).decisions == held(page).decisions
    assert again.text_area(key="live.filter").value == 'id="Ag" OR id="Cu"'
    assert again.multiselect(key="live.providers").value == [optimade_server.url[7:]]
    assert again.number_input(key="live.most").value == 500


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"providers":"mp","most":true,"filter":7}', '{"providers":["nobody",{}]}',
     '{"providers":["http://169.254.169.254"]}', '{"most":1e99,"low":0,"hull":NaN}',
     '{"all_of":["Xx"],"place":"nowhere","how":7,"chemsys":["Si"]}', "[" * 5_000],
)  # fmt: skip
def test_a_link_without_sense_opens_an_empty_form(text):
    page = AppTest.from_file(APP, default_timeout=60).run()
    page.switch_page(PAGE)
    page.query_params["view"], page.query_params["live"] = "live", text
    page.run()
    check(page)
    assert set(page.multiselect(key="live.providers").value) <= {"mp"}
    assert page.number_input(key="live.most").value == 500


def test_fields_say_a_filter(servers, optimade_server):
    servers(optimade_server.url)
    page = choose(open_page(), optimade_server.url)
    page.multiselect(key="live.all_of").set_value(["K"])
    page.multiselect(key="live.none_of").set_value(["Cl"])
    page.number_input(key="live.low").set_value(2)
    page.number_input(key="live.high").set_value(3)
    page.number_input(key="live.sites").set_value(2)
    page.text_input(key="live.formula").set_value("").run()
    check(page)
    assert page.code[0].value == (
        'elements HAS ALL "K" AND NOT elements HAS ANY "Cl" AND nelements>=2 AND nelements<=3 '
        "AND nsites<=2"
    )
    ask(page)
    assert {name.rpartition("/")[2] for name in held(page).ids} == {"mixed", "either"}


def test_a_formula_is_written_as_optimade_has_it():
    page = open_page()
    page.text_input(key="live.formula").set_value("Si2O4").run()
    assert page.code[0].value == 'chemical_formula_reduced="O2Si"'


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [("formula", "<script>alert(1)</script>", "script"), ("filter", "elements HAS", "be read"),
     ("filter", "**bold** :red[x] [y](javascript:z)", "be read")],
)  # fmt: skip
def test_what_makes_no_sense_is_told_and_not_sent(key, value, words):
    page = open_page()
    if key == "filter":
        page.segmented_control(key="live.how").set_value("filter").run()
        page.text_area(key="live.filter").set_value(value).run()
    else:
        page.text_input(key=f"live.{key}").set_value(value).run()
    assert not page.exception
    (error,) = page.error
    assert words in error.value
    assert not [raw for raw in RAW if raw in error.value]
    assert SEARCH not in {b.key for b in page.button}


def test_each_provider_has_its_outcome(servers, optimade_server, hostile, monkeypatch):
    monkeypatch.setattr("components.explore.live_search._SECONDS", 1.5)
    bad = [f"{hostile.url}/{way}" for way in ("silent", "broken", "html", "slow_down")]
    servers(optimade_server.url, *bad)
    page = choose(open_page(), optimade_server.url, *bad)
    page.number_input(key="live.most").set_value(60)
    ask(page)
    told = outcomes(page)
    assert len(told) == 5
    by_source = dict(zip(told["Source"], told["Outcome"], strict=True))
    assert by_source[optimade_server.url[7:]] == "as many as asked for"
    assert "no whole reply within 1.5 s" in by_source[bad[0][7:]]
    assert "no [31mdatabase here" in by_source[bad[1][7:]]
    assert "a web page" in by_source[bad[2][7:]]
    assert "429" in by_source[bad[3][7:]]
    assert "4 of 5 sources gave nothing or not all" in shown(page)
    assert len(held(page)) > 0
    assert len(held(page).decisions) == 6


def test_hostile_words_are_shown_escaped(servers, hostile):
    servers(f"{hostile.url}/marked")
    page = choose(open_page(), f"{hostile.url}/marked")
    ask(page)
    (outcome,) = outcomes(page)["Outcome"]
    assert "<img src=x onerror=alert(1)>" in outcome  # a table shows text as it stands
    assert not [raw for raw in RAW if raw in shown(page)]


def test_hostile_ids_are_shown_escaped(servers, hostile):
    servers(f"{hostile.url}/named")
    page = choose(open_page(), f"{hostile.url}/named")
    ask(page)
    assert "<img src=x onerror=alert(1)>" in held(page).ids[0]
    assert not [raw for raw in RAW if raw in shown(page)]


def test_offline_is_told_and_the_crystals_at_hand_stay():
    library = Library.embedded("elements")
    page = open_page(library)
    page.multiselect(key="live.providers").set_value(["mp", "cod"]).run()
    start = time.monotonic()
    ask(page)
    assert time.monotonic() - start < 30
    assert "2 of 2 sources gave nothing" in shown(page)
    assert all("no network" in text for text in outcomes(page)["Outcome"])
    assert "works without one" in shown(page)
    assert held(page).ids == library.ids
    assert held(page).decisions == ()


def test_nothing_found_is_said(servers, optimade_server):
    servers(optimade_server.url)
    page = choose(open_page(), optimade_server.url)
    page.multiselect(key="live.all_of").set_value(["Og"]).run()
    ask(page)
    assert held(page) is None
    assert "0 crystals; nothing matches" in shown(page)
    assert outcomes(page)["Matching"].tolist() == ["0"]


def test_what_is_found_can_join_the_crystals_at_hand(servers, optimade_server):
    servers(optimade_server.url)
    library = Library.embedded("grid-report")
    page = choose(open_page(library), optimade_server.url)
    page.segmented_control(key="live.mode.embedded:grid-report").set_value("Add to them").run()
    page.segmented_control(key="live.how").set_value("filter").run()
    page.text_area(key="live.filter").set_value('id="Ag"').run()
    ask(page)
    assert held(page).ids == (*library.ids, f"{optimade_server.url[7:]}/Ag")
    assert 'id="Ag": 1 of 1' in held(page).decisions[0]


def test_cancelling_keeps_what_had_come(servers, hostile, wait_until):
    servers(f"{hostile.url}/growing")
    page = choose(open_page(), f"{hostile.url}/growing")
    page.number_input(key="live.most").set_value(10_000).run()
    page.button(key=SEARCH).click().run()
    check(page)
    wait_until(lambda: len(hostile.asked) > 8)
    page.run()
    assert page.button(key=SEARCH).disabled
    page.button(key="uploads.cancel").click().run()
    until_done(page)
    assert 0 < len(held(page)) < 10_000
    assert "stopped" in outcomes(page)["Outcome"][0]


def test_without_a_provider_nothing_can_be_asked():
    page = open_page()
    page.multiselect(key="live.providers").set_value([]).run()
    assert page.button(key=SEARCH).disabled


def test_a_wrong_setting_of_the_server_is_told(servers):
    servers("file:///etc/passwd")
    page = open_page()
    assert "http and https" in page.warning[0].value
    assert page.multiselect(key="live.providers").value == ["mp"]

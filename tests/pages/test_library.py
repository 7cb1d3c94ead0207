"""The library page: what it shows is what the core knows."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.data import EMBEDDED
from core.io import parse
from core.io.write import to_cif
from core.library import Library
from core.library.columns import Columns
from core.library.filters import Filter, select
from core.library.join import guess_id_column, join, match
from core.library.library import WEIGHTS
from core.library.tables import read_table
from core.types import RawFile

APP = str(Path(__file__).resolve().parents[2] / "app.py")
PAGE = "pages/explore/library.py"
HOSTILE = "<img src=x onerror=alert(1)> **bold** :red[x] [y](javascript:z)"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))


def open_page(library: Library | None = None, view: str = "table") -> AppTest:
    page = AppTest.from_file(APP, default_timeout=60)
    page.run()
    page.switch_page(PAGE)
    if library is not None:
        page.session_state["gridscope.library"] = library
        page.session_state["library.view"] = view
    page.run()
    check(page)
    return page


def check(page: AppTest) -> None:
    assert not page.exception
    assert not page.error, [e.value for e in page.error]


def see(page: AppTest, view: str) -> AppTest:
    page.session_state["library.view"] = view
    page.run()
    check(page)
    return page


def held(page: AppTest) -> Library:
    return page.session_state["gridscope.library"]


def button(page: AppTest, key: str):
    return page.button(key=key)


@pytest.fixture(scope="module")
def own() -> Library:
    """Crystals read from files: one disordered, one failure, hostile names."""
    crystals = list(Library.embedded("grid-report").crystals[:4])
    half = crystals[0].with_(id="half", occupancy=[0.5] + [1.0] * (crystals[0].n_rows - 1))
    files = [RawFile(f"{HOSTILE}.cif", to_cif(crystals[1]).encode())]
    files += [RawFile(f"{c.id}.cif", to_cif(c).encode()) for c in (*crystals[2:], half)]
    files.append(RawFile("<script>alert(1)</script>.cif", b"data_x\n_cell_length_a nan\n"))
    report = parse(files, workers=0)
    assert (len(report.crystals), len(report.failures)) == (4, 1)
    return Library("own", "files", report)


def test_the_empty_state_offers_files_and_sets():
    page = open_page()
    assert "No crystals yet" in page.info[0].value
    assert {f"home.set.{key}" for key in EMBEDDED} <= {b.key for b in page.button}
    assert len(page.file_uploader) == 2


@pytest.mark.parametrize("key", list(EMBEDDED))
def test_each_embedded_set_is_shown_as_the_core_has_it(key):
    library = Library.embedded(key)
    page = open_page(library)
    frame = page.dataframe[0].value
    columns = Columns.of(library)
    assert frame["id"].tolist() == list(library.ids)
    assert frame["formula"].tolist() == [c.formula for c in library.crystals]
    assert frame["n_sites"].tolist() == [c.n_sites for c in library.crystals]
    assert frame["density_g_cm3"].tolist() == columns.density.tolist()
    for name, values in columns.numeric.items():
        assert frame[name].fillna(-1).tolist() == [v if v == v else -1 for v in values.tolist()]
    assert f"{len(library):,} crystals" in page.text[0].value
    for view in ("doctor", "add", "properties", "disorder", "export", "table"):
        see(page, view)


def test_counts_in_the_head(own):
    amber = sum(e.verdict == "amber" for e in own.examinations)
    assert open_page(own).text[0].value == (
        f"own: 4 crystals, {amber} to look at, 1 disordered, 1 not read"
    )


def test_the_report_shows_facts_findings_and_failures(own):
    page = open_page(own, "doctor")
    failures = page.dataframe[0].value
    assert failures["File"].tolist() == [own.failures[0].source]
    assert failures["Reason"].tolist() == [own.failures[0].message]
    assert failures["What to do"].tolist() == [own.failures[0].hint]
    page.selectbox[0].set_value("half").run()
    check(page)
    card = own.examination("half")
    facts = {row["Quantity"]: row["Found"] for _, row in page.dataframe[1].value.iterrows()}
    assert facts["Formula"] == card.facts["formula"]
    assert facts["Space group"] == card.facts["space_group_found"]
    assert facts["Density [g/cm³]"] == f"{card.facts['density_g_cm3']:.6g}"
    shown = "\n".join(t.value for t in page.text)
    for finding in card.findings:
        assert finding.message in shown
    counted = page.dataframe[2].value
    total = sum(len(e.findings) for e in own.examinations)
    assert counted["Crystals"].sum() == total


def test_hostile_names_are_plain_text(own):
    page = open_page(Library(HOSTILE, "files", own.report, (HOSTILE,)))
    assert HOSTILE in page.dataframe[0].value["id"].tolist()
    see(page, "doctor")
    page.selectbox[0].set_value(HOSTILE).run()
    check(page)
    raw = ("<img", "<script", "**bold**", ":red[", "](java")
    marks = [m.value for group in (page.markdown, page.caption, page.warning, page.success,
                                   page.info) for m in group]  # fmt: skip
    assert not [m for m in marks if any(r in m for r in raw)]


def with_filters(page: AppTest) -> AppTest:
    """The page with its panel of filters open."""
    assert not [w for w in page.multiselect if w.key == "filters.0.all_of"]  # closed at first
    page.session_state["filters.expander"] = True
    return page.run()


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("text", "batio", Filter(text="batio")),
        ("all_of", ["Ti", "Ba"], Filter(all_of=("Ti", "Ba"))),
        ("none_of", ["Sr"], Filter(none_of=("Sr",))),
        ("min_sites", 6, Filter(min_sites=6)),
        ("ranges", ["displacement_A"], Filter(ranges=(("displacement_A", None, None),))),
    ],
)
def test_a_filter_shows_what_the_core_selects(key, value, wanted):
    library = Library.embedded("grid-report")
    page = with_filters(open_page(library))
    widgets = [*page.text_input, *page.multiselect, *page.number_input]
    widget = next(w for w in widgets if w.key == f"filters.0.{key}")
    widget.set_value(value).run()
    check(page)
    expected = select(library, wanted)
    assert page.dataframe[0].value["id"].tolist() == list(expected)
    assert 0 < len(expected) < len(library)
    assert Filter.from_text(page.query_params["f"]) == wanted
    button(page, "library.keep").click().run()
    check(page)
    assert held(page).ids == expected
    assert wanted.describe() in held(page).decisions[-1]
    assert "f" not in page.query_params
    button(page, "library.undo").click().run()
    assert held(page).ids == library.ids


def test_a_bound_can_be_set_and_taken_away():
    page = with_filters(open_page(Library.embedded("grid-report")))
    page.number_input(key="filters.0.min_sites").set_value(6).run()
    fewer = len(page.dataframe[0].value)
    page.number_input(key="filters.0.min_sites").set_value(None).run()
    assert fewer < len(page.dataframe[0].value) == 85


def test_a_closed_panel_asks_what_it_asked():
    page = with_filters(open_page(Library.embedded("grid-report")))
    page.number_input(key="filters.0.min_sites").set_value(6).run()
    fewer = len(page.dataframe[0].value)
    for opened in (False, True):
        page.session_state["filters.expander"] = opened
        page.run()
        check(page)
        assert len(page.dataframe[0].value) == fewer < 85
        assert bool([w for w in page.number_input if w.key == "filters.0.min_sites"]) == opened
    assert page.number_input(key="filters.0.min_sites").value == 6
    button(page, "filters.clear").click().run()
    assert len(page.dataframe[0].value) == 85


def test_the_filter_of_a_link_is_asked():
    page = AppTest.from_file(APP, default_timeout=60)
    page.query_params["data"] = "embedded:elements"
    page.run()
    page.switch_page(PAGE)
    page.query_params["data"] = "embedded:elements"
    page.query_params["f"] = '{"any_of":["Fe","Ni"]}'
    page.run()
    check(page)
    assert page.dataframe[0].value["formula"].tolist() == ["Fe", "Ni"]


def test_a_filter_that_is_none_is_told_and_left():
    page = AppTest.from_file(APP, default_timeout=60).run()
    page.switch_page(PAGE)
    page.query_params["data"] = "embedded:elements"
    page.query_params["f"] = "<script>"
    page.run()
    check(page)
    assert any("is no filter" in w.value for w in page.warning)
    assert len(page.dataframe[0].value) == 71


def test_marked_crystals_are_removed_and_come_back():
    library = Library.embedded("elements")
    page = open_page(library)
    key = f"library.table.{library.record_digest[:12]}"
    page.session_state[key] = {"selection": {"rows": [0, 2], "columns": [], "cells": []}}
    page.run()
    button(page, "library.remove").click().run()
    check(page)
    gone = {library.ids[0], library.ids[2]}
    assert set(library.ids) - set(held(page).ids) == gone
    assert held(page).decisions == (f"removed {library.ids[0]}, {library.ids[2]}",)
    button(page, "library.undo").click().run()
    assert held(page).ids == library.ids


TABLE = b"code,E_eV,note\nBe,1.5,light\nAg.cif,nan,heavy\nghost,3,none\nAl,4,\n"


def test_a_table_is_joined_by_id():
    library = Library.embedded("elements")
    page = open_page(library, "properties")
    page.file_uploader[0].upload("extra.csv", TABLE, "text/csv").run()
    check(page)
    table = read_table(RawFile("extra.csv", TABLE))
    guessed = guess_id_column(library, table)
    found = match(library, table, guessed)
    assert page.selectbox[0].value == guessed == "code"
    matched = next(m.value for m in (*page.success, *page.warning) if "matched" in m.value)
    assert matched.startswith(f"{len(found.rows)} of {len(library)} crystals matched")
    preview = next(d.value for d in page.dataframe if "Kind" in d.value.columns)
    assert preview["Column"].tolist() == ["E_eV", "note"]
    assert preview["Kind"].tolist() == ["number", "text"]
    unmatched = [d.value["id"].tolist() for d in page.dataframe if list(d.value.columns) == ["id"]]
    assert list(found.rows_without) in unmatched
    button(page, "properties.join").click().run()
    check(page)
    expected = join(library, table, found, ["E_eV"])
    assert held(page).record_digest == expected.record_digest
    assert held(page).decisions == expected.decisions


@pytest.mark.parametrize("content", [b"", b"id,x\n", bytes(range(256)) * 9, b'{"a": [1], "b": []}'])
def test_a_table_that_is_none_is_told(content):
    page = open_page(Library.embedded("elements"), "properties")
    page.file_uploader[0].upload("<b>bad</b>.csv", content, "text/csv").run()
    assert not page.exception
    assert len(page.error) == 1
    assert held(page).decisions == ()


@pytest.mark.parametrize("how", ["weights", "order", "drop"])
def test_disorder_is_decided_and_recorded(own, how):
    page = open_page(own, "disorder")
    page.session_state["disorder.how"] = how
    page.run()
    check(page)
    button(page, "disorder.policy" if how == "weights" else "disorder.apply").click().run()
    check(page)
    new = held(page)
    if how == "weights":
        assert new.decisions[-1] == WEIGHTS
        assert new.disorder == "weights"
    else:
        assert new.get("half").is_ordered
        assert new.decisions[-1].startswith("partial occupancy: ")
    decisions = next(d.value for d in page.dataframe if "Decision" in d.value.columns)
    assert decisions["Decision"].tolist() == list(new.decisions)


def test_a_set_is_examined_on_request():
    elements = Library.embedded("elements")
    few = elements.keeping(elements.ids[:5], "five")
    page = open_page(few, "doctor")
    button(page, "library.examine").click().run()
    until = time.monotonic() + 60
    while time.monotonic() < until and not held(page).examinations[0].facts.get("examined"):
        time.sleep(0.2)
        page.run()
    check(page)
    assert held(page).ids == few.ids
    assert all(e.facts["examined"] for e in held(page).examinations)


def test_clear_forgets_everything():
    page = open_page(Library.embedded("elements"))
    button(page, "library.clear").click().run()
    check(page)
    assert "No crystals yet" in page.info[0].value
    assert "data" not in page.query_params


def test_only_failures_are_shown_as_such(own):
    report = type(own.report)((), own.failures, ())
    page = open_page(Library("bad", "files", report), "doctor")
    assert page.dataframe[0].value["File"].tolist() == [own.failures[0].source]
    see(page, "table")
    assert "No crystal could be read" in page.info[0].value

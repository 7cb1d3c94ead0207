"""Public data in the library: cards before any download, then crystals or a table with a record."""

from __future__ import annotations

import csv
import io
import json
import shutil
import socket
import time
import zipfile
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.data.public import PUBLIC_SETS
from core.errors import JobCancelled
from core.library import Library
from core.library.export import EXPORTS, provenance
from tests.pages.test_library import APP, HOSTILE, PAGE, check

MIRROR = "GRIDSCOPE_DATA_MIRROR"
LOAD = "public.load"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(MIRROR, raising=False)
    return tmp_path


@pytest.fixture
def mirror(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(MIRROR, str(shared_data))
    return shared_data


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name can be looked up, as on a machine without a network."""

    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    for variable in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", fail)


def open_panel(key: str = "", library: Library | None = None) -> AppTest:
    page = AppTest.from_file(APP, default_timeout=60).run()
    page.switch_page(PAGE)
    page.query_params["view"] = "public"
    if key:
        page.query_params["set"] = key
    if library is not None:
        page.session_state["gridscope.library"] = library
        page.session_state["library.view"] = "public"
    page.run()
    check(page)
    return page


def load(page: AppTest, seconds: float = 60) -> AppTest:
    page.button(key=LOAD).click().run()
    end = time.monotonic() + seconds
    while "reading" in page.query_params:
        assert time.monotonic() < end, "the loading never ended"
        time.sleep(0.1)
        page.run()
    check(page)
    return page


def held(page: AppTest) -> Library | None:
    found = "gridscope.library" in page.session_state
    return page.session_state["gridscope.library"] if found else None


def texts(page: AppTest) -> str:
    return "\n".join(element.value for element in page.text)


def test_each_card_tells_terms_before_anything_is_loaded(home: Path):
    page = open_panel()
    for key, entry in PUBLIC_SETS.items():
        page.selectbox(key="public.set").set_value(key).run()
        check(page)
        told = texts(page)
        assert f"Licence: {entry.licence}" in told
        assert entry.summary in told
        assert entry.limits in told
        assert entry.files[0].address in told
        assert entry.files[0].sha256 in told
        cited = "\n".join(block.value for block in page.code).lower()
        assert all(doi.lower() in cited for doi in entry.dois)
        if entry.columns:
            table = next(d.value for d in page.dataframe if "In the source" in d.value.columns)
            assert list(table["Key"]) == list(entry.columns)
            assert list(table["Unit"]) == [q.unit for q in entry.properties]
        assert page.button(key=LOAD).label.startswith("Download ")
        assert page.query_params["set"] == key
    assert held(page) is None
    assert not (home / "home" / "public").exists()


def test_the_list_has_every_set():
    table = next(d.value for d in open_panel().dataframe if "Network" in d.value.columns)
    assert list(table["Set"]) == [entry.title for entry in PUBLIC_SETS.values()]
    assert set(table["Network"]) == {"needed"}
    assert all(table["Licence"])


@pytest.mark.parametrize("name", [HOSTILE, "nothing", "../../etc/passwd"])
def test_a_link_to_no_set_shows_the_first(name: str):
    assert open_panel(name).selectbox(key="public.set").value == next(iter(PUBLIC_SETS))


@pytest.mark.data
def test_a_set_becomes_the_library_with_its_record(mirror: Path):
    page = open_panel("gridrdf-test-set")
    assert page.button(key=LOAD).label == "Load"
    load(page)
    library = held(page)
    entry = PUBLIC_SETS["gridrdf-test-set"]
    assert library is not None
    assert len(library) == 200
    assert library.source == "public:gridrdf-test-set"
    assert library.get("mp-565203").properties["bulk_modulus_vrh_GPa"] == 150
    line = library.decisions[0]
    for told in (entry.files[0].address, entry.sha256, entry.licence, entry.dois[0], "mirror"):
        assert told in line
    assert "200 crystals loaded" in page.success[0].value
    (told_set,) = json.loads(provenance(library))["public_sets"]
    assert told_set["files"][0]["sha256"] == entry.sha256
    assert told_set["licence"] == entry.licence
    with zipfile.ZipFile(io.BytesIO(EXPORTS["cif"].make(library))) as archive:
        assert entry.dois[0] in archive.read("references.bib").decode()
        assert json.loads(archive.read("provenance.json"))["public_sets"] == [told_set]


@pytest.mark.parametrize(("kind", "beside"), [("cif", False), ("extxyz", True), ("csv", True)])
def test_a_file_without_a_place_for_provenance_has_it_beside(kind: str, beside: bool):
    page = open_panel(library=Library.embedded("elements"))
    page.session_state["library.view"] = "export"
    page.run()
    page.selectbox(key="export.format").set_value(kind).run()
    check(page)
    offered = {b.key for b in page.get("download_button")}
    assert "export.download" in offered
    assert ("export.provenance" in offered) is beside


@pytest.mark.data
def test_a_loaded_set_comes_back_by_its_link(mirror: Path, monkeypatch: pytest.MonkeyPatch):
    page = load(open_panel("gridrdf-fixtures"))
    monkeypatch.delenv(MIRROR)  # the crystals are the session's now
    again = AppTest.from_file(APP, default_timeout=60).run()
    again.switch_page(PAGE)
    again.query_params["data"] = page.query_params["data"]
    again.run()
    check(again)
    assert held(again).ids == held(page).ids
    assert held(again).decisions == held(page).decisions


@pytest.mark.data
def test_a_set_joins_the_crystals_at_hand(mirror: Path):
    before = Library.embedded("elements")
    page = open_panel("gridrdf-fixtures", before)
    page.segmented_control(key=f"public.mode.{before.source}").set_value("Add to them").run()
    load(page)
    library = held(page)
    assert len(library) == len(before) + 63
    assert library.source == before.source
    assert library.decisions[0].startswith("public:gridrdf-fixtures: ")


@pytest.mark.data
def test_a_table_is_shown_and_the_library_stays(mirror: Path):
    before = Library.embedded("elements")
    page = open_panel("expt-band-gaps", before)
    assert page.button(key=LOAD).label == "Show"
    load(page)
    assert held(page) is before
    table = next(d.value for d in page.dataframe if "Formula" in d.value.columns)
    assert list(table.iloc[0]) == ["1", "Hg0.7Cd0.3Te", 0.35]
    assert "Band gap, experiment [eV]" in table.columns
    _, report = page.session_state["uploads.fetched"]
    rows = list(csv.DictReader(io.StringIO(report.table.to_csv())))
    assert len(rows) == 3895
    assert rows[1] == {"id": "2", "formula": "CuBr", "band_gap_exp_eV": "3.08"}
    assert {"public.csv", "public.provenance"} <= {b.key for b in page.get("download_button")}


def test_without_network_the_way_out_is_told(no_network: None):
    before = Library.embedded("elements")
    began = time.monotonic()
    page = load(open_panel("expt-band-gaps", before))
    assert time.monotonic() - began < 20
    assert "raw.githubusercontent.com" in page.warning[0].value.replace("\\", "")
    told = " ".join(caption.value for caption in page.caption).replace("\\", "")
    assert f"set {MIRROR} to a folder" in told
    assert held(page) is before


@pytest.mark.data
def test_a_damaged_mirror_is_refused_by_name(
    shared_data: Path, home: Path, monkeypatch: pytest.MonkeyPatch
):
    path = Path("composition/expt-non-metals.csv")
    damaged = home / "mirror" / path
    damaged.parent.mkdir(parents=True)
    shutil.copyfile(shared_data / path, damaged)
    with damaged.open("r+b") as stream:
        stream.write(b"X")
    monkeypatch.setenv(MIRROR, str(home / "mirror"))
    page = load(open_panel("expt-band-gaps"))
    assert "not the file that was pinned" in page.warning[0].value
    assert held(page) is None


def test_a_mirror_that_is_no_folder_is_told_in_plain_text(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(MIRROR, f"/nowhere/{HOSTILE}")
    page = AppTest.from_file(APP, default_timeout=60).run()
    page.switch_page(PAGE)
    page.query_params["view"] = "public"
    page.run()
    assert not page.exception
    (error,) = page.error
    assert "which is no folder" in error.value
    assert not [raw for raw in ("<img", "**bold**", ":red[", "](java") if raw in error.value]


def test_a_stopped_loading_leaves_the_crystals_at_hand(monkeypatch: pytest.MonkeyPatch):
    def slow(name: str, *, on_progress, should_stop) -> None:
        while not should_stop():
            on_progress(1_000, 70_000, f"downloading {name}")
            time.sleep(0.02)
        raise JobCancelled

    monkeypatch.setattr("core.library.public.load_public", slow)
    before = Library.embedded("elements")
    page = open_panel("expt-band-gaps", before)
    page.button(key=LOAD).click().run()
    page.button(key="uploads.cancel").click()
    while "reading" in page.query_params:
        page.run()
    check(page)
    assert "Loading was stopped" in page.warning[0].value
    assert held(page) is before

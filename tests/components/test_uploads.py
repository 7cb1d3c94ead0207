"""Files through the uploader: read in the background, cancelled, hostile; nothing raw is kept."""

from __future__ import annotations

import io
import tarfile
import time
import zipfile
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.io import parse
from core.io.write import to_cif
from core.library import Library
from core.types import Crystal, RawFile

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = "gridscope.library"
PATIENCE = 60.0
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))


def app() -> AppTest:
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()


def give(page: AppTest, *files: tuple[str, bytes]) -> AppTest:
    """Drop files and wait until they are read."""
    page.file_uploader[0].set_value([(n, d, "application/octet-stream") for n, d in files]).run()
    return settled(page)


def settled(page: AppTest) -> AppTest:
    """The page once nothing is being read any more."""
    limit = time.monotonic() + PATIENCE
    while "reading" in page.query_params:
        assert time.monotonic() < limit
        assert not page.exception
        time.sleep(0.1)
        page.run()
    assert not page.exception
    return page


def library(page: AppTest) -> Library | None:
    held: Library | None = page.session_state.get(LIBRARY, None)
    return held


def zipped(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def shown(page: AppTest) -> str:
    """Everything on the page that Streamlit would render as markup."""
    return "\n".join(e.value for e in (*page.markdown, *page.caption, *page.warning, *page.error))


def test_what_is_dropped_is_what_the_core_reads(rocksalt: Crystal, perovskite: Crystal) -> None:
    files = [("a.cif", to_cif(rocksalt).encode()), ("b.cif", to_cif(perovskite).encode())]
    page = give(app(), *files)
    held, expected = library(page), parse([RawFile(n, d) for n, d in files], workers=0)
    assert held is not None
    assert held.ids == tuple(c.id for c in expected.crystals) == ("a", "b")
    assert [c.digest for c in held.crystals] == [c.digest for c in expected.crystals]
    assert [e.facts["space_group_found"] for e in held.examinations] == [
        e.facts["space_group_found"] for e in expected.examinations
    ]
    assert held.name == "2 files"
    assert "read 2 files: 2 crystals" in held.decisions[0]


def test_no_raw_bytes_stay_in_the_session(rocksalt: Crystal) -> None:
    mark = b"# a line that only the file holds\n"
    page = give(app(), ("a.cif", mark + to_cif(rocksalt).encode()))
    assert library(page) is not None
    assert not any(u.value for u in page.file_uploader)
    kept = repr(page.session_state)
    assert LIBRARY in kept
    assert "UploadedFile" not in kept
    assert mark.decode().strip() not in kept


def test_more_files_join_those_at_hand_or_start_anew(
    rocksalt: Crystal, perovskite: Crystal
) -> None:
    page = give(app(), ("a.cif", to_cif(rocksalt).encode()))
    page = give(page, ("a.cif", to_cif(perovskite).encode()))
    held = library(page)
    assert held is not None
    assert held.ids == ("a", "a~2")
    page.segmented_control[0].set_value("Start anew").run()
    page = give(page, ("c.cif", to_cif(perovskite).encode()))
    held = library(page)
    assert held is not None
    assert held.ids == ("c",)


def test_pasted_text(rocksalt: Crystal) -> None:
    page = app()
    page.text_area[0].set_value(to_cif(rocksalt)).run()
    next(b for b in page.button if b.label == "Read the text").click().run()
    held = library(settled(page))
    assert held is not None
    assert held.crystals[0].formula == "NaCl"


def test_archives(rocksalt: Crystal, perovskite: Crystal) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        info = tarfile.TarInfo("x/b.cif")
        info.size = len(data := to_cif(perovskite).encode())
        archive.addfile(info, io.BytesIO(data))
    page = give(
        app(),
        ("a.zip", zipped({"in/a.cif": to_cif(rocksalt).encode(), "__MACOSX/._a": b"x"})),
        ("b.tar.gz", stream.getvalue()),
    )
    held = library(page)
    assert held is not None
    assert held.ids == ("a", "b")
    assert not held.failures


def _broken(crystal: Crystal) -> dict[str, tuple[bytes, str]]:
    """Name -> (content, words its failure must hold)."""
    good = to_cif(crystal)
    head, _, _rows = good.partition("_atom_site_occupancy\n")
    many = "".join(f"Na{i} Na 0.{i:05d} 0 0 1\n" for i in range(20_000))
    bomb = zipped({"big.cif": b"0" * (64 * 2**20)})
    return {
        "empty.cif": (b"", "empty"),
        "junk.cif": (bytes(range(256)) * 40, ""),
        "nan.cif": (good.replace("_cell_length_a 5.64", "_cell_length_a nan 5.64").encode(), ""),
        "unknown.cif": ((head + "_atom_site_occupancy\nXx1 Xx 0 0 0 1\n").encode(), "Xx"),
        "many.cif": ((head + "_atom_site_occupancy\n" + many).encode(), "2,000"),
        "bomb.zip": (bomb, ""),
        "climb.zip": (zipped({"../../etc/passwd.cif": good.encode()}), ""),
        f"{SCRIPT}.cif": (b"data_x\n", ""),
        "page.cif": (f"<html>{SCRIPT}</html>".encode(), ""),
    }


def test_each_hostile_file_is_a_failure_and_the_rest_is_kept(rocksalt: Crystal) -> None:
    broken = _broken(rocksalt)
    files = [(name, data) for name, (data, _) in broken.items()]
    page = give(app(), ("good.cif", to_cif(rocksalt).encode()), *files)
    held = library(page)
    assert held is not None
    assert held.ids == ("good",)
    told = {f.source.split("/")[0].split("#")[0]: f for f in held.failures}
    for name, (_, words) in broken.items():
        hits = [f for f in held.failures if name in f.source or name in f.id]
        assert hits, (name, sorted(told))
        assert hits[0].message
        assert words in hits[0].message
    assert SCRIPT not in shown(page)
    assert f"{len(held.failures)} could not be read" in page.text[0].value


def test_an_archive_of_ten_thousand_is_cut_at_its_limit(rocksalt: Crystal) -> None:
    files = {f"{i}.cif": b"" for i in range(10_000)}
    page = give(app(), ("many.zip", zipped(files)), ("good.cif", to_cif(rocksalt).encode()))
    held = library(page)
    assert held is not None
    assert "good" in held.ids
    assert any("5,000" in f.message for f in held.failures)
    reasons = page.dataframe[0].value  # one row a reason, whatever their number
    assert reasons["File"].tolist()[0].endswith("and 4,999 more")
    assert any("5,000" in text for text in reasons["Reason"])


def test_hostile_names_are_plain_text(rocksalt: Crystal) -> None:
    for name in (f"{SCRIPT}.cif", "**bold** [x](http://evil.example) :red[x] $x^2$.cif"):
        page = give(app(), (name, to_cif(rocksalt).encode()))
        held = library(page)
        assert held is not None
        assert len(held) == 1
        labels = [e.label for e in page.sidebar if hasattr(e, "label")]
        assert SCRIPT not in shown(page)
        assert not any("**bold** [" in text or "<script" in text for text in labels)


def test_cancel_keeps_what_was_read(rocksalt: Crystal) -> None:
    files = {f"{i:04d}.cif": to_cif(rocksalt).encode() for i in range(3_000)}
    page = app()
    page.file_uploader[0].set_value([("all.zip", zipped(files), "application/zip")]).run()
    assert "reading" in page.query_params
    time.sleep(3)
    next(b for b in page.button if b.label == "Cancel").click().run()
    started = time.monotonic()
    held = library(settled(page))
    assert time.monotonic() - started < 15
    assert held is not None
    assert len(held) < len(files)
    stopped = [f for f in held.failures if f.code == "Stopped"]
    assert len(stopped) == 1
    assert f"{len(held):,}" in stopped[0].message


def test_other_pages_run_while_files_are_read(rocksalt: Crystal) -> None:
    files = {f"{i:04d}.cif": to_cif(rocksalt).encode() for i in range(1_000)}
    page = app()
    page.file_uploader[0].set_value([("all.zip", zipped(files), "application/zip")]).run()
    page.switch_page("pages/about/methods.py").run()
    assert not page.exception
    assert "reading" in page.query_params
    assert any(b.label == "Cancel" for b in page.button)
    next(b for b in page.button if b.label == "Cancel").click().run()
    assert library(settled(page)) is not None


def test_a_link_with_a_reading_of_long_ago_does_nothing() -> None:
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    page.query_params["reading"] = "A" * 32
    page.run()
    assert not page.exception
    assert "reading" not in page.query_params


def test_unreadable_files_never_cost_the_crystals_at_hand(rocksalt: Crystal) -> None:
    page = give(app(), ("a.cif", to_cif(rocksalt).encode()))
    page.segmented_control[0].set_value("Start anew").run()
    page = give(page, ("bad.cif", b"junk"))
    held = library(page)
    assert held is not None
    assert held.ids == ("a",)
    assert len(held.failures) == 1


def test_text_pasted_in_vain_is_still_there(rocksalt: Crystal) -> None:
    def paste(page: AppTest, text: str) -> AppTest:
        page.text_area[0].set_value(text)
        button = next(b for b in page.button if b.key and b.key.endswith(".read"))
        button.click().run()
        return settled(page)

    page = paste(app(), "data_x\nno crystal")
    assert library(page) is None or not len(library(page))
    assert page.text_area[0].value == "data_x\nno crystal"
    page = paste(page, to_cif(rocksalt))
    assert len(library(page)) == 1
    page.switch_page("pages/explore/library.py").run()
    page.session_state["library.view"] = "add"
    page.run()
    assert page.text_area[0].value == ""

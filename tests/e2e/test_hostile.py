"""Hostile and broken files in the browser: each is told with its reason, the rest is kept."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from benchmarks.browser import Server
from core.data import load_embedded
from core.io.write import to_cif

GOOD = to_cif(load_embedded("grid-report")[1])
KEPT_EACH_TIME = 60e6  # bytes of 186 MB that were dropped; the first time workers start besides


def zipped(*members: tuple[str, bytes]) -> bytes:
    """An archive of these members."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return packed.getvalue()


def many_sites(count: int) -> str:
    """A CIF with that many atoms."""
    columns = ("label", "type_symbol", "fract_x", "fract_y", "fract_z")
    loop = "loop_\n" + "".join(f"_atom_site_{c}\n" for c in columns)
    atoms = "\n".join(f"C{i} C 0.{i:05d} 0.5 0.5" for i in range(count))
    return f"{GOOD.split('loop_', 1)[0]}{loop}{atoms}\n"


MARKUP = "<img src=x onerror=alert(1)> **bold** $x^2$.cif"
HOSTILE = {
    "empty.cif": (b"", "empty"),
    "junk.cif": (bytes(range(256)) * 40, "binary"),
    "nan.cif": (re.sub(r"(_cell_length_a\s+)\S+", r"\1nan", GOOD).encode(), r"nan"),
    "unknown.cif": (re.sub(r"\bSr", "Qq", GOOD).encode(), r"Qq"),
    "huge.cif": (many_sites(20_000).encode(), r"20,000 atoms; the limit is 2,000"),
    "bomb.zip": (zipped(("bomb.cif", b"0" * 60_000_000)), r"compress|unpack"),
    "many.zip": (zipped(*((f"{i}.cif", b"x") for i in range(10_000))), r"5,?000"),
    "escape.zip": (zipped(("../../outside.cif", GOOD.encode())), r"outside|leaves|\.\."),
    MARKUP: (b"data_x\n_cell_length_a '<script>alert(1)</script>'\n", r"script"),
}  # fmt: skip


def upload(page: Page, files: list[Path]) -> None:
    """Give files to Home's uploader."""
    page.get_by_text("Your files", exact=True).wait_for()
    page.locator('input[type="file"]').first.set_input_files([str(f) for f in files])


def chip(page: Page, count: int) -> None:
    """Wait until so many crystals are at hand."""
    side = page.locator('[data-testid="stSidebar"]')
    words = side.get_by_text(re.compile(rf"^{count} crystals? ·"))
    expect(words.first).to_be_visible(timeout=120_000)


def memory(server: Server) -> int:
    """Bytes that the server's processes hold."""
    process = psutil.Process(server.process.pid)
    return sum(p.memory_info().rss for p in (process, *process.children(recursive=True)))


def test_each_is_told_and_the_rest_is_kept(open_page, settled, tmp_path) -> None:
    good = tmp_path / "good.cif"
    good.write_text(GOOD, "utf-8")
    files = [good]
    for name, (content, _) in HOSTILE.items():
        path = tmp_path / name
        path.write_bytes(content)
        files.append(path)
    page = open_page("")
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    upload(page, files)
    chip(page, 1)
    page.get_by_role("link", name="Library", exact=True).click()
    settled(page, 60)
    assert page.locator("img[src='x']").count() == 0
    assert not dialogs
    expect(page.get_by_text(re.compile(r"1 crystal, .*not read")).first).to_be_visible()
    page.get_by_role("link", name="Home", exact=True).click()
    settled(page, 60)
    page.get_by_text("What could not be read").click()
    # One row a reason; the table's cells are in the page for screen readers.
    table = page.locator('[data-testid="stDataFrame"]').first
    expect(table.locator("td").first).to_be_attached()
    rows = [row.inner_text() for row in table.locator("tbody tr").all()]
    for name, (_, reason) in HOSTILE.items():
        told = [row for row in rows if name in row]
        assert any(re.search(reason, row, re.IGNORECASE) for row in told), f"{name}: {rows}"


def test_a_file_beyond_the_limit_is_refused_by_name(open_page, settled, cifs, tmp_path) -> None:
    large = tmp_path / "large.cif"
    with large.open("wb") as stream:
        stream.truncate(201 * 2**20)
    page = open_page("")
    upload(page, [large])
    expect(page.get_by_text("File must be 200.0MB or smaller")).to_be_visible(timeout=60_000)
    settled(page)
    upload(page, cifs[:2])
    chip(page, 2)


@pytest.mark.slow
def test_the_memory_of_large_files_returns(open_page, fresh_server, tmp_path) -> None:
    files = []
    for i in range(3):
        path = tmp_path / f"text{i}.cif"
        path.write_bytes(b"data_x\n" + b"# nothing\n" * 6_200_000)  # 62 MB each
        files.append(path)
    page = open_page("", at=fresh_server)
    page.wait_for_timeout(15_000)  # the warm-up's imports end
    held = []
    for _ in range(2):
        page.goto(fresh_server.url)
        upload(page, files)
        told = page.get_by_text(re.compile("3 could not be read")).first
        expect(told).to_be_visible(timeout=120_000)
        page.wait_for_timeout(5_000)
        held.append(memory(fresh_server))
    assert held[1] - held[0] < KEPT_EACH_TIME

"""Hundreds of files at once: the browser packs them before Streamlit's uploader sees them."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.data import load_embedded
from core.io.write import to_cif

N = 120
ZONE = '[data-testid="stFileUploaderDropzone"]'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CIFs in two folders, each crystal named by its file."""
    crystals = load_embedded("aflow-prototypes")
    top = tmp_path_factory.mktemp("mine") / "alloys"
    for i in range(N):
        file = top / ("a", "b")[i % 2] / f"kristall-{i:03d}-ä.cif"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(to_cif(crystals[i % len(crystals)]), "utf-8")
    (top / "a" / ".DS_Store").write_bytes(b"\0")
    return top


def uploads(page: Page) -> list[str]:
    """Addresses that files are sent to from now on."""
    sent: list[str] = []
    page.on(
        "request",
        lambda r: sent.append(r.url) if r.method == "PUT" and "upload_file" in r.url else None,
    )
    return sent


def counted(page: Page, words: str) -> None:
    """Wait until the chip of the sidebar says it."""
    side = page.locator('[data-testid="stSidebar"]')
    expect(side.get_by_text(re.compile(words)).first).to_be_visible(timeout=90_000)


def drop(page: Page, paths: list[Path]) -> None:
    """Let go of files over the first drop zone, as the file manager of a desktop does."""
    box = page.locator(ZONE).first.bounding_box()
    assert box is not None
    client = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(p) for p in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        client.send(
            "Input.dispatchDragEvent",
            {"type": kind, "x": box["x"] + 20, "y": box["y"] + box["height"] / 2, "data": data},
        )


def test_hundreds_of_files_come_as_one(open_page, settled, folder: Path) -> None:
    page = open_page("")
    settled(page)
    sent = uploads(page)
    started = time.monotonic()
    page.locator('input[type="file"]').first.set_input_files(sorted(folder.rglob("*.cif")))
    counted(page, rf"^{N} crystals? · {N} files\.zip")
    assert time.monotonic() - started < 30  # seconds
    assert len(sent) == 1


def test_a_dropped_folder_comes_whole(open_page, settled, folder: Path) -> None:
    page = open_page("")
    settled(page)
    sent = uploads(page)
    drop(page, [folder])
    counted(page, rf"^{N} crystals? · alloys\.zip")
    assert len(sent) == 1
    settled(page)
    drop(page, sorted(folder.glob("b/*"))[:30])  # loose files join them
    counted(page, rf"^{N + 30} crystals? · ")
    assert len(sent) == 2
    page.get_by_role("link", name="Library", exact=True).click()
    settled(page, 60)
    expect(page.get_by_text("not read", exact=False)).to_have_count(0)


def test_a_few_files_are_listed_one_by_one(open_page, settled, folder: Path) -> None:
    page = open_page("")
    settled(page)
    sent = uploads(page)
    drop(page, sorted(folder.glob("a/*.cif"))[:3])
    counted(page, r"^3 crystals ·")
    assert len(sent) == 3


def test_what_comes_while_something_is_read_is_not_lost(open_page, settled, folder: Path) -> None:
    """The uploader is another one when the second batch is packed."""
    page = open_page("")
    settled(page)
    sent = uploads(page)
    page.evaluate(
        """() => {
          const real = File.prototype.arrayBuffer  // reading takes its time
          File.prototype.arrayBuffer = async function () {
            await new Promise((done) => setTimeout(done, 100))
            return real.call(this)
          }
        }"""
    )
    drop(page, [folder / "b"])
    expect(page.locator("[data-packing]")).to_have_count(1)
    expect(page.get_by_text("Drag and drop", exact=False)).to_have_count(0)
    page.locator('input[type="file"]').first.set_input_files(sorted(folder.glob("a/*.cif"))[:2])
    counted(page, r"^2 crystals ·")
    counted(page, rf"^{N // 2 + 2} crystals ·")
    assert len(sent) == 3
    expect(page.locator("[data-packing]")).to_have_count(0)


def test_hidden_and_empty_folders(open_page, settled, folder: Path, tmp_path: Path) -> None:
    hidden, empty = tmp_path / ".work", tmp_path / "nothing"
    empty.mkdir()
    hidden.mkdir()
    for file in sorted(folder.glob("a/*.cif"))[:4]:
        (hidden / file.name).write_bytes(file.read_bytes())
    page = open_page("")
    settled(page)
    drop(page, [hidden])
    counted(page, r"^4 crystals · work\.zip")
    settled(page)
    drop(page, [empty])
    page.get_by_text("What could not be read").click()
    expect(page.get_by_text("1 could not be read", exact=False).first).to_be_visible()

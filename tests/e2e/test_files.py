"""From dropped files to an explained match, in the browser."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import FileChooser, Page, expect

from core.data import load_embedded
from core.distances import parse_metric
from core.distances.base import between


def upload(page: Page, files: list[Path], count: str) -> None:
    """Give files to the uploader of the page and wait until the chip counts them."""
    page.wait_for_function(
        "() => document.querySelector('[data-testid=stApp]').dataset.testScriptState"
        " === 'notRunning'"
    )
    page.locator('input[type="file"]').first.set_input_files([str(f) for f in files])
    side = page.locator('[data-testid="stSidebar"]')
    chip = side.get_by_text(re.compile(rf"^{count} crystals? ·")).first
    expect(chip).to_be_visible(timeout=90_000)


def download(page: Page, name: str) -> bytes:
    """The content of what a button of this name gives."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=name).first.click()
    return Path(waiting.value.path()).read_bytes()


@pytest.mark.data
def test_twenty_malformed_zeolites_to_an_explained_match(open_page, settled, shared_data) -> None:
    folder = shared_data / "zeolites/optimized_structures"
    files = [f for f in sorted(folder.glob("*.cif")) if f.stem != "SFE"][:19]
    page = open_page("")
    upload(page, [*files, folder / "SFE.cif"], "19")
    page.get_by_role("link", name="Library", exact=True).click()
    expect(page.locator("h1")).to_have_text("Library")
    settled(page)
    expect(page.get_by_text(re.compile("1 not read")).first).to_be_visible()
    page.get_by_text("Doctor's report", exact=True).first.click()
    settled(page)
    expect(page.get_by_text("SFE").first).to_be_attached()
    expect(page.get_by_text(re.compile("data block|underscore|blank", re.I)).first).to_be_attached()
    page.get_by_role("link", name="Similarity", exact=True).click()
    expect(page.locator("h1")).to_have_text("Similarity")
    settled(page, 90)
    page.wait_for_selector(".js-plotly-plot .heatmaplayer image")
    expect(page.get_by_text(re.compile(r"are \d\.\d+ Å apart"))).to_be_visible(timeout=60_000)


def test_a_click_on_the_matrix_chooses_the_pair(open_page, settled) -> None:
    page = open_page("similarity?data=embedded:elements")
    settled(page, 90)
    plate = page.locator(".js-plotly-plot .nsewdrag").first
    plate.wait_for()
    before = page.get_by_text(re.compile(r"are \d\.\d+ Å apart")).inner_text(timeout=60_000)
    box = page.locator(".js-plotly-plot .heatmaplayer image").first.bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.2 * box["height"])
    page.wait_for_timeout(300)
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.2 * box["height"])
    settled(page, 60)
    sentence = page.get_by_text(re.compile(r"are \d\.\d+ Å apart"))
    expect(sentence).not_to_have_text(before, timeout=30_000)
    a, b = (re.search(rf"[?&]{key}=([^&]+)", page.url).group(1) for key in ("a", "b"))
    chosen = {c.id: c for c in load_embedded("elements")}
    vectors = parse_metric("grid-wasserstein").embed([chosen[a], chosen[b]], float)
    exact = float(between(vectors[:1], vectors[1:])[0, 0])
    shown = float(re.search(r"are (\d+\.\d+) Å", sentence.inner_text()).group(1))
    assert shown == pytest.approx(exact, abs=6e-4)
    page.reload()
    page.wait_for_selector("h1")
    settled(page, 60)
    expect(page.get_by_text(f"are {shown:.3f} Å apart", exact=False)).to_be_visible()


def test_downloads_hold_what_is_shown(open_page, settled) -> None:
    page = open_page("grid?data=embedded:grid-report&crystal=RP-n1")
    settled(page)
    table = pd.read_csv(io.BytesIO(download(page, "CSV")))
    shares = table.to_numpy()[:, -100:]  # before them the rank of the neighbour
    assert len(table) == 100
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)
    page.get_by_role("button", name="Show code").first.click()
    code = page.locator("[data-testid=stPopoverBody] code").first.inner_text()
    scope: dict[str, object] = {}
    exec(compile(code, "shown", "exec"), scope)
    np.testing.assert_allclose(np.asarray(scope["result"]), shares, atol=1e-6)


def test_the_result_bundle_is_whole(open_page, settled) -> None:
    page = open_page("similarity?data=embedded:grid-report")
    settled(page, 90)
    page.get_by_role("tab", name="Export").click()
    settled(page, 60)
    content = download(page, re.compile("bundle", re.IGNORECASE))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        assert "script.py" in names
        assert "@article" in archive.read("references.bib").decode()
        notes = json.loads(archive.read("provenance.json"))
    assert notes["provenance"]


def test_from_files_to_the_match_by_keyboard_alone(open_page, settled, cifs) -> None:
    page = open_page("")
    # Listened for from the start: chromium handles keys before it turns choosers into events.
    choosers: list[FileChooser] = []
    page.on("filechooser", lambda chooser: choosers.append(chooser))
    settled(page)
    reached = False
    for _ in range(40):  # Tab reaches the uploader without a mouse
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.innerText || ''")
        if focused.strip().split("\n")[-1] == "Upload":
            reached = True
            break
    assert reached
    page.keyboard.press("Space")
    for _ in range(120):
        if choosers:
            break
        page.wait_for_timeout(250)
    assert choosers, page.evaluate("document.activeElement.outerHTML")
    choosers[0].set_files([str(path) for path in cifs])
    chip = page.locator('[data-testid="stSidebar"]').get_by_text(re.compile(r"^3 crystals ·")).first
    expect(chip).to_be_visible(timeout=60_000)
    settled(page)
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.innerText || ''")
        if focused.strip().split("\n")[-1] == "Similarity":
            break
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Similarity", timeout=30_000)
    settled(page, 60)
    expect(page.get_by_text(re.compile(r"are \d\.\d+ Å apart"))).to_be_visible(timeout=60_000)


def test_two_visitors_do_not_see_each_others_crystals(open_page, settled, cifs) -> None:
    mine, theirs = open_page(""), open_page("")
    upload(mine, cifs[:2], "2")
    upload(theirs, cifs[2:], "1")
    for page, own, other in (
        (mine, cifs[0].stem, cifs[2].stem),
        (theirs, cifs[2].stem, cifs[0].stem),
    ):
        page.get_by_role("link", name="Crystal", exact=True).click()
        expect(page.locator("h1")).to_have_text("Crystal")
        settled(page, 60)
        page.get_by_role("combobox").first.click()
        options = page.get_by_role("option").all_inner_texts()
        assert own in options
        assert other not in options
    # A reload keeps one's own files, by the token in the address.
    mine.reload()
    chip = mine.locator('[data-testid="stSidebar"]').get_by_text(re.compile(r"^2 crystals ·")).first
    expect(chip).to_be_visible(timeout=60_000)

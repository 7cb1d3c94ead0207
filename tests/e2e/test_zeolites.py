"""The zeolite page end to end, its data from the mirror."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from benchmarks.browser import Server, start

pytestmark = [pytest.mark.data, pytest.mark.timeout(900)]
SECONDS = 400_000  # milliseconds for a job on a busy machine


@pytest.fixture
def mirrored(shared_data, tmp_path, monkeypatch) -> Iterator[Server]:
    """A server that reads public sets from the mirror."""
    monkeypatch.setenv("GRIDSCOPE_DATA_MIRROR", str(shared_data))
    server = start(tmp_path)
    yield server
    server.stop()


def drawn(page: Page) -> None:
    page.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=SECONDS)


def csv(page: Page) -> pd.DataFrame:
    """What the first CSV button of the page gives."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV").first.click()
    return pd.read_csv(io.BytesIO(Path(waiting.value.path()).read_bytes()))


@pytest.mark.slow
def test_the_zeolite_page_end_to_end_through_the_mirror(
    open_page, settled, mirrored, shared_data, cifs
) -> None:
    page = open_page("zeolites?repeats=2", at=mirrored)
    settled(page)
    expect(page.get_by_text("not on this server", exact=False)).to_have_count(0)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible(timeout=60_000)
    drawn(page)
    settled(page, 90)
    table = csv(page)
    assert table["model"].tolist()[:4] == ["Geometric", "Topological", "Volumetric", "SOAP"]
    error = table["RMSE [10⁻⁶/K], mean over folds"]
    assert error.between(3, 4.6).all()
    assert error[5] < error[4]
    expect(page.get_by_text("The paper says").first).to_be_visible()

    page.reload()  # the result is on disk: a second visit is instant
    page.wait_for_selector("h1")
    drawn(page)
    assert page.get_by_role("button", name="Start", exact=True).count() == 0
    page.get_by_text("Bulk modulus", exact=True).first.click()
    settled(page, 60)
    assert csv(page)["RMSE [GPa], mean over folds"].between(13, 22).all()

    folder = shared_data / "zeolites/starting_structures"
    files = [folder / f"{code}.cif" for code in ("ABW", "AFY", "FAU")] + cifs[:1]
    page.goto(f"{mirrored.url}/library")
    page.wait_for_selector("h1")
    settled(page, 60)
    page.locator('input[type="file"]').first.set_input_files([str(f) for f in files])
    chip = page.locator('[data-testid="stSidebar"]').get_by_text(re.compile(r"^4 crystals ·")).first
    expect(chip).to_be_visible(timeout=90_000)
    page.goto(page.url.replace("/library", "/zeolites") + "&part=frameworks")
    page.wait_for_selector("h1")
    expect(page.locator("h1")).to_have_text("Zeolites")
    settled(page, 60)
    expect(page.get_by_text("1 of 4 crystals are no siliceous", exact=False)).to_be_visible()
    page.get_by_role("button", name="Start", exact=True).click()
    drawn(page)
    settled(page, 90)
    own = csv(page)
    assert sorted(own["id"]) == ["ABW", "AFY", "FAU"]
    assert own["in the training set"].all()


def test_a_job_of_the_lab_can_be_cancelled(open_page, settled, mirrored) -> None:
    page = open_page("zeolites?part=stages", at=mirrored)
    settled(page)
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("button", name="Cancel").click(timeout=60_000)
    expect(page.get_by_text("Stopped.", exact=True)).to_be_visible(timeout=60_000)

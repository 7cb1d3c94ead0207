"""From one's own files to candidates, a funnel, a shortlist and an export that holds it all."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_files import download, upload
from tests.e2e.test_model_walk import SPEC, TARGET, go


def numbers(page: Page) -> list[int]:
    """Candidates, passed, shortlist."""
    told = page.locator('[data-testid="stMetricValue"]').all_inner_texts()
    return [int(text.replace(",", "")) for text in told[:3]]


@pytest.mark.timeout(900)  # seconds, on a machine that does much else
def test_candidates_to_a_shortlist(open_page, settled, cifs: list[Path]) -> None:
    page = open_page(f"train?{SPEC}")
    settled(page, 90)
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("Result", exact=True)).to_be_visible(timeout=240_000)
    go(page, "Library")
    settled(page, 60)
    page.get_by_text("Add files", exact=True).first.click()
    settled(page)
    upload(page, cifs, "3")

    go(page, "Candidates")
    settled(page, 60)
    page.goto(page.url + "&make=source:ions,per_parent:40")
    opening = page.get_by_role("button", name=re.compile("Open the best"))
    start = page.get_by_role("button", name=re.compile("^(Start|Make)"))
    expect(opening.or_(start).first).to_be_visible(timeout=90_000)
    if start.count():
        start.first.click()
    expect(opening).to_be_visible(timeout=180_000)
    settled(page, 60)
    n = int(re.sub(r"\D", "", opening.inner_text()))
    assert n >= 20
    opening.click()
    chip = page.locator('[data-testid="stSidebar"]').get_by_text(re.compile(rf"^{n} crystals? ·"))
    expect(chip.first).to_be_visible(timeout=60_000)

    go(page, "Screen")
    expect(page.get_by_text("Passed", exact=True).first).to_be_visible(timeout=120_000)
    settled(page, 60)
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    everything, before, _ = numbers(page)
    assert everything == n
    low = page.get_by_role("spinbutton", name="From").first
    low.fill("1")
    low.press("Enter")
    settled(page, 60)
    before = numbers(page)[1]
    slider = page.get_by_role("slider").first
    slider.press("Home")
    settled(page, 60)
    at_zero = numbers(page)[1]
    for _ in range(30):
        slider.press("ArrowRight")
    settled(page, 60)
    after = numbers(page)[1]
    assert after <= before <= at_zero
    assert at_zero > 0

    slider.press("Home")
    settled(page, 60)
    page.get_by_role("combobox", name=re.compile("Known crystals")).first.click()
    page.get_by_role("option", name=re.compile("prototype-elastic")).first.click()
    expect(page.get_by_text("Passed", exact=True).first).to_be_visible(timeout=120_000)
    settled(page, 90)
    page.get_by_role("tab", name="Shortlist").click()
    settled(page, 60)
    box = page.locator('[data-testid="stDataFrame"]').first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 15, box["y"] + 55)
    expect(page.get_by_text("Nearest known crystals").first).to_be_visible(timeout=60_000)
    assert re.search(r"[?&]crystal=", page.url)

    _, passed, short = numbers(page)
    page.get_by_role("tab", name="Export").click()
    settled(page, 60)
    with zipfile.ZipFile(io.BytesIO(download(page, "Bundle"))) as bundle:
        names = bundle.namelist()
        table = pd.read_csv(bundle.open("shortlist.csv"))
        every = pd.read_parquet(io.BytesIO(bundle.read("candidates.parquet")))
        limits = json.loads(bundle.read("limits.json"))
    assert len(table) == short == sum(name.endswith(".cif") for name in names)
    assert len(every) == n
    assert int(every["passed"].sum()) == passed
    window = every[f"predicted_{TARGET}"] >= 1.0
    assert (every["passed"] <= window).all()
    assert np.isfinite(table[f"predicted_{TARGET}"]).all()
    assert limits["thresholds"][0]["unit"] == "GPa"
    assert limits["candidates"] == n

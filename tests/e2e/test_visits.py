"""Visits as people make them: deep links, themes, phones, reloads, two people at once."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

EMBEDDED = "data=embedded:grid-report"


def colours(page: Page, selector: str) -> int:
    """How many colours an element shows: an empty plate has one or two."""
    picture = Image.open(io.BytesIO(page.locator(selector).first.screenshot())).convert("RGB")
    return len(np.unique(np.asarray(picture).reshape(-1, 3), axis=0))


def test_a_first_visit_by_deep_link(fresh_server, open_page, settled) -> None:
    page = open_page(f"grid?{EMBEDDED}&crystal=RP-n1", at=fresh_server)
    settled(page)
    expect(page.locator("h1")).to_have_text("GRID")
    expect(page.get_by_text("Page not found")).to_have_count(0)
    expect(page.get_by_text("RP-n1 Sr2TiO4")).to_be_visible()


def test_grid_draws_its_heat_map(open_page, settled) -> None:
    page = open_page(f"grid?{EMBEDDED}&crystal=RP-n1&b=RP-ninf")
    settled(page)
    page.wait_for_selector(".js-plotly-plot .heatmaplayer image")
    assert colours(page, ".js-plotly-plot") > 50
    page.get_by_role("tab", name="Two crystals").click()
    expect(page.get_by_text("RP-n1 and RP-ninf are 0.262 Å apart", exact=False)).to_be_visible()


def test_a_crystal_is_really_drawn(open_page, settled) -> None:
    page = open_page(f"crystal?{EMBEDDED}&crystal=RP-ninf")
    settled(page)
    frame = 'iframe[title*="viewer"]'
    page.wait_for_selector(frame)
    page.wait_for_timeout(3000)
    assert colours(page, frame) > 200
    page.get_by_role("tab", name="Symmetry").click()
    expect(page.get_by_text("Pm-3m").first).to_be_visible()


def test_the_dark_theme_is_dark(open_page, settled) -> None:
    page = open_page(f"grid?{EMBEDDED}", color_scheme="dark")
    settled(page)
    page.wait_for_selector(".js-plotly-plot .heatmaplayer image")
    picture = Image.open(io.BytesIO(page.screenshot())).convert("L")
    assert np.median(np.asarray(picture)) < 60
    plot = page.locator(".js-plotly-plot .main-svg").first
    assert "rgb(18, 22, 22)" in plot.evaluate("e => getComputedStyle(e).backgroundColor")


def test_a_phone_shows_everything_without_sideways_scrolling(open_page, settled) -> None:
    page = open_page(f"grid?{EMBEDDED}", viewport={"width": 390, "height": 844})
    settled(page)
    page.wait_for_selector(".js-plotly-plot")
    assert page.evaluate("document.documentElement.scrollWidth") <= 391
    width = page.locator(".js-plotly-plot").first.bounding_box()["width"]
    assert 250 < width <= 390


def test_a_reload_keeps_what_the_address_holds(open_page, settled) -> None:
    page = open_page(f"grid?{EMBEDDED}&crystal=RP-n2&b=RP-n1")
    settled(page)
    page.reload()
    page.wait_for_selector("h1")
    settled(page)
    expect(page.get_by_text("RP-n2 Sr3Ti2O7")).to_be_visible()
    assert "crystal=RP-n2" in page.url
    assert "b=RP-n1" in page.url


def test_the_data_set_goes_along_from_page_to_page(open_page, settled) -> None:
    page = open_page(f"grid?{EMBEDDED}&crystal=RP-n2")
    settled(page)
    page.get_by_role("link", name="Crystal", exact=True).click()
    expect(page.locator("h1")).to_have_text("Crystal")
    settled(page)
    assert "data=embedded" in page.url
    assert "crystal=RP-n2" in page.url


@pytest.mark.parametrize("data", ["grid-report", pytest.param("elements", marks=pytest.mark.slow)])
def test_every_page_draws_with_each_set(open_page, settled: Callable[..., None], data: str) -> None:
    page = open_page("")
    home = page.url.partition("?")[0]
    for path in ("", "library", "crystal", "grid", "similarity", "grid_report", "methods", "jobs"):
        page.goto(f"{home}{path}?data=embedded:{data}")  # a new session each time
        page.wait_for_selector("h1")
        settled(page)
        assert page.locator("h1").count() == 1
        assert page.locator('[data-testid="stAlertContentError"]').count() == 0, path


def test_a_running_job_can_be_cancelled(open_page, settled) -> None:
    """The averaged model of 5,472 crystals: a job that no machine ends before the click."""
    page = open_page("train?data=embedded:prototype-elastic&target=bulk_modulus_GPa")
    settled(page, 90)
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_role("button", name="Cancel").click(timeout=60_000)
    expect(page.get_by_text("Stopped.", exact=True)).to_be_visible(timeout=20_000)
    expect(page.get_by_role("button", name="Run again")).to_be_visible()
    page.get_by_role("link", name="Jobs", exact=True).click()
    expect(page.locator("h1")).to_have_text("Jobs")
    settled(page)
    expect(page.get_by_text(re.compile(r"stopped · ")).first).to_be_visible()

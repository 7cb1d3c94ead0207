"""The 3D viewer in a real browser: pixels, clicks, the saved picture, no request elsewhere."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.browser import launched, start

HARNESS = Path(__file__).parent / "viewer_harness.py"
FLAGS = (
    "--headless=new --no-sandbox --use-angle=swiftshader --enable-unsafe-swiftshader "
    "--disable-quic --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync"
).split()
DRAW_MS = 60_000  # crystal_toolkit takes seconds to import

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address of a server with the harness, and its log."""
    running = start(tmp_path_factory.mktemp("viewer"), HARNESS)
    yield f"{running.url}/", running.log
    running.stop()


class Visit:
    """An open page, with what it asked for and complained of."""

    def __init__(self, page: Any, address: str, query: str) -> None:
        self.page, self.address, self.requests, self.errors = page, address, [], []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._heard)
        page.goto(address + query)
        self.frame = page.frame_locator("iframe")

    def _heard(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def drawn(self) -> None:
        self.frame.locator("body[data-drawn]").wait_for(timeout=DRAW_MS)
        self.page.wait_for_timeout(1000)

    def pixels(self) -> np.ndarray:
        return _pixels(self.frame.locator("#plate").screenshot())

    def assert_clean(self) -> None:
        away = [u for u in self.requests if not u.startswith((self.address, "data:", "blob:"))]
        assert away == []
        assert self.errors == []


@pytest.fixture
def visit(
    server: tuple[str, Path], playwright: Any, request: pytest.FixtureRequest
) -> Iterator[Visit]:
    flags, query = getattr(request, "param", ((), ""))
    with launched(playwright, [*FLAGS, *flags]) as browser:
        page = browser.new_page(viewport={"width": 1000, "height": 800})
        yield Visit(page, server[0], query)


def _pixels(png: bytes) -> np.ndarray:
    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def _reddish(pixels: np.ndarray) -> float:
    """Share of the pixels in the red of oxygen."""
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    return float(((red > 120) & (green < 90) & (blue < 90)).mean())


def test_draws_picks_saves_and_asks_nobody(visit: Visit, server: tuple[str, Path]) -> None:
    visit.drawn()
    assert _reddish(visit.pixels()) > 0.01
    words = visit.frame.locator("#plate").get_attribute("aria-label")
    assert "SrTiO3" in words
    assert "Pm-3m (221)" in words

    box = visit.frame.locator("#plate").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = visit.pixels()
    visit.page.mouse.click(*middle)  # titanium sits in the middle of the cell
    picked = visit.page.get_by_text("Ti · 1b · 6 bonded neighbours")
    picked.wait_for(timeout=10_000)
    assert "O 1.952 Å ×6" in picked.text_content()

    visit.page.mouse.move(*middle)
    visit.page.mouse.down()
    visit.page.mouse.move(middle[0] + 80, middle[1] + 30, steps=5)
    visit.page.mouse.up()
    visit.page.wait_for_timeout(500)
    assert np.abs(visit.pixels() - before).mean() > 1  # turned
    assert picked.is_visible()  # and a drag picks nothing else

    with visit.page.expect_download(timeout=20_000) as download:
        visit.frame.get_by_role("button", name="PNG").click()
    assert download.value.suggested_filename == "SrTiO3.png"
    picture = _pixels(Path(download.value.path()).read_bytes())
    assert min(picture.shape[:2]) >= 1500
    assert _reddish(picture) > 0.01
    visit.assert_clean()
    log = server[1].read_text().lower()
    assert "deprecat" not in log
    assert "traceback" not in log


def test_toggles_hide_parts_and_keep_the_frame(visit: Visit) -> None:
    visit.drawn()
    before, height = visit.pixels(), visit.frame.locator("#plate").bounding_box()["height"]
    visit.page.get_by_role("button", name="View").click()
    visit.page.get_by_text("Bonds", exact=True).click()
    visit.page.wait_for_timeout(1500)
    visit.page.keyboard.press("Escape")
    visit.page.wait_for_timeout(1000)
    assert _reddish(visit.pixels()) < 0.8 * _reddish(before)  # half of each bond is red
    assert visit.frame.locator("#plate").bounding_box()["height"] == height
    visit.assert_clean()


@pytest.mark.parametrize("visit", [((), "?embed_options=dark_theme")], indirect=True)
def test_plate_follows_the_dark_theme(visit: Visit) -> None:
    visit.drawn()
    pixels = visit.pixels()
    assert pixels[8:20, 8:20].mean() < 60
    assert _reddish(pixels) > 0.01


@pytest.mark.parametrize("visit", [(("--disable-3d-apis",), "")], indirect=True)
def test_without_webgl_a_flat_picture_is_drawn(visit: Visit) -> None:
    atoms = visit.page.locator(".js-plotly-plot .scatterlayer path.point")
    atoms.first.wait_for(timeout=DRAW_MS)
    assert atoms.count() == 15  # 8 Sr, 1 Ti, 6 O
    assert visit.errors == []

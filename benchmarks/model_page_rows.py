"""The section Model in a browser: pages while a model trains, and its plots once it is there."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks import app_rows as app
from benchmarks.browser import chromium, rest
from benchmarks.context import Context
from benchmarks.timing import Comparison, compare

# Crystals, visits elsewhere, and seconds between them, so that they meet stages of the training.
WHOLE, QUICK = (2_000, 6, 3.0), (200, 2, 0.0)
RESULT_SECONDS = 2.0  # from the result to each of its plots
_PATIENCE = 600_000  # milliseconds: the longest wait is for the training
_ELSEWHERE = ("Methods", "GRID report")
_PLOT = ".js-plotly-plot:has(.main-svg)"
_TABLE = '[data-testid="stDataFrame"] canvas'
_PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
# Tabs that ask for no further job, with how many they show of what; the first opens with its page.
_VIEWS = {
    "Evaluate": {
        "Parity": (1, _PLOT), "Residuals": (2, _PLOT), "Metrics": (2, _TABLE),
        "Compare runs": (1, _TABLE),
    },
    "Uncertainty": dict.fromkeys(("Coverage", "Quantiles", "Confidence", "Tails"), (1, _PLOT)),
    "Predict": {
        "Table": (1, _TABLE), "Against training": (1, _PLOT), "Against known values": (1, _PLOT),
    },
}  # fmt: skip


def rows(context: Context) -> Iterator[Comparison]:
    """What a visitor of the section Model waits for, beside what was asked."""
    n, visits, pause = QUICK if context.quick else WHOLE
    frames = app.Frames()
    with chromium() as browser, tempfile.TemporaryDirectory(prefix="gridscope-bench-") as folder:
        home = Path(folder) / "home"
        server = app._served(home)
        try:
            page = _visit(browser, server.url, frames, n, context.quick)
            _elsewhere(page, 2)  # the report's series are computed once
            before = _elsewhere(page, visits)
            _open(page, "Train")
            page.get_by_role("button", name="Train", exact=True).click()
            page.get_by_role("progressbar").first.wait_for()
            meanwhile = _elsewhere(page, visits, pause)
            _open(page, "Train")
            if not context.quick and not page.get_by_role("progressbar").count():
                raise RuntimeError("The training was over before all pages had been visited.")
            page.get_by_role("heading", name="Result", exact=True).wait_for()
            told = time.time() - max(p.stat().st_mtime for p in (home / "results").rglob("*"))
            _predicted(page)
            frames.largest = 0
            found = _rounds(page)
        finally:
            server.stop()
    name = f"{'ridge' if context.quick else 'averaged model'} of {n:,} crystals"
    other = f"another page while the {name} trains"
    yield app._allowed(
        [title for title, _ in meanwhile], app.MEANWHILE_SECONDS, f"{other}, to its title",
        note="Methods and GRID report in turns, both visited before",
    )  # fmt: skip
    yield compare(
        [end for _, end in meanwhile], [end for _, end in before], unit="s",
        name=f"App, {other}, to its end", peer="the same before the training",
        note="from the click to the page at rest and painted",
    )  # fmt: skip
    yield app._allowed([told], RESULT_SECONDS, f"{name}, from result on disk to errors on Train")
    for view, seconds in found.items():
        yield app._allowed(
            seconds, RESULT_SECONDS, f"{name}: {view}",
            note="three visits, from the click on the page or tab to the page at rest and painted",
        )  # fmt: skip
    yield app._allowed(
        [frames.largest / 1e6], app.MESSAGE_MEGABYTES, f"{name}, largest message", unit="MB",
        note="over the socket, while views change",
    )  # fmt: skip


def _visit(browser: Browser, url: str, frames: app.Frames, n: int, quick: bool) -> Page:
    """Train by link, at rest; the server's own imports are over."""
    page = browser.new_context(viewport={"width": 1280, "height": 1000}).new_page()
    page.set_default_timeout(_PATIENCE)
    page.on("websocket", frames.listen)
    asked = f"target=bulk_modulus_GPa&at_most={n}{'&model=ridge' if quick else ''}"
    page.goto(f"{url}/train?data=embedded:prototype-elastic&{asked}")
    page.get_by_role("button", name="Train", exact=True).wait_for()
    time.sleep(12)  # the warm-up's imports end
    _at_rest(page)
    return page


def _elsewhere(page: Page, visits: int, pause: float = 0.5) -> list[tuple[float, float]]:
    out = []
    for visit in range(visits):
        time.sleep(pause)
        out.append(_open(page, _ELSEWHERE[visit % len(_ELSEWHERE)]))
    return out


def _predicted(page: Page) -> None:
    """Wait for the predictions of all crystals, a job of its own; start it where it waits."""
    app._go(page, "Predict")
    begin = page.get_by_role("button", name="Start", exact=True)
    there = page.get_by_text("New to the model", exact=True).first
    begin.or_(page.get_by_role("progressbar")).or_(there).first.wait_for()
    if begin.count():
        begin.click()
    there.wait_for()
    _at_rest(page)


def _rounds(page: Page) -> dict[str, list[float]]:
    """Seconds to each view: the first of a page by the page's link, the others by their tabs."""
    seconds: dict[str, list[float]] = {}
    for _ in range(3):
        for where, views in _VIEWS.items():
            for i, view in enumerate(views):
                taken = app._seconds(partial(_show, page, where, view, i == 0))
                seconds.setdefault(f"{where}, {view}", []).append(taken)
    return seconds


def _show(page: Page, where: str, view: str, first: bool) -> None:
    if first:
        app._go(page, where)
    else:
        page.get_by_role("tab", name=view, exact=True).click()
    count, shown = _VIEWS[where][view]
    page.locator(f'[role="tabpanel"]:not([hidden]) {shown}').nth(count - 1).wait_for()
    _at_rest(page)


def _open(page: Page, name: str) -> tuple[float, float]:
    """Seconds from the click to a page's title, and to its end."""
    title = app._seconds(partial(app._go, page, name))
    return title, title + app._seconds(partial(_at_rest, page))


def _at_rest(page: Page) -> None:
    """The script has ended and the browser has drawn what it sent."""
    rest(page)
    page.evaluate(_PAINTED)

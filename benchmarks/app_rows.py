"""The app in a browser: first paint, from a drop to a map, pages meanwhile, large matrices."""

from __future__ import annotations

import io
import re
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Page, WebSocket, expect

from benchmarks import inputs, store_rows
from benchmarks.browser import Server, chromium, rest, start
from benchmarks.context import Context
from benchmarks.timing import Comparison, compare
from core.io.write import to_cif
from core.store.workspaces import open_store

FIRST_PAINT_SECONDS, AFTER_START_SECONDS = 1.5, 4.0
DROP_SECONDS, MEANWHILE_SECONDS = 45.0, 0.7
VIEW_SECONDS, MESSAGE_MEGABYTES = 2.0, 3.0
LIBRARY_SECONDS = 2.0
_PATIENCE = 120_000  # milliseconds
_PLOT = ".js-plotly-plot .main-svg"


@dataclass
class Frames:
    """Bytes of the largest message the server sent over the socket of a page."""

    largest: int = 0

    def listen(self, socket: WebSocket) -> None:
        """Follow a socket."""
        socket.on("framereceived", self._note)

    def _note(self, payload: str | bytes) -> None:
        self.largest = max(self.largest, len(payload))


def rows(context: Context) -> Iterator[Comparison]:
    """Wall times of what a visitor waits for, beside what was asked."""
    turns = 1 if context.quick else 3
    with chromium() as browser, tempfile.TemporaryDirectory(prefix="gridscope-bench-") as folder:
        yield from _paints(browser, Path(folder), turns)
        drops = [_drop(browser, Path(folder) / f"drop{i}") for i in range(turns)]
        yield _allowed([d[0] for d in drops], DROP_SECONDS, "zip of 500 binaries, drop to map")
        yield _allowed(
            [t for d in drops for t in d[1]], MEANWHILE_SECONDS, "another page while they are read",
            note="from the click to the page at rest, Methods and GRID report in turns",
        )  # fmt: skip
        yield from _large(browser, Path(folder) / "large")
        yield from _kept(browser, Path(folder) / "kept", 10_000 if context.quick else 100_000)


def _allowed(
    seconds: list[float], most: float, name: str, note: str = "", unit: str = "s"
) -> Comparison:
    note = note or "wall time in the browser"
    peer = "time allowed" if unit == "s" else "size allowed"
    return compare(
        seconds, [most] * len(seconds), name=f"App, {name}", peer=peer, unit=unit, gate=1.0,
        note=note,
    )  # fmt: skip


def _served(folder: Path) -> Server:
    folder.mkdir(parents=True, exist_ok=True)
    return start(folder)


def _visit(browser: Browser, server: Server, path: str = "") -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(_PATIENCE)
    page.goto(f"{server.url}/{path}")
    return page


def _seconds(action: Callable[[], object]) -> float:
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def _paint(browser: Browser, server: Server) -> float:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()

    def shown() -> None:
        page.goto(server.url, wait_until="commit")
        page.get_by_text("Your files", exact=True).wait_for()

    seconds = _seconds(shown)
    page.context.close()
    return seconds


def _paints(browser: Browser, folder: Path, turns: int) -> Iterator[Comparison]:
    cold, warm = [], []
    for turn in range(turns):
        server = _served(folder / f"paint{turn}")
        try:
            cold.append(_paint(browser, server))
            time.sleep(12)  # the warm-up's imports end
            warm += [_paint(browser, server) for _ in range(3)]
        finally:
            server.stop()
    yield _allowed(
        cold, AFTER_START_SECONDS, "first paint of Home, server just started",
        note="from the moment the server answers; the browser's cache is empty",
    )  # fmt: skip
    yield _allowed(
        warm, FIRST_PAINT_SECONDS, "first paint of Home, warm server",
        note="a new visitor; the browser's cache is empty",
    )  # fmt: skip


def _kept(browser: Browser, folder: Path, n: int) -> Iterator[Comparison]:
    """The library page on a workspace of n crystals, from the address to the table."""
    folder.mkdir()
    with open_store(f"sqlite:///{folder / 'workspaces.sqlite'}") as store:
        store_rows.fill(store, n)
    server, first, again = _served(folder), [], []
    try:
        _visit(browser, server).get_by_text("Your files", exact=True).wait_for()
        time.sleep(12)
        for _ in range(5):
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            for seconds in (first, again):  # the second time the browser has the app's own files
                page = context.new_page()

                def shown(page: Page = page) -> None:
                    page.goto(f"{server.url}/library?view=workspaces", wait_until="commit")
                    page.get_by_text(re.compile(r"^1 to 100 of")).wait_for(timeout=_PATIENCE)

                seconds.append(_seconds(shown))
                page.close()
            context.close()
    finally:
        server.stop()
    yield _allowed(
        first, LIBRARY_SECONDS, f"Library page, workspace of {n:,}",
        note="a new visitor, by link; the first time the facts for the filters are gathered",
    )  # fmt: skip
    yield _allowed(
        again, LIBRARY_SECONDS, f"Library page, workspace of {n:,}, browser that knows the app",
        note="by link, a session of its own",
    )  # fmt: skip


def _binaries_zip(folder: Path) -> Path:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for crystal in inputs.some_binaries(500):
            archive.writestr(f"{crystal.id}.cif", to_cif(crystal))
    path = folder / "binaries.zip"
    path.write_bytes(packed.getvalue())
    return path


def _at_hand(page: Page, count: str) -> None:
    """Wait until the side bar tells of so many crystals."""
    side = page.locator('[data-testid="stSidebar"]')
    chip = side.get_by_text(re.compile(rf"^{count} crystals? ·")).first
    expect(chip).to_be_visible(timeout=_PATIENCE)


def _drop(browser: Browser, folder: Path) -> tuple[float, list[float]]:
    """Seconds from drop to map, and of the pages looked at while the files were read."""
    server = _served(folder)
    try:
        dropped = _binaries_zip(folder)
        page = _visit(browser, server)
        page.get_by_text("Your files", exact=True).wait_for()
        time.sleep(12)
        rest(page)
        begun = time.perf_counter()
        page.locator('input[type="file"]').first.set_input_files(str(dropped))
        page.get_by_role("progressbar").first.wait_for()
        meanwhile = [_seconds(partial(_go, page, name)) for name in ("Methods", "GRID report")]
        _at_hand(page, "500")
        _go(page, "Similarity")
        page.get_by_role("tab", name="Map").click()
        page.locator('[role="tabpanel"]:not([hidden]) .js-plotly-plot .scatterlayer').wait_for()
        return time.perf_counter() - begun, meanwhile
    finally:
        server.stop()


def _go(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.locator("h1")).to_have_text(name, timeout=_PATIENCE)


def _large(browser: Browser, folder: Path) -> Iterator[Comparison]:
    """The matrix page with all binaries: seconds to a new view, largest message."""
    server = _served(folder)
    frames = Frames()
    try:
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.set_default_timeout(_PATIENCE)
        page.on("websocket", frames.listen)
        page.goto(server.url)
        page.get_by_text("Your files", exact=True).wait_for()
        rest(page)
        page.locator('input[type="file"]').first.set_input_files(str(inputs.binaries_file()))
        _at_hand(page, "3,953")
        _go(page, "Similarity")
        begin = page.get_by_role("button", name="Start", exact=True)
        image = page.locator(".js-plotly-plot .heatmaplayer image").first
        expect(begin.or_(image).first).to_be_visible(timeout=_PATIENCE)
        if begin.count():
            begin.click()
        image.wait_for()
        rest(page)
        frames.largest = 0
        seconds = []
        for name, shown in (("Nearest", "stDataFrame"), ("Matrix", "stPlotlyChart")) * 3:
            seconds.append(_seconds(partial(_tab, page, name, shown)))
        several = f"similarity of {len(inputs.binaries()):,} crystals"
        yield _allowed(seconds, VIEW_SECONDS, f"{several}, to a new view")
        yield _allowed(
            [frames.largest / 1e6], MESSAGE_MEGABYTES, f"{several}, largest message", unit="MB",
            note="over the socket, while views change",
        )  # fmt: skip
    finally:
        server.stop()


def _tab(page: Page, name: str, shown: str) -> None:
    page.get_by_role("tab", name=name).click()
    panel = page.locator('[role="tabpanel"]:not([hidden])')
    panel.locator(f'[data-testid="{shown}"]').first.wait_for()
    rest(page)

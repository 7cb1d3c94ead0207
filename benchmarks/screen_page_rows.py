"""The Screen page on 600,000 predicted candidates: opening, moving a threshold, bytes, memory."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from playwright.sync_api import Page, expect

from benchmarks.app_rows import Frames, _allowed, _seconds, _served, _visit
from benchmarks.browser import chromium, rest
from benchmarks.context import Context
from benchmarks.timing import Comparison, compare

N, N_QUICK = 600_000, 60_000
OPEN_SECONDS, MOVE_SECONDS, MESSAGE_MEGABYTES, MEMORY_GIGABYTES = 3.0, 0.5, 3.0, 2.0
_KEY = "bulk_modulus_GPa"
_VIEWS = ("Funnel", "Uncertainty", "What if")


def rows(context: Context) -> Iterator[Comparison]:
    """What a visitor of a large screening waits for, beside what was asked."""
    n = N_QUICK if context.quick else N
    with chromium() as browser, tempfile.TemporaryDirectory(prefix="gridscope-bench-") as folder:
        home = Path(folder) / "home"
        _write(home / "batches" / "large.parquet", n)
        server = _served(home)
        frames, opened = Frames(), []
        try:
            _visit(browser, server).get_by_text("Your files", exact=True).wait_for()
            time.sleep(12)  # the warm-up's imports end
            for _ in range(1 if context.quick else 3):
                page = browser.new_context(viewport={"width": 1280, "height": 1000}).new_page()
                page.on("websocket", frames.listen)
                opened.append(_seconds(partial(_open, page, server.url, n)))
                rest(page)
            moved = {view: _moves(page, view) for view in _VIEWS}
            memory = psutil.Process(server.process.pid).memory_info().rss / 1e9
        finally:
            server.stop()
    name = f"Screen page, {n:,} candidates"
    yield _allowed(
        opened, OPEN_SECONDS, f"{name}, to the funnel",
        note="a new visitor, by link; the first time the table is read",
    )  # fmt: skip
    for view, seconds in moved.items():
        yield _allowed(
            seconds, MOVE_SECONDS, f"{name}, a threshold moved, to counts and figure: {view}",
            note="from the key press to the page at rest",
        )  # fmt: skip
    yield _allowed([frames.largest / 1e6], MESSAGE_MEGABYTES, f"{name}, largest message", unit="MB",
                   note="over the socket")  # fmt: skip
    yield compare(
        [memory], [MEMORY_GIGABYTES], name=f"App, {name}, memory of the server",
        peer="memory allowed", unit="GB", gate=1.0, note="resident, after three visitors",
    )  # fmt: skip


def _write(path: Path, n: int) -> None:
    """Predictions of generated candidates: a value, its deviation, an interval, novelty."""
    path.parent.mkdir(parents=True)
    rng = np.random.default_rng(0)
    mean = rng.gamma(4.0, 25.0, n)
    std = 0.15 * mean * rng.gamma(4.0, 0.25, n)
    metals = ("Li", "Na", "K", "Mg", "Ca", "Ti", "V", "Fe", "Cu", "Zn")
    others = ("O", "S", "F", "Cl", "N")
    a, b = rng.integers(len(metals), size=n), rng.integers(len(others), size=n)
    table = pa.table({
        "id": [f"candidate-{i}" for i in range(n)],
        "formula": [f"{metals[i]}{others[j]}" for i, j in zip(a.tolist(), b.tolist(), strict=True)],
        f"predicted_{_KEY}": mean, f"predicted_std_{_KEY}": std,
        f"predicted_low_90_{_KEY}": mean - 1.7 * std, f"predicted_high_90_{_KEY}": mean + 1.7 * std,
        "distance_percentile": 100 * rng.random(n), "nearest_training": ["B1-NaCl"] * n,
        "applicability": [""] * n,
    })  # fmt: skip
    pq.write_table(table, path, compression="zstd")


def _open(page: Page, url: str, n: int) -> None:
    page.goto(f"{url}/screen?source=batch&batch=large.parquet", wait_until="commit")
    page.get_by_text(re.compile(f"^{n:,}$")).first.wait_for(timeout=120_000)
    page.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=120_000)


def _moves(page: Page, view: str) -> list[float]:
    """Seconds from a key press on the slider to new counts and the page at rest."""
    page.get_by_role("tab", name=view).click()
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    rest(page)
    slider, out = page.get_by_role("slider").first, []
    passed = page.locator('[data-testid="stMetricValue"]').nth(1)
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowRight"):
        before = passed.inner_text()

        def moved(key: str = key, before: str = before) -> None:
            slider.press(key)
            expect(passed).not_to_have_text(before, timeout=60_000)
            rest(page)

        out.append(_seconds(moved))
    return out

"""Live search in the browser, against servers on this machine; the key typed is found nowhere."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from benchmarks.browser import Server, start
from tests.servers.hostile import HostileServer, hostile  # noqa: F401 - a fixture
from tests.servers.mp_server import KEY, MPServer, mp_server  # noqa: F401 - a fixture
from tests.servers.optimade_server import OptimadeServer, optimade_server  # noqa: F401 - a fixture
from tests.servers.witness import files_holding

PICTURES = os.environ.get("GRIDSCOPE_TEST_PICTURES")  # a folder: what the tests see goes there


@pytest.fixture
def connected(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    optimade_server: OptimadeServer,  # noqa: F811
    hostile: HostileServer,  # noqa: F811
    mp_server: MPServer,  # noqa: F811
) -> Iterator[Server]:
    """An app that knows the servers of this machine and logs all it can."""
    urls = (optimade_server.url, f"{hostile.url}/marked", f"{hostile.url}/named")
    monkeypatch.setenv("GRIDSCOPE_OPTIMADE_SERVERS", ",".join(urls))
    monkeypatch.setenv("MP_API_ENDPOINT", mp_server.url)
    monkeypatch.setenv("STREAMLIT_LOGGER_LEVEL", "debug")
    monkeypatch.delenv("MP_API_KEY", raising=False)
    home = tmp_path / "home"
    home.mkdir()
    server = start(home)
    yield server
    server.stop()


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.wait_for_timeout(1_000)
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def link(**held: object) -> str:
    return f"library?view=live&live={json.dumps(held)}"


def test_providers_are_asked_and_each_outcome_told(
    open_page: Callable[..., Page],
    settled: Callable[..., None],
    connected: Server,
    optimade_server: OptimadeServer,  # noqa: F811
    hostile: HostileServer,  # noqa: F811
) -> None:
    host, mean = optimade_server.url[7:], hostile.url[7:]
    names = [host, f"{mean}/marked", f"{mean}/named", "cod"]
    page = open_page(link(providers=names, most=40, high=1), at=connected)
    settled(page)
    expect(page.get_by_text("nelements=1", exact=True)).to_be_visible()
    picture(page, "live-form")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text("Last search")).to_be_visible(timeout=60_000)
    settled(page)
    # COD has no network here, another refuses in words that are markup.
    expect(page.get_by_text(re.compile("2 of 4 sources gave nothing or not all"))).to_be_visible()
    assert page.locator("img[src=x]").count() == 0
    picture(page, "live-outcome")
    page.get_by_text("Table", exact=True).first.click()
    settled(page)
    assert page.locator("img[src=x]").count() == 0


def test_a_typed_key_is_found_nowhere_afterwards(
    open_page: Callable[..., Page],
    settled: Callable[..., None],
    connected: Server,
    mp_server: MPServer,  # noqa: F811
    tmp_path: Path,
) -> None:
    told: list[str] = []
    start_at = link(place="live:materials-project", chemsys="Na-Cl", **{"mp.most": 20})
    page = open_page(start_at, at=connected)
    page.on("request", lambda request: told.append(f"{request.url} {request.post_data or ''}"))
    page.on("console", lambda message: told.append(message.text))
    settled(page)
    field = page.locator("input[type=password]")
    for mode, outcome in (("echo", "1 of 1 sources gave nothing"), ("sound", "19 crystals")):
        mp_server.mode = mode
        field.fill(KEY)
        picture(page, f"live-mp-{mode}")
        page.get_by_role("button", name="Search", exact=True).click()
        expect(page.get_by_text(re.compile(outcome)).first).to_be_visible(timeout=90_000)
        settled(page)
        assert field.input_value() == ""
    picture(page, "live-mp-outcome")
    stored = page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}])")
    told += [page.url, page.content(), stored, *mp_server.log]
    page.get_by_text("Export", exact=True).first.click()
    settled(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download CIF files (zip)").click()
    waiting.value.save_as(tmp_path / "downloaded.zip")
    page.reload()
    settled(page)
    told += [page.url, page.content()]
    log = connected.stop()
    assert "Na-Cl" in "".join(told)
    assert KEY not in "".join(told)
    assert len(log) > 1_000  # it did log at its most talkative
    assert KEY not in log
    assert (tmp_path / "home" / "sessions").is_dir()
    assert not files_holding(tmp_path, KEY)

"""A fresh server and a real browser that may talk to nothing but that server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    Request,
    sync_playwright,
)

from benchmarks.browser import Server, launched, rest, start
from core.data import load_embedded
from core.io.write import to_cif

# Streamlit probes where it is mounted; on a deep link its first guess is answered by 404.
PROBED = ("_stcore/health", "_stcore/host-config")


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[Server]:
    """A server nobody has visited yet."""
    server = start(tmp_path)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of the whole run; its log is checked at the end."""
    running = start(tmp_path_factory.mktemp("home"))
    yield running
    log = running.stop()
    for fault in ("Traceback", "DeprecationWarning", "deprecated", "will be removed"):
        assert fault not in log, log[-4000:]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """One for the whole run: a thread can have but one."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Debian's chromium, drawing 3D in software."""
    with launched(playwright) as running:
        yield running


@dataclass
class Visit:
    """What a page did that it should not have done."""

    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[Open]:
    """Open a page of the app in a visitor's own browser; at the end nothing odd was seen."""
    contexts: list[BrowserContext] = []
    visit = Visit()

    def opened(path: str, *, at: Server | None = None, **options: object) -> Page:
        settings = {"viewport": {"width": 1280, "height": 900}, "accept_downloads": True, **options}
        context = browser.new_context(**settings)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("request", lambda request: _note_stranger(request, visit))
        page.on("pageerror", lambda error: visit.errors.append(str(error)))
        page.on(
            "console",
            lambda message: (
                visit.errors.append(f"{message.text} {message.location}")
                if message.type == "error"
                and not any(p in message.location.get("url", "") for p in PROBED)
                else None
            ),
        )
        page.goto(f"{(at or server).url}/{path}")
        page.wait_for_selector("h1")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not visit.strangers, f"requests left the machine: {visit.strangers}"
    assert not visit.errors, visit.errors


def _note_stranger(request: Request, visit: Visit) -> None:
    if not request.url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")):
        visit.strangers.append(request.url)


def settle(page: Page, seconds: float = 40) -> None:
    """Wait until the script has run to its end and no fault is shown."""
    page.wait_for_timeout(400)
    rest(page, seconds)
    assert page.locator('[data-testid="stException"]').count() == 0


@pytest.fixture
def settled() -> Callable[..., None]:
    """`settled(page)`: wait until the page is at rest."""
    return settle


@pytest.fixture
def cifs(tmp_path: Path) -> list[Path]:
    """Three files a chemist might have."""
    out = []
    for crystal in load_embedded("grid-report")[1:4]:
        path = tmp_path / f"{crystal.id}.cif"
        path.write_text(to_cif(crystal), "utf-8")
        out.append(path)
    return out

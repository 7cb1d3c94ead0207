"""A fresh server and a real browser that may talk to nothing but that server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --enable-unsafe-swiftshader"
).split()
# Streamlit probes where it is mounted; on a deep link its first guess is answered by 404.
PROBED = ("_stcore/health", "_stcore/host-config")
START_SECONDS = 60


@dataclass
class Server:
    """A running app: its address, its process, its log."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> str:
        self.process.terminate()
        self.process.wait(timeout=20)
        return self.log.read_text("utf-8", errors="replace")


def start(home: Path, script: Path = ROOT / "app.py") -> Server:
    """Start the app on a free port; returns once it answers."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = home / "server.log"
    environment = {**os.environ, "GRIDSCOPE_HOME": str(home)}
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [
                sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port),
                "--server.headless", "true", "--server.address", "127.0.0.1",
            ],
            cwd=ROOT, env=environment, stdout=stream, stderr=subprocess.STDOUT,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    limit = time.monotonic() + START_SECONDS
    while time.monotonic() < limit:
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=2)
            return Server(url, process, log)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    process.kill()
    raise RuntimeError(log.read_text("utf-8", errors="replace"))


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
def browser() -> Iterator[Browser]:
    """Debian's chromium, drawing 3D in software."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--headless=new", *FLAGS]
        )
        yield chromium
        chromium.close()


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
    page.wait_for_function(
        "() => document.querySelector('[data-testid=stApp]').dataset.testScriptState"
        " === 'notRunning' && !document.querySelector('[data-testid=stSkeleton]')",
        timeout=seconds * 1000,
    )
    assert page.locator('[data-testid="stException"]').count() == 0


@pytest.fixture
def settled() -> Callable[..., None]:
    """`settled(page)`: wait until the page is at rest."""
    return settle

"""The app as a visitor meets it: a server of its own, Debian's chromium, and clocks.

Timings, pictures (`docs/take_screenshots.py`) and browser tests start their servers here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync "
    "--enable-unsafe-swiftshader"
).split()
AT_REST = (
    "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
    " && !document.querySelector('[data-testid=stSkeleton]')"
)
_START_SECONDS = 60


@dataclass
class Server:
    """A running app: its address, its process, its log."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> str:
        """End it; what it logged."""
        self.process.terminate()
        self.process.wait(timeout=20)
        return self.log.read_text("utf-8", errors="replace")


def start(home: Path, script: Path = ROOT / "app.py") -> Server:
    """Start the app on a free port; returns once it answers.

    Raises: RuntimeError with the log when it does not.
    """
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
    limit = time.monotonic() + _START_SECONDS
    while time.monotonic() < limit:
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=2)
            return Server(url, process, log)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    process.kill()
    raise RuntimeError(log.read_text("utf-8", errors="replace"))


@contextmanager
def launched(playwright: Playwright, flags: Sequence[str] = FLAGS) -> Iterator[Browser]:
    """Debian's chromium, drawing 3D in software."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*flags])
    yield browser
    browser.close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """The same where no Playwright runs yet: a thread can have but one."""
    with sync_playwright() as playwright, launched(playwright) as browser:
        yield browser


def rest(page: Page, seconds: float = 90) -> None:
    """Wait until the page's script has run to its end."""
    page.wait_for_function(AT_REST, timeout=seconds * 1000)

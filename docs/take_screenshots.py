"""Pictures of the pages, light and dark, from a server of its own: `make screenshots`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "docs" / "screenshots"
PORT = 8599
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --enable-unsafe-swiftshader --disable-quic".split()
)
SET = "data=embedded:grid-report"
VIEWS = {
    "home": "",
    "library": f"library?{SET}",
    "crystal": f"crystal?{SET}&crystal=RP-ninf",
    "grid": f"grid?{SET}&crystal=RP-n1&b=RP-ninf",
    "similarity": "similarity?data=embedded:elements&a=Cu&b=Au",
    "grid-report": "grid_report",
    "methods": "methods",
    "jobs": f"jobs?{SET}",
}
AT_REST = (
    "() => document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"
    " && !document.querySelector('[data-testid=stSkeleton]')"
)


def main() -> None:
    """Start the app, visit every page in both themes, keep the pictures."""
    OUTPUT.mkdir(exist_ok=True)
    chromium = shutil.which("chromium") or sys.exit("chromium is not on the PATH.")
    with tempfile.TemporaryDirectory() as home:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(PORT),
             "--server.headless", "true", "--server.address", "127.0.0.1"],
            cwd=ROOT, env={**os.environ, "GRIDSCOPE_HOME": home},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _wait()
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
                for theme in ("light", "dark"):
                    context = browser.new_context(
                        viewport={"width": 1280, "height": 900}, color_scheme=theme
                    )
                    for name, address in VIEWS.items():
                        _take(context.new_page(), address, OUTPUT / f"{name}-{theme}.png")
                browser.close()
        finally:
            server.terminate()
            server.wait(timeout=20)


def _wait() -> None:
    for _ in range(150):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/_stcore/health", timeout=2)
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.4)
    sys.exit("The server did not start.")


def _take(page: Page, address: str, path: Path) -> None:
    page.goto(f"http://127.0.0.1:{PORT}/{address}")
    page.wait_for_selector("h1", timeout=60_000)
    page.wait_for_timeout(1000)
    page.wait_for_function(AT_REST, timeout=90_000)
    page.wait_for_timeout(2500)  # 3D and plots draw after the script has ended
    page.screenshot(path=path)
    page.close()


if __name__ == "__main__":
    main()

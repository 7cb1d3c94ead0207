"""Pictures of the pages, light and dark, from a server of its own: `make screenshots`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Page

from benchmarks.browser import ROOT, chromium, rest, start

OUTPUT = ROOT / "docs" / "screenshots"
SET = "data=embedded:grid-report"
VIEWS = {
    "home": "",
    "library": f"library?{SET}",
    "crystal": f"crystal?{SET}&crystal=RP-ninf",
    "grid": f"grid?{SET}&crystal=RP-n1&b=RP-ninf",
    "similarity": "similarity?data=embedded:elements&a=Cu&b=Au",
    "train": "train?data=embedded:prototype-elastic",
    "screen": "screen?data=embedded:prototype-elastic",
    "grid-report": "grid_report",
    "methods": "methods",
    "jobs": f"jobs?{SET}",
}


def main() -> None:
    """Start the app, visit every page in both themes, keep the pictures."""
    OUTPUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home, chromium() as browser:
        server = start(Path(home))
        try:
            for theme in ("light", "dark"):
                context = browser.new_context(
                    viewport={"width": 1280, "height": 900}, color_scheme=theme
                )
                for name, address in VIEWS.items():
                    page = context.new_page()
                    _take(page, f"{server.url}/{address}", OUTPUT / f"{name}-{theme}.png")
        finally:
            server.stop()


def _take(page: Page, address: str, path: Path) -> None:
    page.goto(address)
    page.wait_for_selector("h1", timeout=60_000)
    page.wait_for_timeout(1000)
    rest(page)
    page.wait_for_function(
        "() => !document.querySelector('[data-testid=stProgress]')", timeout=180_000
    )
    rest(page)
    page.wait_for_timeout(2500)  # 3D and plots draw after the script has ended
    page.screenshot(path=path)
    page.close()


if __name__ == "__main__":
    main()

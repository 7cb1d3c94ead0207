"""The last run of `make test-slow`, for the page of the documentation."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

RESULTS = Path("benchmarks/results/slow.xml")
_HEADING = "## Slow tests"


def section(page: Path) -> list[str]:
    """Lines on the last run on this machine; without one, what the page says already."""
    if RESULTS.exists():
        return _lines(RESULTS)
    text = page.read_text("utf-8") if page.exists() else ""
    _, heading, rest = text.partition(_HEADING)
    return [heading + rest.rstrip("\n"), ""] if heading else []


def _lines(results: Path) -> list[str]:
    # Written by our own pytest, so no hostile XML.
    suite = next(ET.parse(results).getroot().iter("testsuite"))  # noqa: S314
    rows = []
    for case in suite.iter("testcase"):
        told = next((e.tag for e in case if e.tag in ("failure", "error", "skipped")), "passed")
        name = f"{case.get('classname', '').removeprefix('tests.')}.{case.get('name')}"
        name = name.replace("|", "/")
        rows.append(f"| {name} | {told} | {float(case.get('time', 0)):.1f} |")
    return [
        _HEADING,
        "",
        f"Last run of `make test-slow`: {suite.get('timestamp', '')[:16].replace('T', ' ')},"
        f" {suite.get('tests')} tests, {suite.get('failures')} failures,"
        f" {suite.get('errors')} errors, {suite.get('skipped')} skipped.",
        "",
        "| test | outcome | seconds |",
        "|---|---|---|",
        *rows,
        "",
    ]

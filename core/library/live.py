"""Live searches in the background, and what they found as a library with its record.

A key travels from the page to the thread that sends it as a `Secret` in this process: it is in no
spec, ticket or record, and no other process gets it.
"""

from __future__ import annotations

import threading

from core.library.library import Library
from core.library.reading import Reading, Work
from core.sources.gather import SearchReport
from core.sources.materials_project import MPQuery, require_key, search_materials_project
from core.sources.optimade import OptimadeQuery, search_optimade
from core.sources.secret import Secret
from core.types import Progress, ShouldStop

OPTIMADE, MATERIALS_PROJECT = "live:optimade", "live:materials-project"
# Searches wait for others most of the time: they have places of their own beside the readings.
_AT_ONCE = threading.BoundedSemaphore(8)


def live_library(report: SearchReport, name: str, source: str) -> Library:
    """What a search found; its record opens with a line for each source that was asked."""
    return Library(name, source, report, record(report))


def record(report: SearchReport) -> tuple[str, ...]:
    """A line for each source: address, question, time, numbers, and why it gave not all."""
    return tuple(str(answer) for answer in report.answers)


def optimade_in_background(query: OptimadeQuery) -> Reading:
    """Ask OPTIMADE providers; the report is a `SearchReport`."""

    def work(on_progress: Progress, should_stop: ShouldStop) -> SearchReport:
        return search_optimade(query, on_progress=on_progress, should_stop=should_stop)

    return _begin(work, query.max_results)


def materials_project_in_background(query: MPQuery, key: Secret) -> Reading:
    """Ask the Materials Project; the report is a `SearchReport`.

    Args:
        query: what is asked for.
        key: of the user; when empty, that in MP_API_KEY.

    Raises: InvalidSpecError without a key, or for one that can't be one.
    """
    secret = require_key(key)

    def work(on_progress: Progress, should_stop: ShouldStop) -> SearchReport:
        return search_materials_project(
            query, secret, on_progress=on_progress, should_stop=should_stop
        )

    return _begin(work, query.max_results)


def _begin(work: Work, most: int) -> Reading:
    return Reading(work, most, at_once=_AT_ONCE, follow=True)

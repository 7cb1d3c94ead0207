"""Public sets in the background: downloaded, verified, read, with their record."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime

from core import __version__
from core.data.loading import PublicReport, citation_record, fault_report, load_public
from core.data.public import PUBLIC, PUBLIC_SETS, PublicSet, public_name
from core.errors import GridscopeError, JobCancelled
from core.library.library import Library
from core.library.reading import Reading
from core.types import Failure, Progress, ShouldStop

# Downloads wait for others most of the time: they have places of their own beside the readings.
_AT_ONCE = threading.BoundedSemaphore(4)
_DOWNLOADING = "downloading"
_STOPPED = Failure("", "fetch", "Stopped", "Loading was stopped.",
                   "What was downloaded is kept: load it again to go on.")  # fmt: skip


def public_library(name: str, report: PublicReport) -> Library:
    """The crystals of a set; its record opens with what they are and where they came from.

    Raises: UnknownNameError.
    """
    entry = PUBLIC_SETS[public_name(name)]
    return Library(entry.title, f"{PUBLIC}{entry.key}", report, (report.record,))


def public_in_background(name: str) -> Reading:
    """Fetch and read a set; the report is a `PublicReport`, one without rows when that failed.

    Raises: UnknownNameError.
    """
    entry = PUBLIC_SETS[public_name(name)]

    def work(on_progress: Progress, should_stop: ShouldStop) -> PublicReport:
        on_progress(0, entry.rows, "looking for the files")
        try:
            return load_public(entry.key, on_progress=_told(entry, on_progress),
                               should_stop=should_stop)  # fmt: skip
        except GridscopeError as error:
            return fault_report(Failure.from_error(error, id=entry.key, stage="fetch"))
        except JobCancelled:
            return fault_report(_STOPPED)

    return Reading(work, entry.rows, at_once=_AT_ONCE, follow=True)


def _told(entry: PublicSet, on_progress: Progress) -> Progress:
    """Bytes as kB, and what is counted: a reader gives names of files."""
    rows = "crystals read" if entry.holds == "crystals" else "rows read"

    def tell(done: int, total: int, what: str) -> None:
        if what.startswith(_DOWNLOADING):
            on_progress(done // 1000, max(1, total // 1000), "kB downloaded")
        else:
            on_progress(done, max(done, entry.rows), rows)

    return tell


def table_provenance(entry: PublicSet, report: PublicReport) -> str:
    """What goes beside the CSV of a set without structures, as JSON."""
    content = {
        "decisions": [report.record],
        "public_sets": [citation_record(entry)],
        "n_rows": 0 if report.table is None else len(report.table),
        "failures": [{"id": f.id, "code": f.code, "message": f.message} for f in report.failures],
        "gridscope": __version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return json.dumps(content, indent=2, ensure_ascii=False)

"""Long reading in the background: a thread that can be watched and stopped, and keeps what it read.

Parsing itself happens in the worker processes of `core.io.pool`; the thread only hands work out, so
that whoever started it stays free.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from core.config import ParseLimits
from core.errors import GridscopeError, JobCancelled, UploadLimitError
from core.io.archives import count_files, is_junk
from core.io.parse import parse
from core.store.home import new_token
from core.types import Failure, ParseReport, Progress, RawFile, ShouldStop

_LOG = logging.getLogger("gridscope.reading")
_AT_ONCE = threading.BoundedSemaphore(2)  # more at once would only slow each other down
_KEEP_SECONDS = 3_600.0

Work = Callable[[Progress, ShouldStop], ParseReport]


@dataclass(frozen=True, slots=True)
class ReadingState:
    """How far a reading is.

    Attributes:
        done, total: items; total is 0 while it can't be known.
        what: the last item's name.
        seconds: since it started.
        finished: whether the report is there.
        stopping: whether it was asked to stop.
    """

    done: int
    total: int
    what: str
    seconds: float
    finished: bool
    stopping: bool

    @property
    def fraction(self) -> float:
        """Share done, 0 to 1; 0 while the total is not known."""
        return min(1.0, self.done / self.total) if self.total else 0.0

    @property
    def seconds_left(self) -> float | None:
        """An estimate from the pace so far; None while there is none."""
        if self.finished or self.done < 5 or self.total <= self.done:
            return None
        return self.seconds * (self.total - self.done) / self.done


class Reading:
    """Work under way in a thread of its own.

    Args:
        work: called with a progress callback and a question whether to stop.
        total: items expected, 0 when not known.
        at_once: places shared with other work of its kind.
        follow: the total is what the work last said, not the most it ever said.
    """

    def __init__(
        self, work: Work, total: int = 0, *, follow: bool = False,
        at_once: threading.Semaphore = _AT_ONCE,
    ) -> None:  # fmt: skip
        self._work: Work | None = work
        self._total, self._follow, self._at_once = total, follow, at_once
        self._done, self._what = 0, ""
        self._stop = threading.Event()
        self._finished = threading.Event()
        self._report: ParseReport | None = None
        self._started, self.ended = time.monotonic(), 0.0
        self._thread = threading.Thread(target=self._run, name="reading", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        work, self._work = self._work, None  # files are let go of as soon as they are read
        assert work is not None
        try:
            with self._at_once:
                self._report = work(self._progress, self._stop.is_set)
        except GridscopeError as error:
            failure = Failure.from_error(error, id="all files", stage="parse")
            self._report = ParseReport((), (failure,), ())
        except JobCancelled:
            self._report = _nothing("Stopped", "Reading was stopped before anything was read.")
        except Exception:  # noqa: BLE001 - the end of a thread: nobody else would tell
            _LOG.exception("reading failed")
            self._report = _nothing("Unexpected", "Reading failed unexpectedly; it was logged.")
        finally:
            self.ended = time.monotonic()
            self._finished.set()

    def _progress(self, done: int, total: int, what: str) -> None:
        self._done, self._what = done, what
        if self._follow:
            self._total = total
        elif self._total:
            self._total = max(self._total, total)

    def state(self) -> ReadingState:
        """How far it is now."""
        finished = self._finished.is_set()
        seconds = (self.ended if finished else time.monotonic()) - self._started
        return ReadingState(
            self._done, self._total, self._what, seconds, finished, self._stop.is_set()
        )

    def stop(self) -> None:
        """Ask it to stop; what was read is kept."""
        self._stop.set()

    def report(self, timeout: float | None = None) -> ParseReport | None:
        """What was read, once finished; None when it is not by then."""
        self._finished.wait(timeout)
        return self._report


def _nothing(code: str, message: str) -> ParseReport:
    hint = "Try again with fewer files."
    return ParseReport((), (Failure("all files", "parse", code, message, hint),), ())


def read_files(
    files: list[RawFile], *, limits: ParseLimits | None = None, workers: int | None = None
) -> Reading:
    """Read files in the background. The list is emptied as they are read.

    Together the files may hold as many bytes as one archive may unpack to; what goes beyond is a
    failure each.
    """
    limits = limits or ParseLimits()
    files.reverse()  # popped from the end, in the order given
    refused: list[Failure] = []
    kept = _within_budget(files, limits, refused)
    counts = [count_files(raw) for raw in kept]
    total = sum(min(n, limits.max_archive_files) for n in counts) if all(counts) else 0

    def work(on_progress: Progress, should_stop: ShouldStop) -> ParseReport:
        report = parse(
            _given_up(kept), limits=limits, workers=workers, on_progress=on_progress,
            should_stop=should_stop, keep_partial=True,
        )  # fmt: skip
        failures = (*report.failures, *refused)
        return ParseReport(report.crystals, failures, report.examinations)

    return Reading(work, total)


def _within_budget(
    files: list[RawFile], limits: ParseLimits, refused: list[Failure]
) -> list[RawFile]:
    """The files that fit into the limit of bytes, last first; junk left by systems is dropped."""
    kept: list[RawFile] = []
    n_bytes = 0
    while files:
        raw = files.pop()
        if "/" in raw.name and is_junk(raw.name):
            continue
        n_bytes += len(raw.data)
        if n_bytes <= limits.max_archive_bytes:
            kept.append(raw)
            continue
        error = UploadLimitError(
            f"The files together have more than {limits.max_archive_bytes / 2**20:.0f} MiB.",
            hint="Load them in several goes; the files before this one were read.",
        )
        refused.append(Failure.from_error(error, id=raw.name, stage="upload", source=raw.name))
    kept.reverse()
    return kept


def _given_up(files: list[RawFile]) -> Iterator[RawFile]:
    while files:
        yield files.pop()


@dataclass(frozen=True, slots=True, eq=False)
class Ticket:
    """A reading and what is to become of it.

    Attributes:
        reading: under way or finished.
        name: words for what is read.
        add: it joins the crystals at hand.
        renew: it takes the place of the library's own report.
        source: what the library's source becomes when this is its first content.
        verb: what is being done, for the progress line.
    """

    reading: Reading
    name: str
    add: bool = False
    renew: bool = False
    source: str = "files"
    verb: str = "Reading"


class Readings:
    """All readings of a server by an id nobody can guess: they survive a reload of the page."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tickets: dict[str, Ticket] = {}

    def put(self, ticket: Ticket) -> str:
        """Keep a ticket; its id. What nobody fetched for an hour is dropped."""
        limit = time.monotonic() - _KEEP_SECONDS
        with self._lock:
            for key, old in list(self._tickets.items()):
                if old.reading.state().finished and old.reading.ended < limit:
                    del self._tickets[key]
            key = new_token()
            self._tickets[key] = ticket
        return key

    def get(self, key: str) -> Ticket | None:
        """The ticket, None when there is none of that id."""
        with self._lock:
            return self._tickets.get(key)

    def take(self, key: str) -> Ticket | None:
        """The ticket, which is then forgotten."""
        with self._lock:
            return self._tickets.pop(key, None)

"""Several sources asked at once: each in a thread of its own, its pages taken as they come.

A thread that hangs (in a name server's silence, say) is given up, never waited for. Only what
arrived is read, by the same parser and under the same limits as files.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from core.errors import GridscopeError, JobCancelled, SourceError
from core.io import parse
from core.sources.transport import CONNECT_SECONDS, Channel, too_slow
from core.types import Failure, ParseReport, Progress, RawFile, ShouldStop

_LOG = logging.getLogger("gridscope.sources")
_POLL_SECONDS = 0.1
_GRACE_SECONDS = CONNECT_SECONDS + 2.0  # beyond the time for a reply: names, certificates
_AFTER_STOP_SECONDS = 10.0  # to read what had arrived
_RECORDS_OF_A_FILE = 100  # the parser's limit of bytes is for each file


@dataclass(frozen=True, slots=True)
class Page:
    """Records that arrived together, and how many the source says there are in all."""

    records: list[dict[str, Any]]
    n_matching: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One source of a query.

    Attributes:
        name: short, unique within the query.
        url: what is asked, without anything secret.
        query: what is asked for, in the source's own language.
        most: records wanted at most.
        ask: yields pages; runs in a thread.
    """

    name: str
    url: str
    query: str
    most: int
    ask: Callable[[Channel], Iterator[Page]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one source: a line of the record of what was loaded.

    Attributes:
        name, url, query: as of the source.
        created: when it was asked, UTC.
        n_received: records taken.
        n_matching: how many there are, as the source says; None when it does not.
        seconds: until it was done.
        fault: why it gave nothing, or not all; empty when it did.
    """

    name: str
    url: str
    query: str
    created: str
    n_received: int
    n_matching: int | None
    seconds: float
    fault: str = ""

    def __str__(self) -> str:
        of = "" if self.n_matching is None else f" of {self.n_matching:,}"
        text = (
            f"live query of {self.name} ({self.url}) on {self.created}: "
            f"{self.query or 'no filter'}: {self.n_received:,}{of} structures received"
        )
        return f"{text}; {self.fault}" if self.fault else text


@dataclass(frozen=True, slots=True, eq=False)
class SearchReport(ParseReport):
    """A report with an answer for each source that was asked."""

    answers: tuple[Answer, ...] = ()


@dataclass(slots=True)
class _Line:
    """One source at work."""

    source: Source
    channel: Channel
    created: str
    started: float
    records: list[dict[str, Any]] = field(default_factory=list)
    n_matching: int | None = None
    ended: float = 0.0
    stopped: bool = False
    fault: SourceError | None = None

    @property
    def expected(self) -> int:
        """Records that will have come in the end, as far as is known."""
        if self.ended:
            return len(self.records)
        most = self.source.most
        return most if self.n_matching is None else min(most, self.n_matching)

    def take(self, page: Page) -> None:
        """Keep a page, within the limit."""
        room = self.source.most - len(self.records)
        self.records += page.records[: max(0, room)]
        self.n_matching = page.n_matching if page.n_matching is not None else self.n_matching

    def end(self, fault: SourceError | None = None) -> None:
        """Nothing more is taken from this source."""
        self.ended, self.fault, self.channel.abandoned = time.monotonic(), fault, True

    def answer(self) -> Answer:
        """The record of this source."""
        words = self.fault.message if self.fault else ""
        if not words and (self.stopped or not self.ended):
            words = "stopped by the user"
        return Answer(
            self.source.name, self.source.url, self.source.query, self.created, len(self.records),
            self.n_matching, (self.ended or time.monotonic()) - self.started, words,
        )  # fmt: skip


_Post = queue.SimpleQueue[tuple[int, Page | SourceError | None]]


def search(
    sources: Sequence[Source],
    *,
    seconds: float,
    workers: int | None = None,
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> SearchReport:
    """Ask all sources and read what they send.

    Args:
        sources: asked at the same time.
        seconds: for each reply; a source without a sign of life for longer is given up.
        workers: processes that examine; as for `core.io.parse`.
        on_progress: called as (received, expected, "waiting for ..."), then as (read, known,
            "examining ...").
        should_stop: asked ten times a second; what had arrived is kept.

    Returns: crystals in the order of the sources, a failure for each record that is no crystal and
        for each source that gave nothing or not all, and an answer for each source.
    """
    stop = should_stop or (lambda: False)
    lines = _receive(sources, seconds, on_progress, stop)
    stopped = stop()
    read = _read(lines, workers, on_progress, stop, stopped)
    faults = tuple(
        Failure.from_error(line.fault, id=line.source.name, stage="query", source=line.source.url)
        for line in lines
        if line.fault is not None
    )
    answers = tuple(line.answer() for line in lines)
    return SearchReport(read.crystals, (*faults, *read.failures), read.examinations, answers)


def _receive(
    sources: Sequence[Source], seconds: float, on_progress: Progress | None, stop: ShouldStop
) -> list[_Line]:
    """What each source sent, until all are done or the user stops."""
    post: _Post = queue.SimpleQueue()
    now = datetime.now(UTC).isoformat(timespec="seconds")
    lines = [
        _Line(source, Channel(source.name, seconds, stop), now, time.monotonic())
        for source in sources
    ]
    try:
        for number, line in enumerate(lines):
            name = f"source-{line.source.name}"
            threading.Thread(target=_ask, args=(number, line, post), name=name, daemon=True).start()
        while any(not line.ended for line in lines) and not stop():
            _next(lines, post)
            if on_progress is not None:
                done, total = (sum(n) for n in zip(*((len(i.records), i.expected) for i in lines),
                                                   strict=True))  # fmt: skip
                waiting = [line.source.name for line in lines if not line.ended]
                if waiting:
                    on_progress(done, total, f"waiting for {', '.join(waiting)}")
    finally:
        for line in lines:  # threads still under way end at their next look
            line.channel.abandoned = True
    return lines


def _next(lines: list[_Line], post: _Post) -> None:
    """Take one message, and give up sources that have been silent for too long."""
    try:
        number, said = post.get(timeout=_POLL_SECONDS)
    except queue.Empty:
        now = time.monotonic()
        for line in lines:
            silent = now - line.channel.sign
            if not line.ended and silent > line.channel.seconds + _GRACE_SECONDS:
                line.end(too_slow(line.channel))
        return
    line = lines[number]
    if line.ended:  # given up before
        return
    if isinstance(said, Page):
        line.take(said)
    else:
        line.end(said)


def _ask(number: int, line: _Line, post: _Post) -> None:
    """The thread of one source: its pages, then None or why it ended early."""
    name = line.source.name
    try:
        for page in line.source.ask(line.channel):
            line.channel.alive()
            post.put((number, page))
            line.channel.look_up()
        post.put((number, None))
    except JobCancelled:
        line.stopped = True
        post.put((number, None))
    except SourceError as error:
        # Without the frames behind it: they hold replies, and what was sent.
        error.__traceback__ = error.__context__ = error.__cause__ = None
        post.put((number, error))
    except GridscopeError as error:
        post.put((number, SourceError(error.message, hint=error.hint)))
    except Exception as error:  # noqa: BLE001 - the end of a thread: nobody else would tell
        # Its text stays out of the log: it may hold what was sent.
        _LOG.error("%s: unexpected %s", name, type(error).__name__)
        post.put((number, SourceError(f"{name} failed unexpectedly ({type(error).__name__}).")))


def _read(
    lines: Sequence[_Line],
    workers: int | None,
    on_progress: Progress | None,
    stop: ShouldStop,
    stopped: bool,
) -> ParseReport:
    """Records to crystals. After a stop only what is quick is done with what had arrived."""
    files = [
        RawFile(line.source.url, json.dumps(line.records[i : i + _RECORDS_OF_A_FILE]).encode())
        for line in lines
        for i in range(0, len(line.records), _RECORDS_OF_A_FILE)
    ]
    if not files:  # the readers need not be loaded, which takes a while the first time
        return ParseReport((), (), ())
    if stopped:
        end = time.monotonic() + _AFTER_STOP_SECONDS
        return parse(files, workers=0, examine=False, keep_partial=True,
                     should_stop=lambda: time.monotonic() > end)  # fmt: skip
    tell = on_progress and (lambda done, total, what: on_progress(done, total, f"examining {what}"))
    return parse(files, workers=workers, on_progress=tell, should_stop=stop,
                 keep_partial=True)  # fmt: skip

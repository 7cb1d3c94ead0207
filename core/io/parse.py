"""Files in, crystals and failures out: nothing that goes in is lost."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.config import ParseLimits, default_workers
from core.errors import ComputeError, InputError, JobCancelled, UploadLimitError
from core.io.collect import collect, expand
from core.io.detect import reader_for, uncompressed
from core.io.draft import Draft, Enclosed, Outcome, Refusal, examination_of
from core.io.naming import Namer, file_id, source_of, wanted_id
from core.io.pool import Pool
from core.io.readers.base import READERS
from core.io.tasks import DraftTask, FileTask, Task, checked, outcomes
from core.types import (
    Crystal,
    Examination,
    Failure,
    ParseReport,
    Progress,
    RawFile,
    ShouldStop,
)

_LOOK_EVERY = 64  # crystals of a trusted file between two questions to should_stop


@dataclass(frozen=True, slots=True)
class _Key:
    """Where an outcome belongs: the n-th file, its m-th item; what the record says of it."""

    file: int
    item: int
    file_name: str
    name: str = ""
    own_id: bool = False
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _Intake:
    """Takes files in, does what is quick, hands the rest out as tasks, keeps all outcomes."""

    limits: ParseLimits
    examine: bool
    on_progress: Progress | None
    should_stop: ShouldStop | None
    n_files: int = 0
    n_done: int = 0
    failures: list[tuple[int, int, Failure]] = field(default_factory=list)
    results: list[tuple[_Key, Outcome]] = field(default_factory=list)
    open_tasks: dict[int, int] = field(default_factory=dict)

    def tasks(self, files: Iterable[RawFile]) -> Iterator[tuple[_Key, Task]]:
        """Work for the pool; what can be done at once is done here."""
        for raw in files:
            for item in self._expanded(raw):
                number = self.n_files
                self.n_files += 1
                if isinstance(item, Failure):
                    self.failures.append((number, 0, item))
                else:
                    yield from self._file(number, item)
                self._advance(item.id if isinstance(item, Failure) else item.name)

    def _expanded(self, raw: RawFile) -> Iterator[RawFile | Failure]:
        limit = self.limits.max_archive_bytes
        if len(raw.data) > limit:
            error = UploadLimitError(f"The file is larger than {limit / 2**20:.0f} MiB.")
            yield Failure.from_error(error, id=file_id(raw.name), stage="parse", source=raw.name)
            return
        yield from expand(raw, self.limits)

    def _file(self, number: int, raw: RawFile) -> Iterator[tuple[_Key, Task]]:
        """Tasks of one file. A fault of the file as a whole becomes its outcome."""
        key = _Key(number, 0, raw.name)
        try:
            raw = uncompressed(raw, self.limits)
            if len(raw.data) > self.limits.max_file_bytes:
                raise UploadLimitError(
                    f"The file has {len(raw.data) / 2**20:.1f} MiB; the limit is "
                    f"{self.limits.max_file_bytes / 2**20:.3g} MiB.",
                    hint="Split the file, or raise max_file_bytes.",
                )
            reader = reader_for(raw)
            if not reader.trusted:
                yield key, FileTask(reader.key, raw, self.limits, self.examine)
                return
            for item, found in enumerate(reader.read(raw, self.limits)):
                if item % _LOOK_EVERY == 0:
                    self.look_up()
                    self._tell(raw.name)
                yield from self._item(_Key(number, item, key.file_name), found)
        except (InputError, ComputeError) as error:
            self.results.append((key, Refusal.from_error(error)))

    def _item(self, key: _Key, found: Draft | Enclosed | Refusal) -> Iterator[tuple[_Key, Task]]:
        if isinstance(found, Enclosed):
            inner = _Key(
                key.file, key.item, key.file_name, found.name, found.own_id, found.properties
            )
            yield inner, FileTask("cif", found.raw, self.limits, self.examine)
        elif isinstance(found, Draft) and self.examine:
            yield key, DraftTask(found, True)
        else:
            outcome = checked(found, False) if isinstance(found, Draft) else found
            self.results.append((key, outcome))

    def look_up(self) -> None:
        if self.should_stop is not None and self.should_stop():
            raise JobCancelled

    def _advance(self, what: str) -> None:
        self.n_done += 1
        self._tell(what)

    def _tell(self, what: str) -> None:
        if self.on_progress is not None:
            self.on_progress(len(self.results), max(self.n_files, len(self.results)), what)

    def keep(self, key: _Key, outcome: Outcome) -> None:
        """An outcome from the pool, in the name of the record it came from."""
        if key.name:
            inside = outcome.name
            name = f"{key.name}-{inside}" if inside else key.name
            if isinstance(outcome, Draft):
                properties = {**outcome.crystal.properties, **key.properties}
                crystal = outcome.crystal.with_(properties=properties)
                outcome = outcome.with_(name=name, own_id=key.own_id, crystal=crystal)
            else:
                outcome = Refusal(name, outcome.code, outcome.message, outcome.hint, key.own_id)
        self.results.append((key, outcome))
        if self.on_progress is not None:
            done = len(self.results)
            self.on_progress(done, max(self.n_files, done), key.file_name)

    def note_stop(self) -> None:
        """A failure that stands for all that was not read."""
        read = len(self.results)
        failure = Failure(
            "files not read", "parse", "Stopped", f"Reading was stopped after {read:,} of them.",
            "Add the files again to read the rest.",
        )  # fmt: skip
        self.failures.append((self.n_files, 0, failure))

    def report(self) -> ParseReport:
        """All outcomes in the order of the files, with unique ids."""
        order = sorted(
            range(len(self.results)),
            key=lambda i: (self.results[i][0].file, self.results[i][0].item, i),
        )
        counts: dict[int, int] = {}
        for key, _ in self.results:
            counts[key.file] = counts.get(key.file, 0) + 1
        namer = Namer()
        crystals: list[Crystal] = []
        cards: list[Examination] = []
        failures = list(self.failures)
        for i in order:
            key, outcome = self.results[i]
            only = counts[key.file] == 1 and not outcome.own_id
            name = "" if only else outcome.name
            wanted = wanted_id(key.file_name, name, outcome.own_id)
            source = source_of(key.file_name, name)
            if isinstance(outcome, Refusal):
                failures.append((key.file, key.item, outcome.as_failure(wanted, source)))
                continue
            given, renamed = namer.claim(wanted)
            crystals.append(outcome.crystal.with_(id=given, source=source))
            cards.append(examination_of(outcome.noting(*renamed), given, source))
        failures.sort(key=lambda entry: entry[:2])
        return ParseReport(tuple(crystals), tuple(f for _, _, f in failures), tuple(cards))


def parse(
    files: Iterable[RawFile],
    *,
    limits: ParseLimits | None = None,
    workers: int | None = None,
    examine: bool = True,
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    keep_partial: bool = False,
) -> ParseReport:
    """Read crystals from files in memory; archives among them are opened.

    Args:
        files: consumed one by one; only a few are held at a time.
        limits: what a file may ask for; the defaults when None.
        workers: processes for parsing; None for all processors. 0 parses in this process, without
            the time limit: for files you trust.
        examine: the full examination of each crystal; without it only overlaps are checked.
        on_progress: called as (done, known so far, name).
        should_stop: asked a few times a second.
        keep_partial: when stopped, return what was read and a failure for the rest.

    Returns: crystals in the order of the files, each with its examination, and a failure for all
        that gave none.

    Raises: JobCancelled when `should_stop` says so and nothing is to be kept.
    """
    len(READERS)  # load the readers now, not inside the first file's share of time
    intake = _Intake(limits or ParseLimits(), examine, on_progress, should_stop)
    n_workers = default_workers() if workers is None else workers
    try:
        with np.errstate(all="ignore"):  # results that are not finite are refused by name
            for key, outcome in _outcomes(intake, files, n_workers):
                intake.keep(key, outcome)
    except JobCancelled:
        if not keep_partial:
            raise
        intake.note_stop()
    return intake.report()


def _outcomes(
    intake: _Intake, files: Iterable[RawFile], n_workers: int
) -> Iterator[tuple[_Key, Outcome]]:
    if n_workers > 0:
        pool: Pool[_Key] = Pool(n_workers, intake.limits.seconds_per_file, intake.should_stop)
        yield from pool.run(intake.tasks(files))
        return
    for key, task in intake.tasks(files):
        intake.look_up()
        yield from ((key, outcome) for outcome in outcomes(task))


def read(
    paths: Iterable[str | os.PathLike[str]] | str | os.PathLike[str],
    *,
    limits: ParseLimits | None = None,
    workers: int | None = None,
    examine: bool = True,
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> ParseReport:
    """`parse` for files, folders and archives on disk. Arguments as there.

    Raises: JobCancelled when `should_stop` says so.
    """
    if isinstance(paths, (str, os.PathLike)):
        paths = [paths]
    limits = limits or ParseLimits()
    files, failures = collect(paths, limits=limits)
    report = parse(
        files,
        limits=limits,
        workers=workers,
        examine=examine,
        on_progress=on_progress,
        should_stop=should_stop,
    )
    return ParseReport(report.crystals, (*failures, *report.failures), report.examinations)

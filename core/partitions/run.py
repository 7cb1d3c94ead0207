"""A run: partitions of a source through a work into a folder, going on where it was."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError
from core.partitions.folder import Folder, Manifest, writing
from core.partitions.schedulers import Here, Payloads, Scheduler
from core.partitions.sources import Source
from core.partitions.work import MARK, START, Work, pack
from core.types import Progress, ShouldStop

SIZE = 1_000  # crystals of a partition: about a second of work, some MB of vectors
_WHAT = "describing crystals"


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did.

    Attributes:
        folder: where the partitions lie.
        n: crystals in all.
        n_found: those that were there before.
        seconds: wall time.
    """

    folder: Folder
    n: int
    n_found: int
    seconds: float


def run_partitions(
    source: Source,
    work: Work,
    path: Path,
    *,
    scheduler: Scheduler | None = None,
    size: int = SIZE,
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> RunReport:
    """Do all partitions that are not there yet.

    Args:
        path: a new or empty folder, or one of the same request.
        size: crystals of a partition.

    Raises: JobCancelled, which leaves all finished partitions; InputError, InvalidSpecError,
        ResourceError as `core.partitions.folder.writing` and the scheduler do.
    """
    started = time.perf_counter()
    if not len(source):
        raise InputError(f"{source.label} holds no crystals.")
    manifest = Manifest(work.to_dict(), source.label, source.digest, len(source), size)
    with writing(path, manifest) as folder:
        there = folder.finished()
        done = sum(len(manifest.rows(number)) for number in there)
        found = done
        if on_progress:
            on_progress(done, manifest.n, _WHAT)
        wanted = set(range(manifest.n_parts)) - there
        if wanted:
            payloads = _payloads(source, folder, wanted)
            results = (scheduler or Here()).run(work, payloads, should_stop)
            for number, data in results:
                folder.write(number, data)
                done += len(manifest.rows(number))
                if on_progress:
                    on_progress(done, manifest.n, _WHAT)
        return RunReport(folder, manifest.n, found, time.perf_counter() - started)


def _payloads(source: Source, folder: Folder, wanted: set[int]) -> Payloads:
    size = folder.manifest.size
    parts: Iterator[tuple[int, bytes]] = (
        (number, pack(table, {MARK: folder.mark(number).encode(), START: b"%d" % (number * size)}))
        for number, table in source.parts(size, wanted)
    )
    return parts

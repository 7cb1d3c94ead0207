"""The doctor's examination of crystals that came without one (embedded sets)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from core.config import ParseLimits, default_workers
from core.errors import JobCancelled
from core.io.draft import Draft, examination_of
from core.io.pool import Pool
from core.io.tasks import DraftTask, Task
from core.library.library import Library
from core.library.reading import Reading
from core.types import Examination, ParseReport, Progress, ShouldStop


def examine_library(library: Library, *, workers: int | None = None) -> Reading:
    """Examine all crystals in the background; its report replaces the library's.

    The crystals stay as they are: what the doctor would mend or refuse is left, since these were
    not read from a file. Stopped early, those not reached keep the card they had.
    """
    n_workers = workers or default_workers()

    def work(on_progress: Progress, should_stop: ShouldStop) -> ParseReport:
        pool: Pool[int] = Pool(n_workers, ParseLimits().seconds_per_file, should_stop)
        cards = list(library.examinations)
        try:
            for done, (row, outcome) in enumerate(pool.run(_tasks(library)), 1):
                crystal = library.crystals[row]
                if isinstance(outcome, Draft):
                    cards[row] = examination_of(outcome, crystal.id, crystal.source)
                else:
                    cards[row] = Examination(crystal.id, crystal.source, "amber",
                                             hint=outcome.message)  # fmt: skip
                on_progress(done, len(library), crystal.id)
        except JobCancelled:
            pass  # what was examined is kept
        return replace(library.report, examinations=tuple(cards))

    return Reading(work, len(library))


def _tasks(library: Library) -> Iterator[tuple[int, Task]]:
    for row, crystal in enumerate(library.crystals):
        yield row, DraftTask(Draft(crystal), True)

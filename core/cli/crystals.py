"""Crystals of the paths a user gives, and a task run on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from core.cli.console import progress, require_crystals
from core.types import Crystal, Failure, Progress, ShouldStop

if TYPE_CHECKING:
    from core.jobs import JobResult, JobSpec


def read_crystals(
    paths: Sequence[str],
    workers: int,
    disorder: str,
    report: Progress | None,
    should_stop: ShouldStop,
) -> tuple[list[Crystal], tuple[Failure, ...]]:
    """Crystals of the paths after the decision on disorder; leaves when there are none."""
    from core.jobs.inputs import load, settle_disorder

    settle_disorder([], disorder)  # refuses an unknown choice before any file is read
    found = load(paths, workers=workers, examine=False, on_progress=report, should_stop=should_stop)
    crystals, refused = settle_disorder(found.crystals, disorder)
    failures = found.failures + refused
    require_crystals(len(crystals), failures)
    return crystals, failures


def run_on_paths(
    spec: JobSpec,
    paths: Sequence[str],
    workers: int,
    disorder: str,
    should_stop: ShouldStop,
    **resources: Any,
) -> tuple[JobResult, tuple[Failure, ...]]:
    """The result of a task on the crystals of the paths, and the failures of reading and task.

    Args:
        resources: of `core.jobs.base.Resources`, but for whom it tells.
    """
    from core.jobs import run
    from core.jobs.base import Resources

    with progress() as report:
        crystals, lost = read_crystals(paths, workers, disorder, report, should_stop)
        allowed = Resources(on_progress=report, should_stop=should_stop, **resources)
        result = run(spec, {"crystals": crystals}, allowed)
    return result, lost + result.failures

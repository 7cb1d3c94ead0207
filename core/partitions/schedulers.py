"""Who does the partitions: this process, a pool of processes, or Dask.

| written | means |
|---|---|
| `here` | one after another in this process |
| `processes` or `processes:4` | a pool of worker processes |
| `local` or `local:4` | Dask on this machine: a LocalCluster of workers with one thread each |
| `tcp://host:8786`, `tls://...` | a Dask scheduler that is running |

The environment variable GRIDSCOPE_SCHEDULER names one where the request names none.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Protocol

from core.config import default_workers
from core.errors import InvalidSpecError, JobCancelled
from core.partitions.work import Work, run_part
from core.types import ShouldStop

VARIABLE = "GRIDSCOPE_SCHEDULER"
ATTEMPTS = 3  # workers a partition may cost before it is given up
_MOST = 1024
Payloads = Iterator[tuple[int, bytes]]


class Scheduler(Protocol):
    """Runs a work on partitions; a few are in flight, the rest is not read yet.

    Attributes:
        label: words for it.
    """

    @property
    def label(self) -> str: ...

    def run(
        self, work: Work, payloads: Payloads, should_stop: ShouldStop | None = None
    ) -> Iterator[tuple[int, bytes]]:
        """Results as they come, each once. A worker that dies costs its partition's time only.

        Raises: JobCancelled; ResourceError when a partition ended ATTEMPTS workers or none starts;
            what the work raises.
        """
        ...


class Here:
    """One partition after another in this process."""

    label = "this process"

    def run(
        self, work: Work, payloads: Payloads, should_stop: ShouldStop | None = None
    ) -> Iterator[tuple[int, bytes]]:
        """Results in order."""
        for number, payload in payloads:
            if should_stop and should_stop():
                raise JobCancelled
            yield number, run_part(work, payload)


def scheduler(text: str = "", *, workers: int | None = None) -> Scheduler:
    """The scheduler that is named, or the one of GRIDSCOPE_SCHEDULER, or a pool of processes.

    Args:
        workers: processes of a pool or a local cluster; as many as processors when None.

    Raises: InvalidSpecError for what names none; MissingDependencyError without Dask.
    """
    named = (text or os.environ.get(VARIABLE, "") or "processes").strip()
    kind, _, rest = named.partition(":")
    if kind in ("tcp", "tls", "ucx") and rest.startswith("//"):
        from core.partitions.dask_scheduler import Dask

        return Dask(named)
    n = _count(named, rest) or workers or default_workers()
    if kind == "here" and not rest:
        return Here()
    if kind == "processes":
        from core.partitions.processes import Processes

        return Processes(n)
    if kind == "local":
        from core.partitions.dask_scheduler import Dask

        return Dask("", workers=n)
    raise InvalidSpecError(
        f"{named!r} is no scheduler.",
        hint="Write here, processes, local, or the address of a Dask scheduler: tcp://host:8786.",
    )


def _count(named: str, text: str) -> int:
    if not text or text.startswith("//"):
        return 0
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _MOST):
        raise InvalidSpecError(f"{named!r}: {text!r} is no number of workers.")
    return int(text)

"""Partitions on Dask: a cluster on this machine, or a scheduler that is running elsewhere.

The work (model, reference) goes to each worker once, by a plugin that reaches workers which start
later too. Results come back to this process, which alone writes files: workers need no disk in
common, and a partition that two of them did is written once.
"""

from __future__ import annotations

import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from core.errors import JobCancelled, MissingDependencyError, ResourceError
from core.partitions.schedulers import ATTEMPTS, Payloads
from core.partitions.work import Work, run_part
from core.types import ShouldStop

_POLL_SECONDS = 0.5
_PER_WORKER = 2  # partitions in flight for each thread: one running, one waiting beside it
_CONNECT_SECONDS = 20
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
_WORKS: dict[str, Work] = {}


@dataclass(slots=True)
class Dask:
    """A Dask scheduler.

    Attributes:
        address: of one that is running; '' for a cluster on this machine.
        workers: processes of that cluster, one thread each.
        client: while a run goes on.
    """

    address: str
    workers: int = 2
    label: str = field(init=False, default="")
    client: Any = field(init=False, default=None)

    def __post_init__(self) -> None:
        try:
            import distributed  # noqa: F401
        except ImportError as error:
            raise MissingDependencyError(
                "Dask is not installed.", hint="Install dask and distributed, or use processes."
            ) from error
        self.label = self.address or f"Dask, {self.workers} workers on this machine"

    def run(
        self, work: Work, payloads: Payloads, should_stop: ShouldStop | None = None
    ) -> Iterator[tuple[int, bytes]]:
        """Results as they come."""
        with _client(self.address, self.workers) as client:
            self.client = client
            try:
                _bring(client, work, deaf=not self.address)
                yield from _results(client, work, payloads, should_stop)
            finally:
                self.client = None


def _bring(client: Any, work: Work, deaf: bool) -> None:
    """Put the work into all workers. Raises: ResourceError when they can't take it."""
    try:
        client.register_plugin(_plugin(work, deaf), name=f"gridscope-{work.digest}")
    except Exception as error:
        raise ResourceError(
            f"The Dask workers can't take the work: {str(error).splitlines()[0][:200]}",
            hint="Install the same version of Gridscope where the workers run.",
        ) from error


def _results(
    client: Any, work: Work, payloads: Payloads, should_stop: ShouldStop | None
) -> Iterator[tuple[int, bytes]]:
    from distributed import wait

    running: dict[Any, int] = {}
    more = True
    while more or running:
        while more and len(running) < _PER_WORKER * _threads(client):
            item = next(payloads, None)
            more = item is not None
            if item is not None:
                running[_submit(client, work, *item)] = item[0]
        if not running:
            return
        if should_stop and should_stop():
            client.cancel(list(running))
            raise JobCancelled
        try:
            done = wait(list(running), timeout=_POLL_SECONDS, return_when="FIRST_COMPLETED").done
        except TimeoutError:
            continue
        for future in done:
            yield running.pop(future), _result(future)


def _submit(client: Any, work: Work, number: int, payload: bytes) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of sending more than 10 MB: it is the input
        return client.submit(
            _do, work.digest, payload, key=f"gridscope-{work.digest[:16]}-{number}", pure=False
        )


def _result(future: Any) -> bytes:
    from concurrent.futures import CancelledError

    from distributed import KilledWorker

    try:
        data: bytes = future.result()
    except CancelledError as error:
        raise ResourceError(
            "The Dask scheduler went away.", hint="Run again: it goes on where it was."
        ) from error
    except KilledWorker as error:
        raise ResourceError(
            f"A partition ended {ATTEMPTS} workers.",
            hint="Memory may have run out: use fewer workers or smaller partitions.",
        ) from error
    return data


def _threads(client: Any) -> int:
    """Of all workers there are now; clusters grow and shrink."""
    return max(1, sum(client.nthreads().values()))


def _do(digest: str, payload: bytes) -> bytes:
    return run_part(_WORKS[digest], payload)


def _plugin(work: Work, deaf: bool) -> Any:
    from distributed import WorkerPlugin

    class Bring(WorkerPlugin):
        """Puts a work into each worker, those that start later included."""

        idempotent = False

        def setup(self, worker: Any) -> None:
            from core.partitions import dask_scheduler

            dask_scheduler._WORKS[work.digest] = work
            # Workers of our own cluster leave Ctrl-C to this process, which closes it.
            if deaf and threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGINT, signal.SIG_IGN)

    return Bring()


@contextmanager
def _client(address: str, workers: int) -> Iterator[Any]:
    import dask
    from distributed import Client, LocalCluster

    settings = {"distributed.scheduler.allowed-failures": ATTEMPTS - 1}
    with dask.config.set(settings):
        if address:
            try:
                client = Client(address, timeout=_CONNECT_SECONDS)
            except (OSError, TimeoutError) as error:
                raise ResourceError(
                    f"No Dask scheduler answers at {address!r}.",
                    hint="Start one (dask scheduler), or name the address it prints.",
                ) from error
            with client:
                yield client
            return
        environment = dict.fromkeys(_THREADS, "1")
        with (
            LocalCluster(
                n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None,
                env=environment, silence_logs=50,
            ) as cluster,
            Client(cluster) as client,
        ):  # fmt: skip
            yield client

"""A job is a value: its spec says all that decides the result; the result says what it rests on."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import __version__
from core.config import default_workers
from core.distances.base import Metric, parse_metric
from core.errors import InvalidSpecError
from core.hashing import bytes_digest, mapping_digest
from core.registry import Registry
from core.types import Crystal, Failure, Progress, Provenance, ShouldStop

SCHEMA = 1
_PACKAGES = ("numpy", "scipy", "numba", "pymatgen", "spglib", "scikit-learn")
Inputs = Mapping[str, Sequence[Crystal]]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """What to compute: a task's name and its JSON-able options.

    Raises: UnknownNameError, InvalidSpecError on creation for options the task refuses.
    """

    task: str
    options: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    schema: int = SCHEMA

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", MappingProxyType(dict(self.options)))
        if self.schema != SCHEMA:
            raise InvalidSpecError(
                f"The job was written for schema {self.schema}; this is {SCHEMA}.",
                hint="Make it again with this version.",
            )
        self.resolve()

    def resolve(self) -> dict[str, Any]:
        """All options with their defaults, and the versions of the algorithms.

        Raises: SpecError for options the task refuses.
        """
        return TASKS[self.task].resolve(self.options)

    def to_dict(self) -> dict[str, Any]:
        return {
            "task": self.task, "options": dict(self.options), "seed": self.seed,
            "schema": self.schema,
        }  # fmt: skip

    @property
    def digest(self) -> str:
        """SHA-256 of what decides the result: it changes with a default or an algorithm too."""
        return mapping_digest({**self.to_dict(), "options": self.resolve()})

    def __reduce__(self) -> tuple[Any, ...]:
        return _spec_again, (self.to_dict(),)  # a read-only view does not travel by itself


def _spec_again(values: dict[str, Any]) -> JobSpec:
    return JobSpec(**values)


@dataclass(frozen=True, slots=True, eq=False)
class JobResult:
    """Named arrays, the failures, and what they rest on."""

    outputs: Mapping[str, NDArray[Any]]
    failures: tuple[Failure, ...]
    provenance: Provenance

    def __post_init__(self) -> None:
        object.__setattr__(self, "outputs", MappingProxyType(dict(self.outputs)))

    def __reduce__(self) -> tuple[Any, ...]:
        return JobResult, (dict(self.outputs), self.failures, self.provenance)


@dataclass(frozen=True, slots=True)
class Resources:
    """What a job may use and whom it tells; never part of its result.

    Attributes:
        threads: for compiled kernels.
        processes: for describing crystals, where that is plain Python.
        tiles: a .npy or .zarr path for a matrix that should not be held in memory.
        on_progress, should_stop: called from the job, a few times a second.
        use_store: whether intermediate results are taken from the disk and kept there.
    """

    threads: int = 1
    processes: int = 1
    tiles: Path | None = None
    on_progress: Progress | None = None
    should_stop: ShouldStop | None = None
    use_store: bool = False


Run = Callable[
    [Inputs, Mapping[str, Any], Resources], tuple[dict[str, NDArray[Any]], tuple[Failure, ...]]
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A registered kind of job.

    Attributes:
        key, title, summary: for look-up and forms.
        resolve: options -> all options with defaults and algorithm versions, JSON-able; raises
            SpecError for those it refuses.
        run: (inputs, options, resources) -> (outputs, failures).
        stages: the steps it tells of, in order, with their shares of the time; for one bar.
        finished: what it finishes one by one and keeps when it is stopped, in words; "" where a
            stopped job leaves nothing.
    """

    key: str
    title: str
    summary: str
    resolve: Callable[[Mapping[str, Any]], dict[str, Any]]
    run: Run
    stages: tuple[tuple[str, float], ...] = ()
    finished: str = ""


TASKS: Registry[Task] = Registry("task", "core.jobs")


def run(spec: JobSpec, inputs: Inputs, resources: Resources | None = None) -> JobResult:
    """Run a job here and now.

    Raises: JobCancelled; SpecError, ResourceError; ComputeError when nothing could be computed.
    """
    started = time.perf_counter()
    outputs, failures = TASKS[spec.task].run(inputs, spec.options, resources or Resources())
    provenance = Provenance(
        spec={**spec.to_dict(), "resolved": spec.resolve(), "digest": spec.digest},
        input_digest=input_digest(inputs),
        versions=_versions(),
        seconds=time.perf_counter() - started,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        seed=spec.seed,
    )
    return JobResult(outputs, failures, provenance)


def run_in_worker(
    spec: JobSpec, inputs: Inputs, *, on_progress: Progress, should_stop: ShouldStop
) -> JobResult:
    """Run a job with all the machine has; it may use results that are on disk."""
    resources = Resources(
        threads=default_workers(), processes=default_workers(), on_progress=on_progress,
        should_stop=should_stop, use_store=True,
    )  # fmt: skip
    return run(spec, inputs, resources)


def _versions() -> dict[str, str]:
    own = {"gridscope": __version__, "python": python_version()}
    return own | {name: version(name) for name in _PACKAGES}


def input_digest(inputs: Inputs) -> str:
    """SHA-256 over the ids and structures of all inputs, in order."""
    parts = (
        f"{name}\0{crystal.id}\0{crystal.digest}"
        for name in sorted(inputs)
        for crystal in inputs[name]
    )
    return bytes_digest("\n".join(parts).encode())


def id_array(crystals: Sequence[Crystal]) -> NDArray[np.str_]:
    """(n,) plain unicode array of ids, which loads without pickle."""
    return np.array([crystal.id for crystal in crystals], dtype=np.str_)


def only(task: str, options: Mapping[str, Any], known: Sequence[str]) -> None:
    """Refuse options a task does not know, and the lack of one it needs.

    Raises: InvalidSpecError.
    """
    hint = "Options: " + ", ".join(known) + "."
    for name in options:
        if name not in known:
            raise InvalidSpecError(f"The task {task} has no option {name!r}.", hint=hint)
    for name in known:
        if name not in options:
            raise InvalidSpecError(f"The task {task} needs the option {name!r}.", hint=hint)


def read_metric(options: Mapping[str, Any]) -> Metric:
    """The metric named in the options. Raises: InvalidSpecError, UnknownNameError."""
    text = options["metric"]
    if not isinstance(text, str):
        raise InvalidSpecError(f"The metric is {text!r}; it must be text such as 'grid-emd'.")
    return parse_metric(text)

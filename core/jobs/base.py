"""A job is a value: its spec says all that decides the result; the result says what it rests on."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import __version__
from core.hashing import bytes_digest, mapping_digest
from core.registry import Registry
from core.types import Crystal, Failure, Progress, Provenance, ShouldStop

SCHEMA = 1
_PACKAGES = ("numpy", "scipy", "numba", "pymatgen", "spglib")
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
        TASKS[self.task].validate(self.options)

    def to_dict(self) -> dict[str, Any]:
        return {
            "task": self.task, "options": dict(self.options), "seed": self.seed,
            "schema": self.schema,
        }  # fmt: skip

    @property
    def digest(self) -> str:
        return mapping_digest(self.to_dict())


@dataclass(frozen=True, slots=True, eq=False)
class JobResult:
    """Named arrays, the failures, and what they rest on."""

    outputs: Mapping[str, NDArray[Any]]
    failures: tuple[Failure, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Resources:
    """What a job may use and whom it tells; never part of its result."""

    threads: int = 1
    processes: int = 1
    on_progress: Progress | None = None
    should_stop: ShouldStop | None = None


Run = Callable[
    [Inputs, Mapping[str, Any], Resources], tuple[dict[str, NDArray[Any]], tuple[Failure, ...]]
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A registered kind of job.

    Attributes:
        key, title, summary: for look-up and forms.
        validate: raises SpecError for options it refuses.
        run: (inputs, options, resources) -> (outputs, failures).
    """

    key: str
    title: str
    summary: str
    validate: Callable[[Mapping[str, Any]], Any]
    run: Run


TASKS: Registry[Task] = Registry("task", "core.jobs")


def run(spec: JobSpec, inputs: Inputs, resources: Resources | None = None) -> JobResult:
    """Run a job here and now.

    Raises: JobCancelled; SpecError, ResourceError; ComputeError when nothing could be computed.
    """
    started = time.perf_counter()
    outputs, failures = TASKS[spec.task].run(inputs, spec.options, resources or Resources())
    provenance = Provenance(
        spec=spec.to_dict(),
        input_digest=input_digest(inputs),
        versions={"gridscope": __version__} | {name: version(name) for name in _PACKAGES},
        seconds=time.perf_counter() - started,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        seed=spec.seed,
    )
    return JobResult(MappingProxyType(outputs), failures, provenance)


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

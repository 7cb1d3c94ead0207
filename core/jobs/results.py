"""Results on disk, named by what decides them, so that nothing is computed twice.

A result is a folder: one `.npy` for each array, which can be mapped instead of read, and
`result.json` for the rest. No pickle.

Each shelf has a budget of its own: what is kept only to save time never pushes out what a user
asked for.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.config import results_budget_bytes
from core.errors import SchemaError, StoreUnavailableError
from core.hashing import mapping_digest
from core.io.replace import replacing
from core.jobs.base import JobResult, JobSpec
from core.store.home import home, make_folder
from core.types import Failure, Provenance

SCHEMA = 1
_TEXTS = "result.json"
_MAPPED = 2**20  # arrays from this size on are mapped, not read


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder of results.

    Attributes:
        name: of the folder in the home folder.
        share: of GRIDSCOPE_RESULTS_GB that they may take.
    """

    name: str
    share: float

    @property
    def budget(self) -> int:
        """Bytes they may take. Raises: InvalidSpecError when the variable is no such number."""
        return int(self.share * results_budget_bytes())


RESULTS = Shelf("results", 1.0)
FEATURES = Shelf("features", 0.25)  # of `core.jobs.kept_tables`


def result_key(spec: JobSpec, input_digest: str) -> str:
    """Digest of all that decides a result: options, defaults, algorithm versions and crystals."""
    return mapping_digest({"schema": SCHEMA, "spec": spec.digest, "input": input_digest})


def result_folder(key: str, shelf: Shelf = RESULTS) -> Path:
    """Where the result of that key is or will be."""
    return home() / shelf.name / key[:2] / key


def has_result(key: str, shelf: Shelf = RESULTS) -> bool:
    """Whether it was computed before."""
    return (result_folder(key, shelf) / _TEXTS).is_file()


def save_result(key: str, result: JobResult, shelf: Shelf = RESULTS) -> None:
    """Write a result whole or not at all; the oldest others of its shelf make room for it.

    Raises: StoreUnavailableError when there can be no such folder; InputError for a full disk.
    """
    folder = result_folder(key, shelf)
    make_folder(folder.parent)
    texts = {
        "schema": SCHEMA,
        "arrays": list(result.outputs),
        "failures": [asdict(f) for f in result.failures],
        "provenance": {
            **asdict(result.provenance), "spec": dict(result.provenance.spec),
            "versions": dict(result.provenance.versions),
        },
    }  # fmt: skip
    with replacing(folder) as temporary:
        temporary.mkdir()
        for number, array in enumerate(result.outputs.values()):
            np.save(temporary / f"{number}.npy", np.asarray(array), allow_pickle=False)
        (temporary / _TEXTS).write_text(json.dumps(texts, ensure_ascii=False), "utf-8")
    forget_old_results(keep=key)


def load_result(key: str, shelf: Shelf = RESULTS) -> JobResult:
    """A result computed before; large arrays are mapped read-only.

    Raises: SchemaError when there is none, or one that can't be read.
    """
    folder = result_folder(key, shelf)
    try:
        texts = json.loads((folder / _TEXTS).read_text("utf-8"))
        if texts["schema"] != SCHEMA:
            raise ValueError(f"schema {texts['schema']!r}")
        outputs = {n: _array(folder / f"{i}.npy") for i, n in enumerate(texts["arrays"])}
        failures = tuple(Failure(**row) for row in texts["failures"])
        provenance = Provenance(**texts["provenance"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SchemaError(
            "The result of this job is no longer on disk.",
            hint="Run it again.",
            context={"folder": str(folder), "reason": str(error)},
        ) from error
    with suppress(OSError):
        os.utime(folder)  # used: not the first to make room
    return JobResult(outputs, failures, provenance)


def forget_result(key: str, shelf: Shelf = RESULTS) -> None:
    """Remove a result, such as one that can't be read."""
    shutil.rmtree(result_folder(key, shelf), ignore_errors=True)


def _array(path: Path) -> NDArray[Any]:
    mapped = path.stat().st_size >= _MAPPED
    array: NDArray[Any] = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    if not mapped:
        array.setflags(write=False)
    return array


def forget_old_results(*, keep: str = "") -> int:
    """Remove from each shelf what is longest unused until the rest fits; returns how many.

    None where there is no usable home folder: a server starts all the same, and says so where a job
    is asked for. Raises: InvalidSpecError when the budget is no such number.
    """
    with suppress(StoreUnavailableError):
        return sum(_make_room(home() / s.name, s.budget, keep) for s in (RESULTS, FEATURES))
    return 0


def _make_room(root: Path, budget: int, keep: str) -> int:
    found, count = [], 0
    for folder in root.glob("??/*"):
        with suppress(OSError):  # another process may be removing it
            size = sum(f.stat().st_size for f in folder.iterdir())
            found.append((folder.stat().st_mtime, size, folder))
    total = sum(size for _, size, _ in found)
    for _, size, folder in sorted(found):
        if total <= budget:
            break
        if folder.name != keep:
            shutil.rmtree(folder, ignore_errors=True)
            total, count = total - size, count + 1
    return count

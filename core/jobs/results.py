"""Results on disk, named by what decides them, so that nothing is computed twice.

A result is a folder: one `.npy` for each array, which can be mapped instead of read, and
`result.json` for the rest. No pickle.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.config import results_budget_bytes
from core.errors import SchemaError
from core.hashing import mapping_digest
from core.io.replace import replacing
from core.jobs.base import JobResult, JobSpec
from core.store.home import home
from core.types import Failure, Provenance

SCHEMA = 1
_TEXTS = "result.json"
_MAPPED = 2**20  # arrays from this size on are mapped, not read


def result_key(spec: JobSpec, input_digest: str) -> str:
    """Digest of all that decides a result: options, defaults, algorithm versions and crystals."""
    return mapping_digest({"schema": SCHEMA, "spec": spec.digest, "input": input_digest})


def result_folder(key: str) -> Path:
    """Where the result of that key is or will be."""
    return home() / "results" / key[:2] / key


def has_result(key: str) -> bool:
    """Whether it was computed before."""
    return (result_folder(key) / _TEXTS).is_file()


def save_result(key: str, result: JobResult) -> None:
    """Write a result whole or not at all; the oldest others make room for it."""
    folder = result_folder(key)
    folder.parent.mkdir(parents=True, exist_ok=True)
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


def load_result(key: str) -> JobResult:
    """A result computed before; large arrays are mapped read-only.

    Raises: SchemaError when there is none, or one that can't be read.
    """
    folder = result_folder(key)
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


def forget_result(key: str) -> None:
    """Remove a result, such as one that can't be read."""
    shutil.rmtree(result_folder(key), ignore_errors=True)


def _array(path: Path) -> NDArray[Any]:
    mapped = path.stat().st_size >= _MAPPED
    array: NDArray[Any] = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    if not mapped:
        array.setflags(write=False)
    return array


def forget_old_results(*, keep: str = "") -> int:
    """Remove results longest unused until the others fit the budget; returns how many."""
    root, count = home() / "results", 0
    found = []
    for folder in root.glob("??/*"):
        with suppress(OSError):  # another process may be removing it
            size = sum(f.stat().st_size for f in folder.iterdir())
            found.append((folder.stat().st_mtime, size, folder))
    total = sum(size for _, size, _ in found)
    for _, size, folder in sorted(found):
        if total <= results_budget_bytes():
            break
        if folder.name != keep:
            shutil.rmtree(folder, ignore_errors=True)
            total, count = total - size, count + 1
    return count

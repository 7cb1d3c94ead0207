"""The whole main job: a file of structures in, a distance matrix on disk out."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from benchmarks import inputs
from benchmarks.context import Context
from benchmarks.timing import Comparison, compare
from core.distances.base import parse_metric
from core.distances.matrix import full

SECONDS_ALLOWED = 15.0
GIGABYTES_ALLOWED = 1.2
TOLERANCE = 2e-5  # angstrom
_SAMPLE = 0.05  # seconds between looks at the memory
_CHECKED = 60
_SINGLE_THREAD = "_NUM_THREADS"


@dataclass(frozen=True, slots=True)
class Run:
    """Wall seconds, peak memory of the process and its children, what it wrote."""

    seconds: float
    gigabytes: float
    ids: np.ndarray
    matrix: np.ndarray


def rows(context: Context) -> Iterator[Comparison]:
    """Wall time and peak memory of `python -m core distance`, beside what was asked."""
    runs = [_run() for _ in range(1 if context.quick else max(2, context.repeats // 2))]
    difference = _difference(runs[-1])
    name = f"CLI distance, {len(inputs.binaries())} binaries, JSON.gz to matrix on disk"
    note = "wall time on all cores, after warm-up; difference: from the matrix in memory, Å"
    yield compare(
        [run.seconds for run in runs],
        [SECONDS_ALLOWED] * len(runs),
        name=name,
        peer="time allowed",
        unit="s",
        gate=1.0,
        difference=difference,
        tolerance=TOLERANCE,
        note=note,
    )
    yield compare(
        [run.gigabytes for run in runs],
        [GIGABYTES_ALLOWED] * len(runs),
        name=name,
        peer="memory allowed",
        unit="GB",
        gate=1.0,
        note="peak over all processes of the job, shared pages counted once, sampled at 20 Hz",
    )


def _run() -> Run:
    environment = {k: v for k, v in os.environ.items() if not k.endswith(_SINGLE_THREAD)}
    with tempfile.TemporaryDirectory(prefix="gridscope-bench-") as folder:
        output = Path(folder) / "matrix.npz"
        command = [sys.executable, "-m", "core", "distance", str(inputs.binaries_file())]
        start = time.perf_counter()
        process = subprocess.Popen(
            [*command, "-o", str(output)],
            cwd=inputs.REPOSITORY,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        peak = watch(process)
        seconds = time.perf_counter() - start
        if process.returncode:
            raise RuntimeError(f"The job failed:\n{process.stderr.read()[-2000:]}")
        process.stderr.close()
        with np.load(output, allow_pickle=False) as archive:
            return Run(seconds, peak / 1e9, archive["ids"], archive["matrix"])


def watch(process: subprocess.Popen) -> int:
    """Bytes held at most by the process and its children until it ends."""
    peak, watched = 0, psutil.Process(process.pid)
    while process.poll() is None:
        peak = max(peak, _held(watched))
        time.sleep(_SAMPLE)
    return peak


def _held(process: psutil.Process) -> int:
    total = 0
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    for member in family:
        try:
            memory = member.memory_full_info()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        total += getattr(memory, "pss", memory.rss)  # pss: shared pages counted once; Linux only
    return total


def _difference(run: Run) -> float:
    """Largest deviation of some of the matrix from one computed here; NaN if ids are missing."""
    every = inputs.binaries()
    if len(run.ids) != len(every) or run.matrix.shape != (len(every),) * 2:
        return float("nan")
    chosen = np.linspace(0, len(every) - 1, _CHECKED).astype(int)
    here = full(parse_metric("grid-emd").embed([every[i] for i in chosen]))
    return float(np.abs(run.matrix[np.ix_(chosen, chosen)] - here).max())

"""100,000 crystals in partitions: two workers beside one process, kills, and the page's questions.

`python -m benchmarks.scale_rows [N]` runs the stages by itself and prints what they found. What is
done lies in GRIDSCOPE_BENCH_SCALE (a folder of the temporary directory otherwise): a run that was
stopped goes on, and a second one only reads the results. Remove the folder to measure again.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.context import Context
from benchmarks.inputs import REPOSITORY
from benchmarks.timing import Comparison, compare
from core.data import load_embedded
from core.partitions.conditions import Between, Condition, Elements, OneOf, Sum
from core.partitions.crystals import to_table
from core.partitions.query import CandidateTable

N, N_QUICK = 100_000, 2_000
ROWS, ROWS_QUICK = 600_000, 60_000
GATE = 1.6
RESUME_ALLOWED = 0.05
SECONDS_ALLOWED, OPEN_ALLOWED, GIGABYTES_ALLOWED = 0.2, 3.0, 2.0
WORKERS = "local:2"
_SIZE = 500
_KILL_WORKER, _KILL_RUN = 0.3, 0.55  # of the partitions
_MODEL = REPOSITORY / "assets" / "models" / "bulk-modulus.gsmodel"
_TURNS = 9
_POLL = 0.2


def rows(context: Context) -> Iterator[Comparison]:
    """Throughput, resumption and questions."""
    n = N_QUICK if context.quick else N
    found = stages(n)
    alone, two = found["alone"], found["two"]
    yield compare(
        [1e6 * two["seconds"] / n], [1e6 * alone["seconds"] / n],
        name=f"batch, {n:,} crystals: GRID, element statistics, prototype label, prediction",
        peer="one process", unit="us / crystal", gate=GATE,
        difference=float(found["differing"]), tolerance=0.0,
        note="two Dask workers on this machine, cluster started within; wall time; difference: "
        "partitions whose file is not the same, byte for byte; load of the machine "
        f"{alone['load']:.1f} and {two['load']:.1f}",
    )  # fmt: skip
    killed = found["killed"]
    yield compare(
        [killed["again"]], [(1 + RESUME_ALLOWED) * killed["left"]],
        name="batch, a worker and then the run killed with -9: crystals done after the restart",
        peer="left by the kill, and 5%", unit="crystals", gate=1.0,
        difference=float(killed["differing"]), tolerance=0.0,
        note=f"{killed['in_flight']} crystals were in flight; {killed['seconds']:.0f} s for "
        f"{killed['again']} after it, {two['seconds'] * killed['again'] / n:.0f} s at the pace of "
        "the run that was not killed",
    )  # fmt: skip
    yield from _questions(ROWS_QUICK if context.quick else ROWS)


def stages(n: int) -> dict[str, Any]:
    """What each stage found, from its file where it ran before."""
    place = os.environ.get("GRIDSCOPE_BENCH_SCALE") or tempfile.gettempdir()
    folder = Path(place) / f"gridscope-scale-{n}"
    folder.mkdir(parents=True, exist_ok=True)
    candidates = folder / "candidates.parquet"
    if not candidates.exists():
        _write_candidates(candidates, n)
    found: dict[str, Any] = {}
    for name, stage in (
        ("alone", lambda: _run(folder, "alone", "here")),
        ("two", lambda: _run(folder, "two", WORKERS)),
        ("differing", lambda: _differing(folder / "alone", folder / "two")),
        ("killed", lambda: _killed(folder, n)),
    ):
        kept = folder / f"{name}.json"
        if not kept.exists():
            told = stage()
            kept.write_text(json.dumps(told))
        found[name] = json.loads(kept.read_text())
        print(name, found[name], file=sys.stderr, flush=True)
    return found


def _write_candidates(path: Path, n: int) -> None:
    """Crystals of the embedded set, each a size and a shape of its own."""
    base, rng = load_embedded("prototype-elastic"), np.random.default_rng(0)
    temporary = path.with_suffix(".part")
    writer: pq.ParquetWriter | None = None
    for start in range(0, n, 5_000):
        some = []
        for i in range(start, min(n, start + 5_000)):
            known = base[i * 7 % len(base)]
            size = 1 + 0.03 * rng.standard_normal()
            some.append(known.with_(id=f"{known.id}-{i}", lattice=known.lattice * size))
        table = to_table(some, ["bulk_modulus_GPa"])
        writer = writer or pq.ParquetWriter(temporary, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()
    temporary.rename(path)


def _command(folder: Path, name: str, scheduler: str) -> list[str]:
    return [
        sys.executable, "-m", "core", "batch", str(folder / "candidates.parquet"), "-o",
        str(folder / name), "--model", str(_MODEL), "--scheduler", scheduler, "--size",
        str(_SIZE), "--json",
    ]  # fmt: skip


def _run(folder: Path, name: str, scheduler: str) -> dict[str, Any]:
    """Run to the end; the seconds of all attempts, so a stopped benchmark goes on."""
    spent = folder / f"{name}.seconds"
    before = float(spent.read_text()) if spent.exists() else 0.0
    load, start = os.getloadavg()[0], time.perf_counter()
    process = subprocess.Popen(
        _command(folder, name, scheduler), cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    while process.poll() is None:
        time.sleep(_POLL)
        spent.write_text(str(before + time.perf_counter() - start))
    if process.returncode:
        raise RuntimeError(f"The run {name!r} failed with {process.returncode}.")
    assert process.stdout is not None
    told = json.loads(process.stdout.read())
    seconds = before + (told["seconds"] if told["found"] < told["rows"] else 0.0)
    return {
        "seconds": seconds, "rows": told["rows"], "failed": told["failed"],
        "load": (load + os.getloadavg()[0]) / 2,
    }  # fmt: skip


def _killed(folder: Path, n: int) -> dict[str, Any]:
    """Kill a worker, later the run, and start it again."""
    out, parts = folder / "killed", -(-n // _SIZE)
    process = subprocess.Popen(
        _command(folder, "killed", WORKERS), cwd=REPOSITORY, stdout=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        _wait(process, out, _KILL_WORKER * parts)
        workers = [
            child for child in psutil.Process(process.pid).children(recursive=True)
            if "spawn_main" in " ".join(child.cmdline())
        ]  # fmt: skip
        workers[0].send_signal(signal.SIGKILL)
        _wait(process, out, _KILL_RUN * parts)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    done = sum(pq.read_metadata(path).num_rows for path in out.glob("part-*.parquet"))
    load = os.getloadavg()[0]
    told = json.loads(
        subprocess.run(
            _command(folder, "killed", WORKERS), cwd=REPOSITORY, check=True, capture_output=True
        ).stdout
    )
    tables = [pq.read_table(path, columns=["id"]) for path in out.glob("part-*.parquet")]
    ids = [name for table in tables for name in table["id"].to_pylist()]
    assert len(set(ids)) == len(ids) == n, "a crystal was lost or doubled"
    return {
        "left": n - done, "again": told["rows"] - told["found"], "seconds": told["seconds"],
        "in_flight": 4 * _SIZE, "differing": _differing(folder / "alone", out), "load": load,
    }  # fmt: skip


def _wait(process: subprocess.Popen[Any], out: Path, parts: float) -> None:
    while len(list(out.glob("part-*.parquet"))) < parts:
        if process.poll() is not None:
            raise RuntimeError("The run ended before it could be killed.")
        time.sleep(_POLL)


def _differing(a: Path, b: Path) -> int:
    """Partitions whose files are not the same."""
    names = sorted(path.name for path in a.glob("part-*.parquet"))
    assert names == sorted(path.name for path in b.glob("part-*.parquet"))
    return sum((a / name).read_bytes() != (b / name).read_bytes() for name in names)


def _questions(n: int) -> Iterator[Comparison]:
    """The slowest question of the page, opening, and memory."""
    with tempfile.TemporaryDirectory(prefix="gridscope-bench-") as folder:
        paths = list(_write_predicted(Path(folder), n))
        start = time.perf_counter()
        table = CandidateTable(paths)
        opened = time.perf_counter() - start
        seconds = {name: _timed(ask, table) for name, ask in _ASKED.items()}
        slowest = max(seconds, key=lambda name: float(np.median(seconds[name])))
        gigabytes = psutil.Process().memory_info().rss / 1e9
        table.close()
    name = f"{n:,} predicted candidates"
    note = "medians in ms: " + ", ".join(
        f"{key} {1e3 * float(np.median(s)):.0f}" for key, s in seconds.items()
    )
    yield compare(
        seconds[slowest], [SECONDS_ALLOWED] * _TURNS, name=f"{name}: slowest question ({slowest})",
        peer="time allowed", unit="s", gate=1.0, note=note,
    )  # fmt: skip
    yield compare([opened], [OPEN_ALLOWED], name=f"{name}: opened", peer="time allowed", unit="s",
                  gate=1.0, note=f"{len(paths)} partitions")  # fmt: skip
    yield compare([gigabytes], [GIGABYTES_ALLOWED], name=f"{name}: memory of the process",
                  peer="memory allowed", unit="GB", gate=1.0,
                  note="after the questions, everything imported")  # fmt: skip


_FILTERS: list[list[Condition]] = [
    [Between("predicted_0", -1.0, 1.0)],
    [Between(Sum((("predicted_1", 1.0), ("predicted_2", 1.5))), None, 0.5)],
    [Elements(("Na",)), Elements(("Fe",), "none")],
    [OneOf("applicability", ("",))],
    [Between("predicted_3", 0.0)],
]
_ALL = [condition for stage in _FILTERS for condition in stage]
_EDGES, _FINE = np.linspace(-4, 4, 81), np.linspace(-4, 4, 201)
_ASKED: dict[str, Callable[[CandidateTable], Any]] = {
    "funnel of five": lambda t: t.counts(_FILTERS),
    "each alone": lambda t: t.alone(_FILTERS),
    "histogram": lambda t: t.histogram("predicted_0", _EDGES),
    "histogram of those left": lambda t: t.histogram("predicted_0", _EDGES, _ALL),
    "density 200 x 200": lambda t: t.density("predicted_0", "predicted_1", _FINE, _FINE),
    "best 200 of those left": lambda t: t.top("predicted_0", 200, where=_ALL),
    "best 200": lambda t: t.top("predicted_0", 200, descending=True),
}


def _timed(ask: Callable[[CandidateTable], Any], table: CandidateTable) -> list[float]:
    seconds = []
    for _ in range(_TURNS):
        start = time.perf_counter()
        ask(table)
        seconds.append(time.perf_counter() - start)
    return seconds


def _write_predicted(folder: Path, n: int, size: int = 1_000) -> Iterator[Path]:
    """Partitions as a run writes them, of random numbers."""
    rng = np.random.default_rng(0)
    systems = np.array(["Cl-Na-O", "Fe-O", "Na-O-Si", "Ca-F"], dtype=object)
    for number, start in enumerate(range(0, n, size)):
        held = np.arange(start, start + size)
        vectors = pa.array(rng.normal(size=100 * size).astype(np.float32))
        columns = {
            "row": held, "id": [f"candidate-{i:07d}" for i in held],
            "formula": [f"Na{i % 9}ClO{i % 7}" for i in held],
            "chemical_system": systems[held % 4],
            "prototype": [f"A{i % 9}BC3_cP{i % 50}_221_a_b_c:Cl-Na-O" for i in held],
            **{f"predicted_{k}": rng.normal(size=size) for k in range(8)},
            "applicability": ["far from the training crystals" if i % 3 else "" for i in held],
            "vector": pa.FixedSizeListArray.from_arrays(vectors, 100),
        }  # fmt: skip
        path = folder / f"part-{number:06d}.parquet"
        pq.write_table(pa.table(columns), path)
        yield path


if __name__ == "__main__":
    stages(int(sys.argv[1]) if len(sys.argv) > 1 else N)

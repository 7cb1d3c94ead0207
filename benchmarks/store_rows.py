"""A workspace of 100,000 crystals: questions on SQLite and PostgreSQL, one zip out and in again."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.context import Context
from benchmarks.inputs import REPOSITORY
from benchmarks.timing import Comparison, compare
from core.data import load_embedded
from core.store.chunks import chunks
from core.store.query import Filter
from core.store.workspace import Workspace
from core.store.workspaces import Store, open_store
from core.types import Crystal, Examination, ParseReport

N, N_QUICK = 100_000, 10_000
SECONDS_ALLOWED = 0.3
MEGABYTES_ALLOWED = 500.0
NAME = "large"
_BATCH = 10_000
_TURNS = 7
_SAMPLE = 0.02  # seconds between looks at the memory

QUESTIONS: dict[str, Callable[[Workspace], Any]] = {
    "a page of the table": lambda w: w.find(),
    "the last page": lambda w: w.find(offset=max(0, w.count() - 100)),
    "a page sorted by a property": lambda w: w.find(sort="bulk_modulus_GPa", descending=True),
    "formula": lambda w: w.find(Filter(formula="TiPb2O4")),
    "elements": lambda w: w.find(Filter(all_of=("O",), none_of=("U", "F"))),
    "space group": lambda w: w.find(Filter(space_groups=(225, 227))),
    "property range": lambda w: w.find(Filter(ranges=(("bulk_modulus_GPa", 100.0, 200.0),))),
    "property range, sorted": lambda w: w.find(
        Filter(ranges=(("bulk_modulus_GPa", 100.0, 200.0),)), sort="bulk_modulus_GPa"
    ),
    "two ranges and elements": lambda w: w.find(
        Filter(
            ranges=(("bulk_modulus_GPa", 100.0, None), ("energy_above_hull_eV_per_atom", 0, 0.1)),
            any_of=("O", "N", "F"),
        )
    ),
    "part of an id": lambda w: w.find(Filter(text="spinel")),
}
"""Each gives the number of matches and the first 100 of them, as the Library page asks."""


def crystals(n: int) -> Iterator[tuple[Crystal, Examination]]:
    """Variations of the embedded prototypes: other sizes, other values, ids of their own."""
    base, rng = load_embedded("prototype-elastic"), np.random.default_rng(0)
    for i in range(n):
        known = base[i % len(base)]
        noise = 1 + 0.02 * rng.standard_normal(len(known.properties) + 1)
        properties = {
            key: value * factor if isinstance(value, float) else value
            for (key, value), factor in zip(known.properties.items(), noise, strict=False)
        }
        crystal = known.with_(
            id=f"{known.id}-{i}", lattice=known.lattice * noise[-1], properties=properties
        )
        facts = {
            "examined": True, "density_g_cm3": crystal.density, "z": 1,
            "space_group_found": "?", "space_group_number_found": int(properties["spacegroup"]),
        }  # fmt: skip
        yield crystal, Examination(crystal.id, crystal.source, "green" if i % 5 else "amber", (),
                                   facts)  # fmt: skip


def fill(store: Store, n: int) -> Workspace:
    """A workspace of so many crystals; never more than some thousands in memory."""
    with store.filling(NAME) as workspace:
        for some in chunks(crystals(n), _BATCH):
            made, cards = zip(*some, strict=True)
            workspace.add(ParseReport(made, (), cards))
    return workspace


def seconds_of(question: Callable[[Workspace], Any], workspace: Workspace) -> float:
    """Wall seconds of one answer."""
    begun = time.perf_counter()
    question(workspace)
    return time.perf_counter() - begun


def peak_megabytes(*arguments: str) -> float:
    """Largest resident memory of `python -m core ...`, as Linux counts it for the process."""
    command = [sys.executable, "-m", "core", *arguments]
    process = subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.DEVNULL)
    status, peak = Path(f"/proc/{process.pid}/status"), 0
    while process.poll() is None:
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        peak = max(peak, int(found[1]) if found else 0)  # it only rises; gone when the process ends
        time.sleep(_SAMPLE)
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}.")
    return peak / 1024


def rows(context: Context) -> Iterator[Comparison]:
    """Times and memory beside what was asked."""
    n = N_QUICK if context.quick else N
    with at_home() as folder, open_store() as store:
        yield from _questions(fill(store, n), "SQLite", n)
        yield from _transfer(folder, n)
    with at_home(), postgres() as url, open_store(url) as store:
        yield from _questions(fill(store, n), "PostgreSQL", n)


def _questions(workspace: Workspace, where: str, n: int) -> Iterator[Comparison]:
    turns: dict[str, list[float]] = {name: [] for name in QUESTIONS}
    for _ in range(_TURNS):
        for name, question in QUESTIONS.items():
            turns[name].append(seconds_of(question, workspace))
    for name, seconds in turns.items():
        yield compare(
            [1000 * value for value in seconds], [1000 * SECONDS_ALLOWED] * len(seconds),
            name=f"Workspace of {n:,}, {where}: {name}", peer="time allowed", unit="ms", gate=1.0,
            note="wall time; number of matches and the first 100 with their properties",
        )  # fmt: skip


def _transfer(folder: Path, n: int) -> Iterator[Comparison]:
    path = str(folder / "large.zip")
    for what, arguments in (
        ("export", ("workspace", "export", NAME, "-o", path)),
        ("import", ("workspace", "import", path, "--name", "again")),
    ):
        peak = peak_megabytes(*arguments)
        yield compare(
            [peak], [MEGABYTES_ALLOWED], name=f"Workspace of {n:,}: {what}", peer="memory allowed",
            unit="MB", gate=1.0, note="largest resident memory of the command",
        )  # fmt: skip


@contextmanager
def at_home() -> Iterator[Path]:
    """An empty GRIDSCOPE_HOME, and no address of a database."""
    names = ("GRIDSCOPE_HOME", "GRIDSCOPE_DATABASE_URL")
    before = {name: os.environ.pop(name, None) for name in names}
    with tempfile.TemporaryDirectory(prefix="gridscope-bench-") as folder:
        os.environ["GRIDSCOPE_HOME"] = folder
        try:
            yield Path(folder)
        finally:
            for name, value in before.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value


@contextmanager
def postgres() -> Iterator[str]:
    """Address of a new database on a server like that of the tests, which is no package."""
    path = REPOSITORY / "tests" / "servers" / "postgresql.py"
    spec = importlib.util.spec_from_file_location("gridscope_postgresql", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    with module.running() as server:
        yield server.new_database()

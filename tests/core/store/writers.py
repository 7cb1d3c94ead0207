"""Processes that write to a store, for the tests; run as `python writers.py MODE ...`.

`forks`: for each line on standard input fork a writer that adds crystals and arrays without end,
and says what is committed. `adds NAME PREFIX N`: add N crystals, a transaction each.
`holds SECONDS`: hold the write lock. The store is that of the environment.
"""

from __future__ import annotations

import os
import sys
import time

import numpy as np

from core.store.filling import prepare
from core.store.workspaces import open_store
from core.types import Crystal, Examination, ParseReport

NAME = "crash"


def say(*words: object) -> None:
    """A line in one write: whoever is killed has said all of it, or nothing."""
    os.write(sys.stdout.fileno(), (" ".join(map(str, words)) + "\n").encode())


def crystal(name: str, size: float = 4.0) -> Crystal:
    """A caesium chloride whose lattice tells its name apart."""
    lattice = (size + (sum(name.encode()) % 1000) * 1e-6) * np.eye(3)
    return Crystal(name, lattice, [[0, 0, 0], [0.5, 0.5, 0.5]], [55, 17],
                   properties={"size": size, "name": name})  # fmt: skip


def array(name: str) -> np.ndarray:
    """Two pages of numbers that only this name gives."""
    return np.random.default_rng(sum(name.encode())).random(1_000)


def report(*names: str) -> ParseReport:
    """Crystals of these names."""
    made = tuple(crystal(name) for name in names)
    return ParseReport(made, (), tuple(Examination(c.id, "", "green") for c in made))


def write_without_end(turn: str) -> None:
    """Add three crystals and an array at a time; say each commit."""
    with open_store() as store:
        workspace = store.workspace(NAME)
        say("ready")
        n = 0
        while True:
            names = [f"{turn}-{n}-{k}" for k in range(3)]
            workspace.add(report(*names))
            say("crystals", *names)
            key = f"{turn}-{n}"
            workspace.results.save_arrays(key, {"x": array(key)}, kind="descriptor")
            say("array", key)
            n += 1


def forks() -> None:
    """A writer a line, forked so that nothing is imported again."""
    prepare(crystal("warm"), Examination("warm", "", "green"))  # imports what is imported late
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            write_without_end(line.strip())
        say("pid", pid)
        _, status = os.waitpid(pid, 0)
        say("ended", os.WTERMSIG(status))


def adds(name: str, prefix: str, n: int) -> None:
    """Add crystals one at a time."""
    with open_store() as store:
        workspace = store.workspace(name)
        say("ready")
        sys.stdin.readline()
        for i in range(n):
            workspace.add(report(f"{prefix}-{i}", f"shared-{i}"))
        say("done")


def holds(seconds: float) -> None:
    """Hold the lock of writers."""
    with open_store() as store, store.database.writing():
        say("held")
        time.sleep(seconds)


if __name__ == "__main__":
    mode, *rest = sys.argv[1:]
    if mode == "forks":
        forks()
    elif mode == "adds":
        adds(rest[0], rest[1], int(rest[2]))
    else:
        holds(float(rest[0]))

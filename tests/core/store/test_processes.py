"""Real processes: fifty writers killed, two servers at once, a second writer that waits."""

from __future__ import annotations

import importlib.util
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from core.store.blobs import file_digest
from core.store.workspaces import open_store

REPOSITORY = Path(__file__).resolve().parents[3]
SCRIPT = Path(__file__).with_name("writers.py")
_KILLS = {"sqlite": 50, "postgresql": 15}  # the second has a server to look after its files
_MOST_COMMITS = 6  # before a writer is killed,
_LONGEST_REST = 0.03  # and seconds after the last of them: anywhere within a transaction

_spec = importlib.util.spec_from_file_location("store_writers", SCRIPT)
writers = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(writers)


def _start(*arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), *arguments], env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip


def _finish(process: subprocess.Popen[str]) -> str:
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return out


@pytest.fixture
def nursery():
    process = _start("forks")
    yield process
    process.stdin.close()
    process.wait(timeout=30)
    process.stdout.close()


def _one_life(nursery, turn: int, commits: int, rest: float) -> list[list[str]]:
    """Let a writer commit so often, then kill it. Returns: what it said was committed."""
    nursery.stdin.write(f"{turn}\n")
    nursery.stdin.flush()
    said, pid = [], 0
    while not pid or len(said) <= commits:
        word, *names = nursery.stdout.readline().split()
        assert word != "ended", "the writer died before it was killed"
        if word == "pid":
            pid = int(names[0])
        else:
            said.append([word, *names])
    time.sleep(rest)
    os.kill(pid, signal.SIGKILL)
    while True:
        word, *names = nursery.stdout.readline().split()
        if word == "ended":
            assert int(names[0]) == signal.SIGKILL
            return said
        said.append([word, *names])


def test_fifty_writers_killed_lose_nothing_and_leave_a_sound_store(database, nursery):
    with open_store() as store:
        store.create(writers.NAME)
    rng, crystals, arrays = random.Random(1), [], []
    for turn in range(_KILLS[database]):
        commits, rest = rng.randint(0, _MOST_COMMITS), rng.uniform(0, _LONGEST_REST)
        for word, *names in _one_life(nursery, turn, commits, rest):
            crystals += names if word == "crystals" else []
            arrays += names if word == "array" else []
        if turn % 10 == 9 or turn == _KILLS[database] - 1:
            _check(crystals, arrays)
    assert len(crystals) > _KILLS[database], "the writers did not get to write"
    assert arrays


def _check(crystals: list[str], arrays: list[str]) -> None:
    with open_store() as store:
        if store.database.is_sqlite:
            with store.database.reading() as connection:
                assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
                assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        workspace = store.workspace(writers.NAME)
        back = workspace.report().crystals  # every one of them is read and checked
        assert set(crystals) <= {c.id for c in back}
        assert len(back) == workspace.info.n_crystals == workspace.count()
        assert len(back) % 3 == 0, "three are added together, or none"
        assert all(c.properties["name"] == c.id for c in back)
        for result in workspace.results.all():
            blob = result.files["x.npy"]
            assert file_digest(store.blobs.path(blob)) == blob.sha256
            found = workspace.results.arrays(result.key)["x"]
            assert np.array_equal(found, writers.array(result.key))
        assert set(arrays) <= {result.key for result in workspace.results.all()}
        workspace.add(writers.report(*(f"after-{len(back)}-{k}" for k in range(3))))


def test_two_processes_write_to_one_workspace_at_once(database):
    with open_store() as store:
        store.create("both")
        started = [_start("adds", "both", prefix, "25") for prefix in ("a", "b")]
        for process in started:
            assert process.stdout.readline() == "ready\n"
        for process in started:
            process.stdin.write("\n")
            process.stdin.flush()
        seen = store.workspace("both").info.n_crystals  # and a third one reads meanwhile
        while any(process.poll() is None for process in started):
            info = store.workspace("both").info
            page = store.workspace("both").find(limit=10_000)
            assert page.total == len(page.rows) >= info.n_crystals >= seen
            seen = info.n_crystals
            time.sleep(0.05)
        assert [_finish(process) for process in started] == ["done\n", "done\n"]
        expected = {f"{p}-{i}" for p in "ab" for i in range(25)} | {
            f"shared-{i}" for i in range(25)
        }
        back = store.workspace("both").report().crystals
        assert {c.id for c in back} == expected
        assert len(back) == len(expected), "the crystal both brought stands once"
        positions = [row.position for row in store.workspace("both").find(limit=10_000).rows]
        assert len(set(positions)) == len(positions)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_second_process_on_sqlite_waits(database):
    with open_store() as store:
        workspace = store.create("w")
        holder = _start("holds", "1.5")
        assert holder.stdout.readline() == "held\n"
        begun = time.monotonic()
        assert workspace.count() == 0, "readers do not wait"
        assert time.monotonic() - begun < 1
        workspace.add(writers.report("x"))
        assert time.monotonic() - begun > 0.5, "the writer waited for the other process"
        assert workspace.count() == 1
        _finish(holder)


def test_processes_that_start_together_make_one_store(database):
    started = [_start("holds", "0") for _ in range(3)]
    assert [_finish(process) for process in started] == ["held\n"] * 3
    with open_store() as store:
        store.create("w").add(writers.report("x"))
        assert len(store.workspaces()) == 1

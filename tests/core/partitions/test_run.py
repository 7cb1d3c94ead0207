"""Runs of partitions: the same on every scheduler, nothing lost or doubled when something dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import slow_partitions
from slow_partitions import SlowWork, crystals

from core.errors import InputError, InvalidSpecError, JobCancelled, ResourceError
from core.partitions.folder import existing
from core.partitions.request import Describing, Request
from core.partitions.run import run_partitions
from core.partitions.schedulers import Here, scheduler
from core.partitions.sources import Crystals
from tests.conftest import REPOSITORY

KINDS = ("processes:2", "local:2")


def files(path: Path) -> dict[str, bytes]:
    return {part.name: part.read_bytes() for part in sorted(path.glob("part-*.parquet"))}


def rows(path: Path) -> list[int]:
    return [
        row for part in existing(path).paths() for row in pq.read_table(part)["row"].to_pylist()
    ]


def begun(log: Path) -> list[int]:
    return [int(line) for line in log.read_text().split()] if log.exists() else []


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log"


@pytest.mark.parametrize(
    ("kind", "request_"),
    [
        ("processes:2", Request(features="composition_statistics", prototype=False)),
        ("local:2", Request(metric="grid-emd(n_groups=20)", keep_vectors=True)),
    ],
)
def test_the_same_bytes_on_every_scheduler(kind, request_, tmp_path) -> None:
    work = Describing.of(request_)
    source = Crystals(crystals(47))
    run_partitions(source, work, tmp_path / "here", scheduler=Here(), size=10)
    run_partitions(source, work, tmp_path / "there", scheduler=scheduler(kind), size=10)
    assert len(files(tmp_path / "here")) == 5
    assert files(tmp_path / "there") == files(tmp_path / "here")
    assert rows(tmp_path / "there") == list(range(47))


@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_worker_costs_no_row_and_doubles_none(kind, tmp_path, log) -> None:
    source = Crystals(crystals(95))
    deadly = SlowWork(str(log), deadly=40)
    run_partitions(source, deadly, tmp_path / "killed", scheduler=scheduler(kind), size=10)
    assert begun(log).count(40) == 2  # it was done again
    run_partitions(source, SlowWork(str(log) + "2"), tmp_path / "whole", size=10)
    assert files(tmp_path / "killed") == files(tmp_path / "whole")
    assert rows(tmp_path / "killed") == list(range(95))


@pytest.mark.parametrize("kind", KINDS)
def test_a_partition_that_kills_every_worker_ends_the_run(kind, tmp_path, log) -> None:
    work = SlowWork(str(log), deadly=20, times=99)
    with pytest.raises(ResourceError, match="ended 3 workers"):
        run_partitions(
            Crystals(crystals(50)), work, tmp_path / "run", scheduler=scheduler(kind), size=10
        )
    assert begun(log).count(20) == 3


def test_a_killed_run_goes_on_where_it_was(tmp_path, log) -> None:
    path, n = tmp_path / "run", 200
    command = [sys.executable, slow_partitions.__file__, str(path), str(log), str(n), "0.1"]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    process = subprocess.Popen(command, cwd=REPOSITORY, env=environment)
    deadline = time.monotonic() + 60
    while len(files(path)) < 7 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    before = files(path)
    assert 7 <= len(before) < 20
    log.unlink()
    report = run_partitions(Crystals(crystals(n)), SlowWork(str(log)), path, size=10)
    assert report.n_found == 10 * len(before)
    assert len(begun(log)) == 20 - len(before)  # nothing that was there was done again
    assert rows(path) == list(range(n))
    assert before.items() <= files(path).items()


def test_a_stop_keeps_what_is_done(tmp_path, log) -> None:
    source, path, seen = Crystals(crystals(100)), tmp_path / "run", []
    with pytest.raises(JobCancelled):
        run_partitions(
            source, SlowWork(str(log)), path, size=10,
            on_progress=lambda done, total, what: seen.append((done, total)),
            should_stop=lambda: len(seen) > 4,
        )  # fmt: skip
    assert seen == [(10 * i, 100) for i in range(5)]
    assert len(files(path)) == 4
    assert run_partitions(source, SlowWork(str(log)), path, size=10).n_found == 40


def test_a_damaged_partition_is_done_again(tmp_path, log) -> None:
    source, path = Crystals(crystals(30)), tmp_path / "run"
    run_partitions(source, SlowWork(str(log)), path, size=10)
    whole = files(path)
    part = path / "part-000001.parquet"
    part.write_bytes(part.read_bytes()[:-100])
    (path / "part-000002.parquet").write_bytes(whole["part-000000.parquet"])  # of other rows
    (path / ".part-000000.12345678.part.parquet").write_bytes(b"half")
    assert run_partitions(source, SlowWork(str(log)), path, size=10).n_found == 10
    assert files(path) == whole
    assert not list(path.glob(".*.part*"))


def test_a_folder_of_another_request_is_refused(tmp_path) -> None:
    path, source = tmp_path / "run", Crystals(crystals(12))
    work = Describing.of(Request(features="", prototype=True))
    run_partitions(source, work, path, size=5)
    other = Describing.of(Request(features="", prototype=False))
    with pytest.raises(InvalidSpecError, match="what is computed"):
        run_partitions(source, other, path, size=5)
    with pytest.raises(InvalidSpecError, match="the crystals"):
        run_partitions(Crystals(crystals(12)[::-1]), work, path, size=5)
    with pytest.raises(InvalidSpecError, match="the partitions"):
        run_partitions(source, work, path, size=6)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    with pytest.raises(InputError, match="holds other things"):
        run_partitions(source, work, tmp_path / "mine", size=5)


def test_two_runs_never_share_a_folder(tmp_path, log) -> None:
    source, path = Crystals(crystals(20)), tmp_path / "run"

    def again(done: int, total: int, what: str) -> None:
        run_partitions(source, SlowWork(str(log)), path, size=10)

    with pytest.raises(ResourceError, match="Another run"):
        run_partitions(source, SlowWork(str(log)), path, size=10, on_progress=again)


@pytest.mark.parametrize("text", ["elsewhere", "processes:0", "local:x", "here:2", "tcp:host"])
def test_what_is_no_scheduler_is_refused(text) -> None:
    with pytest.raises(InvalidSpecError, match=text):
        scheduler(text)


def test_the_environment_names_a_scheduler(monkeypatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_SCHEDULER", "local:3")
    assert scheduler().label == "Dask, 3 workers on this machine"
    assert scheduler("here").label == "this process"


def test_an_address_without_a_scheduler_is_told(tmp_path, log, monkeypatch) -> None:
    from core.partitions import dask_scheduler

    monkeypatch.setattr(dask_scheduler, "_CONNECT_SECONDS", 0.5)
    with pytest.raises(ResourceError, match="No Dask scheduler"):
        run_partitions(
            Crystals(crystals(5)), SlowWork(str(log)), tmp_path / "run",
            scheduler=scheduler("tcp://127.0.0.1:9"),
        )  # fmt: skip


def test_a_scheduler_that_is_running_is_used(tmp_path, log) -> None:
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, protocol="tcp://",
        dashboard_address=None,
    ) as cluster:  # fmt: skip
        chosen = scheduler(cluster.scheduler_address)
        run_partitions(
            Crystals(crystals(45)), SlowWork(str(log)), tmp_path / "run", scheduler=chosen, size=10
        )
    assert rows(tmp_path / "run") == list(range(45))
    assert sorted(begun(log)) == [0, 10, 20, 30, 40]

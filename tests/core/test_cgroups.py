"""Limits of containers and batch jobs, read from made-up trees of control groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import cgroups
from core.config import default_workers, memory_budget_bytes

UNLIMITED = "9223372036854771712\n"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """`tree(own, {path: text})` makes a machine with these groups."""

    def make(own: str, files: dict[str, str]) -> None:
        mount = tmp_path / "cgroup"
        mount.mkdir()
        for name, text in files.items():
            (mount / name).parent.mkdir(parents=True, exist_ok=True)
            (mount / name).write_text(text)
        (tmp_path / "own").write_text(own)
        monkeypatch.setattr(cgroups, "_MOUNT", mount)
        monkeypatch.setattr(cgroups, "_OWN", tmp_path / "own")

    return make


def test_a_job_of_version_2_is_bound_by_itself_and_all_above(tree) -> None:
    tree("0::/slurm/job_7/step\n", {
        "slurm/job_7/step/memory.max": "max\n",
        "slurm/job_7/memory.max": "4294967296\n",
        "slurm/memory.max": "8589934592\n",
        "slurm/job_7/step/cpu.max": "max 100000\n",
        "slurm/job_7/cpu.max": "250000 100000\n",
    })  # fmt: skip
    assert cgroups.memory_limit() == 4 * 2**30
    assert cgroups.processor_quota() == 2.5


def test_a_container_of_version_1_sees_its_group_as_the_mount(tree) -> None:
    tree("5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n0::/\n", {
        "memory/memory.limit_in_bytes": "1073741824\n",
        "cpu/cpu.cfs_quota_us": "50000\n", "cpu/cpu.cfs_period_us": "100000\n",
        "unified/cgroup.procs": "",
    })  # fmt: skip
    assert cgroups.memory_limit() == 2**30
    assert cgroups.processor_quota() == 0.5


@pytest.mark.parametrize(
    ("own", "files"),
    [
        ("", {}),
        ("0::/\n", {"memory.max": "max\n", "cpu.max": "max 100000\n"}),
        ("0::/\n", {"memory.max": "what\n", "cpu.max": "\n"}),
        ("broken\n:\n", {}),
    ],
)
def test_nothing_limited_or_readable_is_no_limit(tree, own, files) -> None:
    tree(own, files)
    assert cgroups.memory_limit() is None
    assert cgroups.processor_quota() is None


def test_no_limit_in_version_1_is_a_number_beyond_all_memory(tree, monkeypatch) -> None:
    monkeypatch.delenv("GRIDSCOPE_MEMORY_GB", raising=False)
    tree("4:memory:/\n5:cpu:/\n", {"memory/memory.limit_in_bytes": UNLIMITED,
                                   "cpu/cpu.cfs_quota_us": "-1\n",
                                   "cpu/cpu.cfs_period_us": "100000\n"})  # fmt: skip
    before = memory_budget_bytes()
    assert cgroups.memory_limit() > 2**60
    assert before < 2**60
    assert cgroups.processor_quota() is None


def test_budget_and_workers_heed_the_group(tree, monkeypatch) -> None:
    monkeypatch.delenv("GRIDSCOPE_MEMORY_GB", raising=False)
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: set(range(64)))
    tree("0::/\n", {"memory.max": "1073741824\n", "cpu.max": "350000 100000\n"})
    assert memory_budget_bytes() == 2**29
    assert default_workers() == 4  # three and a half, rounded up: the last has half of its time

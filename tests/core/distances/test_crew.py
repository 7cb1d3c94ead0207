"""Who describes crystals: this process alone, until threads or processes pay."""

from __future__ import annotations

import os
import threading

import numpy as np
import pytest

from core.distances import crew, parse_metric
from core.distances.crew import Crew
from core.distances.features import embed
from core.errors import JobCancelled, ResourceError
from tests.strategies import random_crystal

CRYSTALS = [random_crystal(seed) for seed in range(130)]


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Help is called after the second part, however little work is left."""
    for name in ("_START_PAYS", "_WARM_PAYS", "_TRIAL", "_SENT"):
        monkeypatch.setattr(crew, name, 0.0)


# Python a process evaluates: it can't import functions of a test.
_PAUSE = "__import__('time').sleep(0.01)"
_WHO = f"({_PAUSE}, __import__('os').getpid(), __import__('threading').get_ident())[1:]"
_CHILD = "__import__('multiprocessing').parent_process()"
_DIE = f"({_PAUSE}, {_CHILD} and __import__('os').kill(__import__('os').getpid(), 9))"


def test_little_work_stays_here() -> None:
    with Crew(processes=2, threads=2) as few:
        found = dict(few.each(eval, 6, lambda i: _WHO, 1))
    assert sorted(found) == list(range(6))
    assert set(found.values()) == {(os.getpid(), threading.get_ident())}


@pytest.mark.usefixtures("eager")
def test_processes_help_and_this_one_works_too() -> None:
    with Crew(processes=2) as two:
        first = dict(two.each(eval, 400, lambda i: _WHO, 1))
        second = dict(two.each(eval, 50, lambda i: _WHO, 1))
    assert sorted(first) == list(range(400))
    pids = {pid for pid, _ in first.values()}
    assert len(pids) == 2
    assert os.getpid() in pids
    assert {pid for pid, _ in second.values()} == pids  # the process was not started again


@pytest.mark.usefixtures("eager")
def test_threads_help() -> None:
    with Crew(threads=3) as three:
        found = dict(three.each(eval, 40, lambda i: _WHO, 1))
    assert sorted(found) == list(range(40))
    assert {pid for pid, _ in found.values()} == {os.getpid()}
    assert len({thread for _, thread in found.values()}) == 4  # this one, until they came


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("help", [{"processes": 2}, {"threads": 2}])
def test_help_changes_no_number_and_no_order(help: dict[str, int]) -> None:
    crystals = list(CRYSTALS)
    for i in (3, 100, 129):
        crystals[i] = crystals[i].with_(occupancy=np.full(crystals[i].n_rows, 0.5))
    metric = parse_metric("group-composition-emd(n_groups=8)")
    one, alone = embed(crystals, metric)
    two, together = embed(crystals, metric, **help)
    np.testing.assert_array_equal(one.parts[0], two.parts[0])
    np.testing.assert_array_equal(alone.kept, together.kept)
    assert alone.failures == together.failures
    assert [f.id for f in alone.failures] == [crystals[i].id for i in (3, 100, 129)]


@pytest.mark.usefixtures("eager")
def test_a_killed_worker_is_explained() -> None:
    with Crew(processes=2) as two, pytest.raises(ResourceError, match="ended from outside"):
        list(two.each(eval, 1000, lambda i: _DIE, 1))


@pytest.mark.usefixtures("eager")
def test_a_stop_ends_helpers_too() -> None:
    told: list[int] = []

    def stop() -> bool:
        told.append(1)
        return len(told) > 3

    with pytest.raises(JobCancelled):
        embed(CRYSTALS * 20, parse_metric("grid-emd"), processes=2, should_stop=stop)
    assert len(told) == 4

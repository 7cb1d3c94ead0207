"""Crystals to vectors: failures as rows, processes, a worker that is killed."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

from core.distances import parse_metric
from core.distances.features import embed, tabulate
from core.errors import ComputeError, JobCancelled, MemoryBudgetError, ResourceError
from core.types import Crystal
from tests.strategies import random_crystal

CRYSTALS = [random_crystal(seed) for seed in range(130)]


def _die(crystals: list[Crystal]) -> tuple[np.ndarray, ...]:
    os.kill(os.getpid(), signal.SIGKILL)
    return (np.zeros(len(crystals)),)


def test_failures_are_rows_and_the_rest_is_kept() -> None:
    crystals = list(CRYSTALS[:60])
    for i in (0, 17, 59):
        crystals[i] = crystals[i].with_(occupancy=np.full(crystals[i].n_rows, 0.5))
    features, table = embed(crystals, parse_metric("grid-emd"))
    assert [f.id for f in table.failures] == [crystals[i].id for i in (0, 17, 59)]
    assert {f.code for f in table.failures} == {"DisorderedStructureError"}
    assert table.kept.tolist() == [i for i in range(60) if i not in (0, 17, 59)]
    alone, _ = embed([crystals[18]], parse_metric("grid-emd"))
    np.testing.assert_array_equal(features.parts[0][16], alone.parts[0][0])


def test_two_processes_equal_one() -> None:
    metric = parse_metric("rdf-emd+composition-emd")
    one, _ = embed(CRYSTALS, metric)
    two, _ = embed(CRYSTALS, metric, processes=2)
    np.testing.assert_array_equal(one.parts[0], two.parts[0])


def test_a_killed_worker_is_explained() -> None:
    with pytest.raises(ResourceError, match="ended from outside"):
        tabulate(CRYSTALS, _die, stage="x", processes=2)


def test_nothing_left_is_an_error_with_the_first_reason() -> None:
    half = [c.with_(occupancy=np.full(c.n_rows, 0.5)) for c in CRYSTALS[:3]]
    with pytest.raises(ComputeError, match=r"None of the 3 crystals.*partially occupied"):
        embed(half, parse_metric("grid-emd"))
    with pytest.raises(ComputeError, match="None of the 0"):
        embed([], parse_metric("grid-emd"))


def test_budget_and_cancel(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(JobCancelled):
        embed(CRYSTALS, parse_metric("grid-emd"), should_stop=lambda: True)
    monkeypatch.setenv("GRIDSCOPE_MEMORY_GB", "0.0001")
    with pytest.raises(MemoryBudgetError, match="GB"):
        embed(CRYSTALS, parse_metric("grid-emd"))

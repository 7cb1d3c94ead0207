"""Crystals to vectors: failures as rows, a budget, a stop."""

from __future__ import annotations

import numpy as np
import pytest

from core.distances import parse_metric
from core.distances.features import embed
from core.errors import ComputeError, JobCancelled, MemoryBudgetError
from tests.strategies import random_crystal

CRYSTALS = [random_crystal(seed) for seed in range(130)]


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

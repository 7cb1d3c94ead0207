"""What each model reaches on perovskites and phonons, beside what was asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.data.loading import load_public_crystals
from core.labs.bulk_modulus import Asked
from core.labs.reference_tasks import (
    PEROVSKITES,
    REFERENCE_TASKS,
    ReferenceTask,
    describe_task,
    errors,
    matbench_folds,
    task_folds,
    try_task,
)
from core.types import Crystal

_DESCRIBED: dict[str, tuple] = {}


def described(task: ReferenceTask, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple:
    if task.name not in _DESCRIBED:
        monkeypatch.setenv("GRIDSCOPE_DATA_MIRROR", str(folder))
        crystals = load_public_crystals(task.data_set).crystals
        _DESCRIBED[task.name] = describe_task(task, crystals, threads=2)
    return _DESCRIBED[task.name]


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("task", "asked"),
    [(task, asked) for task in REFERENCE_TASKS for asked in task.asked],
    ids=lambda value: value.name,
)
def test_errors_are_as_small_as_asked(
    task: ReferenceTask,
    asked: Asked,
    shared_data: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    inputs, target, crystals = described(task, shared_data, monkeypatch)
    assert len(crystals) == {"perov-5-val": 3787, "matbench-phonons": 1265}[task.data_set]
    own, trivial = errors(try_task(task, asked, inputs, target, crystals, threads=2))
    record_property("mae", f"{own:.4g} {task.unit}, baseline {trivial:.4g}")
    ((_, least, most),) = asked.bounds
    assert least <= own <= most
    assert own < 0.3 * trivial


def test_parts_of_matbench_test_every_crystal_once() -> None:
    folds = matbench_folds(53)
    assert len(folds) == 5
    assert sorted(np.concatenate([f.test for f in folds]).tolist()) == list(range(53))
    assert all(not set(f.test.tolist()) & set(f.train.tolist()) for f in folds)
    assert folds[0].test.tolist() == matbench_folds(53)[0].test.tolist()


def test_a_task_has_a_split_for_each_seed(perovskite: Crystal) -> None:
    crystals = [perovskite.with_(id=str(i)) for i in range(20)]
    folds = task_folds(PEROVSKITES, crystals)
    assert [(len(f.train), len(f.test)) for f in folds] == [(16, 4)] * 3
    assert len({tuple(f.test.tolist()) for f in folds}) == 3

"""Features that took long are computed once for all jobs on the same crystals."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.data import load_embedded
from core.distances.features import Table
from core.jobs import JobResult, JobSpec, kept_tables, run
from core.jobs.base import Resources
from core.jobs.kept_tables import kept_table, table_key
from core.jobs.results import FEATURES, has_result, result_folder, save_result
from core.models import inputs
from core.models.base import FittedModel
from core.models.feature_sets import parse_features
from core.models.persistence import load_model
from core.types import Crystal, Failure

STORED = Resources(use_store=True)
OPTIONS = {
    "target": "bulk_modulus_GPa", "seed": 1, "conformal": None,
    "model": {"key": "extra-trees", "n_trees": 20, "features": "structure_features"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))
    monkeypatch.setattr(kept_tables, "LONG", 0.0)


@pytest.fixture(scope="module")
def crystals() -> list[Crystal]:
    return list(load_embedded("prototype-elastic")[::80])


@pytest.fixture
def described(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many crystals were described, each time."""
    counted: list[int] = []
    real = inputs._described

    def spy(members: Any, *rest: Any) -> Table:
        counted.append(len(members))
        return real(members, *rest)

    monkeypatch.setattr(inputs, "_described", spy)
    return counted


def _model(result: JobResult) -> FittedModel:
    return load_model(result.outputs["model"].tobytes())


def test_a_second_model_describes_nothing_and_is_the_same(
    crystals: list[Crystal], described: list[int]
) -> None:
    fresh = run(JobSpec(task="train", options=OPTIONS), {"crystals": crystals})
    first = run(JobSpec(task="train", options=OPTIONS), {"crystals": crystals}, STORED)
    assert described == [len(crystals)] * 2
    again = run(JobSpec(task="train", options=OPTIONS), {"crystals": crystals}, STORED)
    assert described == [len(crystals)] * 2
    data, _, _ = inputs.prepare(crystals, _model(fresh).needs)
    expected = _model(fresh).predict(data).mean
    assert np.ptp(expected) > 50  # GPa: not all alike
    for result in (first, again):
        assert _model(result).predict(data).mean.tolist() == expected.tolist()


def test_other_crystals_or_options_are_described_anew(
    crystals: list[Crystal], described: list[int]
) -> None:
    run(JobSpec(task="train", options=OPTIONS), {"crystals": crystals}, STORED)
    run(JobSpec(task="train", options=OPTIONS), {"crystals": crystals[1:]}, STORED)
    moved = [replace(crystals[0], lattice=1.01 * crystals[0].lattice), *crystals[1:]]
    run(JobSpec(task="train", options=OPTIONS), {"crystals": moved}, STORED)
    assert described == [len(crystals), len(crystals) - 1, len(crystals)]
    (plain,) = parse_features("structure_features")
    (other,) = parse_features("tot_geometry(centers=Si)")
    (changed,) = parse_features("tot_geometry(centers=Ge)")
    assert len({table_key(term, crystals) for term in (plain, other, changed)}) == 3


def test_those_that_can_not_be_described_stay_rows(crystals: list[Crystal]) -> None:
    (term,) = parse_features("structure_features")
    failure = Failure("b", "structure_features", "input", "No sites.", "Look at the file.", "b.cif")
    made = Table((np.arange(6.0).reshape(2, 3),), np.array([0, 2]), (failure,))
    assert kept_table(term, crystals[:3], lambda: made) is made
    found = kept_table(term, crystals[:3], lambda: pytest.fail("computed again"))
    assert found.arrays[0].tolist() == made.arrays[0].tolist()
    assert found.kept.tolist() == [0, 2]
    assert found.failures == (failure,)


@pytest.mark.parametrize("harm", ["cut", "gone"])
def test_a_damaged_table_is_computed_again(crystals: list[Crystal], harm: str) -> None:
    (term,) = parse_features("structure_features")
    made = Table((np.ones((1, 3)),), np.array([0]), ())
    kept_table(term, crystals[:1], lambda: made)
    array = result_folder(table_key(term, crystals[:1]), FEATURES) / "0.npy"
    if harm == "cut":
        array.write_bytes(array.read_bytes()[:-4])
    else:
        array.unlink()
    other = Table((np.zeros((1, 3)),), np.array([0]), ())
    assert kept_table(term, crystals[:1], lambda: other) is other
    found = kept_table(term, crystals[:1], lambda: pytest.fail("computed again"))
    assert not found.arrays[0].any()


def test_what_is_quick_is_not_kept(
    crystals: list[Crystal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_tables, "LONG", 60.0)
    (term,) = parse_features("structure_features")
    kept_table(term, crystals[:1], lambda: Table((np.ones((1, 3)),), np.array([0]), ()))
    assert not result_folder(table_key(term, crystals[:1]), FEATURES).exists()


@pytest.mark.parametrize("where", ["array", "folder"])
def test_a_full_disk_costs_only_the_time(
    crystals: list[Crystal], monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    if where == "array":
        monkeypatch.setattr(np, "save", full_disk)
    else:
        monkeypatch.setattr(Path, "mkdir", full_disk)
    (term,) = parse_features("structure_features")
    made = Table((np.ones((1, 3)),), np.array([0]), ())
    assert kept_table(term, crystals[:1], lambda: made) is made
    monkeypatch.undo()
    assert not has_result(table_key(term, crystals[:1]), FEATURES)


def test_a_job_trains_on_a_disk_that_fills_up(
    crystals: list[Crystal], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = np.save

    def save(file: Any, *args: Any, **options: Any) -> None:
        (full_disk if isinstance(file, Path) else real)(file, *args, **options)

    monkeypatch.setattr(np, "save", save)  # a model's own arrays go to memory
    done = run(JobSpec(task="train", options=OPTIONS), {"crystals": crystals}, STORED)
    assert done.outputs["model"].size


def test_tables_never_push_out_what_users_computed(
    crystals: list[Crystal], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (term,) = parse_features("structure_features")
    budget = 80_000
    monkeypatch.setenv("GRIDSCOPE_RESULTS_GB", str(budget / 2**30))
    own = run(JobSpec(task="describe", options={"features": "composition"}),
              {"crystals": crystals[:5]})  # fmt: skip
    save_result("a" * 64, own)
    os.utime(result_folder("a" * 64), (1, 1))  # the longest unused of all
    for n in range(1, 21):
        wide = Table((np.ones((1, 1000)),), np.array([0]), ())  # 8 kB each
        kept_table(term, crystals[n : n + 1], lambda table=wide: table)
    assert has_result("a" * 64)
    kept = [has_result(table_key(term, crystals[n : n + 1]), FEATURES) for n in range(1, 21)]
    assert sum(kept) == 2, "a quarter of the budget holds two"
    assert kept[-1], "the last one is kept"
    large = sum(f.stat().st_size for f in (tmp_path / "features").rglob("*.*"))
    assert large <= budget / 4


def test_a_table_above_the_budget_is_not_kept_and_costs_no_other(
    crystals: list[Crystal], monkeypatch: pytest.MonkeyPatch
) -> None:
    (term,) = parse_features("structure_features")
    small, large = (Table((np.ones((1, n)),), np.array([0]), ()) for n in (10, 10_000))
    kept_table(term, crystals[:1], lambda: small)
    monkeypatch.setenv("GRIDSCOPE_RESULTS_GB", str(160_000 / 2**30))
    assert kept_table(term, crystals[:2], lambda: large) is large
    assert not has_result(table_key(term, crystals[:2]), FEATURES)
    assert has_result(table_key(term, crystals[:1]), FEATURES)


def full_disk(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

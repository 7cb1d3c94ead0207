"""What the tasks compute: the same on one worker or two, stopped cleanly, nothing lost."""

from __future__ import annotations

import os

import numpy as np
import pytest

from core.data import load_embedded
from core.descriptors.grid import GridSpec, grid
from core.distances import parse_metric
from core.distances.matrix import full
from core.errors import ComputeError, InvalidSpecError, JobCancelled, MemoryBudgetError
from core.jobs import JobSpec, run
from core.jobs.base import Resources
from tests.core.jobs.test_base import SPECS

METRIC = "grid-emd+composition-emd"


@pytest.fixture(scope="module")
def crystals():
    """More than two chunks of work."""
    return list(load_embedded("aflow-prototypes")[:120])


@pytest.fixture
def inputs(crystals):
    return {"crystals": crystals, "query": crystals[:5], "library": crystals}


# Tasks that share out crystals; those that learn or relax have tests of their own.
OPTIONS = {
    "grid": {"mode": "quantile", "n_groups": 20},
    "describe": {"features": "composition_statistics+structure_features"},
    "distance": {"metric": METRIC},
    "neighbors": {"metric": METRIC, "k": 3},
    "similarity": {"metric": METRIC},
    "umap": {"metric": METRIC, "neighbors": 5, "seed": 1},
}
LEARNING = {
    "zeolites",
    "active-round", "train", "evaluate", "learn", "predict", "importances", "grid-importances",
    "partial-dependence", "learning-curve", "stage-curve",
}  # fmt: skip
RELAXING = {"verify"}
SCREENING = {"candidates", "candidate-columns", "screen", "stability"}


def outputs(task, inputs, **resources):
    return run(JobSpec(task=task, options=OPTIONS[task]), inputs, Resources(**resources)).outputs


def test_every_task_is_tried_somewhere():
    assert set(OPTIONS) | LEARNING | RELAXING | SCREENING == set(SPECS)


@pytest.mark.parametrize("task", OPTIONS)
@pytest.mark.parametrize("more", [{"threads": 2}, {"processes": 2}])
def test_two_workers_give_the_same_bits(task, inputs, more):
    alone, together = outputs(task, inputs), outputs(task, inputs, **more)
    assert set(alone) == set(together)
    for name in alone:
        assert alone[name].dtype == together[name].dtype
        np.testing.assert_array_equal(alone[name], together[name])


@pytest.mark.parametrize(
    ("task", "patience"),
    [
        ("grid", 0),
        ("grid", 2),
        ("describe", 5),
        ("distance", 1),
        ("distance", 3),
        ("neighbors", 0),
        ("neighbors", 3),
    ],
)
def test_a_stop_raises_and_leaves_nothing(task, inputs, patience, tmp_path):
    asked = []

    def should_stop():
        asked.append(1)
        return len(asked) > patience

    with pytest.raises(JobCancelled):
        outputs(
            task, inputs, should_stop=should_stop,
            tiles=tmp_path / "m.npy" if task == "distance" else None,
        )  # fmt: skip
    assert len(asked) == patience + 1
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("task", OPTIONS)
def test_progress_runs_to_its_end(task, inputs):
    told = []
    outputs(task, inputs, on_progress=lambda *args: told.append(args))
    for what in {w for _, _, w in told}:
        steps = [(done, total) for done, total, w in told if w == what]
        assert steps[-1][0] == steps[-1][1]
        shares = [done / total for done, total in steps]
        assert shares == sorted(shares)


def test_grid_is_that_of_the_descriptor(crystals):
    found = outputs("grid", {"crystals": crystals})
    spec = GridSpec(mode="quantile", n_groups=20)
    np.testing.assert_allclose(found["grid"][7], grid(crystals[7], spec), atol=1e-5)
    assert found["ids"][7] == crystals[7].id


def test_failures_are_rows_and_the_rest_is_done(rocksalt, perovskite):
    half = rocksalt.with_(id="half", occupancy=np.full(8, 0.5), source="half.cif")
    for task, options in (("grid", {}), ("distance", {"metric": "grid-emd"})):
        result = run(
            JobSpec(task=task, options=options), {"crystals": [rocksalt, half, perovskite]}
        )
        assert result.outputs["ids"].tolist() == ["NaCl", "SrTiO3"]
        (failure,) = result.failures
        assert (failure.id, failure.source) == ("half", "half.cif")
        assert failure.code == "DisorderedStructureError"
        assert failure.hint


def test_nothing_computable_says_why(rocksalt):
    half = rocksalt.with_(occupancy=np.full(8, 0.5))
    with pytest.raises(ComputeError, match="partially occupied"):
        run(SPECS["distance"], {"crystals": [half]})
    with pytest.raises(ComputeError, match="partially occupied"):
        run(SPECS["neighbors"], {"query": [half], "library": [half, rocksalt]})


def test_neighbors_equal_the_matrix(crystals):
    found = outputs("neighbors", {"query": crystals, "library": crystals})
    matrix = full(parse_metric(METRIC).embed(crystals)).astype(float)
    np.fill_diagonal(matrix, np.inf)
    np.testing.assert_allclose(found["distances"], np.sort(matrix, axis=1)[:, :3], rtol=1e-5)


@pytest.mark.parametrize("whole", [True, False])
def test_a_query_is_not_its_own_neighbor_but_a_copy_is(crystals, rocksalt, whole):
    copy = rocksalt.with_(id="copy", source="elsewhere")
    queries = [rocksalt] if whole else [rocksalt, crystals[0].with_(source="outside")]
    found = outputs("neighbors", {"query": queries, "library": [*crystals, copy, rocksalt]})
    assert found["neighbors"][0, 0] == "copy"
    assert "NaCl" not in found["neighbors"][0]
    assert found["distances"][0, 0] == 0


def test_a_failed_query_is_told_once_and_the_others_answered(rocksalt, perovskite, hcp_metal):
    half = rocksalt.with_(id="half", occupancy=np.full(8, 0.5))
    members = [half, rocksalt, perovskite, hcp_metal]
    result = run(SPECS["neighbors"], {"query": members[:2], "library": members})
    assert result.outputs["ids"].tolist() == ["NaCl"]
    assert [failure.id for failure in result.failures] == ["half"]


def test_a_library_of_the_query_alone_is_refused(rocksalt):
    with pytest.raises(InvalidSpecError, match="nothing but the query"):
        run(SPECS["neighbors"], {"query": [rocksalt], "library": [rocksalt]})


def test_features_and_matrix_count_together(crystals, monkeypatch):
    # 120 x 2,400 float32 are 1.152 MB, 120 x 120 distances 0.058 MB.
    metric = {"metric": "grid-emd"}
    spec = JobSpec(task="distance", options=metric)
    monkeypatch.setenv("GRIDSCOPE_MEMORY_GB", str(1.18e6 / 2**30))
    with pytest.raises(MemoryBudgetError, match="120 x 120") as info:
        run(spec, {"crystals": crystals})
    assert info.value.context["features"] == 120 * 2400 * 4
    assert info.value.context["distances"] == 120 * 120 * 4
    assert "neighbors" in info.value.hint
    monkeypatch.setenv("GRIDSCOPE_MEMORY_GB", str(1.22e6 / 2**30))
    assert run(spec, {"crystals": crystals}).outputs["matrix"].shape == (120, 120)
    monkeypatch.setenv("GRIDSCOPE_MEMORY_GB", str(1.0e6 / 2**30))
    with pytest.raises(MemoryBudgetError, match=r"1\.1 MB of features"):
        run(spec, {"crystals": crystals}, Resources(tiles=None))


def test_tiles_need_room_on_the_disk(crystals, monkeypatch, tmp_path):
    from core.jobs import budget

    usage = type("Usage", (), {"free": 50_000})
    monkeypatch.setattr(budget.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(MemoryBudgetError, match="on disk"):
        outputs("distance", {"crystals": crystals}, tiles=tmp_path / "m.npy")
    assert os.listdir(tmp_path) == []

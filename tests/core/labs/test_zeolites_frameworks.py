"""A chemist's own frameworks: who is refused and why, and what is said of the rest."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import ComputeError, InvalidSpecError
from core.jobs import JobSpec, run
from core.labs import zeolites_frameworks as own
from core.types import Crystal


def test_who_is_refused(quartz: Crystal, rocksalt: Crystal, perovskite: Crystal) -> None:
    broken = quartz.with_(
        id="broken", frac=quartz.frac[:-1], numbers=quartz.numbers[:-1],
        occupancy=quartz.occupancy[:-1], position=quartz.position[:-1],
    )  # fmt: skip
    kept, failures = own.sort_frameworks([quartz, rocksalt, perovskite, broken])
    assert [c.id for c in kept] == ["quartz"]
    assert [f.id for f in failures] == ["NaCl", "SrTiO3", "broken"]
    assert "NaCl" in failures[0].message
    assert "O" in failures[2].message
    assert {f.stage for f in failures} == {"framework"}


def test_the_task_refuses_nonsense() -> None:
    good = {"part": "families", "repeats": 1, "seed": 0}
    for changed, words in (
        ({"part": "nothing"}, "nothing"), ({"repeats": 0}, "0"), ({"repeats": True}, "True"),
        ({"seed": -1}, "-1"), ({"more": 1}, "more"),
    ):  # fmt: skip
        with pytest.raises(InvalidSpecError, match=words):
            JobSpec(task="zeolites", options={**good, **changed})


@pytest.mark.data
def test_a_training_framework_is_recognised(zeolites, rocksalt) -> None:
    chosen = [zeolites.crystals[i] for i in (0, 40)]
    found, failures = own.ask(zeolites, [*chosen, rocksalt])
    assert found.ids == tuple(c.id for c in chosen)
    assert [f.id for f in failures] == ["NaCl"]
    np.testing.assert_allclose(found.shown, found.trained[[0, 40]], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.angle, zeolites.angles[[0, 40]])
    assert found.outside == ("", "")
    # Seen in training: the process passes near their values.
    assert (np.abs(found.process - zeolites.values[:, [0, 40]]) < 3 * found.std).all()


@pytest.mark.data
@pytest.mark.slow
def test_a_stretched_framework_is_outside(zeolites) -> None:
    first = zeolites.crystals[3]
    far, _ = own.ask(zeolites, [first.with_(id="far", lattice=1.03 * first.lattice)])
    assert "distance" in far.outside[0]
    near, _ = own.ask(zeolites, [first])
    assert (far.std > near.std).all()


@pytest.mark.data
def test_nothing_to_ask_about(zeolites, rocksalt) -> None:
    with pytest.raises(ComputeError, match="siliceous"):
        own.ask(zeolites, [rocksalt])


@pytest.mark.data
@pytest.mark.slow
def test_the_task_brings_the_set_along(shared_data, monkeypatch, quartz) -> None:
    monkeypatch.setenv("GRIDSCOPE_DATA_MIRROR", str(shared_data))
    spec = JobSpec(task="zeolites", options={"part": "frameworks", "repeats": 1, "seed": 0})
    out = run(spec, {"crystals": (quartz,)}).outputs
    assert out["ids"].tolist() == ["quartz"]
    assert out["train_values"].shape == (2, 120)
    assert 120 < out["angle"][0] < 160


@pytest.mark.data
def test_progress_of_a_part_goes_from_nothing_to_all(shared_data, monkeypatch) -> None:
    from core.jobs.base import Resources

    monkeypatch.setenv("GRIDSCOPE_DATA_MIRROR", str(shared_data))
    told: list[tuple[int, int, str]] = []
    spec = JobSpec(task="zeolites", options={"part": "families", "repeats": 1, "seed": 0})
    run(spec, {"crystals": ()}, Resources(on_progress=lambda *step: told.append(step)))
    fitting = [done / total for done, total, what in told if what == "fitting and testing"]
    assert fitting[0] == 0
    assert fitting == sorted(fitting)
    assert fitting[-1] > 0.9


@pytest.mark.data
def test_a_stop_is_heard(shared_data, monkeypatch) -> None:
    from core.errors import JobCancelled
    from core.jobs.base import Resources

    monkeypatch.setenv("GRIDSCOPE_DATA_MIRROR", str(shared_data))
    spec = JobSpec(task="zeolites", options={"part": "stages", "repeats": 1, "seed": 0})
    with pytest.raises(JobCancelled):
        run(spec, {"crystals": ()}, Resources(should_stop=lambda: True))

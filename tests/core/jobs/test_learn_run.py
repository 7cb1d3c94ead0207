"""A run is a trial and the model of all its crystals: the same numbers as the two tasks alone."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.data import load_embedded
from core.errors import InvalidSpecError, JobCancelled, SchemaError
from core.jobs import JobSpec, run
from core.jobs.base import Resources
from core.models import prepare
from core.models.persistence import load_model

TARGET = "volume_per_atom_A3"
OPTIONS = {
    "target": TARGET, "seed": 3, "model": {"key": "ridge", "features": "composition"},
    "conformal": {"method": "cross"}, "split": {"key": "group", "by": "formula", "repeats": 2},
    "levels": [0.5, 0.9],
}  # fmt: skip


@pytest.fixture(scope="module")
def crystals():
    return list(load_embedded("prototype-elastic")[::91])


@pytest.fixture(scope="module")
def learned(crystals):
    return run(JobSpec(task="learn", options=OPTIONS, seed=3), {"crystals": crystals})


def test_the_trial_is_that_of_evaluate(crystals, learned):
    alone = run(JobSpec(task="evaluate", options=OPTIONS, seed=3), {"crystals": crystals}).outputs
    for name, array in alone.items():
        np.testing.assert_array_equal(learned.outputs[name], array, err_msg=name)


def test_the_model_is_that_of_train(crystals, learned):
    options = {k: OPTIONS[k] for k in ("target", "seed", "model", "conformal")}
    alone = run(JobSpec(task="train", options=options, seed=3), {"crystals": crystals}).outputs
    out = learned.outputs
    assert out["train_ids"].tolist() == alone["ids"].tolist() == [c.id for c in crystals]
    assert json.loads(str(out["chosen"])) == json.loads(str(alone["chosen"]))
    ours, theirs = (load_model(o["model"].tobytes()) for o in (out, alone))
    data, _, _ = prepare(crystals[:9], ours.needs)
    a, b = (m.predict(data, levels=[0.9]) for m in (ours, theirs))
    np.testing.assert_array_equal(a.mean, b.mean)
    np.testing.assert_array_equal(a.intervals, b.intervals)


def test_a_sample_is_drawn_by_the_seed_among_crystals_with_a_value(crystals):
    bare = [c.with_(properties={}) if i % 2 else c for i, c in enumerate(crystals)]
    found = []
    for seed in (1, 1, 2):
        options = {**OPTIONS, "seed": seed, "at_most": 12}
        out = run(JobSpec(task="learn", options=options), {"crystals": bare})
        found.append(out.outputs["train_ids"].tolist())
        assert len(out.failures) == len(bare) // 2  # without a value: told, not lost
    with_value = [c.id for c in bare[::2]]
    assert all(len(ids) == 12 and ids == [i for i in with_value if i in ids] for ids in found)
    assert found[0] == found[1] != found[2]


def test_a_sample_larger_than_the_library_is_all_of_it(crystals, learned):
    out = run(JobSpec(task="learn", options={**OPTIONS, "at_most": 999}), {"crystals": crystals})
    np.testing.assert_array_equal(out.outputs["mean"], learned.outputs["mean"])


@pytest.mark.parametrize("most", [2, 0, -1, True, 12.0, "all"])
def test_a_sample_that_makes_no_sense_is_refused(most):
    with pytest.raises(InvalidSpecError, match="at_most"):
        JobSpec(task="learn", options={**OPTIONS, "at_most": most})


def test_a_missing_option_is_named():
    with pytest.raises(InvalidSpecError, match="'split'"):
        JobSpec(task="learn", options={k: v for k, v in OPTIONS.items() if k != "split"})


def test_two_crystals_are_too_few(crystals):
    spec = JobSpec(task="learn", options={**OPTIONS, "split": {"key": "random"}})
    with pytest.raises(SchemaError):
        run(spec, {"crystals": crystals[:2]})


def test_a_constant_target_is_learned_and_said(crystals):
    flat = [c.with_(properties={TARGET: 7.0}) for c in crystals]
    out = run(JobSpec(task="learn", options=OPTIONS), {"crystals": flat}).outputs
    assert (out["mean"] == 7.0).all()
    assert "All 61 training values are 7" in out["notes"].tolist()[0]


def test_it_stops_when_asked_and_tells_of_every_stage(crystals):
    with pytest.raises(JobCancelled):
        run(JobSpec(task="learn", options=OPTIONS), {"crystals": crystals},
            Resources(should_stop=lambda: True))  # fmt: skip
    heard = []
    resources = Resources(on_progress=lambda done, total, what: heard.append(what))
    run(JobSpec(task="learn", options=OPTIONS), {"crystals": crystals}, resources)
    stages = ("describing crystals", "fitting and testing", "calibrating intervals")
    assert [w for w in dict.fromkeys(heard) if w in stages] == list(stages)

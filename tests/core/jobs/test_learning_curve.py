"""Curves of a run: its own first fold, its own numbers at the end."""

from __future__ import annotations

import numpy as np
import pytest

from core.data import load_embedded
from core.errors import InvalidSpecError
from core.jobs import JobSpec, run
from core.jobs.learning_curve import of_run

RUN = {
    "target": "bulk_modulus_GPa", "seed": 3, "at_most": 60, "levels": [], "conformal": None,
    "model": {"key": "gradient-boosting", "features": "composition", "n_stages": 30,
              "error_folds": 0, "target_scale": "log"},
    "split": {"key": "k-fold", "folds": 3, "repeats": 1},
}  # fmt: skip


@pytest.fixture(scope="module")
def crystals():
    return list(load_embedded("prototype-elastic")[::60])


@pytest.fixture(scope="module")
def learned(crystals):
    return run(JobSpec(task="learn", options=RUN), {"crystals": crystals}).outputs


def test_the_curve_ends_in_the_first_fold_of_the_run(crystals, learned):
    options = {**of_run(RUN), "points": 3, "repeats": 2}
    out = run(JobSpec(task="learning-curve", options=options), {"crystals": crystals}).outputs
    first = learned["fold"] == 0
    error = np.abs(learned["mean"] - learned["truth"])[first].mean()
    mae = out["metrics"].tolist().index("mae")
    # Draw 0 has the run's seed; the crystals of its largest set are the fold's.
    assert out["errors"][mae, -1, 0] == pytest.approx(error, rel=1e-9)
    assert out["sizes"].tolist()[-1] == 40
    assert int(out["tested"]) == first.sum() == 20
    assert str(out["fold"]) == learned["fold_names"][0]


def test_stages_end_in_every_fold_of_the_run(crystals, learned):
    spec = JobSpec(task="stage-curve", options=of_run(RUN))
    out = run(spec, {"crystals": crystals}).outputs
    assert out["stages"].tolist() == list(range(1, 31))
    errors = np.abs(learned["mean"] - learned["truth"])
    by_fold = [errors[learned["fold"] == i].mean() for i in range(3)]
    np.testing.assert_allclose(out["test"][:, -1], by_fold, rtol=1e-9)


@pytest.mark.parametrize(
    ("task", "options", "said"),
    [
        ("learning-curve", {**of_run(RUN), "points": 1, "repeats": 2}, "points is 1"),
        ("learning-curve", {**of_run(RUN), "points": 4, "repeats": True}, "repeats is True"),
        ("learning-curve", of_run(RUN), "'points'"),
        ("stage-curve", {**of_run(RUN), "model": {"key": "knn"}}, "no stages"),
        ("stage-curve", {**of_run(RUN), "points": 3}, "'points'"),
    ],
)
def test_what_makes_no_sense_is_refused(task, options, said):
    with pytest.raises(InvalidSpecError, match=said):
        JobSpec(task=task, options=options)

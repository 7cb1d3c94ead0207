"""Trials: errors of unseen crystals beside the baseline, nested choices, honest intervals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.data import load_embedded
from core.errors import InvalidSpecError, JobCancelled
from core.evaluation import evaluate
from core.evaluation.base import Fold
from core.evaluation.splits import GroupSpec, RandomSpec, make_folds
from core.evaluation.trial import Trial
from core.models import Context, Target
from core.models.linear import RidgeSpec
from core.uncertainty import coverage
from tests.core.models.test_conformal import line

SPEC = RidgeSpec(features="given")


def folds(n: int, repeats: int = 3) -> list[Fold]:
    out = []
    for i in range(repeats):
        order = np.random.default_rng(i).permutation(n)
        out.append(Fold(np.sort(order[n // 4 :]), np.sort(order[: n // 4]), f"repeat {i + 1}"))
    return out


def test_a_good_model_beats_the_baseline_and_its_intervals_hold() -> None:
    inputs, target = line(400, 0)
    trial = evaluate("ridge", inputs, target, folds(400, 6), spec=SPEC, levels=(0.5, 0.9))
    by_key = {s.key: s for s in trial.scores(resamples=100)}
    assert by_key["mae"].value < 0.7 * by_key["mae"].baseline
    assert by_key["mae"].low < by_key["mae"].value < by_key["mae"].high
    found = coverage(trial.truth, trial.intervals, trial.levels)
    np.testing.assert_allclose(found.covered, [0.5, 0.9], atol=0.06)
    assert trial.by_fold("mae").shape == (6,)
    np.testing.assert_array_equal(trial.truth, target.values[trial.rows])


def test_the_test_crystals_can_not_reach_the_fit() -> None:
    """Wild targets in the test part change no prediction and no choice."""
    inputs, target = line(80, 0)
    (fold,) = folds(80, 1)
    wild = target.values.copy()
    wild[fold.test] = 1e6
    a, b = (
        evaluate("ridge", inputs, Target("y", y), [fold], spec=SPEC, levels=(0.9,))
        for y in (target.values, wild)
    )
    np.testing.assert_allclose(a.mean, b.mean)
    np.testing.assert_allclose(a.intervals, b.intervals)
    assert a.results[0].chosen == b.results[0].chosen


def test_the_same_seed_gives_the_same_scores() -> None:
    inputs, target = line(80, 0)
    a, b = (evaluate("ridge", inputs, target, folds(80), spec=SPEC, seed=5) for _ in range(2))
    assert a.scores(resamples=50) == b.scores(resamples=50)


def test_a_stop_is_heard() -> None:
    inputs, target = line(80, 0)
    with pytest.raises(JobCancelled):
        evaluate(
            "ridge", inputs, target, folds(80), spec=SPEC,
            context=Context(should_stop=lambda: True),
        )  # fmt: skip


def test_impossible_levels_are_refused_before_any_fit() -> None:
    inputs, target = line(80, 0)
    with pytest.raises(InvalidSpecError):
        evaluate("ridge", inputs, target, folds(80), spec=SPEC, levels=(95,))


def test_what_was_kept_together_is_drawn_together() -> None:
    """Twenty crystals of one group with one common error tell no more than one of them."""
    inputs, target = line(400, 0)
    (fold,) = folds(400, 1)
    labels = tuple(f"group {i // 10}" for i in range(len(fold.test)))
    error = np.random.default_rng(3).normal(size=10).repeat(10)
    apart, together = (
        evaluate("ridge", inputs, target, [replace(fold, groups=g)], spec=SPEC)
        for g in ((), labels)
    )
    shifted = [
        Trial(t.key, (replace(r := t.results[0], truth=r.prediction.mean + error),))
        for t in (apart, together)
    ]
    (one,), (other,) = ([s for s in t.scores() if s.key == "mae"] for t in shifted)
    assert one.value == other.value
    assert other.high - other.low > 2 * (one.high - one.low)


def test_splits_by_group_name_the_groups() -> None:
    crystals = load_embedded("prototype-elastic")[::40]
    for fold in make_folds("group", crystals, spec=GroupSpec(by="chemical-system", repeats=2)):
        systems = ["-".join(sorted(crystals[i].elements)) for i in fold.test.tolist()]
        assert list(fold.groups) == systems
    (plain,) = make_folds("random", crystals, spec=RandomSpec(repeats=1))
    assert plain.groups == ()

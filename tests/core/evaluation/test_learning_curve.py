"""Curves: nested draws, the same test crystals, scikit-learn's own stages."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidSpecError, JobCancelled, SchemaError
from core.evaluation.base import Fold
from core.evaluation.learning_curve import (
    geometric_sizes,
    learning_curve,
    slope,
    stage_curve,
)
from core.metrics import METRICS
from core.models import Context, fit
from core.models.linear import RidgeSpec
from core.models.trees import GradientBoostingSpec, HistBoostingSpec
from tests.core.models.training import table

RIDGE = RidgeSpec(features="given")
FOLD = Fold(np.arange(150), np.arange(150, 200), "repeat 1")


@pytest.fixture(scope="module")
def problem():
    return table(200, 3, noise=0.1)


def test_sizes_grow_by_one_factor_to_the_whole_set():
    sizes = geometric_sizes(640, 7)
    np.testing.assert_array_equal(sizes, [10, 20, 40, 80, 160, 320, 640])
    assert geometric_sizes(12, 3).tolist() == [6, 8, 12]
    assert (np.diff(geometric_sizes(11, 20)) > 0).all()
    with pytest.raises(SchemaError, match="3 crystals"):
        geometric_sizes(3, 5)
    with pytest.raises(InvalidSpecError):
        geometric_sizes(100, 1)


def test_the_last_point_is_the_trial_itself(problem):
    inputs, target = problem
    found = learning_curve("ridge", inputs, target, FOLD, spec=RIDGE, points=4, repeats=2, seed=5)
    train, test = inputs[FOLD.train], inputs[FOLD.test]
    model = fit("ridge", train, target[FOLD.train], spec=RIDGE, seed=5)
    truth, predicted = target.values[FOLD.test], model.predict(test).mean
    for i, key in enumerate(found.metrics):
        metric = METRICS[key]
        if metric.applies_to(truth, predicted):
            expected = metric.compute(truth, predicted)
            np.testing.assert_allclose(found.errors[i, -1], expected, rtol=1e-9)
        else:
            assert np.isnan(found.errors[i, -1]).all()
    assert found.sizes[-1] == 150
    assert found.tested == 50
    base = np.abs(truth - target.values[FOLD.train].mean()).mean()
    assert found.baselines[found.metrics.index("mae"), -1, 0] == pytest.approx(base)


def test_draws_are_nested_and_differ_between_repeats(problem, monkeypatch):
    inputs, target = problem
    import core.evaluation.learning_curve as module

    seen = []
    real = module.fit

    def spy(key, train, known, **rest):
        if key == "ridge":
            seen.append(set(train.ids))
        return real(key, train, known, **rest)

    monkeypatch.setattr(module, "fit", spy)
    learning_curve("ridge", inputs, target, FOLD, spec=RIDGE, points=4, repeats=2)
    first, second = seen[:4], seen[4:]
    for draws in (first, second):
        assert all(a < b for a, b in zip(draws, draws[1:], strict=False))
    assert first[0] != second[0]
    assert first[-1] == second[-1] == {inputs.ids[i] for i in FOLD.train}


def test_more_crystals_help_where_there_is_something_to_learn():
    inputs, target = table(500, 5, noise=0.01)
    fold = Fold(np.arange(400), np.arange(400, 500), "one")
    found = learning_curve(
        "hist-gradient-boosting", inputs, target, fold, points=4, repeats=2,
        spec=HistBoostingSpec(features="given", n_stages=60, min_leaf=5, error_folds=0),
    )  # fmt: skip
    middle = np.median(found.of("mae"), axis=1)
    assert middle[-1] < 0.6 * middle[0]
    assert slope(found.sizes, found.of("mae")) < -0.1


def test_the_slope_of_a_power_law_is_its_exponent():
    sizes = np.array([10, 20, 40, 80, 160, 320])
    assert slope(sizes, 3 * sizes[:, None] ** -0.5) == pytest.approx(-0.5)
    early = 3 * sizes[:, None] ** -0.5
    early[:2] = 100.0  # the beginning of a curve says nothing of its end
    assert slope(sizes, early) == pytest.approx(-0.5)
    assert np.isnan(slope(sizes[:1], early[:1]))
    assert np.isnan(slope(sizes, np.zeros((6, 1))))


@pytest.mark.parametrize(
    ("key", "spec"),
    [
        ("gradient-boosting", GradientBoostingSpec(features="given", n_stages=40)),
        ("hist-gradient-boosting",
         HistBoostingSpec(features="given", n_stages=40, min_leaf=5, max_features=1.0)),
    ],
)  # fmt: skip
def test_stages_end_in_the_model_itself(problem, key, spec):
    inputs, target = problem
    folds = [FOLD, Fold(np.arange(50, 200), np.arange(50), "repeat 2")]
    found = stage_curve(key, inputs, target, folds, spec=spec, seed=2)
    assert found.train.shape == found.test.shape == (2, 40)
    for i, fold in enumerate(folds):
        model = fit(key, inputs[fold.train], target[fold.train], spec=spec, seed=2 + i)
        for rows, told in ((fold.test, found.test), (fold.train, found.train)):
            error = np.abs(model.predict(inputs[rows]).mean - target.values[rows]).mean()
            assert told[i, -1] == pytest.approx(error, rel=1e-9)
    assert (found.train[:, -1] < found.train[:, 0]).all()
    assert found.best == found.stages[found.test.mean(axis=0).argmin()]


def test_stages_of_a_logarithmic_target_are_told_in_its_unit():
    inputs, target = table(80, 2, noise=0.05)
    positive = type(target)("K_GPa", np.exp(2 * target.values))
    spec = GradientBoostingSpec(features="given", n_stages=30, target_scale="log")
    fold = Fold(np.arange(60), np.arange(60, 80), "one")
    found = stage_curve("gradient-boosting", inputs, positive, [fold], spec=spec)
    model = fit("gradient-boosting", inputs[fold.train], positive[fold.train], spec=spec)
    error = np.abs(model.predict(inputs[fold.test]).mean - positive.values[fold.test]).mean()
    assert found.test[0, -1] == pytest.approx(error, rel=1e-9)


def test_stages_of_a_tiny_unit_are_those_of_the_usual_one():
    """Thermal expansions in 1/K: trees take differences below 1.5e-8 for none."""
    inputs, target = table(80, 2, noise=0.05)
    spec = GradientBoostingSpec(features="given", n_stages=30)
    fold = Fold(np.arange(60), np.arange(60, 80), "one")
    scale = 2.0**-30
    usual = stage_curve("gradient-boosting", inputs, target, [fold], spec=spec)
    small = type(target)("y", scale * target.values)
    tiny = stage_curve("gradient-boosting", inputs, small, [fold], spec=spec)
    np.testing.assert_allclose(tiny.test, scale * usual.test, rtol=1e-9)
    assert tiny.test[0, -1] < tiny.test[0, 0]


def test_what_can_not_be_drawn_is_refused(problem):
    inputs, target = problem
    with pytest.raises(InvalidSpecError, match="no stages"):
        stage_curve("ridge", inputs, target, [FOLD], spec=RIDGE)
    flat = type(target)("y", np.ones(200))
    with pytest.raises(SchemaError, match="the same"):
        stage_curve("gradient-boosting", inputs, flat, [FOLD],
                    spec=GradientBoostingSpec(features="given"))  # fmt: skip
    with pytest.raises(InvalidSpecError, match="repeats is 0"):
        learning_curve("ridge", inputs, target, FOLD, spec=RIDGE, repeats=0)
    with pytest.raises(JobCancelled):
        learning_curve("ridge", inputs, target, FOLD, spec=RIDGE,
                       context=Context(should_stop=lambda: True))  # fmt: skip

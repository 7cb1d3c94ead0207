"""What every registered model promises."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import GridscopeError, InvalidSpecError, SchemaError, ShapeMismatchError
from core.models import MODELS, Context, Inputs, Target, fit
from core.models.baseline import DummySpec
from tests.core.models.training import problem, table

OVERFIT = 0.35  # root mean square error on 8 training samples, in standard deviations
SAME = 1e-10


def small_spec(key: str, **options):
    """The model's options on a table of numbers, with few trees."""
    spec_type = MODELS[key].spec_type
    names = set(spec_type.__dataclass_fields__)
    quick = {"n_trees": 40, "n_stages": 60, "features": "given", "metric": "", "tree_features": ""}
    return spec_type.from_dict({k: v for k, v in {**quick, **options}.items() if k in names})


def own_problem(key: str):
    """Options, inputs and target of a small problem: elements for k-NN, numbers for the rest."""
    if key == "knn":
        spec = MODELS[key].spec_type(metric="composition-emd")
        return spec, *problem("composition-emd")
    return small_spec(key), *table(60, 3, noise=0.05)


every = pytest.mark.parametrize("key", list(MODELS))


@every
def test_predictions_are_finite_deterministic_and_of_one_shape(key: str) -> None:
    spec, inputs, target = own_problem(key)
    first = fit(key, inputs, target, spec=spec, seed=3)
    p, again = first.predict(inputs), fit(key, inputs, target, spec=spec, seed=3).predict(inputs)
    assert p.mean.shape == p.std.shape == (len(inputs),)
    assert (p.std >= 0).all()
    # Sums differ in their last bits with the place of arrays in memory.
    np.testing.assert_allclose(p.mean, again.mean, rtol=SAME, atol=SAME)
    np.testing.assert_allclose(p.std, again.std, rtol=SAME, atol=SAME)
    assert p.ids == inputs.ids
    assert p.key == target.key
    assert first.range == (target.values.min(), target.values.max())


@every
def test_rows_do_not_depend_on_their_company(key: str) -> None:
    spec, inputs, target = own_problem(key)
    model = fit(key, inputs, target, spec=spec)
    alone = model.predict(inputs[np.array([5])])
    assert alone.mean[0] == pytest.approx(model.predict(inputs).mean[5], abs=1e-9, rel=1e-6)


@every
def test_eight_samples_are_learnt_by_heart(key: str) -> None:
    if key == "dummy":
        pytest.skip("it learns nothing")
    spec, inputs, _ = own_problem(key)
    if key == "gradient-boosting":
        spec = small_spec(key, n_stages=500, learning_rate=0.1, min_leaf=1)
    rows = np.linspace(0, len(inputs) - 1, 8).astype(int)
    y = Target("y", 3.0 * np.arange(8.0) - 4)
    rng = np.random.default_rng(0)
    if key == "knn":
        spec = MODELS[key].spec_type(metric="composition-emd", decay=4)
    else:  # a linear law: what lines can learn too
        inputs = Inputs.given(np.column_stack([np.arange(8.0), rng.normal(size=(8, 2))]))
        rows = np.arange(8)
    p = fit(key, inputs[rows], y, spec=spec).predict(inputs[rows])
    error = np.sqrt(np.mean((p.mean - y.values) ** 2)) / y.values.std()
    limit = 1.0 if key == "hist-gradient-boosting" else OVERFIT  # its leaves hold 20 samples
    assert error <= limit


@every
def test_permuted_targets_are_no_better_than_the_baseline(key: str) -> None:
    """What is predicted of shuffled values is chance: a model that beats it has seen the test."""
    spec, inputs, target = own_problem(key)
    if key != "knn":
        inputs, target = table(160, 3, noise=0.05)
    ratios = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        shuffled = Target(target.key, rng.permutation(target.values))
        order = rng.permutation(len(inputs))
        test, train = order[: len(order) // 4], order[len(order) // 4 :]
        errors = []
        for name, options in ((key, spec), ("dummy", DummySpec())):
            p = fit(name, inputs[train], shuffled[train], spec=options).predict(inputs[test])
            errors.append(float(np.mean((p.mean - shuffled.values[test]) ** 2)))
        ratios.append(errors[0] / errors[1])
    assert np.mean(ratios) >= 0.95, ratios


@every
def test_a_constant_target_is_predicted_and_said(key: str) -> None:
    spec, inputs, _ = own_problem(key)
    model = fit(key, inputs, Target("y", np.full(len(inputs), 4.2)), spec=spec)
    p = model.predict(inputs)
    assert (p.mean == 4.2).all()
    assert (p.std == 0).all()
    assert "4.2" in model.notes[0]


@every
def test_three_samples_give_a_sensible_result(key: str) -> None:
    spec, inputs, target = own_problem(key)
    rows = np.arange(3)
    p = fit(key, inputs[rows], target[rows], spec=spec).predict(inputs)
    low, high = target.values[rows].min(), target.values[rows].max()
    spread = high - low
    assert ((p.mean > low - 20 * spread) & (p.mean < high + 20 * spread)).all()


@every
def test_two_samples_are_refused(key: str) -> None:
    spec, inputs, target = own_problem(key)
    with pytest.raises(SchemaError, match="2 crystals to learn from"):
        fit(key, inputs[np.arange(2)], target[np.arange(2)], spec=spec)


@every
@pytest.mark.parametrize("columns", [1, 10_000])
def test_one_feature_and_ten_thousand(key: str, columns: int) -> None:
    if key == "knn":
        pytest.skip("it takes distances")
    inputs, target = table(30, columns, noise=0.1)
    p = fit(key, inputs, target, spec=small_spec(key, n_stages=4)).predict(inputs)
    assert np.isfinite(p.mean).all()


@every
def test_the_logarithm_of_the_target_is_part_of_the_model(key: str) -> None:
    spec, inputs, target = own_problem(key)
    positive = Target("y", np.exp(target.values / target.values.std()))
    options = {**spec.to_dict(), "target_scale": "log"}
    logged = fit(key, inputs, positive, spec=type(spec).from_dict(options)).predict(inputs)
    plain = fit(key, inputs, Target("y", np.log(positive.values)), spec=spec).predict(inputs)
    np.testing.assert_allclose(np.log(logged.mean), plain.mean, atol=SAME, rtol=1e-9)
    np.testing.assert_allclose(logged.std, plain.std * logged.mean, rtol=1e-9)
    low = Target("y", target.values - target.values.mean())
    with pytest.raises(InvalidSpecError, match="no logarithm"):
        fit(key, inputs, low, spec=type(spec).from_dict(options))


@every
def test_a_spec_of_another_model_is_refused(key: str) -> None:
    _, inputs, target = own_problem(key)
    other = DummySpec() if key != "dummy" else MODELS["knn"].spec_type()
    with pytest.raises(InvalidSpecError, match="takes"):
        fit(key, inputs, target, spec=other)
    with pytest.raises(ShapeMismatchError):
        fit(key, inputs, target[np.arange(5)])


@every
def test_what_the_inputs_lack_is_named(key: str) -> None:
    if key == "dummy":
        pytest.skip("it needs nothing")
    _, inputs, target = own_problem(key)
    with pytest.raises(GridscopeError, match="not among the inputs"):
        fit(key, Inputs(inputs.ids), target, spec=own_problem(key)[0])


@every
def test_means_alone_are_the_same_means(key: str) -> None:
    spec, inputs, target = own_problem(key)
    model = fit(key, inputs, target, spec=spec)
    alone = model.predict(inputs, context=Context(mean_only=True))
    np.testing.assert_allclose(alone.mean, model.predict(inputs).mean, rtol=SAME, atol=SAME)

"""What is learnt does not hang on the unit of the target; what can't be computed with is told."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import NonFiniteError, SchemaError
from core.models import MODELS, Target, fit, read_target
from core.models.target_choice import learnable
from core.models.targets import LARGEST, binary_unit
from tests.core.models.test_contract import own_problem
from tests.core.models.training import crystals

SAME = 1e-5  # of the deviation; binned boosting rounds to float32
KEY = "volume_per_atom_A3"
every = pytest.mark.parametrize("key", list(MODELS))


@every
@pytest.mark.parametrize("unit", [1e-12, 3e-7, 1e6, 1e60])
def test_another_unit_is_the_same_model(key: str, unit: float) -> None:
    """Thermal expansion is 1e-6 in 1/K: trees of scikit-learn took much of that for equal."""
    spec, inputs, target = own_problem(key)
    usual = fit(key, inputs, target, spec=spec, seed=1).predict(inputs)
    other = fit(key, inputs, Target(target.key, unit * target.values), spec=spec, seed=1)
    p = other.predict(inputs)
    atol = SAME * target.values.std()
    np.testing.assert_allclose(p.mean / unit, usual.mean, atol=atol)
    np.testing.assert_allclose(p.std / unit, usual.std, rtol=1e-3, atol=atol)


def test_the_unit_is_a_power_of_two_next_to_the_deviation() -> None:
    y = np.random.default_rng(0).normal(size=50)
    for factor in (1e-90, 1e-9, 2e4, 1e90):
        unit = binary_unit(factor * y)
        assert np.frexp(unit)[0] == 0.5
        assert 0.7 < (factor * y).std() / unit < 1.42
        np.testing.assert_array_equal(factor * y / unit * unit, factor * y)
    for usual in (np.ones(3), y, 1e-2 * y, 70 * y):
        assert binary_unit(usual) == 1.0


@pytest.mark.parametrize("value", [1e101, -1e308, 10**400, float("inf"), float("nan")])
def test_values_beyond_all_reason_are_rows_with_a_reason(value: float) -> None:
    one, *rest = crystals()[:5]
    odd = one.with_(properties={**one.properties, KEY: value})
    target, kept, failures = read_target([odd, *rest], KEY)
    assert kept.tolist() == [1, 2, 3, 4]
    assert len(target) == 4
    assert failures[0].code == "NonFiniteError"
    assert failures[0].message.startswith(f"{KEY!r} of {odd.id!r} ")
    with pytest.raises(SchemaError, match="No crystal has a usable value"):
        read_target([odd], KEY)
    assert learnable([odd, *rest])[0][KEY] == 4


def test_a_target_of_such_values_is_refused() -> None:
    with pytest.raises(NonFiniteError, match="too large to compute with"):
        Target("y", np.array([1.0, 2 * LARGEST]))


@every
def test_a_spread_that_vanishes_when_squared_is_none(key: str) -> None:
    spec, inputs, target = own_problem(key)
    values = 1e-310 * np.linspace(1, 2, len(target))
    p = fit(key, inputs, Target("y", values), spec=spec).predict(inputs)
    assert (p.mean == values[0]).all()

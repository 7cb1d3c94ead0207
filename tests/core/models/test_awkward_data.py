"""Awkward but honest data: nothing to tell crystals apart by, one odd value, scales far apart."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import ModelFileError
from core.models import MODELS, Inputs, Target, fit
from core.models.conformal import ConformalSpec, fit_conformal
from core.models.persistence import load_model, model_bytes
from tests.core.models.test_contract import own_problem, small_spec
from tests.core.models.training import table

every = pytest.mark.parametrize("key", list(MODELS))
of_tables = pytest.mark.parametrize("key", [key for key in MODELS if key != "knn"])


@every
@pytest.mark.parametrize("method", ["split", "cross", "cv+"])
def test_intervals_of_a_constant_target_have_no_width(key: str, method: str) -> None:
    spec, inputs, _ = own_problem(key)
    model = fit_conformal(
        key, inputs, Target("y", np.full(len(inputs), 4.2)), spec=spec,
        conformal=ConformalSpec(method=method, folds=3),
    )  # fmt: skip
    p = model.predict(inputs, levels=(0.5, 0.9))
    np.testing.assert_allclose(p.mean, 4.2, rtol=1e-12)
    np.testing.assert_allclose(p.intervals, 4.2, rtol=1e-9)


@of_tables
def test_crystals_that_look_alike_get_their_mean(key: str) -> None:
    rng = np.random.default_rng(0)
    y = Target("y", rng.normal(10, 1, 40))
    inputs = Inputs.given(np.ones((40, 2)))
    p = fit(key, inputs, y, spec=small_spec(key)).predict(inputs)
    np.testing.assert_allclose(p.mean, p.mean[0], rtol=1e-9)
    assert y.values.min() <= p.mean[0] <= y.values.max()
    assert np.isfinite(p.std).all()


@every
def test_one_odd_value_among_equal_ones_does_no_harm(key: str) -> None:
    spec, inputs, _ = own_problem(key)
    values = np.full(len(inputs), 1.0)
    values[7] = 2.0
    p = fit(key, inputs, Target("y", values), spec=spec).predict(inputs)
    assert ((p.mean > 0) & (p.mean < 3)).all()
    assert np.isfinite(p.std).all()


@of_tables
def test_features_of_scales_far_apart_are_taken(key: str) -> None:
    inputs, target = table(60, 3, noise=0.05)
    wide = Inputs.given(inputs.blocks["given"].values * [1e-9, 1.0, 1e9])
    p = fit(key, wide, target, spec=small_spec(key)).predict(wide)
    assert np.isfinite(p.mean).all()
    assert np.abs(p.mean).max() < 10


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_a_file_cut_short_is_refused(share: float) -> None:
    inputs, target = table(20, 2, noise=0.1)
    data = model_bytes(fit("extra-trees", inputs, target, spec=small_spec("extra-trees")))
    with pytest.raises(ModelFileError):
        load_model(data[: int(share * len(data))])

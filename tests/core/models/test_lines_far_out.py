"""Lines beside features that hardly varied in training: GRID in ten thousand bins has many."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.data import load_embedded
from core.models import MODELS, Inputs, Target, fit, prepare, read_target
from tests.core.models.training import table

LINES = ("ridge", "lasso", "elastic-net")
KEY = "bulk_modulus_GPa"


@pytest.mark.parametrize("key", LINES)
def test_a_feature_far_beyond_its_training_values_is_held_at_one_width(key: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (60, 2))
    y = Target("y", 3 * x[:, 0] + 1e-2 * rng.normal(size=60))
    model = fit(key, Inputs.given(x), y, spec=MODELS[key].spec_type(features="given"))
    low, high = x[:, 0].min(), x[:, 0].max()
    at = np.array([low, high, high + (high - low), high + 1e9, low - (high - low), low - 1e9])
    p = model.predict(Inputs.given(np.column_stack([at, np.zeros(6)])))
    assert p.mean[1] - p.mean[0] == pytest.approx(3 * (high - low), rel=0.02)
    assert p.mean[2] - p.mean[1] == pytest.approx(3 * (high - low), rel=0.02)
    assert p.mean[3] == pytest.approx(p.mean[2], rel=1e-12)
    assert p.mean[5] == pytest.approx(p.mean[4], rel=1e-12)


def test_within_the_training_values_it_is_the_plain_line() -> None:
    inputs, target = table(40, 3, noise=0.1)
    model = fit("ridge", inputs, target, spec=MODELS["ridge"].spec_type(features="given"))
    state = {k: v for k, v in model.state.items() if k not in ("low", "high")}
    plain = replace(model, state=state).predict(inputs)
    np.testing.assert_array_equal(model.predict(inputs).mean, plain.mean)


def test_ten_thousand_bins_of_grid_serve_a_line() -> None:
    """Tails of the smearing, 1e-9 in training and 0.1 in a new crystal, gave errors of 1e6 GPa."""
    crystals = list(load_embedded("prototype-elastic"))[::28]
    spec = MODELS["ridge"].spec_type(features="grid(mode=binned)")
    data, kept, _ = prepare(crystals, MODELS["ridge"].needs(spec))
    target, _, _ = read_target([crystals[i] for i in kept.tolist()], KEY)
    order = np.random.default_rng(0).permutation(len(kept))
    test, train = order[:40], order[40:]
    p = fit("ridge", data[train], target[train], spec=spec).predict(data[test])
    trivial = np.abs(target.values[test] - target.values[train].mean()).mean()
    assert np.abs(p.mean - target.values[test]).mean() < trivial

"""Rounding of features decides nothing: crystals that are alike get one value."""

from __future__ import annotations

import numpy as np
import pytest

from core.data import load_embedded
from core.geometry.cell import supercell
from core.models import MODELS, Inputs, Target, fit, prepare, read_target
from core.models.trees import grain_of, grained
from tests.core.models.test_contract import small_spec

KEY = "bulk_modulus_GPa"
TREES = ("extra-trees", "random-forest", "gradient-boosting", "hist-gradient-boosting")


@pytest.mark.parametrize("key", TREES)
def test_values_that_differ_by_rounding_are_one(key: str) -> None:
    """The target is noise within each of six levels, as a model sees it that learns by heart."""
    rng = np.random.default_rng(0)
    level = rng.integers(1, 7, 400)
    x = level / 3 * (1 + 2e-15 * rng.normal(size=400))
    assert len(np.unique(x)) > 10
    y = Target("y", level + rng.normal(size=400))
    model = fit(key, Inputs.given(x[:, None]), y, spec=small_spec(key))
    p = model.predict(Inputs.given(x[:, None]))
    for one in range(1, 7):
        assert np.ptp(p.mean[level == one]) == 0


@pytest.mark.parametrize("key", ["hist-gradient-boosting", "averaged"])
def test_a_hair_of_strain_and_another_cell_change_next_to_nothing(key: str) -> None:
    crystals = list(load_embedded("prototype-elastic"))[::20]
    features = "composition_statistics+structure_features"
    spec_type = MODELS[key].spec_type
    options = {"features": features, "tree_features": "", "n_stages": 60, "n_trees": 10,
               "metric": "grid-emd(n_groups=8)"}  # fmt: skip
    spec = spec_type.from_dict(
        {k: v for k, v in options.items() if k in spec_type.__dataclass_fields__}
    )
    data, kept, _ = prepare(crystals, MODELS[key].needs(spec))
    own = [crystals[i] for i in kept.tolist()]
    model = fit(key, data, read_target(own, KEY)[0], spec=spec)
    usual = model.predict(data).mean
    rng = np.random.default_rng(0)
    strained = [c.with_(lattice=c.lattice * (1 + 1e-12 * rng.normal())) for c in own]
    for others in (strained, [supercell(c, (1, 1, 2)) for c in own]):
        again = model.predict(prepare(others, model.needs)[0]).mean
        np.testing.assert_allclose(again, usual, rtol=1e-5)


def test_the_grain_keeps_seven_digits_and_what_is_whole() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 3)) * [1e-6, 1.0, 1e6]
    x[0] = 0.0
    steps = grain_of(x)
    assert (np.abs(grained(x, steps) - x) <= 6e-8 * np.abs(x).max(axis=0)).all()
    whole = np.array([[0.0, 54.0, -3.5], [1.0, 230.0, 0.25]])
    np.testing.assert_array_equal(grained(whole, grain_of(whole)), whole)
    assert np.isfinite(grained(np.zeros((2, 1)), grain_of(np.zeros((2, 1))))).all()

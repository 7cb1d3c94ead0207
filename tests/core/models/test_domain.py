"""The training domain: distances that agree with scipy, files that carry it, files that do not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from core.descriptors import describe
from core.errors import ModelFileError, ShapeMismatchError
from core.models import MODELS, Inputs, Target, fit, prepare
from core.models.base import Context, FittedModel
from core.models.conformal import ConformalSpec, fit_conformal
from core.models.domain import applicability, nearest_training, with_domain
from core.models.inputs import Needs
from core.models.persistence import load_model, model_bytes
from core.models.trees import ExtraTreesSpec
from core.types import Crystal
from tests.core.models.test_contract import own_problem, small_spec
from tests.core.models.test_persistence import packed, parts
from tests.core.models.training import crystals, table


def members(n: int) -> list[Crystal]:
    """As many crystals, one for each row of a table of numbers."""
    return [crystals()[i % len(crystals())].with_(id=f"0-{i}") for i in range(n)]


def made(key: str) -> tuple[FittedModel, Inputs]:
    spec, inputs, target = own_problem(key)
    model = fit(key, inputs, target, spec=spec)
    return with_domain(model, inputs, target, members(len(inputs))), inputs


@pytest.mark.parametrize("key", list(MODELS))
def test_every_model_knows_its_own_crystals(key: str) -> None:
    model, inputs = made(key)
    distance, index = nearest_training(model, inputs)
    if not model.domain.space:
        assert key == "dummy"
        assert np.isnan(distance).all()
        return
    scale = float(np.median(model.domain.nearest))
    assert scale > 0
    assert (distance < 1e-3 * scale).all()
    same = index == np.arange(len(inputs))
    assert same.mean() > 0.9  # two may be alike to the model


@pytest.mark.parametrize("key", ["kernel-ridge", "gaussian-process", "averaged"])
def test_what_predicting_measures_is_the_distance_to_the_training_crystals(key: str) -> None:
    model, inputs = made(key)
    distance, index = nearest_training(model, inputs)
    measured = model.predict(inputs).nearest
    assert measured is not None
    np.testing.assert_allclose(measured[0], distance, rtol=1e-6, atol=1e-9)
    np.testing.assert_array_equal(measured[1], index)
    some = model.raw(inputs)[3:7].nearest
    assert some is not None
    np.testing.assert_array_equal(some[1], index[3:7])
    assert model.raw(inputs, Context(mean_only=True)).nearest is None


@pytest.mark.parametrize("key", list(MODELS))
def test_a_file_carries_the_domain(key: str) -> None:
    model, inputs = made(key)
    again = load_model(model_bytes(model))
    a, b = model.domain, again.domain
    assert (dict(a.counts), a.space) == (dict(b.counts), b.space)
    for name in ("target", "nearest", "digests"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    np.testing.assert_allclose(
        nearest_training(model, inputs)[0], nearest_training(again, inputs)[0], rtol=1e-6, atol=1e-9
    )
    prediction = again.predict(inputs)
    found, near = applicability(again, inputs, prediction, members(len(inputs)))
    assert found.in_training.all()
    assert len(near) == len(inputs)


def test_the_distance_of_trees_is_that_of_scaled_features() -> None:
    """With fewer than 16 columns nothing is lost: scipy's distance of the scaled columns."""
    inputs, target = table(60, 3, noise=0.1)
    new, _ = table(20, 3, noise=0.1, seed=5)
    model = fit("extra-trees", inputs, target, spec=ExtraTreesSpec(features="given", n_trees=10))
    model = with_domain(model, inputs, target, members(60))
    x = inputs.blocks["given"].values
    z = (new.blocks["given"].values - x.mean(axis=0)) / x.std(axis=0)
    expected = cdist(z, (x - x.mean(axis=0)) / x.std(axis=0))
    distance, index = nearest_training(model, new)
    np.testing.assert_allclose(distance, expected.min(axis=1), rtol=1e-4)
    np.testing.assert_array_equal(index, expected.argmin(axis=1))


def test_the_yardstick_is_leave_one_out() -> None:
    inputs, target = table(60, 3, noise=0.1)
    model = fit("extra-trees", inputs, target, spec=ExtraTreesSpec(features="given", n_trees=10))
    model = with_domain(model, inputs, target, members(60))
    x = inputs.blocks["given"].values
    own = cdist(*[(x - x.mean(axis=0)) / x.std(axis=0)] * 2)
    np.fill_diagonal(own, np.inf)
    expected = np.quantile(own.min(axis=1), np.linspace(0, 1, 101))
    np.testing.assert_allclose(model.domain.nearest, expected, rtol=1e-4)


def test_a_kernels_distance_is_minus_the_logarithm_of_its_kernel() -> None:
    spec, inputs, target = own_problem("gaussian-process")
    rows = np.arange(len(inputs))
    model = fit("gaussian-process", inputs[rows[::2]], target[rows[::2]], spec=spec)
    model = with_domain(model, inputs, target, members(len(inputs)))
    raw = model.raw(inputs[rows[1::2]])
    likeness = dict(raw.parts)["largest_kernel"]
    distance, _ = nearest_training(model, inputs[rows[1::2]])
    np.testing.assert_allclose(distance, -np.log(likeness), rtol=1e-4, atol=1e-6)


def test_split_conformal_keeps_the_domain_of_what_was_fitted() -> None:
    inputs, target = table(80, 2, noise=0.1)
    model = fit_conformal(
        "ridge", inputs, target, spec=small_spec("ridge"), conformal=ConformalSpec(method="split")
    )
    assert len(model.ids) < 80
    model = with_domain(model, inputs, target, members(80))
    assert len(model.domain.digests) == len(model.ids)
    found = load_model(model_bytes(model))
    assert found.predict(inputs, levels=(0.5,)).intervals.shape == (80, 2, 1)


def test_unlike_crystals_are_told(quartz: Crystal) -> None:
    spec = ExtraTreesSpec(features="composition_statistics+structure_features", n_trees=10)
    own = list(crystals())
    needs = MODELS["extra-trees"].needs(spec)
    inputs, rows, _ = prepare(own, needs)
    target = Target("bulk_modulus_GPa", np.linspace(1, 100, len(rows)))
    model = fit("extra-trees", inputs, target, spec=spec)
    model = with_domain(model, inputs, target, [own[i] for i in rows])
    new = [quartz, own[0].with_(id="renamed")]
    data, _, _ = prepare(new, needs)
    found, near = applicability(model, data, model.predict(data), new)
    assert found.percentile[0] > 0.95
    assert near[0] in found.reasons[0]
    assert found.in_training.tolist() == [False, True]
    assert describe(quartz, "composition").sum() == pytest.approx(1)


def test_a_missing_training_crystal_is_an_error() -> None:
    inputs, target = table(20, 2, noise=0.1)
    model = fit("ridge", inputs, target, spec=small_spec("ridge"))
    with pytest.raises(ShapeMismatchError, match="20 training crystals"):
        with_domain(model, inputs[np.arange(10)], target[np.arange(10)], members(10))


def test_a_file_of_the_first_schema_still_loads_without_a_domain() -> None:
    inputs, target = table(20, 2, noise=0.1)
    manifest, state = parts(model_bytes(fit("ridge", inputs, target, spec=small_spec("ridge"))))
    manifest["schema"] = 1
    old = load_model(packed(manifest, state))
    assert old.domain is None
    assert applicability(old, inputs, old.predict(inputs), members(20)) is None
    assert np.isnan(nearest_training(old, inputs)[0]).all()


@pytest.mark.parametrize("fault", ["points", "nearest", "counts", "space"])
def test_a_domain_that_does_not_fit_is_refused(fault: str) -> None:
    from dataclasses import replace

    inputs, target = table(30, 2, noise=0.1)
    spec = ExtraTreesSpec(features="given", n_trees=10)
    model = with_domain(fit("extra-trees", inputs, target, spec=spec), inputs, target, members(30))
    domain = model.domain
    if fault == "points":
        short = {**domain.projection, "points": domain.projection["points"][:5]}
        domain = replace(domain, projection=short)
    elif fault == "nearest":
        object.__setattr__(domain, "nearest", domain.nearest[:7])
    elif fault == "counts":
        object.__setattr__(domain, "counts", {"Na": "many"})
    else:
        object.__setattr__(domain, "projection", {})
    with pytest.raises(ModelFileError):
        load_model(model_bytes(replace(model, domain=domain)))


def test_needs_without_features_and_distances_have_no_space() -> None:
    assert Needs().features == ()
    model, _ = made("dummy")
    assert model.domain.space == ""
    assert len(model.domain.target) > 0

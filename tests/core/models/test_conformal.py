"""Conformal intervals: coverage on data of known noise, and agreement with MAPIE."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidSpecError, SchemaError
from core.models import MODELS, Inputs, Target, fit
from core.models.conformal import ConformalSpec, fit_conformal, quantile
from core.models.linear import RidgeSpec
from tests.core.models.training import table

LEVELS = (0.5, 0.8, 0.9, 0.95)
POINTS = 0.02  # the stated accuracy of coverage
ROUNDING = 1e-9
RIDGE = RidgeSpec(features="given")


def line(n: int, seed: int) -> tuple[Inputs, Target]:
    """A straight law with heavy-tailed noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    y = x @ [1.0, -2.0, 0.5] + rng.standard_t(3, size=n)
    return Inputs.given(x, ids=[f"{seed}-{i}" for i in range(n)]), Target("y", y)


@pytest.mark.parametrize("method", ["split", "cross", "cv+"])
@pytest.mark.parametrize("scaled", [True, False])
def test_intervals_reach_their_level(method: str, scaled: bool) -> None:
    """Mean coverage over repeats is within 2 points at every level; the noise is not Gaussian."""
    spec = ConformalSpec(method=method, scaled=scaled, kept_back=0.4, folds=10)
    covered = []
    for seed in range(12):
        model = fit_conformal("ridge", *line(400, seed), spec=RIDGE, conformal=spec, seed=seed)
        inputs, target = line(400, 1000 + seed)
        p = model.predict(inputs, levels=LEVELS)
        y = target.values[:, None]
        covered.append(((y >= p.intervals[:, 0]) & (y <= p.intervals[:, 1])).mean(axis=0))
    np.testing.assert_allclose(np.mean(covered, axis=0), LEVELS, atol=POINTS)


def test_scaled_intervals_follow_the_noise() -> None:
    """Ten times the noise on one side: the trees disagree more there."""
    inputs, target = table(600, 1, noise=0.0)
    x = inputs.blocks["given"].values[:, 0]
    rng = np.random.default_rng(5)
    noisy = Target("y", target.values + rng.normal(size=600) * np.where(x > 0, 1.0, 0.1))
    model = fit_conformal(
        "random-forest", inputs, noisy, spec=MODELS["random-forest"].spec_type(
            features="given", n_trees=60, min_leaf=5, max_features=1.0
        ),
    )  # fmt: skip
    width = np.diff(model.predict(inputs, levels=(0.9,)).interval(0.9), axis=1)[:, 0]
    assert np.median(width[x > 0]) > 2 * np.median(width[x < 0])


def test_intervals_grow_with_the_level_and_hold_the_mean() -> None:
    inputs, target = line(100, 0)
    for method in ("split", "cross", "cv+"):
        model = fit_conformal(
            "ridge", inputs, target, spec=RIDGE, conformal=ConformalSpec(method=method)
        )
        p = model.predict(inputs, levels=LEVELS)
        assert (np.diff(p.intervals[:, 1], axis=1) >= 0).all()
        assert (np.diff(p.intervals[:, 0], axis=1) <= 0).all()
        assert ((p.interval(0.95)[:, 0] < p.mean) & (p.mean < p.interval(0.95)[:, 1])).all()


@pytest.mark.parametrize("n", [4, 19, 20, 99])
def test_quantile_is_that_of_the_definition(n: int) -> None:
    scores = np.random.default_rng(0).permutation(np.arange(1.0, n + 1))
    rank = np.ceil((n + 1) * 0.95)
    assert quantile(scores, 0.95) == (rank if rank <= n else np.inf)


def test_three_samples_have_infinite_intervals_or_are_refused() -> None:
    inputs, target = line(8, 0)
    model = fit_conformal("ridge", inputs, target, spec=RIDGE)
    assert np.isinf(model.predict(inputs, levels=(0.95,)).intervals).all()
    rows = np.arange(3)
    with pytest.raises(SchemaError, match="too few"):
        fit_conformal("ridge", inputs[rows], target[rows], spec=RIDGE)


def test_groups_are_kept_back_together() -> None:
    """Every group has its own offset: kept back whole, the intervals know of it."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(30), 10)
    x = np.eye(30)[groups] + 1e-3 * rng.normal(size=(300, 30))
    y = Target("y", 5 * rng.normal(size=30)[groups] + 0.1 * rng.normal(size=300))
    inputs = Inputs.given(x)
    names = [f"g{g}" for g in groups]
    widths = {}
    for label, given in (("random", None), ("grouped", names)):
        model = fit_conformal("ridge", inputs, y, spec=RIDGE, groups=given)
        widths[label] = float(np.diff(model.predict(inputs, levels=(0.9,)).interval(0.9)).mean())
    assert widths["grouped"] > 5 * widths["random"]


@pytest.mark.parametrize("share", [0.1, 0.3, 0.45, 0.6])
def test_split_keeps_back_whole_groups_that_make_up_the_share(share: float) -> None:
    """One group holds half of the crystals: it is neither always kept back nor torn."""
    names = np.array(["large"] * 50 + [f"g{i // 5}" for i in range(50)])
    inputs, target = line(100, 0)
    spec = ConformalSpec(method="split", kept_back=share)
    lengths, with_large = [], 0
    for seed in range(20):
        model = fit_conformal(
            "ridge", inputs, target, spec=RIDGE, conformal=spec, groups=names.tolist(), seed=seed
        )
        inside = np.isin(inputs.ids, model.ids)
        assert not set(names[inside]) & set(names[~inside])
        lengths.append(int((~inside).sum()))
        with_large += "large" not in set(names[inside])
    assert np.mean(lengths) == pytest.approx(100 * share, abs=8)
    assert with_large < 20


def test_a_group_too_large_for_the_share_leaves_the_smallest() -> None:
    inputs, target = line(20, 0)
    spec = ConformalSpec(method="split", kept_back=0.01)
    model = fit_conformal(
        "ridge", inputs, target, spec=RIDGE, conformal=spec, groups=["a"] * 14 + ["b"] * 6
    )
    assert len(model.ids) == 14
    with pytest.raises(SchemaError, match="too few"):
        fit_conformal("ridge", inputs, target, spec=RIDGE, conformal=spec, groups=["a"] * 20)


def test_what_a_certain_model_misses_is_not_bounded() -> None:
    """Seven of eight crystals have one value: the fold model without the eighth is certain."""
    inputs, _ = line(8, 0)
    y = Target("y", np.array([1.0] * 7 + [2.0]))
    spec = ConformalSpec(method="cross", folds=8)
    p = fit_conformal("ridge", inputs, y, spec=RIDGE, conformal=spec).predict(
        inputs, levels=(0.5, 8 / 9)
    )
    assert np.isfinite(p.interval(0.5)).all()
    assert np.isinf(p.interval(8 / 9)).all()


@pytest.mark.parametrize("method", ["split", "cross", "cv+"])
def test_intervals_do_not_hang_on_the_unit(method: str) -> None:
    """Piezoelectric constants in m/V are of the order of 1e-12."""
    inputs, target = line(60, 0)
    spec = ConformalSpec(method=method)
    one, tiny = (
        fit_conformal("ridge", inputs, Target("y", unit * target.values), spec=RIDGE,
                      conformal=spec).predict(inputs, levels=(0.9,)).intervals / unit
        for unit in (1.0, 1e-12)
    )  # fmt: skip
    np.testing.assert_allclose(tiny, one, rtol=1e-9, atol=1e-9)


def test_levels_without_scores_are_refused() -> None:
    inputs, target = line(30, 0)
    model = fit("ridge", inputs, target, spec=RIDGE)
    with pytest.raises(InvalidSpecError, match="without intervals"):
        model.predict(inputs, levels=(0.9,))
    for levels in ((90,), "abc", ("x",), ((0.9,),), 0.9, (0.9, (0.5,)), None, {"a": 1}):
        with pytest.raises(InvalidSpecError, match=r"Levels are .*between 0 and 1"):
            model.predict(inputs, levels=levels)


class Frozen:
    """A Gridscope model as scikit-learn sees it: rows of a table in, means out."""

    def __init__(self, spec: RidgeSpec = RIDGE) -> None:
        self.spec = spec

    def get_params(self, deep: bool = True) -> dict:
        return {"spec": self.spec}

    def set_params(self, **params) -> Frozen:
        return self

    def fit(self, x: np.ndarray, y: np.ndarray) -> Frozen:
        self.is_fitted, self.n_features_in_ = True, x.shape[1]
        self.model_ = fit("ridge", Inputs.given(x), Target("y", y), spec=self.spec)
        return self

    def predict(self, x: np.ndarray) -> np.ndarray:
        return self.model_.predict(Inputs.given(x)).mean

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def __sklearn_tags__(self):
        from sklearn.base import BaseEstimator

        return BaseEstimator().__sklearn_tags__()


def test_split_and_cv_plus_equal_mapie() -> None:
    regression = pytest.importorskip("mapie.regression")
    from core.models.conformal import _kept_back, _parts

    inputs, target = line(120, 3)
    new, _ = line(30, 4)
    x, y, z = (inputs.blocks["given"].values, target.values, new.blocks["given"].values)
    split = ConformalSpec(method="split", scaled=False)
    ours = fit_conformal("ridge", inputs, target, spec=RIDGE, conformal=split, seed=2)
    held = _kept_back(120, split.kept_back, None, np.random.default_rng(2))
    rest = np.setdiff1d(np.arange(120), held)
    theirs = regression.SplitConformalRegressor(
        Frozen().fit(x[rest], y[rest]), confidence_level=[0.8, 0.9], prefit=True
    )
    theirs.conformalize(x[held], y[held])
    np.testing.assert_allclose(
        ours.predict(new, levels=(0.8, 0.9)).intervals, theirs.predict_interval(z)[1], atol=ROUNDING
    )
    plus = ConformalSpec(method="cv+", scaled=False, folds=5)
    ours = fit_conformal("ridge", inputs, target, spec=RIDGE, conformal=plus, seed=2)
    held = _parts(120, 5, None, np.random.default_rng(2))
    folds = [(np.setdiff1d(np.arange(120), part), part) for part in held]
    cross = regression.CrossConformalRegressor(
        Frozen(), confidence_level=[0.8, 0.9], method="plus", cv=given_folds(folds)
    )
    cross.fit_conformalize(x, y)
    np.testing.assert_allclose(
        ours.predict(new, levels=(0.8, 0.9)).intervals, cross.predict_interval(z)[1], atol=ROUNDING
    )


def given_folds(folds):
    """The folds as a scikit-learn splitter."""
    from sklearn.model_selection import PredefinedSplit

    test_fold = np.empty(sum(len(test) for _, test in folds), dtype=int)
    for i, (_, test) in enumerate(folds):
        test_fold[test] = i
    return PredefinedSplit(test_fold)

"""What the Methods page says of splits, errors, intervals and explanations is what is computed.

Each documented formula is written out once more, as plainly as it stands on the page.
"""

from __future__ import annotations

from math import ceil

import numpy as np
import pytest
from scipy.stats import norm, spearmanr

from core.evaluation import SPLITS, grid_blocks
from core.evaluation.procedures import BLOCKS, IMPURITY
from core.evaluation.splits import GroupSpec, RandomSpec, make_folds
from core.explain.collinear import collinear_groups
from core.explain.importances import of_columns
from core.explain.match import explain
from core.explain.partial_dependence import partial_dependence, quantile_grid
from core.jobs.explain import IMPORTANCES
from core.metrics import METRICS
from core.metrics.procedures import scores
from core.models import Inputs, Target, domain
from core.models.conformal import ConformalSpec, fit_conformal
from core.models.linear import RidgeSpec
from core.models.procedures import SPLIT
from core.uncertainty import applicability, confidence_curve, coverage, tail_coverage
from core.uncertainty.calibration import (
    Coverage,
    gaussian_reliability,
    miscalibration_area,
    quantile_pairs,
)
from core.uncertainty.procedures import COVERAGE, DOMAIN, TAILS
from core.uncertainty.verdict import _SLACK

ROUNDING = 1e-12
RNG = np.random.default_rng(4)
N = 40
TRUTH, MEAN = RNG.normal(size=N), RNG.normal(size=N)
STD = RNG.uniform(0.5, 2.0, size=N)
RIDGE = RidgeSpec(features="given")


def line(n: int, seed: int) -> tuple[Inputs, Target]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    return Inputs.given(x, ids=[str(i) for i in range(n)]), Target(
        "y", x[:, 0] + rng.normal(size=n)
    )


def test_random_split_holds_the_stated_number(crystals_of_salts) -> None:
    for share in (0.01, 0.2, 0.55, 0.9):
        n = len(crystals_of_salts)
        for fold in make_folds("random", crystals_of_salts, spec=RandomSpec(test_share=share)):
            assert len(fold.test) == min(n - 1, max(1, round(share * n)))


@pytest.fixture(scope="module")
def crystals_of_salts():
    from core.data import load_embedded

    return [c for c in load_embedded("prototype-elastic") if c.id.startswith("B1-")][:60]


def test_groups_stay_whole_and_elements_are_left_out(crystals_of_salts) -> None:
    by = GroupSpec(by="chemical-system", test_share=0.3, repeats=3)
    for fold in make_folds("group", crystals_of_salts, spec=by):
        systems = [{frozenset(crystals_of_salts[i].elements) for i in side}
                   for side in (fold.train, fold.test)]  # fmt: skip
        assert not systems[0] & systems[1]
    folds = make_folds("leave-one-element-out", crystals_of_salts,
                       spec=SPLITS["leave-one-element-out"].spec_type(least=2))  # fmt: skip
    for fold in folds:
        held = {i for i, c in enumerate(crystals_of_salts) if fold.name in c.elements}
        assert set(fold.test.tolist()) == held


@pytest.mark.parametrize("level", [0.5, 0.9])
@pytest.mark.parametrize("method", ["split", "cross"])
def test_conformal_interval_is_the_stated_quantile_of_scores(method: str, level: float) -> None:
    inputs, target = line(60, 1)
    spec = ConformalSpec(method=method, kept_back=0.3)
    model = fit_conformal("ridge", inputs, target, spec=RIDGE, conformal=spec)
    p = model.predict(inputs, levels=[level])
    s = np.sort(model.conformal.scores)
    reach = s[ceil((len(s) + 1) * level) - 1] * p.std
    np.testing.assert_allclose(p.intervals[:, :, 0], np.stack([p.mean - reach, p.mean + reach], 1))


def test_cv_plus_interval_is_the_stated_order_statistic() -> None:
    inputs, target = line(50, 2)
    spec = ConformalSpec(method="cv+", folds=5)
    model = fit_conformal("ridge", inputs, target, spec=RIDGE, conformal=spec)
    c, n, level = model.conformal, 50, 0.8
    raws = [m.predict(inputs) for m in c.folds]
    reach = np.stack([c.scores[i] * raws[c.fold_of[i]].std for i in range(n)])
    centre = np.stack([raws[c.fold_of[i]].mean for i in range(n)])
    r = ceil((n + 1) * level)
    low, high = np.sort(centre - reach, axis=0), np.sort(centre + reach, axis=0)
    p = model.predict(inputs, levels=[level])
    np.testing.assert_allclose(p.intervals[:, 0, 0], low[n + 1 - r - 1])
    np.testing.assert_allclose(p.intervals[:, 1, 0], high[r - 1])


@pytest.mark.parametrize(("share", "kept"), [(0.25, 15), (0.3, 18), (0.4, 24), (0.9, 54)])
def test_split_keeps_back_the_stated_share(share: float, kept: int) -> None:
    inputs, target = line(60, 3)
    spec = ConformalSpec(method="split", kept_back=share)
    model = fit_conformal("ridge", inputs, target, spec=RIDGE, conformal=spec)
    assert len(model.conformal.scores) == kept
    assert len(model.ids) == 60 - kept
    assert "round(share n) crystals" in dict(SPLIT.facts)["Kept back"]


def test_few_scores_give_the_stated_infinite_interval() -> None:
    from core.models.conformal import quantile

    for n, level in ((9, 0.9), (99, 0.99)):
        assert np.isfinite(quantile(np.ones(n), level))
        assert np.isinf(quantile(np.ones(n - 1), level))


def test_coverage_and_its_wilson_interval() -> None:
    z = 1.959963984540054
    bounds = np.stack([MEAN - STD, MEAN + STD], axis=1)[:, :, None]
    found = coverage(TRUTH, bounds, [0.68])
    c = np.mean([low <= y <= high for y, (low, high) in zip(TRUTH, bounds[:, :, 0], strict=True)])
    root = z * np.sqrt(c * (1 - c) / N + z**2 / (4 * N**2))
    assert found.covered[0] == pytest.approx(c)
    assert found.low[0] == pytest.approx((c + z**2 / (2 * N) - root) / (1 + z**2 / N))
    assert found.high[0] == pytest.approx((c + z**2 / (2 * N) + root) / (1 + z**2 / N))
    assert f"{_SLACK:g}" in dict(COVERAGE.facts)["Verdict"]


def test_right_intervals_cover_less_in_the_tails_as_stated() -> None:
    """Truth is the mean plus the very noise that was stated; still the tails fall short."""
    rng = np.random.default_rng(0)
    n = 20_000
    mean = rng.normal(size=n)
    truth = mean + 0.5 * rng.normal(size=n)
    z = norm.ppf(0.95)
    bounds = np.stack([mean - 0.5 * z, mean + 0.5 * z], axis=1)[:, :, None]
    assert coverage(truth, bounds, [0.9]).covered[0] == pytest.approx(0.9, abs=0.01)
    for side in tail_coverage(truth, bounds, [0.9]):
        assert side.n == n // 10
        assert side.covered[0] < 0.85
    assert "do not expect the level" in TAILS.limits


def test_gaussian_reliability_and_area() -> None:
    levels = np.array([0.25, 0.5, 0.75])
    found = gaussian_reliability(TRUTH, MEAN, STD, levels)
    inside = [np.mean(np.abs(TRUTH - MEAN) <= norm.ppf((1 + x) / 2) * STD) for x in levels]
    np.testing.assert_allclose(found.covered, inside)
    x, c = np.r_[0, levels, 1], np.r_[0, inside, 1]
    assert miscalibration_area(found) == pytest.approx(np.trapezoid(np.abs(c - x), x))
    none = np.zeros(3)
    worst = Coverage(levels, none, none, none, none, 1)
    assert miscalibration_area(worst) <= 0.5


def test_quantiles_and_confidence_curve() -> None:
    expected, z = quantile_pairs(TRUTH, MEAN, STD)
    np.testing.assert_allclose(z, np.sort((TRUTH - MEAN) / STD))
    np.testing.assert_allclose(expected, norm.ppf((np.arange(1, N + 1) - 0.5) / N))
    error = np.abs(TRUTH - MEAN)
    by_std, by_error = error[np.argsort(STD)], np.sort(error)
    counts = range(N, max(1, round(0.05 * N)) - 1, -1)
    e = np.array([by_std[:c].mean() for c in counts])
    best = np.array([by_error[:c].mean() for c in counts])
    found = confidence_curve(TRUTH, MEAN, STD)
    np.testing.assert_allclose(found.error, e)
    assert found.area == pytest.approx((e - best).sum() / (e[0] - best).sum())
    assert confidence_curve(TRUTH, MEAN, 10 * STD).area == pytest.approx(found.area, abs=ROUNDING)


def test_metrics_are_those_of_the_registry() -> None:
    (metrics, _) = scores()
    for metric in METRICS.values():
        assert metric.formula in metrics.formula
        assert metric.title in metrics.summary


def test_permutation_importance() -> None:
    x, y = RNG.normal(size=(N, 3)), TRUTH

    def predict(rows):
        return rows[:, 0] - 2 * rows[:, 1]

    found = of_columns(predict, x, y, [np.array([0]), np.array([1, 2])], draws=1, seed=7)
    order = np.random.default_rng(7).permutation(N)
    base = np.abs(predict(x) - y).mean()
    for part, columns in enumerate(([0], [1, 2])):
        moved = x.copy()
        moved[:, columns] = x[order][:, columns]
        assert found.draws[0, part] == pytest.approx(np.abs(predict(moved) - y).mean() - base)


def test_collinear_groups_reach_the_stated_correlation_pair_by_pair() -> None:
    base = RNG.normal(size=(200, 3))
    x = np.hstack([base, base + 0.2 * RNG.normal(size=(200, 3))])
    for group in collinear_groups(x, threshold=IMPORTANCES["rho"]):
        for j in group:
            for k in group:
                assert abs(spearmanr(x[:, j], x[:, k]).statistic) >= IMPORTANCES["rho"] - ROUNDING


def test_partial_dependence_is_the_mean_of_the_single_curves() -> None:
    x = RNG.normal(size=(N, 2))

    def predict(rows):
        return rows[:, 0] ** 2 + rows[:, 0] * rows[:, 1]

    found = partial_dependence(predict, x, [0], points=5)
    (grid,) = found.grids
    np.testing.assert_allclose(grid, np.quantile(x[:, 0], np.linspace(0.02, 0.98, 5)))
    np.testing.assert_allclose(found.average, grid**2 + grid * x[:, 1].mean())
    np.testing.assert_allclose(found.individual, grid**2 + grid * x[:, [1]])
    np.testing.assert_array_equal(quantile_grid(np.array([2.0, 1.0, 2.0]), 5), [1.0, 2.0])


def test_match_parts_add_up_to_the_exact_distance(rocksalt, perovskite) -> None:
    from core.descriptors.grid import GridSpec
    from core.explain.decorated import Decorated

    spec = GridSpec(mode="quantile", n_groups=12, weight_power=1.0)
    found = explain(rocksalt, perovskite, spec)
    u = (np.arange(4000) + 0.5) / 4000
    parts = []
    for k, weight in enumerate(spec.group_weights):
        q = []
        for crystal in (rocksalt, perovskite):
            d = Decorated.of(crystal, spec)
            index, mass = d.group(k)
            q.append(d.distances[index][np.searchsorted(np.cumsum(mass), u - 1e-9)])
        parts.append(weight * np.abs(q[0] - q[1]).mean())
    assert spec.group_weights.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(found.by_group, parts, atol=2e-3)
    assert found.by_range.sum() == pytest.approx(found.distance)
    assert sum(m.contribution for m in found.moves) == pytest.approx(found.distance)


def test_numbers_on_the_page_are_those_of_the_code() -> None:
    assert f"{domain._COMPONENTS} principal components" in DOMAIN.symbols
    assert f"{domain._SAMPLE:,} training crystals" in DOMAIN.symbols
    assert f"{applicability._QUANTILES} quantiles" in DOMAIN.symbols
    assert f"{IMPORTANCES['seeds']} seeds" in IMPURITY.symbols
    ranks = grid_blocks._rank_ranges(100)
    for low, high in ranks[:-1]:
        assert f"{low}-{high}" in BLOCKS.symbols

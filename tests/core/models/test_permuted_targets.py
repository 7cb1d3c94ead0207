"""Nothing of the test reaches the fit, from crystals to intervals: with permuted targets every
model is no better than the trivial baseline.

The contract tests ask the same of `fit` on tables; here it is asked of the whole path that a run
takes: crystals described, split, hyperparameters chosen, intervals calibrated, errors measured.
"""

from __future__ import annotations

import numpy as np
import pytest

from core.data import load_embedded
from core.evaluation import evaluate
from core.evaluation.splits import KFoldSpec, make_folds
from core.models import MODELS, Target, prepare
from core.uncertainty import coverage

CHANCE = 0.95  # mean ratio to the baseline's squared error that chance alone may reach
LEVEL, POINTS = 0.9, 0.06  # 240 predictions: three standard errors are 0.058
SEEDS = range(3)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def crystals():
    return list(load_embedded("prototype-elastic")[::68])


def small(key: str):
    spec_type = MODELS[key].spec_type
    quick = {
        "n_trees": 40, "n_stages": 60, "tree_features": "", "sample": 80, "error_folds": 2,
        "metric": "grid-emd(n_groups=12)+composition-emd", "min_leaf": 3,
        "features": "" if "metric" in spec_type.__dataclass_fields__ else "structure_features",
    }  # fmt: skip
    if key == "averaged":
        quick["features"] = "structure_features"
    names = set(spec_type.__dataclass_fields__)
    return spec_type.from_dict({k: v for k, v in quick.items() if k in names})


def ratio_and_coverage(key: str, crystals, seed: int, *, permuted: bool) -> tuple[float, float]:
    spec = small(key)
    inputs, kept, failures = prepare(crystals, MODELS[key].needs(spec))
    assert not failures
    values = np.array([crystals[i].properties["bulk_modulus_GPa"] for i in kept])
    if permuted:
        values = np.random.default_rng(seed).permutation(values)
    folds = make_folds("k-fold", crystals, spec=KFoldSpec(folds=2, repeats=1), seed=seed)
    trial = evaluate(
        key, inputs, Target("bulk_modulus_GPa", values), folds, spec=spec, levels=(LEVEL,),
        seed=seed,
    )  # fmt: skip
    squares = [float(np.mean((p - trial.truth) ** 2)) for p in (trial.mean, trial.baseline)]
    held = coverage(trial.truth, trial.intervals, trial.levels).covered[0]
    return squares[0] / squares[1], float(held)


@pytest.mark.parametrize("key", list(MODELS))
def test_permuted_targets_are_chance(key: str, crystals) -> None:
    found = [ratio_and_coverage(key, crystals, seed, permuted=True) for seed in SEEDS]
    ratios, covered = np.array(found).T
    assert ratios.mean() >= CHANCE, ratios
    # Intervals hold all the same: they only get wide.
    assert covered.mean() == pytest.approx(LEVEL, abs=POINTS)


@pytest.mark.parametrize("key", sorted(set(MODELS) - {"dummy"}))
def test_true_targets_are_not(key: str, crystals) -> None:
    """The same path learns where there is something to learn: chance above says something."""
    ratio, _ = ratio_and_coverage(key, crystals, 0, permuted=False)
    assert ratio < 0.8

"""What a run will take: fits are counted exactly, seconds grow, what does not fit is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.data import load_embedded
from core.errors import MemoryBudgetError
from core.evaluation import SPLITS
from core.evaluation.splits import make_folds
from core.jobs.estimate_learning import (
    calibrated,
    estimate_learning,
    fit_seconds,
    sizes_of_tests,
)
from core.jobs.learn import read_choice
from core.models import MODELS

OPTIONS = {
    "target": "bulk_modulus_GPa", "seed": 0, "model": {"key": "averaged"},
    "conformal": {"method": "cross"}, "split": {"key": "random"}, "levels": [0.9],
}  # fmt: skip


@pytest.fixture(scope="module")
def crystals():
    return list(load_embedded("prototype-elastic")[::20])


@pytest.mark.parametrize(
    "split",
    [
        {"key": "random", "repeats": 3, "test_share": 0.3},
        {"key": "k-fold", "folds": 4, "repeats": 2},
        {"key": "leave-one-element-out", "least": 15, "most": 6},
    ],
)
def test_folds_are_those_that_the_split_makes(crystals, split):
    key, spec = read_choice(split, SPLITS, "split")
    folds = make_folds(key, crystals, spec=spec)
    told = sizes_of_tests(crystals, key, spec)
    assert len(told) == len(folds)
    assert all(abs(a - len(f.test)) <= 1 for a, f in zip(told, folds, strict=True))


def test_no_fold_is_told_that_leaves_too_little_to_learn_from(crystals):
    """O is absent from 2 crystals: with fewer than 3 to learn from there is no fold."""
    oxides = [c for c in crystals if "O" in c.elements][:30]
    others = [c for c in crystals if "O" not in c.elements]
    split = {"key": "leave-one-element-out", "least": 2, "most": 100}
    key, spec = read_choice(split, SPLITS, "split")
    for n in (1, 2, 3):
        members = [*oxides, *others[:n]]
        made = [len(fold.test) for fold in make_folds(key, members, spec=spec)]
        assert sizes_of_tests(members, key, spec) == made
        assert (len(oxides) in made) == (n == 3)
        options = {**OPTIONS, "split": split, "conformal": None}
        assert estimate_learning(members, options).fits == len(made) + 1


@pytest.mark.parametrize(
    ("conformal", "fits"),
    [(None, 1), ({"method": "split"}, 1), ({"method": "cross", "folds": 4}, 5), ({}, 6)],
)
def test_fits_of_a_calibration_are_counted(crystals, conformal, fits):
    assert len(calibrated(100, {**OPTIONS, "conformal": conformal})) == fits
    found = estimate_learning(crystals, {**OPTIONS, "conformal": conformal})
    assert found.fits == 6 * fits  # five repeats, and the model of all crystals


def test_a_number_too_large_to_learn_counts_as_none(crystals):
    huge = replace(crystals[0], properties={**crystals[0].properties, OPTIONS["target"]: 10**400})
    assert estimate_learning([huge, *crystals[1:]], OPTIONS).n == len(crystals) - 1


def test_a_sample_costs_less_and_no_value_costs_nothing(crystals):
    all_of_them = estimate_learning(crystals, OPTIONS)
    sample = estimate_learning(crystals, {**OPTIONS, "at_most": 50})
    assert (all_of_them.n, sample.n) == (len(crystals), 50)
    assert sample.seconds < all_of_them.seconds
    assert sample.total < all_of_them.total
    bare = [c.with_(properties={}) for c in crystals[:10]]
    assert estimate_learning([*crystals, *bare], OPTIONS).n == len(crystals)


@pytest.mark.parametrize("key", sorted(MODELS))
def test_every_model_has_a_cost_that_grows(key):
    spec = MODELS[key].spec_type()
    costs = [fit_seconds(key, spec, n) for n in (100, 1000, 5000)]
    assert 0 < costs[0] <= costs[1] <= costs[2]


def test_it_says_what_it_takes_and_refuses_what_does_not_fit(crystals, monkeypatch):
    found = estimate_learning(crystals, OPTIONS)
    assert f"{len(crystals):,} crystals, 36 fits" in str(found)
    found.require()
    monkeypatch.setenv("GRIDSCOPE_MEMORY_GB", "0.05")
    with pytest.raises(MemoryBudgetError, match="GB"):
        estimate_learning(crystals, OPTIONS).require()

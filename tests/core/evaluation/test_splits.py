"""Splits: nothing on both sides, groups whole, elements unseen, near-duplicates told."""

from __future__ import annotations

import numpy as np
import pytest

from core.data import load_embedded
from core.errors import InvalidSpecError, SchemaError, UnknownNameError
from core.evaluation import GROUPINGS, SPLITS, find_leakage, group_labels
from core.evaluation.base import Fold
from core.evaluation.groups import grid_clusters
from core.evaluation.splits import ElementSpec, GroupSpec, KFoldSpec, RandomSpec, make_folds
from core.geometry.cell import supercell
from core.types import Crystal
from tests.strategies import reshaped, translated

CRYSTALS = load_embedded("prototype-elastic")[::91][:60]
SPECS = {
    "random": RandomSpec(), "k-fold": KFoldSpec(), "group": GroupSpec(by="formula"),
    "leave-one-element-out": ElementSpec(least=3),
}  # fmt: skip


@pytest.mark.parametrize("key", list(SPLITS))
def test_no_crystal_is_on_both_sides_and_seeds_decide(key: str) -> None:
    folds = make_folds(key, CRYSTALS, spec=SPECS[key], seed=1)
    for fold in folds:
        assert len(fold.train)
        assert len(fold.test)
        assert not set(fold.train.tolist()) & set(fold.test.tolist())
        assert (np.diff(fold.train) > 0).all()
        assert max(fold.train.max(), fold.test.max()) < len(CRYSTALS)
    again = make_folds(key, CRYSTALS, spec=SPECS[key], seed=1)
    assert all((a.test == b.test).all() for a, b in zip(folds, again, strict=True))
    assert len({f.name for f in folds}) == len(folds)


def test_k_folds_test_every_crystal_once_a_repeat() -> None:
    folds = make_folds("k-fold", CRYSTALS, spec=KFoldSpec(folds=7, repeats=3))
    counts = np.bincount(np.concatenate([f.test for f in folds]), minlength=60)
    assert (counts == 3).all()


@pytest.mark.parametrize("by", GROUPINGS)
def test_groups_are_never_torn_and_the_share_is_met(by: str) -> None:
    labels = np.array(group_labels(CRYSTALS, by))
    spec = GroupSpec(by=by, test_share=0.3, repeats=8)
    for fold in make_folds("group", CRYSTALS, spec=spec):
        assert not set(labels[fold.train]) & set(labels[fold.test])
        largest = np.unique(labels, return_counts=True)[1].max()
        assert abs(len(fold.test) - 18) <= max(2, largest)


def test_the_element_left_out_is_nowhere_in_training() -> None:
    for fold in make_folds("leave-one-element-out", CRYSTALS, spec=ElementSpec(least=3)):
        assert all(fold.name not in CRYSTALS[i].elements for i in fold.train)
        assert all(fold.name in CRYSTALS[i].elements for i in fold.test)


def test_an_element_of_nearly_all_crystals_is_not_left_out() -> None:
    """One or two crystals without oxygen are none to learn from; the other elements go on."""
    oxides = [c for c in CRYSTALS if "O" in c.elements]
    others = [c for c in CRYSTALS if "O" not in c.elements]
    assert len(oxides) > 3 < len(others)
    for count, told in ((2, False), (3, True)):
        folds = make_folds(
            "leave-one-element-out", oxides + others[:count], spec=ElementSpec(least=1)
        )
        assert ("O" in [fold.name for fold in folds]) == told
        assert min(len(fold.train) for fold in folds) >= 3


def test_what_can_not_be_split_is_told(rocksalt: Crystal) -> None:
    with pytest.raises(SchemaError, match="one formula"):
        make_folds("group", [rocksalt] * 3, spec=GroupSpec(by="formula"))
    with pytest.raises(SchemaError, match="can't be split"):
        make_folds("k-fold", CRYSTALS[:2], spec=KFoldSpec(folds=3))
    with pytest.raises(SchemaError, match="Lower the least"):
        make_folds("leave-one-element-out", [rocksalt] * 3, spec=ElementSpec(least=2))
    with pytest.raises(InvalidSpecError, match="takes"):
        make_folds("random", CRYSTALS, spec=KFoldSpec())
    with pytest.raises(UnknownNameError):
        make_folds("by-phase-of-moon", CRYSTALS)


def test_prototype_labels_ignore_cell_origin_and_elements(rocksalt: Crystal) -> None:
    rng = np.random.default_rng(0)
    same = [
        rocksalt, supercell(rocksalt, (1, 2, 1)), reshaped(rocksalt, rng),
        translated(rocksalt, rng), rocksalt.with_(numbers=np.repeat([12, 8], 4)),
    ]  # fmt: skip
    assert len(set(group_labels(same, "prototype"))) == 1
    zincblende = rocksalt.with_(frac=np.vstack([rocksalt.frac[:4], (rocksalt.frac[:4] + 0.25) % 1]))
    assert group_labels([zincblende], "prototype") != group_labels([rocksalt], "prototype")


def test_clusters_are_chains_of_small_distances(rocksalt: Crystal) -> None:
    chain = [
        rocksalt.with_(id=str(i), lattice=rocksalt.lattice * (1 + 0.004 * i)) for i in range(8)
    ]
    far = rocksalt.with_(id="far", lattice=rocksalt.lattice * 1.3)
    labels = grid_clusters([*chain, far])
    assert len(set(labels[:8])) == 1
    assert labels[8] != labels[0]


def test_near_duplicates_across_a_split_are_counted_and_named(rocksalt: Crystal) -> None:
    twin = rocksalt.with_(id="twin", lattice=rocksalt.lattice * 1.001)
    other = rocksalt.with_(id="KCl", numbers=np.repeat([19, 17], 4))  # same cell, other element
    large = rocksalt.with_(id="large", lattice=rocksalt.lattice * 1.2)
    crystals = [rocksalt, twin, other, large]
    fold = Fold(np.array([0]), np.array([1, 2, 3]), "one")
    found = find_leakage(crystals, [fold])
    assert (found.leaking, found.tested) == (1, 3)
    assert found.pairs[0][:2] == ("twin", "NaCl")
    assert "1 of 3" in found.warning
    assert "'twin'" in found.warning
    clean = find_leakage(crystals, [Fold(np.array([0, 1]), np.array([2, 3]), "two")])
    assert clean.warning == ""

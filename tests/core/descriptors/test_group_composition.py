"""Which elements are the k-th neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from core.descriptors.group_composition import GroupCompositionSpec, group_composition
from core.types import Crystal


def test_rocksalt_in_closed_form(rocksalt: Crystal) -> None:
    shares = group_composition(rocksalt, GroupCompositionSpec(n_groups=18))
    na, cl = shares[:, 10], shares[:, 16]
    # Of either kind's six nearest neighbours all are of the other kind; the next twelve of its own.
    np.testing.assert_allclose(na, 0.5)
    np.testing.assert_allclose(cl, 0.5)
    chloride_removed = rocksalt.with_(numbers=np.repeat([11, 11], 4))
    np.testing.assert_allclose(
        group_composition(chloride_removed, GroupCompositionSpec(n_groups=18))[:, 10], 1.0
    )


def test_perovskite_in_closed_form(perovskite: Crystal) -> None:
    shares = group_composition(perovskite, GroupCompositionSpec(n_groups=12))
    # Sr: 12 O. Ti: 6 O, then 8 Sr. O: 2 Ti, then a shell of 4 Sr and 8 O (thirds and two thirds).
    oxygen, strontium, titanium = shares[:, 7], shares[:, 37], shares[:, 21]
    np.testing.assert_allclose(titanium[:2], 3 / 5)
    np.testing.assert_allclose(oxygen[:2], 2 / 5)
    np.testing.assert_allclose(oxygen[2:6], 2 / 5 + 3 / 5 * 2 / 3)
    np.testing.assert_allclose(strontium[2:6], 3 / 5 / 3)
    np.testing.assert_allclose(strontium[6:12], 1 / 5 + 3 / 5 / 3)


def test_ties_share_their_ranks_whatever_the_order(perovskite: Crystal) -> None:
    spec = GroupCompositionSpec(n_groups=50)
    rng = np.random.default_rng(0)
    jittered = perovskite.with_(frac=perovskite.frac + 1e-9 * rng.normal(size=(5, 3)))
    np.testing.assert_allclose(
        group_composition(jittered, spec), group_composition(perovskite, spec), atol=1e-12
    )


def test_occupancies_weigh() -> None:
    mixed = Crystal("AB", 3 * np.eye(3), np.zeros((2, 3)), [26, 27], [0.25, 0.75], position=[0, 0])
    shares = group_composition(mixed, GroupCompositionSpec(n_groups=20, disorder="weights"))
    np.testing.assert_allclose(shares[:, 25], 0.25)
    np.testing.assert_allclose(shares[:, 26], 0.75)


@pytest.mark.parametrize("n_groups", [1, 7, 100])
def test_rows_are_distributions(perovskite: Crystal, n_groups: int) -> None:
    shares = group_composition(perovskite, GroupCompositionSpec(n_groups=n_groups))
    assert shares.shape == (n_groups, 118)
    assert shares.min() >= 0
    np.testing.assert_allclose(shares.sum(axis=1), 1)

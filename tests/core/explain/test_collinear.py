"""Groups of collinear columns: monotone copies belong together, independent ones do not."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidSpecError, NonFiniteError
from core.explain.collinear import MOST, collinear_groups, rank_correlation

ROUNDING = 1e-12


def test_correlations_equal_scipy() -> None:
    from scipy.stats import spearmanr

    x = np.random.default_rng(0).normal(size=(40, 5)).round(1)  # with ties
    np.testing.assert_allclose(rank_correlation(x), spearmanr(x).statistic, atol=ROUNDING)


def test_monotone_copies_are_one_group() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 200))
    x = np.column_stack([a, b, np.exp(a), -(a**3), np.full(200, 7.0), rng.normal(size=200)])
    assert [g.tolist() for g in collinear_groups(x)] == [[0, 2, 3]]
    assert [g.tolist() for g in collinear_groups(x, threshold=1.0)] == [[0, 2, 3]]


def test_every_pair_of_a_group_reaches_the_threshold() -> None:
    """A chain a - b - c, whose ends are not alike enough, is not drawn together."""
    rng = np.random.default_rng(1)
    steps = rng.normal(size=(2000, 6)) * 0.35
    x = np.cumsum(np.column_stack([rng.normal(size=2000), steps]), axis=1)
    rho = np.abs(rank_correlation(x))
    groups = collinear_groups(x, threshold=0.85)
    assert groups
    assert rho[0, -1] < 0.85
    for group in groups:
        assert rho[np.ix_(group, group)].min() >= 0.85 - 1e-9


def test_what_can_not_be_compared_is_refused() -> None:
    with pytest.raises(NonFiniteError):
        collinear_groups(np.array([[1.0, np.nan], [0.0, 1.0]]))
    with pytest.raises(InvalidSpecError, match="threshold is 0"):
        collinear_groups(np.ones((3, 2)), threshold=0)
    with pytest.raises(InvalidSpecError, match="too many"):
        collinear_groups(np.ones((2, MOST + 1)))
    assert collinear_groups(np.arange(3.0)[:, None]) == ()

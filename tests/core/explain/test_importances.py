"""Permutation importances against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidSpecError, ShapeMismatchError
from core.explain.importances import (
    Importances,
    of_columns,
    permutation_importances,
    shuffled,
)

SHARE = 0.05  # relative error of a mean over thousands of Gaussian numbers


def linear(weights):
    return lambda x: x @ np.asarray(weights)


@pytest.fixture
def numbers():
    return np.random.default_rng(0).normal(size=(4000, 3))


def test_a_linear_model_rises_by_its_weight(numbers) -> None:
    """w (x' - x) is Gaussian with deviation w √2, so its mean size is 2 w / √π."""
    weights = [3.0, -1.0, 0.0]
    found = of_columns(
        linear(weights), numbers, numbers @ weights, [np.array([j]) for j in range(3)], draws=6
    )
    np.testing.assert_allclose(found.mean, 2 / np.sqrt(np.pi) * np.abs(weights), rtol=SHARE)
    assert found.draws.shape == (6, 3)
    assert (found.draws[:, 2] == 0).all()
    assert found.order.tolist() == [0, 1, 2]
    assert (found.errors == 0).all()


def test_twins_hide_one_another_and_a_group_does_not(numbers) -> None:
    """Two equal columns that share a weight: together they matter twice as much as one."""
    twins = np.column_stack([numbers[:, 0], numbers[:, 0], numbers[:, 1]])
    model = linear([1.0, 1.0, 1.0])
    groups = [np.array([0]), np.array([1]), np.array([0, 1]), np.array([2])]
    found = of_columns(model, twins, model(twins), groups, names=("a", "b", "a+b", "c"))
    one, other, both, single = found.mean
    assert one == pytest.approx(other)
    assert both == pytest.approx(2 * one)
    assert single == pytest.approx(one, rel=SHARE)


def test_the_same_seed_gives_the_same_draws_and_spread_is_theirs(numbers) -> None:
    x, y = numbers[:50], numbers[:50, 0]
    groups = [np.array([0])]
    a, b, c = (of_columns(linear([1, 0, 0]), x, y, groups, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(a.draws, b.draws)
    assert (a.draws != c.draws).any()
    assert a.spread[0] == pytest.approx(np.std(a.draws, ddof=1))
    both = a + c
    assert both.draws.shape == (10, 1)
    assert Importances(("x",), np.ones((1, 1)), np.ones(1)).spread.tolist() == [0.0]


def test_shuffling_keeps_the_column_and_the_input(numbers) -> None:
    before = numbers.copy()
    order = np.random.default_rng(1).permutation(len(numbers))
    out = shuffled(numbers, np.array([0, 2]), order)
    np.testing.assert_array_equal(numbers, before)
    np.testing.assert_array_equal(out[:, 1], numbers[:, 1])
    np.testing.assert_array_equal(out[:, [0, 2]], numbers[order][:, [0, 2]])


def test_steps_are_told_and_what_tells_nothing_is_refused() -> None:
    steps: list[tuple[int, int]] = []
    y = np.arange(4.0)
    permutation_importances(
        y, y, lambda part, order: y[order], "ab", draws=2, on_step=lambda *a: steps.append(a)
    )
    assert steps == [(0, 4), (1, 4), (2, 4), (3, 4)]
    with pytest.raises(InvalidSpecError, match="0 shuffles"):
        permutation_importances(y, y, lambda part, order: y, "a", draws=0)
    with pytest.raises(ShapeMismatchError):
        permutation_importances(y, y[:3], lambda part, order: y, "a")
    with pytest.raises(ShapeMismatchError):
        Importances(("a",), np.ones((1, 1)), y) + Importances(("b",), np.ones((1, 1)), y)

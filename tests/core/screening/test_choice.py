"""Pareto fronts and diverse shortlists against definitions taken at their word."""

from __future__ import annotations

import numpy as np
import pytest

from core.data import load_embedded
from core.distances import parse_metric
from core.distances.base import between
from core.errors import InvalidSpecError, NonFiniteError, ShapeMismatchError
from core.screening.diversity import farthest_points, representatives
from core.screening.pareto import pareto_front

FEATURES = parse_metric("grid-emd").embed(load_embedded("elements")[:40])
ROUNDING = 1e-5  # of sums of float32
MATRIX = between(FEATURES, FEATURES)


@pytest.mark.parametrize("m", [1, 2, 3, 4])
def test_nobody_on_the_front_is_beaten_and_everybody_else_is(m: int) -> None:
    rng = np.random.default_rng(m)
    x = rng.integers(0, 12, (200, m)).astype(float)  # with equal rows
    senses = ["low", "high", "low", "high"][:m]
    signed = x * np.where(np.array(senses) == "high", -1, 1)
    front = pareto_front(x, senses)
    for i in range(200):
        beaten = any((row <= signed[i]).all() and (row < signed[i]).any() for row in signed)
        assert front[i] == (not beaten)


def test_fronts_refuse_what_they_can_not_order() -> None:
    assert pareto_front(np.zeros((0, 2)), ["low", "high"]).shape == (0,)
    with pytest.raises(InvalidSpecError, match="near"):
        pareto_front(np.zeros((2, 1)), ["near"])
    with pytest.raises(NonFiniteError):
        pareto_front(np.full((2, 1), np.nan), ["low"])
    with pytest.raises(ShapeMismatchError):
        pareto_front(np.zeros((2, 2)), ["low"])


def test_each_choice_is_the_farthest_from_those_before() -> None:
    cover = farthest_points(FEATURES, 8, start=3)
    chosen = cover.chosen.tolist()
    assert chosen[0] == 3
    for k in range(1, 8):
        nearest = MATRIX[chosen[:k]].min(axis=0)
        assert nearest[chosen[k]] == pytest.approx(nearest.max())
        assert cover.radius[k - 1] == pytest.approx(nearest.max(), rel=ROUNDING)
    nearest = MATRIX[chosen]
    assert cover.distance == pytest.approx(nearest.min(axis=0), abs=ROUNDING)
    assert nearest[cover.cluster, np.arange(40)] == pytest.approx(nearest.min(axis=0), abs=ROUNDING)


def test_representatives_are_the_best_of_their_clusters() -> None:
    score = np.random.default_rng(0).random(40)
    best, cover = representatives(FEATURES, score, 6)
    assert len(best) == 6
    assert best[0] == score.argmin()
    assert (np.diff(score[best]) >= 0).all()
    for i in best:
        assert score[i] == score[cover.cluster == cover.cluster[i]].min()


def test_all_may_be_chosen_even_copies() -> None:
    twice = parse_metric("grid-emd").embed([*load_embedded("elements")[:3]] * 2)
    assert sorted(farthest_points(twice, 6).chosen.tolist()) == list(range(6))
    with pytest.raises(InvalidSpecError, match="7 of 6"):
        farthest_points(twice, 7)
    with pytest.raises(ShapeMismatchError):
        representatives(twice, np.zeros(2), 2)

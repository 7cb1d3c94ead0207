"""Every metric of discovery against a recomputation that counts one candidate at a time."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidSpecError, NonFiniteError, ShapeMismatchError
from core.screening.discovery import confusion, rank, rolling_mae, stacked

RNG = np.random.default_rng(3)
N = 300
DISTANCE = RNG.normal(0.05, 0.15, N)
TRUTH = DISTANCE <= 0
SCORE = np.round(DISTANCE + RNG.normal(0, 0.1, N), 2)  # with ties
SELECTED = SCORE <= 0


def test_counts_and_their_ratios() -> None:
    tp = fp = fn = tn = 0
    for true, chosen in zip(TRUTH.tolist(), SELECTED.tolist(), strict=True):
        tp += true and chosen
        fp += chosen and not true
        fn += true and not chosen
        tn += not true and not chosen
    found = confusion(TRUTH, SELECTED)
    assert (found.true_positive, found.false_positive) == (tp, fp)
    assert (found.false_negative, found.true_negative) == (fn, tn)
    assert found.precision == pytest.approx(tp / (tp + fp))
    assert found.recall == pytest.approx(tp / (tp + fn))
    assert found.prevalence == pytest.approx((tp + fn) / N)
    assert found.enrichment == pytest.approx(tp / (tp + fp) / ((tp + fn) / N))
    low, high = found.precision_interval
    assert low < found.precision < high


def test_nothing_selected_has_no_precision() -> None:
    found = confusion(TRUTH, np.zeros(N, bool))
    assert np.isnan(found.precision)
    assert np.isnan(found.precision_interval).all()
    assert found.recall == 0
    assert np.isnan(confusion(np.zeros(3, bool), np.ones(3, bool)).enrichment)


def test_a_ranking_counts_what_random_orders_within_ties_find_on_average() -> None:
    found = rank(TRUTH, SCORE)
    total = np.zeros(N)
    repeats = 4000
    for _ in range(repeats):
        order = np.lexsort((RNG.random(N), SCORE))
        total += np.cumsum(TRUTH[order])
    assert found.found == pytest.approx(total / repeats, abs=0.15)
    assert found.found[-1] == pytest.approx(TRUTH.sum())
    assert found.enrichment[-1] == pytest.approx(1)
    assert found.recall[-1] == pytest.approx(1)


def test_a_ranking_without_ties_is_counted_exactly() -> None:
    score = DISTANCE + RNG.normal(0, 0.1, N)
    found = rank(TRUTH, score)
    best = sorted(range(N), key=lambda i: score[i])
    hits, precisions = 0, []
    for n, i in enumerate(best, start=1):
        hits += bool(TRUTH[i])
        if TRUTH[i]:
            precisions.append(hits / n)
        assert found.found[n - 1] == hits
        assert found.precision[n - 1] == pytest.approx(hits / n)
        assert found.enrichment[n - 1] == pytest.approx(hits / n / TRUTH.mean())
    assert found.average_precision == pytest.approx(np.mean(precisions))
    at = found.at(40)
    assert at.true_positive == sum(bool(TRUTH[i]) for i in best[:40])
    assert (at.selected, at.n) == (40, N)


def test_chance_has_an_enrichment_of_one_and_an_oracle_of_one_over_prevalence() -> None:
    chance = rank(TRUTH, np.zeros(N))
    assert chance.enrichment == pytest.approx(np.ones(N))
    oracle = rank(TRUTH, DISTANCE)
    assert oracle.enrichment[: TRUTH.sum()] == pytest.approx(1 / TRUTH.mean())
    assert oracle.average_precision == pytest.approx(1)


def test_stacked_histograms_hold_every_candidate_once() -> None:
    edges = np.linspace(-0.3, 0.4, 15)
    found = stacked(DISTANCE, TRUTH, SELECTED, edges)
    for b in range(14):
        last = b == 13
        inside = [
            i for i in range(N)
            if edges[b] <= DISTANCE[i] < edges[b + 1] or (last and DISTANCE[i] == edges[-1])
        ]  # fmt: skip
        assert found.true_positive[b] == sum(TRUTH[i] and SELECTED[i] for i in inside)
        assert found.false_negative[b] == sum(TRUTH[i] and not SELECTED[i] for i in inside)
        assert found.false_positive[b] == sum(not TRUTH[i] and SELECTED[i] for i in inside)
        assert found.true_negative[b] == sum(not TRUTH[i] and not SELECTED[i] for i in inside)
    assert found.outside == sum(x < edges[0] or x > edges[-1] for x in DISTANCE)


def test_rolling_errors_are_means_over_the_window() -> None:
    error, centers = SCORE - DISTANCE, np.linspace(-0.5, 0.5, 41)
    found = rolling_mae(DISTANCE, error, centers)
    assert found.window == 0.04
    for i, center in enumerate(centers):
        inside = np.abs(error[np.abs(DISTANCE - center) <= 0.02])
        assert found.counts[i] == len(inside)
        if len(inside):
            assert found.mae[i] == pytest.approx(inside.mean())
        else:
            assert np.isnan(found.mae[i])
        if len(inside) > 1:
            expected = inside.std(ddof=1) / np.sqrt(len(inside))
            assert found.standard_error[i] == pytest.approx(expected)
        else:
            assert np.isnan(found.standard_error[i])


def test_what_can_not_be_counted_is_refused() -> None:
    with pytest.raises(ShapeMismatchError):
        confusion(TRUTH, SELECTED[:-1])
    with pytest.raises(ShapeMismatchError):
        confusion(TRUTH.astype(int), SELECTED)  # type: ignore[arg-type]
    with pytest.raises(InvalidSpecError, match="no positive"):
        rank(np.zeros(3, bool), np.zeros(3))
    with pytest.raises(NonFiniteError):
        rank(TRUTH, np.full(N, np.nan))
    with pytest.raises(InvalidSpecError, match="301"):
        rank(TRUTH, SCORE).at(301)
    with pytest.raises(InvalidSpecError, match="rise"):
        stacked(DISTANCE, TRUTH, SELECTED, np.array([1.0, 0.0]))
    with pytest.raises(InvalidSpecError, match="window"):
        rolling_mae(DISTANCE, DISTANCE, DISTANCE, window=0)

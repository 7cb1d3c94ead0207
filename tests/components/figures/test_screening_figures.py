"""Figures of screening: what they draw are the numbers they were given."""

from __future__ import annotations

import json

import numpy as np
import pytest

from components.figures.discovery import rankings, rolling, split_histogram
from components.figures.funnel import funnel
from components.figures.screening import (
    beside_training,
    value_against_uncertainty,
    what_if,
)
from core.screening.criteria import Column, Criterion
from core.screening.discovery import rank, rolling_mae, stacked
from core.screening.funnel import Stage, run_funnel
from core.screening.what_if import what_if as sweep

KEY = "bulk_modulus_GPa"
N = 400


def made(n: int = N) -> Column:
    rng = np.random.default_rng(3)
    return Column(KEY, rng.normal(100, 30, n), rng.uniform(2, 20, n))


@pytest.mark.parametrize("dark", [False, True])
def test_the_funnel_draws_its_counts(dark: bool) -> None:
    low, high = np.arange(N) < 100, np.arange(N) >= 60
    stages = [Stage("a", "at most <b>100</b> of a long list of things", low), Stage("b", "b", high)]
    figure = funnel(run_funnel(stages, N), dark=dark)
    assert list(figure.data[1].x) == [400, 100, 40]
    assert list(figure.data[0].x) == [400, 100, 340]
    assert "&lt;b&gt;" in figure.data[0].y[1]  # words of users take no effect


def test_few_candidates_are_points_with_their_ids() -> None:
    column = made()
    passed = column.mean > 120
    names = [f"c{i}" for i in range(N)]
    criterion = Criterion(key=KEY, low=120, how="shifted", k=2)
    figure = value_against_uncertainty(column, passed, names, criterion, dark=False, widest=9.0)
    rest, chosen = figure.data
    assert len(rest.x) + len(chosen.x) == N
    assert chosen.name == "Passed"
    assert set(chosen.customdata) == {n for n, p in zip(names, passed, strict=True) if p}
    slanted = figure.layout.shapes[0]
    assert slanted.x1 - slanted.x0 == pytest.approx(2 * (slanted.y1 - slanted.y0))
    assert figure.layout.shapes[1].y0 == 9.0


def test_many_candidates_are_counted_and_the_message_stays_small() -> None:
    n = 600_000
    column = made(n)
    figure = value_against_uncertainty(
        column, column.mean > 230, np.arange(n).astype(str), None, dark=False,
        shortlist=np.array([5, 7, n - 1]),
    )  # fmt: skip
    z = np.asarray(figure.data[0].z, dtype=float)
    assert np.nansum(10**z) == pytest.approx(n, rel=1e-5)
    assert figure.data[1].name == "Shortlist"
    assert list(figure.data[1].customdata) == ["5", "7", str(n - 1)]
    assert list(figure.data[1].x) == column.mean[[5, 7, n - 1]].tolist()
    assert len(figure.to_json()) < 500_000


def test_values_that_are_missing_are_left_out() -> None:
    column = Column(KEY, np.array([1.0, np.nan, 3.0]), np.array([0.1, 0.2, np.nan]))
    figure = value_against_uncertainty(column, np.zeros(3, bool), list("abc"), None, dark=False)
    assert list(figure.data[0].customdata) == ["a"]
    assert json.loads(figure.to_json())


def test_histograms_sum_to_all_of_each() -> None:
    column = made()
    training = np.linspace(0, 300, 77)
    passed = column.mean > 100
    figure, table = beside_training(column.mean, training, passed, "K [GPa]", dark=False)
    for name in ("candidates", "passed", "training"):
        assert table[name].sum() == pytest.approx(100)
    said = figure.layout.annotations[0].text
    assert f"{int(passed.sum())} passed, 77 training crystals" in said
    # A model keeps 1,001 quantiles of its training values: not a count of crystals.
    many, _ = beside_training(column.mean, np.linspace(0, 300, 1001), passed, "K", dark=False)
    assert "training crystals by 1,001 quantiles" in many.layout.annotations[0].text


def test_what_if_shows_the_sweep() -> None:
    column = made()
    criterion = Criterion(key=KEY, low=110)
    k = np.linspace(0, 4, 9)
    found = sweep(criterion, column, k)
    figure = what_if(found, 1.0, dark=True)
    kept = [int((column.mean - x * column.std >= 110).sum()) for x in k]
    assert list(figure.data[0].y) == kept
    assert max(figure.data[1].y[np.isfinite(figure.data[1].y)]) <= 100


def test_curves_of_discovery_end_where_they_must() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random(N) < 0.2
    good = rank(truth, rng.normal(0, 0.4, N) - truth)
    found = {"by value": good, "chance": rank(truth, rng.random(N))}
    figure = rankings(found, dark=False, chosen=50)
    precision, recall, enrichment = (figure.data[i].y[-1] for i in range(3))
    assert precision == pytest.approx(100 * truth.mean())
    assert recall == pytest.approx(100)
    assert enrichment == pytest.approx(1)


def test_the_split_histogram_counts_each_candidate_once() -> None:
    rng = np.random.default_rng(1)
    distance = rng.normal(0, 0.1, N)
    found = stacked(distance, distance <= 0, distance < 0.05, np.linspace(-0.2, 0.2, 21))
    figure = split_histogram(found, "distance to the hull [eV/atom]", dark=False, at=0.0)
    assert sum(int(bar.y.sum()) for bar in figure.data) + found.outside == N


def test_the_rolling_error_has_its_band() -> None:
    rng = np.random.default_rng(2)
    distance, error = rng.uniform(-0.2, 0.2, N), rng.normal(0, 0.05, N)
    found = rolling_mae(distance, error, np.linspace(-0.15, 0.15, 31))
    figure = rolling({"a": found}, "distance [eV/atom]", "eV/atom", dark=False)
    band, line = figure.data
    assert len(band.x) == 2 * len(line.x)
    assert np.nanmax(line.y) < 0.06

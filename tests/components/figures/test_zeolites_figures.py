"""Figures of the zeolite lab show the numbers they are given, in both themes."""

from __future__ import annotations

import numpy as np
import pytest

from components.figures import zeolites as figures
from components.figures import zeolites_own as own
from core.explain.importances import Importances
from core.labs.zeolites import EVERY
from core.labs.zeolites_frameworks import SHOWN

RNG = np.random.default_rng(0)
N = len(EVERY)


@pytest.mark.parametrize("dark", [False, True])
def test_errors_stand_beside_the_papers(dark) -> None:
    found = RNG.uniform(3, 5, (N, 4))
    paper = [4.0] * (N - 1) + [float("nan")]
    figure = figures.errors(found, paper, "GPa", baseline=6.0, dark=dark)
    np.testing.assert_allclose(figure.data[0].x, found.mean(axis=1))
    np.testing.assert_allclose(figure.data[0].error_x.array, found.std(axis=1))
    assert figure.data[1].x[0] == 4.0
    assert figure.layout.xaxis.title.text == "Root mean square error [GPa]"
    table = figures.errors_table(found, [1.0] * N, paper, "GPa")
    assert {len(column) for column in table.values()} == {N}


def test_importances_fall_and_collinear_ones_are_marked() -> None:
    draws = np.array([[0.2, 0.5, 0.3], [0.1, 0.6, 0.3]])
    found = Importances(("a<b", "c", "d"), draws, np.empty(0))
    figure = figures.importances(found, {"c"}, dark=False)
    np.testing.assert_allclose(figure.data[0].x, [55, 30, 15])
    assert figure.data[1].y.tolist() == [0]
    assert figure.layout.yaxis.ticktext[2] == "a&lt;b"
    table = figures.importances_table(found, {"c"})
    assert table["nearly collinear"] == [True, False, False]
    assert len(figures.importances(found, set(), dark=True).data) == 1


def test_the_least_stage_is_ringed() -> None:
    lines = np.array([[3.0, 1.0, 2.0], [2.0, 2.5, 3.0]])
    figure = figures.stages(np.array([10, 20, 30]), lines, ["one", "two"], "GPa", dark=False)
    assert figure.data[1].x == (20,)
    assert figure.data[3].x == (10,)


def test_displaced_and_densities() -> None:
    figure = figures.displaced(np.array([0, 0.1]), np.array([4.0, 5.0]), "GPa", dark=True)
    np.testing.assert_allclose(figure.data[0].y, [4, 5])
    density = np.array([[1.6, 1.5], [1.8, 1.7]])
    plot = figures.densities(density, ["a", "b"], dark=False)
    assert plot.layout.xaxis.range == plot.layout.yaxis.range
    np.testing.assert_allclose(plot.data[0].y, density[:, 1])


@pytest.mark.parametrize("count", [3, 60])
def test_distributions_are_shares(count) -> None:
    trained, mine = RNG.normal(size=(120, 5)), RNG.normal(size=(count, 5))
    figure = own.distributions(trained, mine, [str(i) for i in range(count)], dark=False)
    bars = [trace for trace in figure.data if trace.type == "bar"]
    assert len(bars) == len(SHOWN)
    for bar in bars:
        assert bar.y.sum() == pytest.approx(100)
    others = [trace for trace in figure.data if trace.type != "bar"]
    assert len(others) == len(SHOWN)
    if count > 25:
        assert all(trace.y.sum() == pytest.approx(100) for trace in others)


@pytest.mark.parametrize("with_bars", [False, True])
def test_expansion_over_modulus(with_bars) -> None:
    predicted = np.array([[-20.0, -10.0], [60.0, 90.0]])
    std = np.ones((2, 2)) if with_bars else None
    figure = own.expansion_and_modulus(
        predicted, std, np.array([150.0, 140.0]), ["<b>x", "y"], np.zeros((2, 3)), "abc", dark=True
    )
    assert figure.data[1].x.tolist() == [60, 90]
    assert figure.data[1].y.tolist() == [-20, -10]
    assert figure.data[1].marker.color.tolist() == [150, 140]
    assert figure.data[1].customdata[0][0] == "&lt;b&gt;x"
    assert (figure.data[1].error_y.array is not None) == with_bars

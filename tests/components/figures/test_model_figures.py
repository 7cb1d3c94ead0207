"""Figures of a model on trial hold the numbers they are given; ids of users are no markup."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest

from components.figures import learning_curve, parity, residuals, target

KEY = "bulk_modulus_GPa"
BAD = "<b>x</b>"


def points(n: int) -> tuple[np.ndarray, np.ndarray, list[str]]:
    rng = np.random.default_rng(n)
    truth = np.exp(rng.normal(4, 1, n))
    return truth, truth * np.exp(0.2 * rng.normal(size=n)), [BAD, *(f"c{i}" for i in range(n - 1))]


def by_id(trace: go.Scatter) -> dict[str, tuple[float, float]]:
    return {i: (x, y) for i, x, y in zip(trace.customdata, trace.x, trace.y, strict=True)}


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("n", [20, 400, 2500])
def test_parity_keeps_every_point_with_its_id(n: int, dark: bool) -> None:
    truth, predicted, names = points(n)
    figure = parity.parity(truth, predicted, names, KEY, dark=dark, marked="c3", count="x")
    found = by_id(figure.data[0])
    assert found == dict(zip(names, zip(truth, predicted, strict=True), strict=True))
    assert (figure.data[0].marker.colorscale is not None) == (n >= parity.DENSE)
    assert figure.data[0].type == ("scattergl" if n > parity.WEBGL else "scatter")
    assert not any("<b>x" in text for text in figure.data[0].text)
    ring = figure.data[1]
    assert (ring.x[0], ring.y[0]) == found["c3"]


def test_both_axes_are_alike_and_the_diagonal_crosses_them() -> None:
    truth, predicted, names = points(50)
    for logarithmic in (False, True):
        figure = parity.parity(truth, predicted, names, KEY, dark=False, logarithmic=logarithmic)
        assert figure.layout.xaxis.range == figure.layout.yaxis.range
        assert figure.layout.yaxis.scaleanchor == "x"
        line = figure.layout.shapes[0]
        assert (line.x0, line.x1) == (line.y0, line.y1)
        assert "[GPa]" in figure.layout.xaxis.title.text
        x = np.log10(truth) if logarithmic else truth
        np.testing.assert_allclose(figure.data[0].x, x)
    ticks = dict(zip(figure.layout.xaxis.ticktext, figure.layout.xaxis.tickvals, strict=True))
    assert all(np.isclose(10.0**at, float(text)) for text, at in ticks.items())


def test_parity_coloured_by_a_property_holds_its_values() -> None:
    truth, predicted, names = points(30)
    values = [None, *np.arange(29.0)]
    figure = parity.parity(
        truth, predicted, names, KEY, dark=False, values=values, label="Volume [Å³]"
    )
    grey, coloured = figure.data[0], figure.data[1]
    assert list(grey.customdata) == [BAD]
    np.testing.assert_array_equal(coloured.marker.color, np.arange(29.0))
    assert coloured.marker.colorbar.title.text == "Volume [Å³]"


def test_density_is_largest_in_the_crowd() -> None:
    crowd = np.zeros((50, 2)) + 0.001 * np.random.default_rng(0).normal(size=(50, 2))
    alone = np.array([[5.0, 5.0], [5.0, -5.0]])
    found = parity.density(np.vstack([crowd, alone]))
    assert found.max() == 1.0
    assert (found[-2:] < 0.2).all()
    assert parity.density(np.ones((4, 2))).tolist() == [1.0] * 4  # one place: no division by zero


def test_residuals_are_counted_in_bins_of_stated_width() -> None:
    values = np.array([-3.0, -1.0, 0.0, 0.5, 1.0, 4.5])
    figure = residuals.histogram(values, np.arange(-4.0, 7.0, 2.0), KEY, dark=False)
    assert list(figure.data[0].y) == [1, 1, 3, 0, 1]
    assert "bin width 2 GPa" in figure.layout.annotations[0].text


def test_the_running_median_finds_a_trend_and_needs_many_points() -> None:
    x = np.linspace(0, 10, 300)
    y = 2 * x + np.where(np.arange(300) % 2, 5.0, -5.0)
    centre, middle = residuals.running_median(x, y)
    assert len(centre) == 15
    np.testing.assert_allclose(middle, 2 * centre, atol=5.1)
    assert len(residuals.running_median(x[:59], y[:59])[0]) == 0
    figure = residuals.against(x, y, [BAD] * 300, KEY, title="<i>t</i>", dark=True)
    assert figure.data[1].name == "running median"
    assert "<i>" not in figure.layout.xaxis.title.text
    assert not any("<b>" in text for text in figure.data[0].text)


def test_the_curve_shows_median_range_and_baseline() -> None:
    n = np.array([10, 40, 160])
    errors = np.array([[9.0, 10.0, 14.0], [5.0, 6.0, 8.0], [3.0, 3.5, 3.6]])
    figure = learning_curve.sizes(
        n, errors, np.full((3, 3), 20.0), title="MAE [GPa]", dark=False, count="x"
    )
    band, middle, base = figure.data
    np.testing.assert_array_equal(middle.x, n)
    np.testing.assert_array_equal(middle.y, [10.0, 6.0, 3.5])
    np.testing.assert_array_equal(band.y, [14.0, 8.0, 3.6, 3.0, 5.0, 9.0])
    np.testing.assert_array_equal(base.y, [20.0] * 3)
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"


def test_stages_mark_the_least_test_error_and_thin_long_runs() -> None:
    n = np.arange(1, 2001)
    test = np.stack([np.abs(n - 700.0), np.abs(n - 720.0)]) + 1
    figure = learning_curve.stages(n, test / 2, test, title="MAE", dark=True)
    lines = [t for t in figure.data if t.name == "test crystals"]
    assert len(lines[0].x) == 500
    assert lines[0].x[-1] == 2000
    best = figure.data[-1]
    assert 700 <= best.x[0] <= 720
    assert best.y[0] == test.mean(axis=0).min()


def test_the_target_is_counted_on_its_scale() -> None:
    values = np.array([1.0, 2.0, 30.0, 300.0])
    edges = np.array([0.0, 1.0, 2.0, 3.0])
    figure = target.histogram(values, edges, KEY, logarithmic=True, dark=False)
    assert list(figure.data[0].y) == [2, 1, 1]
    assert list(figure.layout.xaxis.ticktext) == ["1", "2", "5", "10", "20", "50", "100", "200",
                                                  "500", "1000"]  # fmt: skip
    told = target.table(values, edges, KEY, logarithmic=True)
    assert told[f"to_{KEY}"] == [10.0, 100.0, 1000.0]
    assert told["crystals"] == [2, 1, 1]


@pytest.mark.parametrize(("low", "high"), [(1.0, 9.0), (0.3, 4e5), (3.1, 3.2)])
def test_ticks_lie_inside_and_are_round(low: float, high: float) -> None:
    found = target.ticks(low, high)
    assert all(low <= tick <= high for tick in found)
    assert len(found) <= 12

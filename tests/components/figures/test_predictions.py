"""Figures of predictions: shares add up, axes are equal, what was seen is told from what is new."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest

from components.figures.predictions import bins, distribution, is_logarithmic, known, shares

KEY = "bulk_modulus_GPa"
NAMES = ["a<b>", "b", "c", "d"]
TRUTH = np.array([10.0, 20.0, 30.0, 40.0])
MEAN = np.array([12.0, 18.0, 33.0, 40.0])
KINDS = ["new", "look", "seen", "new"]


@pytest.mark.parametrize("spread", [0.2, 2.0])
def test_shares_are_of_all_and_bins_cover_both(spread: float) -> None:
    rng = np.random.default_rng(0)
    predicted, trained = np.exp(rng.normal(4, spread, 500)), np.exp(rng.normal(3, spread, 900))
    edges = bins(predicted, trained)
    assert len(edges) == 41
    for values in (predicted, trained):
        assert shares(values, edges).sum() == pytest.approx(100)
    steps = np.diff(np.log(edges) if is_logarithmic(predicted, trained) else edges)
    np.testing.assert_allclose(steps, steps[0])


def test_one_value_for_all_has_bins_too() -> None:
    edges = bins(np.full(5, 3.0), np.full(9, 3.0))
    assert shares(np.full(5, 3.0), edges).sum() == pytest.approx(100)
    assert (np.diff(edges) > 0).all()


def test_the_training_values_are_the_line_and_flagged_a_part_of_the_bars() -> None:
    rng = np.random.default_rng(1)
    predicted, trained = rng.uniform(10, 90, 200), rng.uniform(0, 100, 300)
    drawn = distribution(predicted, trained, KEY, dark=False, flagged=predicted[:40])
    bars = [t for t in drawn.data if isinstance(t, go.Bar)]
    assert [t.name for t in bars] == ["Predictions", "of them: look twice"]
    assert sum(bars[0].y) == pytest.approx(100)
    assert sum(bars[1].y) == pytest.approx(20)
    (line,) = (t for t in drawn.data if isinstance(t, go.Scatter))
    assert line.name == "Training values"
    assert drawn.layout.xaxis.title.text == "Bulk modulus [GPa]"
    assert "200 predictions" in drawn.layout.annotations[0].text
    bare = distribution(predicted, np.empty(0), KEY, dark=True, flagged=np.empty(0))
    assert [t.name for t in bare.data] == ["Predictions"]


def test_known_against_predicted_has_equal_axes_and_bars_of_the_interval() -> None:
    bounds = np.column_stack([MEAN - 3, MEAN + 5])
    drawn = known(TRUTH, MEAN, bounds, KINDS, NAMES, KEY, dark=False, level=0.9)
    assert drawn.layout.xaxis.range == drawn.layout.yaxis.range
    assert drawn.layout.yaxis.scaleanchor == "x"
    by_name = {t.name: t for t in drawn.data}
    assert list(by_name) == [
        "In training, or as good as (1)", "New to the model (2)", "New, look twice (1)",
    ]  # fmt: skip
    new = by_name["New to the model (2)"]
    assert list(new.customdata) == ["a<b>", "d"]
    assert new.text[0] == "a&lt;b&gt;", "text of users is no markup"
    np.testing.assert_allclose(new.error_y.array, [5, 5])
    np.testing.assert_allclose(new.error_y.arrayminus, [3, 3])
    assert "bars: 90% interval" in drawn.layout.annotations[0].text


def test_bars_stay_on_the_plate_and_those_that_do_not_are_counted() -> None:
    truth = np.array([10.0, 20.0, 30.0])
    bounds = np.array([[2.0, 18.0], [15.0, 26.0], [20.0, 41.0]])
    drawn = known(
        truth, truth + 1, bounds, ["new"] * 3, list("abc"), "K_GPa", dark=False, level=0.9
    )
    low, high = drawn.layout.yaxis.range
    assert low < 2
    assert high > 41
    assert drawn.layout.xaxis.range == drawn.layout.yaxis.range
    assert "longer" not in drawn.layout.annotations[0].text
    bounds[1] = -1000, 1000
    drawn = known(
        truth, truth + 1, bounds, ["new"] * 3, list("abc"), "K_GPa", dark=False, level=0.9
    )
    low, high = drawn.layout.yaxis.range
    assert high - low < 4 * (31 - 10), "the points keep a third"
    assert "90% interval, 1 of them longer than the plot" in drawn.layout.annotations[0].text
    wide = np.array([1.0, 10.0, 1000.0])
    bounds = np.column_stack([wide / 5, 5 * wide])
    drawn = known(wide, wide, bounds, ["new"] * 3, list("abc"), "K_GPa", dark=False, level=0.9)
    assert drawn.layout.yaxis.type == "log"
    assert drawn.layout.yaxis.range[0] < np.log10(0.2)
    assert drawn.layout.yaxis.range[1] > np.log10(5000)


def test_infinite_bounds_and_crowds_have_no_bars() -> None:
    bounds = np.column_stack([np.full(4, -np.inf), np.full(4, np.inf)])
    drawn = known(TRUTH, MEAN, bounds, KINDS, NAMES, KEY, dark=True, level=0.99)
    assert all(t.error_y.array is None for t in drawn.data)
    many = np.tile(TRUTH, 400)
    crowd = known(many, many, None, ["new"] * 1600, [str(i) for i in range(1600)], KEY, dark=True)
    assert isinstance(crowd.data[0], go.Scattergl)


def test_values_over_decades_are_drawn_on_logarithmic_axes() -> None:
    truth = np.array([0.1, 1.0, 100.0, 1000.0])
    drawn = known(truth, truth * 1.1, None, KINDS, NAMES, KEY, dark=False)
    assert drawn.layout.xaxis.type == drawn.layout.yaxis.type == "log"
    assert drawn.layout.xaxis.range == drawn.layout.yaxis.range
    far = np.array([1e-80, 1.0, 10.0, 100.0])
    drawn = known(truth, far, None, KINDS, NAMES, KEY, dark=False)
    assert len(drawn.layout.xaxis.tickvals) <= 12
    assert not is_logarithmic(np.array([-1.0, 1000.0]))
    assert not is_logarithmic(np.empty(0))

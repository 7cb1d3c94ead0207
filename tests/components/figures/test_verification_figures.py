"""Figures of verification hold the numbers they are given, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from components.figures import verification as drawn
from core.verification.hits import Window, hit_rate, parity
from core.verification.rounds import Round

WINDOW = Window(low=100.0)
PREDICTED = np.array([120.0, 150.0, 90.0, 110.0])
VERIFIED = np.array([115.0, 96.0, 101.0, 140.0])
BOUNDS = np.array([[100, 140], [120, 180], [70, 110], [90, 130.0]])


@pytest.fixture
def found():
    return parity(PREDICTED, VERIFIED, window=WINDOW, std=np.full(4, 9.0), interval=BOUNDS)


@pytest.mark.parametrize("dark", [False, True])
def test_parity_tells_hits_from_misses(found, dark):
    figure = drawn.parity(
        found, list("abcd"), "bulk_modulus_GPa", WINDOW, dark=dark, bounds=BOUNDS, level=0.9
    )
    hit, miss = figure.data
    assert (hit.name, list(hit.customdata)) == ("Hit (3)", ["a", "c", "d"])
    assert (miss.name, list(miss.x), list(miss.y)) == ("Miss (1)", [150.0], [96.0])
    assert list(miss.error_x.array) == [30.0]
    assert list(miss.error_x.arrayminus) == [30.0]
    assert figure.layout.xaxis.range == figure.layout.yaxis.range
    assert figure.layout.xaxis.title.text == "Predicted: Bulk modulus [GPa]"
    assert "4 crystals; bars: 90% interval" in figure.layout.annotations[0].text
    band = next(s for s in figure.layout.shapes if s.type == "rect")
    assert band.y0 == 100.0


def test_bars_are_deviations_without_intervals(found):
    figure = drawn.parity(found, list("abcd"), "bulk_modulus_GPa", WINDOW, dark=False)
    assert list(figure.data[1].error_x.array) == [9.0]
    bare = parity(PREDICTED, VERIFIED, window=WINDOW)
    figure = drawn.parity(bare, list("abcd"), "bulk_modulus_GPa", Window(), dark=False)
    assert figure.data[0].error_x.array is None
    assert not [s for s in figure.layout.shapes if s.type == "rect"]


def test_names_of_users_are_not_markup(found):
    figure = drawn.parity(found, ["<b>a"] * 4, "x", WINDOW, dark=False)
    assert figure.data[0].text[0] == "&lt;b&gt;a"


def test_values_over_decades_are_on_logarithmic_axes():
    wide = parity(np.array([1.0, 100.0]), np.array([2.0, 90.0]), window=Window(low=50))
    figure = drawn.parity(wide, ["a", "b"], "bulk_modulus_GPa", Window(low=50), dark=False)
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"


def test_shares_have_their_intervals():
    rate = hit_rate(3, 10)
    figure = drawn.hits([("Verified", rate), ("None", hit_rate(0, 0))], dark=False)
    (trace,) = figure.data
    assert list(trace.y) == ["Verified"]
    assert trace.x[0] == pytest.approx(30)
    assert trace.x[0] + trace.error_x.array[0] == pytest.approx(100 * rate.high)
    assert trace.x[0] - trace.error_x.arrayminus[0] == pytest.approx(100 * rate.low)
    assert "10 crystals" in figure.layout.annotations[0].text


def test_rounds_begin_before_the_first():
    history = [
        Round(number=n, target="bulk_modulus_GPa", model={}, seed=0, held_out=("a", "b"),
              by="formula", added=("c",), aside=(), n_before=10 * n, n_after=10 * n + 10,
              before={"mae": (9.0 - n, 8.0 - n, 10.0 - n)},
              after={"mae": (8.0 - n, 7.0 - n, 9.0 - n)}, change=(-1.0, -2.0, 0.0))
        for n in (1, 2)
    ]  # fmt: skip
    (trace,) = drawn.rounds(history, dark=True).data
    assert list(trace.x) == [10, 20, 30]
    assert list(trace.y) == [8.0, 7.0, 6.0]
    assert list(trace.error_y.array) == [1.0, 1.0, 1.0]

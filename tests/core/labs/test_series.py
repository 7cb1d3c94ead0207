"""Series and lines: closed forms."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

from core.data.perovskites import cubic_perovskite
from core.errors import ShapeMismatchError, UnknownNameError
from core.labs.series import LineFit, Series, compare

EXACT = 1e-12


def test_a_line_is_recovered() -> None:
    x = np.linspace(0.1, 2.0, 7)
    fit = LineFit.through_zero(x, 3.0 * x)
    assert fit.slope == pytest.approx(3.0, abs=EXACT)
    assert fit.r_squared == pytest.approx(1.0, abs=EXACT)
    assert fit.exponent == pytest.approx(1.0, abs=EXACT)


def test_a_square_law_is_seen() -> None:
    x = np.linspace(0.1, 2.0, 7)
    fit = LineFit.through_zero(x, x**2)
    assert fit.exponent == pytest.approx(2.0, abs=EXACT)
    assert fit.r_squared < 0.95


def test_a_line_needs_two_points() -> None:
    with pytest.raises(ShapeMismatchError):
        LineFit.through_zero(np.array([1.0]), np.array([1.0]))
    with pytest.raises(ShapeMismatchError):
        LineFit.through_zero(np.array([1.0, 2.0]), np.array([1.0, 2.0, 3.0]))


def expansion() -> Series:
    a = (3.0, 3.5, 4.0)
    return compare([cubic_perovskite(x) for x in a], a, "lattice_parameter_A", 0, ["grid-emd"])


def test_a_scaled_crystal_is_at_a_distance_in_proportion() -> None:
    series = expansion()
    d = series.distances("grid-emd")
    assert d[0] == 0
    assert d[2] == pytest.approx(2 * d[1], rel=1e-9)
    assert series.decreases("grid-emd") == 0
    np.testing.assert_allclose(series.matrices["grid-emd"], series.matrices["grid-emd"].T)


def test_nothing_of_a_series_can_be_written_to() -> None:
    series = expansion()
    with pytest.raises(ValueError, match="read-only"):
        series.matrices["grid-emd"][0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        series.x[0] = 1


def made(d: list[float], reference: int, x: list[float]) -> Series:
    matrix = np.zeros((len(d), len(d)))
    matrix[reference] = matrix[:, reference] = d
    return Series((), np.array(x), "n_layers", reference, {"m": matrix})


@pytest.mark.parametrize(
    ("d", "reference", "falls"),
    [([0, 1, 2, 3], 0, 0), ([0, 2, 1, 3], 0, 1), ([3, 2, 1, 0], 3, 0), ([2, 3, 1, 0], 3, 1)],
)
def test_decreases_are_counted_away_from_the_reference(d, reference, falls) -> None:
    assert made(d, reference, [0, 1, 2, 3]).decreases("m") == falls


def test_the_nearest_parameter_is_found() -> None:
    series = made([3, 2, 1, 0], 3, [0, 1, 2, inf])
    assert [series.index(x) for x in (0, 1.2, 7, inf)] == [0, 1, 2, 3]


def test_an_unknown_metric_is_named() -> None:
    with pytest.raises(UnknownNameError, match="grid-amd"):
        compare([cubic_perovskite(4.0)], [4.0], "lattice_parameter_A", 0, ["grid-amd"])

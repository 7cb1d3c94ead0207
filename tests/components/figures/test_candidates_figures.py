"""Figures of candidates and of the stability lab hold the numbers they are given."""

from __future__ import annotations

import numpy as np
import pytest

from components.figures import candidates, stability
from components.figures.stability import Mark
from core.elements import SYMBOLS


@pytest.mark.parametrize("values", [[0.5], [1.0, 1.0], [1e-6, 3e-3, 0.1, 1.0], [0.1, 0.01, 1e-3]])
def test_every_probability_is_in_a_bin(values: list[float]) -> None:
    edges, counts = candidates.probability_bins(np.array(values))
    assert counts.sum() == len(values)
    assert np.diff(edges) == pytest.approx(candidates.STEP)
    figure = candidates.probabilities(np.array(values), dark=False)
    assert sum(figure.data[0].y) == len(values)


def test_elements_are_coloured_by_their_count() -> None:
    figure = candidates.elements({"Na": 1_000, "Cl": 10}, dark=False)
    trace = figure.data[0]
    shares = dict(zip(SYMBOLS[1:], trace.marker.color, strict=True))
    assert shares["Na"] == pytest.approx(1)
    assert shares["Cl"] == pytest.approx(1 / 3)
    assert "Cl: 10 candidates" in trace.hovertext
    squares = dict(zip(SYMBOLS[1:], figure.layout.shapes, strict=True))
    assert squares["Fe"].fillcolor == "rgba(0,0,0,0)"  # none holds it
    assert squares["Na"].fillcolor != squares["Cl"].fillcolor


def test_no_element_at_all_is_a_table_of_outlines() -> None:
    figure = candidates.elements({}, dark=True)
    assert {shape.fillcolor for shape in figure.layout.shapes} == {"rgba(0,0,0,0)"}


def test_criteria_show_means_with_their_own_bounds() -> None:
    marks = [Mark(80, 75, 90), Mark(95, 94, 96)]
    figure = stability.criteria(
        ["alone", "+ σ"], marks, [None, Mark(93, 91, 95)], label="Precision [%]", chance=50.0,
        dark=False,
    )  # fmt: skip
    own, beside = figure.data
    assert own.x.tolist() == [80, 95]
    assert own.error_x.array.tolist() == [10, 1]
    assert own.error_x.arrayminus.tolist() == [5, 1]
    assert beside.x.tolist() == [93]
    assert beside.customdata[0][0] == "+ σ"
    assert figure.layout.shapes[0].x0 == 50


def test_curves_have_mean_and_extremes_of_the_seeds() -> None:
    shares, curves = np.array([0.1, 1.0]), np.array([[4.0, 1.0], [2.0, 1.0]])
    figure = stability.in_order(shares, {"a": curves}, y="Enrichment", level=1.0, dark=False)
    band, line = figure.data
    assert band.y.tolist() == [4.0, 1.0, 1.0, 2.0]
    assert line.x.tolist() == [10.0, 100.0]
    assert line.y.tolist() == [3.0, 1.0]

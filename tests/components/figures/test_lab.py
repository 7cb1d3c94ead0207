"""Figures of the lab as data: what is drawn is what was computed."""

from __future__ import annotations

import numpy as np
import pytest

from components.figures import lab as figures
from core.labs import grid_report as lab
from core.labs.series import Series


@pytest.fixture(scope="module")
def layers() -> Series:
    return lab.layer_series()


@pytest.fixture(scope="module")
def expanded() -> Series:
    return lab.expansion_series()


@pytest.mark.parametrize("dark", [False, True])
def test_each_panel_draws_its_metric_and_marks_the_crystal_at_hand(layers, dark) -> None:
    figure = figures.distances(layers, 2, dark)
    drawn = [t for t in figure.data if t.mode == "lines+markers"]
    marks = [t for t in figure.data if t.name == "at hand"]
    assert len(drawn) == len(marks) == len(lab.METRICS)
    for metric, trace, mark in zip(lab.METRICS, drawn, marks, strict=True):
        np.testing.assert_array_equal(trace.y, layers.distances(metric))
        assert list(trace.x) == ["0", "1", "2", "3", "4", "5", "6", "∞"]
        assert list(mark.y) == [layers.distances(metric)[2]]
        assert list(mark.x) == ["2"]
    titles = [a.text for a in figure.layout.annotations]
    assert titles[:4] == ["GRID EMD [Å]", "GRID cosine", "RDF EMD [Å]", "RDF cosine"]


def test_idealised_cells_have_open_marks(layers) -> None:
    trace = next(t for t in figures.distances(layers, 0, False).data if t.mode == "lines+markers")
    assert [s == "circle-open" for s in trace.marker.symbol] == [n in {4, 5, 6} for n in lab.LAYERS]


def test_the_dashed_line_has_the_fitted_slope(expanded) -> None:
    figure = figures.distances(expanded, 0, False)
    line = next(t for t in figure.data if t.mode == "lines")
    slope = expanded.fit("grid-emd").slope
    np.testing.assert_allclose(line.y, slope * (expanded.x - expanded.x[0]))


def test_no_line_where_the_parameter_is_no_number(layers) -> None:
    assert not [t for t in figures.distances(layers, 0, False).data if t.mode == "lines"]


def test_matrices_are_drawn_whole(layers, expanded) -> None:
    for series in (layers, expanded):
        figure = figures.matrices(series, False)
        for metric, trace in zip(lab.METRICS, figure.data, strict=True):
            np.testing.assert_array_equal(np.array(trace.z), series.matrices[metric])
            assert len(trace.x) == len(series.ids)


def test_bars_are_the_shares_of_trials() -> None:
    trials = lab.strain_trials(20)
    figure = figures.strain(trials, True)
    assert list(figure.data[0].x) == [100 * trials.kept[m] for m in lab.METRICS]
    assert "20 trials" in figure.layout.annotations[0].text


def test_tables_hold_each_crystal_and_each_pair_once(layers) -> None:
    table = figures.table(layers)
    assert table["id"] == list(layers.ids)
    assert table["GRID EMD [Å]"] == layers.distances("grid-emd").tolist()
    pairs = figures.pair_table(layers)
    n = len(layers.ids)
    assert {len(column) for column in pairs.values()} == {n * (n - 1) // 2}
    assert pairs["RDF cosine"][0] == layers.matrices["rdf-cosine"][0, 1]
    assert set(map(len, figures.strain_table(lab.strain_trials(2)).values())) == {4}

"""Figures of GRID as data: what is drawn is what the core computes."""

from __future__ import annotations

import numpy as np
import pytest

from components.figures import grid as figures
from components.figures.theme import CATEGORIES
from core.descriptors.grid import GridSpec, grid
from core.descriptors.rdf import RdfSpec, neighbor_counts
from core.explain import explain, pair_histograms
from core.types import Crystal

SPEC = GridSpec(n_groups=20)


@pytest.fixture
def values(perovskite: Crystal) -> np.ndarray:
    return grid(perovskite, SPEC)


def test_heat_map(values: np.ndarray) -> None:
    figure = figures.heat(values, SPEC.edges, False, 5)
    (trace,) = figure.data
    np.testing.assert_allclose(trace.z, values.T, atol=1e-7)
    np.testing.assert_allclose(trace.y[:2], [0.05, 0.15])
    assert list(trace.x) == list(range(1, 21))
    assert trace.zmin == 0
    assert "5 sites" in figure.layout.annotations[0].text


def test_heat_map_of_groups_beyond_the_last_bin() -> None:
    far = np.zeros((2, 10))
    far[:, -1] = 1
    figure = figures.heat(far, np.linspace(0, 1, 11), False, 1)
    assert figure.data[0].zmax == 1


def test_groups_and_their_running_sums(values: np.ndarray) -> None:
    grids = {"<A>": values, "B": values}
    figure = figures.groups(grids, SPEC.edges, [1, 4], False)
    assert [t.name for t in figure.data] == ["k = 1, &lt;A&gt;", "k = 4, &lt;A&gt;",
                                             "k = 1, B", "k = 4, B"]  # fmt: skip
    np.testing.assert_allclose(figure.data[1].y, values[3])
    assert [t.line.dash for t in figure.data] == ["solid", "solid", "dash", "dash"]
    running = figures.groups({"A": values}, SPEC.edges, [2], False, cumulative=True)
    np.testing.assert_allclose(running.data[0].y[-1], 1.0)
    table = figures.groups_table({"A": values}, SPEC.edges, [2], True)
    np.testing.assert_allclose(table["A k=2"], running.data[0].y)


def test_sum_meets_all_pairs_where_the_groups_reach(perovskite: Crystal) -> None:
    spec = GridSpec(n_groups=100)
    grids = {"A": grid(perovskite, spec)}
    counts = {"A": neighbor_counts(perovskite, RdfSpec())}
    table = figures.total_table(grids, counts, spec.edges)
    near = table[table.distance_A < 5]
    np.testing.assert_allclose(near["sum_of_groups A"], near["all_pairs A"], atol=1e-6)
    drawn = figures.total(grids, counts, spec.edges, False)
    np.testing.assert_allclose(drawn.data[0].y, table["sum_of_groups A"])
    np.testing.assert_allclose(drawn.data[1].y, table["all_pairs A"])


def test_pairs_stack_to_the_sum_and_share_colours(perovskite: Crystal, values: np.ndarray) -> None:
    parts = pair_histograms(perovskite, SPEC)
    other = {"O-O": parts["O-O"], "Na-Cl": parts["Ti-O"]}
    span = (2, 8)
    colored = figures.colored_pairs([parts, other], span)
    assert len(colored) == 7
    assert colored[0] == "O-O"
    one = figures.pairs(parts, SPEC.edges, span, colored, False)
    two = figures.pairs(other, SPEC.edges, span, colored, False)
    np.testing.assert_allclose(
        np.sum([t.y for t in one.data], axis=0), values[1:8].sum(axis=0), atol=1e-6
    )
    colours = [{t.name: t.marker.color for t in figure.data} for figure in (one, two)]
    assert colours[0]["O-O"] == colours[1]["O-O"] == CATEGORIES[0]
    table = figures.pairs_table(parts, SPEC.edges, span)
    np.testing.assert_allclose(table["O-O"], parts["O-O"][1:8].sum(axis=0))


def test_overlay(perovskite: Crystal, values: np.ndarray) -> None:
    wider = perovskite.with_(id="wider", lattice=1.02 * perovskite.lattice)
    found = explain(perovskite, wider, SPEC)
    figure = figures.overlay(values, grid(wider, SPEC), SPEC.edges, found, True)
    heat, bars = figure.data
    np.testing.assert_allclose(heat.z, (values - grid(wider, SPEC)).T, atol=1e-6)
    assert heat.zmin == -heat.zmax
    np.testing.assert_allclose(np.sum(bars.y), found.distance)


def test_quantiles_and_tables(perovskite: Crystal) -> None:
    spec = GridSpec(n_groups=5, mode="quantile")
    values = grid(perovskite, spec)
    figure = figures.quantiles(values, spec.edges, False)
    assert len(figure.data) == 24
    np.testing.assert_allclose(figure.data[3].y, values[:, 3])
    table = figures.table(values, spec.edges, quantile=True)
    assert list(table.columns[:2]) == ["neighbour", "quantile_0.0208_A"]
    table = figures.table(grid(perovskite, SPEC), SPEC.edges)
    assert table.columns[1] == "share_0_to_0.1_A"
    np.testing.assert_allclose(table.iloc[:, 1:].sum(axis=1), 1)

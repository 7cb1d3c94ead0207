"""Figures of importances and of partial dependence: what is drawn is what was computed."""

from __future__ import annotations

import numpy as np
import pytest

from components.figures import importances, partial_dependence
from components.figures.partial_dependence import Look
from core.explain.importances import Importances
from core.explain.partial_dependence import partial_dependence as compute

NAMES = ("MagpieData mean Number", "density [g/cm³]", "<script>", "group 1")


@pytest.fixture(scope="module")
def found():
    draws = np.array([[1.0, 3.0, 0.1, 4.0], [1.2, 3.4, -0.1, 4.4]])
    return Importances(NAMES, draws, np.array([10.0, 10.0]))


@pytest.fixture(scope="module")
def impurity():
    return Importances(NAMES[:3], np.array([[0.5, 0.3, 0.2], [0.4, 0.4, 0.2]]), np.empty(0))


@pytest.mark.parametrize("dark", [False, True])
def test_bars_are_in_order_with_spread_and_impurity_beside(found, impurity, dark) -> None:
    flagged = {NAMES[1]: "group 1: a, b"}
    figure = importances.features(found, impurity, flagged, "GPa", dark=dark)
    rises, shares, flags = figure.data
    np.testing.assert_allclose(rises.x, [4.2, 3.2, 1.1, 0.0], atol=1e-12)
    np.testing.assert_allclose(rises.error_x.array, found.spread[[3, 1, 0, 2]])
    np.testing.assert_allclose(shares.x, [np.nan, 35, 45, 20])
    assert shares.xaxis == "x2"
    assert list(flags.y) == [1]
    labels = list(figure.layout.yaxis.ticktext)
    assert labels == ["group 1", "density [g/cm³]", "mean Number", "&lt;script&gt;"]
    alone = importances.features(found, None, {}, "GPa", dark=dark)
    assert len(alone.data) == 1
    assert "GPa" in alone.layout.xaxis.title.text


def test_many_features_are_cut_and_the_table_holds_all() -> None:
    many = Importances(
        tuple(f"a very long name of a feature, number {i}" for i in range(50)),
        np.arange(50.0)[None], np.zeros(1),
    )  # fmt: skip
    figure = importances.features(many, None, {}, "", dark=False)
    assert len(figure.data[0].x) == importances.MOST
    assert max(figure.data[0].x) == 49
    assert all(len(label) <= 34 for label in figure.layout.yaxis.ticktext)
    table = importances.table(many, None, {}, "GPa")
    assert {len(c) for c in table.values()} == {50}
    assert table["rise of MAE [GPa]"][0] == 49


def test_the_number_of_a_group_is_never_cut() -> None:
    names = ("group 12", "bond length mean [Å]", "density")
    found = Importances(names, np.array([[3.0, 2.0, 1.0]]), np.zeros(1))
    flagged = {"group 12": "group 12: bond length standard deviation [Å], bond length mean [Å]"}
    figure = importances.features(found, None, flagged, "GPa", dark=False)
    label = figure.layout.yaxis.ticktext[0]
    assert label.startswith("bond length")
    assert label.endswith("(group 12)")
    assert len(label.replace("&amp;", "&")) <= 34
    assert figure.layout.xaxis.range[0] < 0, "the mark of a group does not lie on the names"
    assert figure.layout.xaxis.range[1] > 3


def test_whole_terms_keep_their_order(found) -> None:
    figure = importances.terms(found, NAMES, "GPa", dark=True)
    np.testing.assert_allclose(figure.data[0].x, found.mean)
    assert "10 GPa" in figure.layout.annotations[0].text


def test_blocks_of_grid_stand_in_their_cell() -> None:
    ranks = np.array([[1, 4], [1, 4], [5, 8], [5, 8]])
    across = ["near", "far", "near", "far"]
    ranges = np.array([[1.0, 2], [2, 3], [3, 4], [4, 5]])
    draws = np.array([[5.0, 1.0, -0.5, 2.0], [5.0, 1.0, -0.5, 2.0]])
    held = Importances(("a", "b", "c", "d"), draws, np.ones(2))
    heat = importances.grid_blocks(held, ranks, across, ranges, "GPa", dark=False).data[0]
    np.testing.assert_allclose(heat.z, [[5, 1], [0, 2]])  # chance below zero has no colour
    np.testing.assert_allclose(heat.customdata[:, :, 0], [[5, 1], [-0.5, 2]])
    assert heat.text.tolist() == [["1.0-2.0 Å", "2.0-3.0 Å"], ["3.0-4.0 Å", "4.0-5.0 Å"]]
    assert list(heat.y) == ["1-4", "5-8"]


@pytest.fixture(scope="module")
def dependence():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100, 2))
    law = lambda z: z[:, 0] ** 2 + z[:, 1]  # noqa: E731
    return (
        compute(law, x, [0], names=("density [g/cm³]",), points=9),
        compute(law, x, [0, 1], names=("a", "b"), points=6),
    )


@pytest.mark.parametrize("dark", [False, True])
def test_the_average_its_curves_and_the_data(dependence, dark) -> None:
    found, _ = dependence
    curves, average, data = partial_dependence.one(
        found, "bulk_modulus_GPa", Look(), dark=dark, count="100"
    ).data
    np.testing.assert_allclose(average.y, found.average)
    np.testing.assert_array_equal(data.x, found.values[:, 0])
    assert len(curves.y) == 60 * 10
    np.testing.assert_allclose(np.asarray(curves.y[:9]), found.individual[0])
    assert np.isnan(curves.y[9])


def test_centred_curves_start_at_zero(dependence) -> None:
    found, _ = dependence
    figure = partial_dependence.one(
        found, "bulk_modulus_GPa", Look(centred=True), dark=False, count=""
    )
    assert np.asarray(figure.data[0].y)[::10].tolist() == [0.0] * 60
    assert figure.data[1].y[0] == 0
    assert "change" in figure.layout.yaxis.title.text
    bare = partial_dependence.one(found, "y", Look(single=False), dark=False, count="")
    assert [t.name for t in bare.data] == ["average", "crystals"]


def test_contours_are_masked_where_no_data_lie(dependence) -> None:
    _, found = dependence
    contour, points = partial_dependence.two(found, "bulk_modulus_GPa", dark=False, count="").data
    z = np.asarray(contour.z, dtype=float)
    np.testing.assert_array_equal(np.isnan(z), ~found.supported.T)
    np.testing.assert_allclose(z[found.supported.T], found.average.T[found.supported.T])
    np.testing.assert_array_equal(points.x, found.values[:, 0])


def test_tables_hold_every_point(dependence) -> None:
    for found in dependence:
        table = partial_dependence.table(found, "bulk_modulus_GPa")
        assert {len(c) for c in table.values()} == {found.average.size}
        assert table["average [GPa]"] == found.average.ravel().tolist()

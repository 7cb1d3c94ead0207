"""The drawn matrix and map hold the numbers, ids that can be clicked, and no markup of users."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from components.figures import maps, matrix
from core.maps.order import cluster
from core.maps.views import picture

NAMES = ["<b>x</b>", *(f"c{i}" for i in range(11))]


def drawn(n: int, **options: object):  # type: ignore[no-untyped-def]
    points = np.random.default_rng(0).normal(size=(n, 2))
    given = cdist(points, points)
    tree = cluster(given)
    ids = [*NAMES, *(f"d{i}" for i in range(n))][:n]
    shown = picture(given, tree.order, 0, n)
    figure = matrix.heat(shown, tree, ids, title="Distance [Å]", dark=False, **options)
    return figure, given, tree, ids


def test_heat_map_is_the_ordered_matrix() -> None:
    figure, given, tree, _ = drawn(12)
    ordered = given[np.ix_(tree.order, tree.order)]
    assert np.allclose(figure.data[0].z, ordered, atol=1e-6)
    assert np.asarray(figure.data[0].z).dtype == np.float32


def test_cells_carry_the_ids_of_their_row_and_column() -> None:
    figure, given, tree, ids = drawn(12)
    cells = next(t for t in figure.data if t.name == "cells")
    at = 12 * 3 + 7  # row 3, column 7
    assert list(cells.customdata[at]) == [ids[tree.order[7]], ids[tree.order[3]]]
    expected = given[tree.order[7], tree.order[3]]
    assert float(cells.hovertext[at]) == pytest.approx(expected, abs=1e-4)
    assert not any("<b>x" in text for text in cells.text)


def test_the_chosen_pair_is_marked_where_it_stands() -> None:
    figure, _, tree, ids = drawn(12, pair=("c1", "c5"))
    mark = next(t for t in figure.data if t.name == "chosen pair")
    places = {ids[i]: at for at, i in enumerate(tree.order.tolist())}
    assert sorted(mark.x) == sorted([places["c1"], places["c5"]])


def test_five_hundred_crystals_fit_a_message() -> None:
    figure, *_ = drawn(500)
    assert len(figure.to_json()) < 3_000_000
    assert not any(t.name == "cells" for t in figure.data)


def test_map_of_numbers_words_and_gaps() -> None:
    points = np.arange(8.0).reshape(4, 2)
    ids, formulas = NAMES[:4], ["A", "B", "C", "D"]
    numbers = maps.scatter(points, ids, formulas, dark=False, axis="MDS [Å]",
                           values=[1.0, None, 2.0, 3.0], label="K [GPa]")  # fmt: skip
    grey, coloured = numbers.data
    assert list(grey.customdata) == ["c0"]
    assert list(coloured.customdata) == ["<b>x</b>", "c1", "c2"]
    assert np.allclose(coloured.marker.color, [1, 2, 3])
    assert numbers.layout.xaxis.title.text == "MDS 1 [Å]"
    assert "<b>x" not in coloured.text[0]
    words = maps.scatter(points, ids, formulas, dark=True, axis="UMAP", values=["p", "q", "p", "r"],
                         marked=("c0", "c2"))  # fmt: skip
    assert [t.name for t in words.data] == ["p", "q", "r", "chosen pair"]
    assert np.allclose(words.data[-1].x, points[[1, 3], 0])
    assert words.data[-1].textposition == ("bottom center", "top center")  # never on each other


def test_many_points_are_drawn_by_the_graphics_card() -> None:
    n = maps.WEBGL + 1
    points = np.zeros((n, 2))
    figure = maps.scatter(points, [str(i) for i in range(n)], [""] * n, dark=False, axis="MDS",
                          marked=["3"])  # fmt: skip
    assert [t.type for t in figure.data] == ["scattergl", "scattergl"]

"""Pictures hold the numbers of the matrix; lists are those of the matrix."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from core.data import load_embedded
from core.errors import UnknownNameError
from core.jobs import JobSpec, run
from core.maps.order import cluster
from core.maps.views import Similarity, picture

SINGLE = 1e-6  # float32 means of numbers of order 1


@pytest.fixture(scope="module")
def found() -> Similarity:
    crystals = load_embedded("grid-report")[:20]
    result = run(JobSpec(task="similarity", options={"metric": "grid-emd"}), {"crystals": crystals})
    return Similarity.of(result.outputs)


def matrix_of(n: int) -> np.ndarray:
    points = np.random.default_rng(0).normal(size=(n, 3))
    return cdist(points, points)


def test_a_small_picture_is_the_ordered_matrix() -> None:
    given = matrix_of(12)
    order = cluster(given).order
    shown = picture(given, order, 2, 9)
    assert shown.block == 1
    assert shown.places.tolist() == list(range(2, 9))
    assert np.allclose(shown.values, given[np.ix_(order, order)][2:9, 2:9], atol=SINGLE)
    assert shown.rows.tolist() == order[2:9].tolist()


def test_a_large_picture_holds_means_of_blocks() -> None:
    given = matrix_of(23)
    order = cluster(given).order
    shown = picture(given, order, 0, 23, most=8)
    assert shown.block == 3
    assert len(shown.values) == 8
    ordered = given[np.ix_(order, order)]
    assert shown.values[1, 4] == pytest.approx(ordered[3:6, 12:15].mean(), abs=SINGLE)
    assert shown.values[7, 7] == pytest.approx(ordered[21:, 21:].mean(), abs=SINGLE)
    assert shown.places[[0, 7]].tolist() == [1.0, 21.5]


def test_neighbours_are_the_smallest_of_a_row(found: Similarity) -> None:
    name = found.ids[3]
    near = found.nearest(name, 4)
    row = np.delete(found.matrix[3], 3)
    assert [d for _, d in near] == pytest.approx(np.sort(row)[:4].tolist())
    assert name not in [i for i, _ in near]
    assert near[0][1] == found.distance(name, near[0][0])
    assert len(found.nearest(name, 1000)) == len(found.ids) - 1


def test_who_was_not_compared_is_unknown(found: Similarity) -> None:
    with pytest.raises(UnknownNameError):
        found.distance("nobody", found.ids[0])


def test_duplicates_name_the_nearest_of_their_group(found: Similarity) -> None:
    rows = found.duplicates(0.05)
    for group, name, other, distance in rows:
        assert distance == pytest.approx(found.distance(name, other))
        assert distance <= 0.05
        assert other in [r[1] for r in rows if r[0] == group]

"""Closed forms: a plane comes back, clusters part, links are followed."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from core.errors import InvalidSpecError, JobCancelled, NonFiniteError, ShapeMismatchError
from core.maps import project
from core.maps.duplicates import duplicate_groups
from core.maps.order import cluster
from core.maps.project import classical, mds, stress, umap

EXACT = 1e-6  # of distances of order 1: eigenvectors in double precision


def plane(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 2)) * [3.0, 1.0]


@pytest.mark.parametrize("n", [2, 3, 20, 60])
def test_points_of_a_plane_come_back_up_to_rotation(n: int) -> None:
    given = cdist(plane(n), plane(n))
    found = mds(given)
    assert np.abs(cdist(found.points, found.points) - given).max() < EXACT
    assert found.stress < EXACT


def test_landmarks_bring_a_plane_back_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "_FULL", 50)
    monkeypatch.setattr(project, "_LANDMARKS", 20)
    given = cdist(plane(80), plane(80))
    assert mds(given).stress < EXACT


def test_smacof_never_loses_against_its_start() -> None:
    points = np.random.default_rng(1).normal(size=(40, 5))
    given = cdist(points, points)
    assert mds(given).stress < stress(given, classical(given)) - 0.01


def test_the_same_distances_give_the_same_picture() -> None:
    given = cdist(plane(70), plane(70))
    assert np.array_equal(mds(given).points, mds(given.copy()).points)


def test_stopping_mds() -> None:
    points = np.random.default_rng(1).normal(size=(30, 5))
    with pytest.raises(JobCancelled):
        mds(cdist(points, points), should_stop=lambda: True)


def test_two_clusters_are_ordered_apart() -> None:
    side = np.random.default_rng(2).permutation(np.repeat([0, 1], 15))
    points = plane(30) * 0.1 + 10 * side[:, None]
    tree = cluster(cdist(points, points))
    assert np.count_nonzero(np.diff(side[tree.order])) == 1
    assert sorted(tree.order) == list(range(30))


def test_brackets_of_three_points_on_a_line() -> None:
    x = np.array([[0.0], [10.0], [1.0]])
    tree = cluster(cdist(x, x))
    xs, ys = tree.lines()
    assert set(tree.order[[0, -1]]) >= {1}  # the lone point stands at an end
    assert ys[0].tolist() == [0, 1, 1, 0]
    assert sorted(ys[1].tolist()) == [0, 1, 9.5, 9.5]
    assert (xs[:, 0] < xs[:, 2]).all()


def test_brackets_agree_with_scipy() -> None:
    from scipy.cluster.hierarchy import dendrogram

    tree = cluster(cdist(plane(40), plane(40)))
    theirs = dendrogram(tree.merges, no_plot=True)
    xs, ys = tree.lines()
    assert theirs["leaves"] == tree.order.tolist()
    ours = sorted(zip(((xs + 0.5) * 10).tolist(), ys.tolist(), strict=True))
    assert np.allclose(ours, sorted(zip(theirs["icoord"], theirs["dcoord"], strict=True)))


def test_one_crystal_is_a_tree_without_brackets() -> None:
    tree = cluster(np.zeros((1, 1)))
    assert tree.order.tolist() == [0]
    assert len(tree.lines()[0]) == 0


def test_duplicates_are_transitive() -> None:
    x = np.array([[0.0], [0.9], [1.8], [10.0], [20.0], [20.5]])
    given = cdist(x, x)
    assert duplicate_groups(given, 1.0) == ((0, 1, 2), (4, 5))
    assert duplicate_groups(given, 0.5) == ((4, 5),)
    assert duplicate_groups(given, 0.0) == ()
    with pytest.raises(InvalidSpecError):
        duplicate_groups(given, -1.0)


def test_what_is_no_distance_matrix_is_refused() -> None:
    with pytest.raises(ShapeMismatchError):
        mds(np.zeros((2, 3)))
    with pytest.raises(NonFiniteError):
        cluster(np.full((2, 2), np.nan))
    with pytest.raises(InvalidSpecError, match="at least 5"):
        umap(np.zeros((3, 3)))


def test_umap_keeps_clusters_apart_and_repeats_itself() -> None:
    side = np.repeat([0, 1], 20)
    points = plane(40) * 0.1 + 10 * side[:, None]
    given = cdist(points, points)
    first, again = umap(given, seed=3), umap(given, seed=3)
    assert np.array_equal(first.points, again.points)
    apart = cdist(first.points, first.points)
    nearest = (apart + 1e9 * np.eye(40)).argmin(axis=1)
    assert (side[nearest] == side).all()


def test_what_umap_compiles_is_kept_for_the_next_process() -> None:
    """Its package keeps but some of it: a first map took a new process 12 to 18 s."""
    points = plane(12)
    umap(cdist(points, points), neighbors=3)
    from umap import layouts, umap_

    for function in (
        umap_.smooth_knn_dist, umap_.compute_membership_strengths,
        layouts._nb_optimize_layout_euclidean_single_epoch,
    ):  # fmt: skip
        assert function.signatures
        assert function.stats.cache_path


def test_umap_stress_is_told_at_the_best_scale():
    from core.maps.project import _best_scale, stress

    plane = np.random.default_rng(4).normal(size=(40, 2))
    given = np.linalg.norm(plane[:, None] - plane[None], axis=2)
    assert _best_scale(given, 5 * plane) == pytest.approx(0.2)
    assert stress(given, 5 * plane * _best_scale(given, 5 * plane)) < 1e-7

"""Novelty against brute force and against shapes whose hull is known."""

from __future__ import annotations

import numpy as np
import pytest

from core.data import load_embedded
from core.distances import parse_metric
from core.distances.base import between
from core.errors import ComputeError, NonFiniteError, ShapeMismatchError
from core.screening.hull import element_shares
from core.screening.novelty import Extent, nearness, unseen_elements, unseen_prototypes

ELEMENTS = load_embedded("elements")


def test_distances_stand_beside_those_of_known_crystals_to_one_another() -> None:
    metric = parse_metric("grid-emd")
    known, new = metric.embed(ELEMENTS[:30]), metric.embed(ELEMENTS[30:45])
    found = nearness(new, known)
    matrix, own = between(new, known), np.array(between(known, known), dtype=float)
    np.fill_diagonal(own, np.inf)
    nearest = np.sort(own.min(axis=1))
    assert found.distance == pytest.approx(matrix.min(axis=1), rel=1e-5)
    assert found.own == pytest.approx(nearest, rel=1e-5, abs=1e-6)
    for d, p in zip(found.distance, found.percentile, strict=True):
        assert p == pytest.approx((found.own < d).mean())


def test_elements_nobody_holds_are_named() -> None:
    shares = element_shares(ELEMENTS)
    found = unseen_elements(shares[:4], shares[1:3])
    assert found == [(ELEMENTS[0].elements[0],), (), (), (ELEMENTS[3].elements[0],)]


def test_prototypes_are_seen_whatever_their_elements() -> None:
    salt, fluorite = "AB_cF8_225_a_b:Cl-Na", "A2B_cF12_225_c_a:F-Pb"
    assert unseen_prototypes(["AB_cF8_225_a_b:Br-K", fluorite, ""], [salt, ""]).tolist() == [
        False, True, True,
    ]  # fmt: skip


def test_a_ball_is_inside_its_hull_and_its_box_is_larger() -> None:
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(4000, 3))
    sphere = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    extent = Extent.of(sphere)
    corner = 0.85 * np.array([[1.0, 1.0, 1.0]]) / 1.0
    assert extent.within_hull(0.9 * sphere).all()
    assert not extent.within_hull(1.1 * sphere).any()
    assert extent.within_hull(sphere).all()
    # Axes of the components are arbitrary for a ball: some corner of the box is outside the hull.
    corners = extent.mean + extent.std * (
        np.array([extent.low, extent.high]).T[:, 1] @ extent.components
    )
    assert extent.within_range(corners[None])[0]
    assert not extent.within_hull(corners[None])[0]
    assert not extent.within_hull(corner)[0]


def test_one_direction_is_an_interval() -> None:
    line = np.outer(np.linspace(-1, 2, 9), [1.0, 2.0])
    extent = Extent.of(np.column_stack([line, np.ones(9)]))  # a column that does not vary
    asked = np.array([[0.5, 1.0, 1.0], [2.5, 5.0, 1.0]])
    assert extent.within_hull(asked).tolist() == [True, False]
    assert extent.within_range(asked).tolist() == [True, False]


def test_what_spans_no_ground_is_refused() -> None:
    with pytest.raises(ComputeError, match="no ground"):
        Extent.of(np.ones((5, 3)))
    with pytest.raises(NonFiniteError):
        Extent.of(np.full((5, 3), np.nan))
    extent = Extent.of(np.random.default_rng(0).normal(size=(20, 4)))
    with pytest.raises(ShapeMismatchError, match="4"):
        extent.within_hull(np.zeros((1, 3)))

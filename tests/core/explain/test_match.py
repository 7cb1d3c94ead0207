"""The explained match adds up to the exact distance, and says what a chemist can check."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data import load_embedded
from core.descriptors.grid import GridSpec
from core.distances import parse_metric
from core.distances.base import between
from core.errors import DisorderedStructureError, NeighborShortageError
from core.explain import explain
from core.types import Crystal
from tests.strategies import random_crystal

SUM_TOLERANCE = 1e-10


def exact(a: Crystal, b: Crystal, options: str) -> float:
    features = parse_metric(f"grid-wasserstein({options})").embed([a, b], float)
    return float(between(features[:1], features[1:])[0, 0])


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from([0.0, 1.0]))
def test_all_parts_sum_to_the_exact_distance(one: int, two: int, power: float) -> None:
    a, b = random_crystal(one, max_sites=4), random_crystal(two, max_sites=4)
    spec = GridSpec(n_groups=15, weight_power=power)
    found = explain(a, b, spec)
    expected = exact(a, b, f"n_groups=15,weight_power={power}")
    # Neighbours within 1e-4 of one another count as a shell at their mean distance.
    assert found.distance == pytest.approx(expected, abs=2e-4)
    for parts in (found.by_group, found.by_range, found.by_group_and_range):
        assert parts.sum() == pytest.approx(found.distance, abs=SUM_TOLERANCE)
    assert sum(m.contribution for m in found.moves) == pytest.approx(found.distance)
    assert all(m.contribution >= -SUM_TOLERANCE for m in found.moves)


def test_symmetric() -> None:
    a, b = random_crystal(3), random_crystal(4)
    there, back = explain(a, b), explain(b, a)
    assert there.distance == pytest.approx(back.distance)
    np.testing.assert_allclose(there.by_group, back.by_group, atol=SUM_TOLERANCE)


def test_the_same_crystal_in_another_cell_is_at_zero(perovskite: Crystal) -> None:
    found = explain(perovskite, perovskite.with_(id="again", frac=perovskite.frac + 0.3))
    assert found.distance == pytest.approx(0, abs=1e-9)
    assert "same interatomic distances" in found.sentence


def test_an_expanded_bond_is_named(perovskite: Crystal) -> None:
    other = perovskite.with_(id="larger", lattice=1.1 * perovskite.lattice)
    spec = GridSpec(n_groups=2)
    found = explain(perovskite, other, spec)
    pairs = {(m.pair_a, m.pair_b) for m in found.moves}
    # The two nearest: Ti and O have each other, Sr has O.
    assert pairs == {("Ti-O", "Ti-O"), ("O-Ti", "O-Ti"), ("Sr-O", "Sr-O")}
    by_pair = {m.pair_a: m for m in found.moves}
    assert by_pair["Ti-O"].mean_a == pytest.approx(3.905 / 2)
    assert by_pair["Ti-O"].mean_b == pytest.approx(1.1 * 3.905 / 2)
    assert by_pair["O-Ti"].contribution == pytest.approx(3 * by_pair["Ti-O"].contribution)
    assert found.moves[0].pair_a == "O-Ti"


def test_ranges_hold_the_ground_that_was_covered() -> None:
    a = Crystal("a", 3.0 * np.eye(3), [[0, 0, 0]], [84])
    b = Crystal("b", 3.2 * np.eye(3), [[0, 0, 0]], [84])
    found = explain(a, b, GridSpec(n_groups=6), range_width=0.1)
    np.testing.assert_allclose(found.by_range[30:32], 0.1, atol=1e-9)
    assert found.by_range.sum() == pytest.approx(0.2)


def test_distances_beyond_the_maximum_fall_into_the_open_range() -> None:
    a = Crystal("a", 3.0 * np.eye(3), [[0, 0, 0]], [84])
    b = Crystal("b", 8.0 * np.eye(3), [[0, 0, 0]], [84])
    found = explain(a, b, GridSpec(n_groups=6, max_distance=5.0))
    assert found.edges[-1] == np.inf
    assert found.by_range[-1] == pytest.approx(3.0, abs=0.51)
    assert found.distance == pytest.approx(5.0)


def test_chosen_elements_and_disorder(perovskite: Crystal) -> None:
    other = perovskite.with_(id="larger", lattice=1.1 * perovskite.lattice)
    spec = GridSpec(n_groups=6, centers=("Ti",), neighbors=("O",))
    found = explain(perovskite, other, spec)
    assert {m.pair_a for m in found.moves} == {"Ti-O"}
    assert found.distance == pytest.approx(0.1 * 3.905 / 2)
    with pytest.raises(NeighborShortageError, match="no Si"):
        explain(perovskite, other, GridSpec(centers=("Si",)))
    half = perovskite.with_(occupancy=np.full(5, 0.5))
    with pytest.raises(DisorderedStructureError):
        explain(half, other)
    assert explain(half, half, GridSpec(disorder="weights")).distance == pytest.approx(0, abs=1e-9)


def test_json_form_is_json() -> None:
    crystals = load_embedded("grid-report")
    found = explain(crystals[0], crystals[4]).to_dict()
    again = json.loads(json.dumps(found, allow_nan=False))
    assert again["distance"] == found["distance"]
    assert again["by_range"][-1]["to"] is None
    assert len(again["by_group"]) == 100

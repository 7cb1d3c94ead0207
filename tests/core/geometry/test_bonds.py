"""Bonds by covalent radii, pairs at bridges, nets."""

from __future__ import annotations

import numpy as np
import pytest

from core.elements import ATOMIC_NUMBERS
from core.errors import InvalidSpecError, NeighborShortageError
from core.geometry.bonds import (
    bridge_bonds,
    check_elements,
    covalent_radii,
    net,
    pairs_at_bridges,
)
from core.geometry.neighbors import within
from core.types import Crystal
from tests.strategies import random_crystal

EXACT = 1e-10


def test_radii_are_those_of_cordero() -> None:
    radii = covalent_radii()
    assert radii.shape == (119,)
    assert (radii[1:] > 0.2).all()
    # Table 2 of doi 10.1039/b801115j.
    table = {"H": 0.31, "O": 0.66, "Si": 1.11, "Al": 1.21, "Ti": 1.60, "Cs": 2.44, "Cm": 1.69}
    for symbol, radius in table.items():
        assert radii[ATOMIC_NUMBERS[symbol]] == pytest.approx(radius, abs=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_bonds_are_the_neighbours_within_reach(seed: int) -> None:
    crystal = random_crystal(seed)
    symbols = tuple(sorted(crystal.elements))
    scale, radii = 1.1, covalent_radii()[crystal.numbers]
    found = within(crystal, float(2 * scale * radii.max()))
    reach = scale * (radii[found.centers] + radii[found.neighbors])
    keep = found.distances <= reach
    if not keep.any():
        with pytest.raises(NeighborShortageError):
            bridge_bonds(crystal, symbols, symbols, scale)
        return
    bonds = bridge_bonds(crystal, symbols, symbols, scale)
    np.testing.assert_array_equal(bonds.bridges, found.centers[keep])
    np.testing.assert_array_equal(bonds.centers, found.neighbors[keep])
    np.testing.assert_allclose(np.linalg.norm(bonds.vectors, axis=1), bonds.distances, rtol=EXACT)


def test_quartz_is_a_net_of_tetrahedra(quartz: Crystal) -> None:
    bonds = bridge_bonds(quartz, ("Si",), ("O",))
    np.testing.assert_array_equal(np.bincount(bonds.bridges, minlength=9), [0] * 3 + [2] * 6)
    np.testing.assert_array_equal(np.bincount(bonds.centers, minlength=9), [4] * 3 + [0] * 6)
    graph = net(quartz, ("Si",), ("O",))
    np.testing.assert_array_equal(np.diff(graph.starts), 4)
    np.testing.assert_array_equal(graph.weights, 1)


def test_pairs_of_every_size() -> None:
    # One bridge with three centres, one with two, one with one.
    frac = [[0, 0, 0], [0.08, 0, 0], [-0.08, 0, 0], [0, 0.08, 0],
            [0.5, 0, 0], [0.58, 0, 0], [0.42, 0, 0], [0, 0, 0.5], [0.08, 0, 0.5]]  # fmt: skip
    numbers = [8, 14, 14, 14, 8, 14, 14, 8, 14]
    bonds = bridge_bonds(Crystal("mix", 20 * np.eye(3), frac, numbers), ("Si",), ("O",))
    one, other = pairs_at_bridges(bonds)
    np.testing.assert_array_equal(bonds.bridges[one], bonds.bridges[other])
    pairs = {frozenset(p) for p in zip(bonds.centers[one], bonds.centers[other], strict=True)}
    assert pairs == {frozenset(p) for p in ((1, 2), (1, 3), (2, 3), (5, 6))}
    assert len(one) == 4


@pytest.mark.parametrize("seed", range(20))
def test_every_edge_is_there_both_ways(seed: int) -> None:
    crystal = random_crystal(seed)
    symbols = tuple(sorted(crystal.elements))
    try:
        graph = net(crystal, symbols, (), 1.4)
    except NeighborShortageError:
        return
    source = np.repeat(np.arange(len(graph.nodes)), np.diff(graph.starts))
    edges = {tuple(e) for e in np.column_stack([source, graph.targets, graph.images]).tolist()}
    assert len(edges) == len(graph.targets)
    assert edges == {(b, a, -x, -y, -z) for a, b, x, y, z in edges}
    assert not any(a == b and (x, y, z) == (0, 0, 0) for a, b, x, y, z in edges)


def test_a_mixed_site_reaches_as_far_as_its_largest_species() -> None:
    # Si-O at 2.25 angstrom is beyond 1.25 (1.11 + 0.66) = 2.21, Al-O is within 2.34.
    frac = [[0, 0, 0], [0, 0, 0], [0.225, 0, 0]]
    mixed = Crystal(
        "mixed", 10 * np.eye(3), frac, [14, 13, 8], [0.5, 0.25, 1], position=[0, 0, 1]
    )  # fmt: skip
    bonds = bridge_bonds(mixed, ("Si", "Al"), ("O",))
    np.testing.assert_array_equal(bonds.center_share, [0.75, 0])
    np.testing.assert_allclose(bonds.distances, [2.25])
    with pytest.raises(NeighborShortageError, match="No O of 'mixed' is bonded to Si"):
        bridge_bonds(mixed, ("Si",), ("O",))


def test_elements_are_checked() -> None:
    check_elements(("Si", "O"), "centre")
    check_elements((), "bridge", may_be_empty=True)
    with pytest.raises(InvalidSpecError, match="No centre elements"):
        check_elements((), "centre")
    with pytest.raises(InvalidSpecError, match="'si' is no element"):
        check_elements(("si",), "centre")

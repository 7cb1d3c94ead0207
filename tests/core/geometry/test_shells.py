"""Shells of a periodic graph against a plain search over sets."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import MemoryBudgetError, NeighborShortageError
from core.geometry import shells
from core.geometry.bonds import Net, net
from core.geometry.shells import shell_sizes
from core.types import Crystal
from tests.strategies import random_crystal

N_SHELLS = 5


def plain(graph: Net, n_shells: int) -> list[list[int]]:
    """The same by Python sets of (node, x, y, z)."""
    out = []
    for seed in range(len(graph.nodes)):
        seen = front = {(seed, 0, 0, 0)}
        sizes = []
        for _ in range(n_shells):
            steps = {
                (int(graph.targets[e]), *(np.array(rest) + graph.images[e]).tolist())
                for node, *rest in front
                for e in range(graph.starts[node], graph.starts[node + 1])
            }
            front = steps - seen
            seen = seen | front
            sizes.append(len(front))
        out.append(sizes)
    return out


@pytest.mark.parametrize("seed", range(15))
def test_a_plain_search_finds_the_same(seed: int) -> None:
    crystal = random_crystal(seed, max_sites=4)
    try:
        graph = net(crystal, tuple(sorted(crystal.elements)), (), 1.3)
    except NeighborShortageError:
        pytest.skip("no bonds in this one")
    if len(graph.targets) > 60:
        pytest.skip("too dense for the plain search")
    np.testing.assert_array_equal(shell_sizes(graph, N_SHELLS), plain(graph, N_SHELLS))


def test_the_table_grows_when_the_shells_do() -> None:
    copper = Crystal("Cu", 3.615 / 2 * (1 - np.eye(3)), [[0, 0, 0]], [29])
    found = shell_sizes(net(copper, ("Cu",), ()), 30)
    k = np.arange(1, 31)
    np.testing.assert_array_equal(found[0], 10 * k**2 + 2)
    assert found.sum() > (1 << 14) / 2  # did not fit at first


def test_more_than_memory_holds_is_refused(monkeypatch) -> None:
    copper = Crystal("Cu", 3.615 / 2 * (1 - np.eye(3)), [[0, 0, 0]], [29])
    monkeypatch.setattr(shells, "_MAX_VISITED", 10_000)
    with pytest.raises(MemoryBudgetError, match="more than 1e\\+04 neighbours"):
        shell_sizes(net(copper, ("Cu",), ()), 30)
    far = Net(np.zeros(1), np.ones(1), np.array([0, 1]), np.array([0]), np.array([[10**6, 0, 0]]))
    with pytest.raises(MemoryBudgetError, match="cells far"):
        shell_sizes(far, 30)

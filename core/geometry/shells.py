"""Shells of neighbours in a periodic graph: how many nodes are k steps away."""

from __future__ import annotations

import numpy as np
from numba import njit

from core.errors import MemoryBudgetError
from core.geometry.bonds import Net
from core.types import IntArray

_MAX_VISITED = 20_000_000  # nodes held at once; a shell grows with the square of its number


def shell_sizes(net: Net, n_shells: int) -> IntArray:
    """Coordination sequence of each node: (n_nodes, n_shells), column k - 1 for k steps.

    Breadth-first search over nodes and their translations; a node is counted at the first step that
    reaches it.
    Raises: MemoryBudgetError when a shell holds more than 2e7 nodes.
    """
    n = len(net.nodes)
    reach = n_shells * int(np.abs(net.images).max(initial=0)) + 1
    if n * (2.0 * reach + 1) ** 3 > 2.0**62:
        raise MemoryBudgetError(
            f"{n_shells} shells of this cell reach {reach} cells far.",
            hint="Use the reduced cell or fewer shells.",
        )
    capacity = 1 << 14
    while True:
        out = np.zeros((n, n_shells), dtype=np.int64)
        if _search(net.starts, net.targets, net.images, reach, capacity, out):
            return out
        capacity *= 4
        if capacity > 2 * _MAX_VISITED:
            raise MemoryBudgetError(
                f"{n_shells} shells hold more than {_MAX_VISITED:.0e} neighbours.",
                hint="Ask for fewer shells.",
            )


@njit(cache=True, nogil=True)
def _search(starts, targets, images, reach, capacity, out):  # type: ignore[no-untyped-def]
    """Fill out; False when more than half of the hash table would be in use."""
    n, n_shells = out.shape
    side = 2 * reach + 1
    keys = np.empty(capacity, np.int64)
    stamp = np.full(capacity, -1, np.int64)  # the node whose search last used a slot
    queue = np.empty((capacity // 2, 4), np.int64)
    for seed in range(n):
        queue[0, 0], queue[0, 1], queue[0, 2], queue[0, 3] = seed, 0, 0, 0
        _insert(keys, stamp, seed, _key(seed, 0, 0, 0, reach, side, n))
        begin, end = 0, 1
        for shell in range(n_shells):
            last = end
            for q in range(begin, last):
                node = queue[q, 0]
                for e in range(starts[node], starts[node + 1]):
                    x = queue[q, 1] + images[e, 0]
                    y = queue[q, 2] + images[e, 1]
                    z = queue[q, 3] + images[e, 2]
                    if _insert(keys, stamp, seed, _key(targets[e], x, y, z, reach, side, n)):
                        if end >= len(queue):
                            return False
                        queue[end, 0], queue[end, 1] = targets[e], x
                        queue[end, 2], queue[end, 3] = y, z
                        end += 1
            out[seed, shell] = end - last
            begin = last
    return True


@njit(cache=True, nogil=True)
def _key(node, x, y, z, reach, side, n):  # type: ignore[no-untyped-def]
    return node + n * ((x + reach) + side * ((y + reach) + side * (z + reach)))


@njit(cache=True, nogil=True)
def _insert(keys, stamp, seed, key):  # type: ignore[no-untyped-def]
    """Whether the key is new to this seed's search; an open-addressing hash table."""
    mask = len(keys) - 1
    mixed = key * np.int64(0x2545F4914F6CDD1D)
    slot = (mixed ^ (mixed >> 29)) & mask
    while stamp[slot] == seed:
        if keys[slot] == key:
            return False
        slot = (slot + 1) & mask
    keys[slot], stamp[slot] = key, seed
    return True

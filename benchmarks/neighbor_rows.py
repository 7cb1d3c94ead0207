"""Exact nearest neighbours of every binary, beside a scan of all distances."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks import inputs
from benchmarks.context import Context
from benchmarks.timing import Comparison, compare, interleave, local, per_item
from core.distances.base import Features, between, parse_metric
from core.distances.nearest import nearest

GATES = {1: 20.0, 10: 10.0}
TOLERANCE = 2e-5  # angstrom: float32 sums in another order


def rows(context: Context) -> Iterator[Comparison]:
    """1 and 10 neighbours, in both modes."""
    crystals = inputs.some_binaries(1000) if context.quick else inputs.binaries()
    for mode in ("binned", "quantile"):
        features = parse_metric(f"grid-emd(mode={mode})").embed(crystals)
        for k, gate in GATES.items():
            yield _row(context, features, mode, k, gate)


def _dense(features: Features, k: int) -> np.ndarray:
    """Distances of the k nearest others, (n, k) ascending: all of them, then a partial sort."""
    distances = between(features, features)
    np.fill_diagonal(distances, np.inf)
    if k == 1:
        return distances.min(axis=1)[:, None]
    return np.sort(np.partition(distances, k - 1, axis=1)[:, :k], axis=1)


def _row(context: Context, features: Features, mode: str, k: int, gate: float) -> Comparison:
    n = len(features)
    itself = np.arange(n)
    found = nearest(features, features, k, skip=itself)  # also compiles
    difference = np.abs(found.distances - _dense(features, k)).max()
    seconds = interleave(
        {
            "ours": local(lambda: nearest(features, features, k, skip=itself)),
            "dense": local(lambda: _dense(features, k)),
        },
        context.repeats,
    )
    return compare(
        per_item(seconds["ours"], n),
        per_item(seconds["dense"], n),
        name=f"exact {k}-NN {mode}, {n} crystals",
        peer="dense scan",
        unit="µs/query",
        gate=gate,
        difference=float(difference),
        tolerance=TOLERANCE,
        note="all distances by Gridscope's own fastest kernel, then numpy's partial sort",
    )

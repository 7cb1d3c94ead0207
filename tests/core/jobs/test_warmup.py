"""Compiling ahead: everything is reached, and told."""

from __future__ import annotations

from core.descriptors import DESCRIPTORS
from core.distances import DISTANCES
from core.jobs.warmup import warmup


def test_every_descriptor_and_distance_is_told_in_order() -> None:
    told = []
    assert warmup(lambda done, total, what: told.append((done, total, what))) > 0
    names = [*DESCRIPTORS, *DISTANCES, "UMAP"]
    assert [what for _, _, what in told] == [*(f"compiling {name}" for name in names), "compiling"]
    assert [done for done, _, _ in told] == list(range(len(names) + 1))
    assert {total for _, total, _ in told} == {len(names)}

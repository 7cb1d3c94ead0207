"""Processor time of each descriptor family, beside what 4,000 crystals may take on one core."""

from __future__ import annotations

import resource
from collections.abc import Iterator, Sequence

from benchmarks import inputs
from benchmarks.context import Context
from benchmarks.timing import Comparison, compare
from core.descriptors import DESCRIPTORS
from core.types import Crystal

MILLISECONDS_ALLOWED = 30.0  # 4,000 crystals in two minutes
PORES_MILLISECONDS_ALLOWED = 450.0  # a process for each crystal: half an hour
_OF_BINARIES = ("structure_features", "composition_statistics", "soap")
_OF_ZEOLITES = ("tot_geometry", "coordination_sequences", "structure_features", "soap")


def rows(context: Context) -> Iterator[Comparison]:
    """Time of one crystal with default options, children counted, after a first crystal."""
    turns = 1 if context.quick else context.repeats
    binaries = inputs.some_binaries(100 if context.quick else 1_000)
    for key in _OF_BINARIES:
        yield _allowed(key, binaries, f"{len(binaries)} binaries", MILLISECONDS_ALLOWED, turns)
    zeolites = inputs.zeolites()[:: 10 if context.quick else 1]
    for key in _OF_ZEOLITES:
        yield _allowed(key, zeolites, f"{len(zeolites)} zeolites", MILLISECONDS_ALLOWED, turns)
    few = inputs.some_binaries(10 if context.quick else 50)
    yield _allowed("pores", few, f"{len(few)} binaries", PORES_MILLISECONDS_ALLOWED, turns)


def _allowed(
    key: str, crystals: Sequence[Crystal], what: str, most: float, turns: int
) -> Comparison:
    descriptor = DESCRIPTORS[key]
    spec = descriptor.spec_type()
    descriptor.compute(crystals[0], spec)
    seconds = []
    for _ in range(turns):
        start = _processor_seconds()
        for crystal in crystals:
            descriptor.compute(crystal, spec)
        seconds.append(_processor_seconds() - start)
    return compare(
        [1e3 * s / len(crystals) for s in seconds],
        [most] * turns,
        name=f"{descriptor.title}, {what}",
        peer="time allowed",
        unit="ms/crystal",
        gate=1.0,
        note="processor time, of child processes too, one crystal after the other",
    )


def _processor_seconds() -> float:
    """User and system time of this process and of its children that ended."""
    every = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in every)

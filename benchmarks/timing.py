"""Interleaved timings and ratios: A B A B, process time, medians over repeats."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

Side = Callable[[], float]
"""Runs once and returns its process seconds."""

_SHORTEST = 0.1  # seconds a timed block should last


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One row of the report: Gridscope beside a peer.

    Attributes:
        name: what was computed, on what.
        peer: whose time is divided by ours.
        unit: what `ours` and `theirs` count, e.g. "us / crystal".
        ours, theirs: medians over repeats, in that unit.
        ratio, ratio_min, ratio_max: theirs / ours over the repeats (or ours / theirs for a rate).
        gate: the ratio asked for, or None.
        difference: largest deviation between the two results.
        tolerance: deviation allowed; above it the ratio compares different things.
        note: what a reader must know.
    """

    name: str
    peer: str
    unit: str
    ours: float
    theirs: float
    ratio: float
    ratio_min: float
    ratio_max: float
    gate: float | None = None
    difference: float | None = None
    tolerance: float | None = None
    note: str = ""

    @property
    def agrees(self) -> bool:
        if self.difference is None or self.tolerance is None:
            return True
        return self.difference <= self.tolerance  # a NaN does not agree

    @property
    def passed(self) -> bool:
        return self.agrees and (self.gate is None or self.ratio >= self.gate)

    def to_dict(self) -> dict[str, Any]:
        """JSON-able values, with the verdicts."""
        return {**asdict(self), "agrees": self.agrees, "passed": self.passed}


def local(function: Callable[[], Any]) -> Side:
    """A side in this process. Runs until the block is long enough to time, and averages."""

    def run() -> float:
        loops, elapsed = 0, 0.0
        gc.collect()
        gc.disable()
        try:
            start = time.process_time()
            while elapsed < _SHORTEST:
                function()
                loops += 1
                elapsed = time.process_time() - start
        finally:
            gc.enable()
        return elapsed / loops

    return run


def interleave(sides: Mapping[str, Side], repeats: int) -> dict[str, list[float]]:
    """Process seconds of each side, all run in turns: A B C, A B C, ...

    Sides must have run once before, so that nothing is compiled or built while it is timed.
    """
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(repeats):
        for name, side in sides.items():
            seconds[name].append(side())
    return seconds


def compare(ours: Sequence[float], theirs: Sequence[float], **fields: Any) -> Comparison:
    """The row of two series of times for one item, from the same turns.

    Args:
        ours: time of each turn, in the row's unit.
        theirs: the same of the peer.
        fields: name, peer, unit and the optional fields of `Comparison`.
    """
    ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
    return Comparison(
        ours=statistics.median(ours),
        theirs=statistics.median(theirs),
        ratio=statistics.median(ratios),
        ratio_min=min(ratios),
        ratio_max=max(ratios),
        **fields,
    )


def per_item(seconds: Sequence[float], items: float, scale: float = 1e6) -> list[float]:
    """Seconds of a whole run as (by default) microseconds for one item."""
    return [scale * value / items for value in seconds]

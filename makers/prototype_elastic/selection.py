"""Which of the computed crystals make the set, and how many were left out for which reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.elements import SYMBOLS
from core.types import Crystal
from makers.prototype_elastic import checks
from makers.prototype_elastic.hull import (
    Entry,
    above_hull,
    amounts,
    formation_energy,
    references,
)
from makers.prototype_elastic.likeness import apart
from makers.prototype_elastic.worklist import REFERENCE, Task

_SAME_ENERGY = 2e-3  # eV/atom
_SAME_VOLUME = 0.01  # relative
_SAME_GEOMETRY = 0.05  # Å, GRID at one volume per atom

Done = tuple[Task, dict[str, Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The set before it is written.

    Attributes:
        kept: tasks with their records, which gained `spacegroup`, `formation_energy` and
            `above_hull` (eV/atom).
        reasons: crystals left out, by reason; the elements' ground states are not counted.
        elements: reference energies, eV/atom.
    """

    kept: list[Done]
    reasons: dict[str, int]
    elements: dict[str, float]


def select(done: Sequence[Done]) -> Selection:
    """Apply all checks. Later ones see only what the earlier left."""
    left_out: Counter[str] = Counter()
    ours = [pair for pair in done if pair[0].prototype != REFERENCE]
    kept = []
    for task, record in ours:
        why = checks.reason(task, record)
        if why is None:
            kept.append((task, record))
        else:
            left_out[why] += 1
    kept = _like_their_prototype(kept, left_out)
    kept = _distinct(kept, left_out)
    elements = references([_entry(*pair) for pair in done if _has_energy(pair)])
    kept = _stable(kept, elements, left_out)
    return Selection(kept, {name: left_out[name] for name in checks.REASONS}, elements)


def _has_energy(pair: Done) -> bool:
    return len(set(pair[0].start["numbers"])) == 1 and bool(pair[1].get("energies"))


def _entry(task: Task, record: dict[str, Any]) -> Entry:
    """At the fitted minimum; an element whose fit failed still has its lowest computed energy."""
    symbols = [SYMBOLS[z] for z in task.start["numbers"]]
    fit = record["fit"]
    energy = fit["energy"] if fit is not None else min(record["energies"])
    return Entry(task.id, amounts(symbols), energy / len(symbols))


def unrelaxed(task: Task) -> Crystal:
    """The decorated prototype."""
    start = task.start
    return Crystal(task.id, start["lattice"], start["frac"], start["numbers"])


def relaxed(task: Task, record: dict[str, Any]) -> Crystal:
    """The relaxed crystal."""
    return Crystal(task.id, record["lattice"], record["frac"], task.start["numbers"])


def _like_their_prototype(kept: list[Done], left_out: Counter[str]) -> list[Done]:
    distances = apart([unrelaxed(t) for t, _ in kept], [relaxed(t, r) for t, r in kept])
    near = distances <= checks.PROTOTYPE
    left_out["prototype_lost"] += int((~near).sum())
    return [pair for pair, stays in zip(kept, near, strict=True) if stays]


def _distinct(kept: list[Done], left_out: Counter[str]) -> list[Done]:
    """Without crystals that relaxed into one already there under another prototype."""
    seen: dict[tuple[str, int], list[Done]] = {}
    result = []
    for task, record in kept:
        key = relaxed(task, record).formula, record["spacegroup"]
        others = seen.setdefault(key, [])
        if any(_same((task, record), other) for other in others):
            left_out["duplicate"] += 1
            continue
        others.append((task, record))
        result.append((task, record))
    return result


def _same(a: Done, b: Done) -> bool:
    n, m = len(a[0].start["numbers"]), len(b[0].start["numbers"])
    fa, fb = a[1]["fit"], b[1]["fit"]
    if abs(fa["energy"] / n - fb["energy"] / m) > _SAME_ENERGY:
        return False
    if abs(np.log(fa["volume"] / n) - np.log(fb["volume"] / m)) > _SAME_VOLUME:
        return False
    return bool(apart([relaxed(*a)], [relaxed(*b)])[0] < _SAME_GEOMETRY)


def _stable(kept: list[Done], elements: dict[str, float], left_out: Counter[str]) -> list[Done]:
    entries = [_entry(*pair) for pair in kept]
    heights = above_hull(entries, elements)
    result = []
    for entry, (task, record) in zip(entries, kept, strict=True):
        record["formation_energy"] = formation_energy(entry, elements)
        record["above_hull"] = heights[entry.id]
        if heights[entry.id] > checks.UNSTABLE:
            left_out["unstable"] += 1
        else:
            result.append((task, record))
    return result

"""Thermal properties of zeolites: errors beside what was asked, the paper's value in the note."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.context import Context
from benchmarks.timing import Comparison, compare
from core.labs.zeolites import EVERY, MILD, TARGETS, Family, load_zeolites
from core.labs.zeolites_intervals import LEVEL, LEVELS, METHODS, SPLITS, hold_out
from core.labs.zeolites_trials import try_families, try_mild
from core.units import quantity

_REPEATS, _QUICK = 20, 3
_COVERAGE = 0.04  # as far from the level as coverage of 120 frameworks may be


def rows(context: Context) -> Iterator[Comparison]:
    """Errors of all families on both targets, then coverage of intervals.

    Raises: DatasetUnavailableError without the public set.
    """
    repeats = _QUICK if context.quick else _REPEATS
    zeolites = load_zeolites()
    for at, key in enumerate(TARGETS):
        found = try_families(zeolites, key, repeats=repeats)
        baseline = float(found.truth.std())
        for m, family in enumerate(EVERY):
            yield from _error(family, at, found.rmse(m).mean(axis=1), baseline)
    mild = try_mild(zeolites, repeats=repeats).reshape(repeats, -1).mean(axis=1)
    yield from _error(MILD, 0, mild, float("nan"))
    for key in TARGETS:
        held = hold_out(zeolites, key, repeats=5)
        for method, name in enumerate(METHODS):
            covered = held.covered(method, 0)
            assert covered is not None
            share = float(covered.covered[LEVELS.index(LEVEL)])
            yield compare(
                [share], [LEVEL], name=f"Zeolites, {quantity(key).label}: {name}, {SPLITS[0]}, "
                f"{LEVEL:.0%} intervals", peer="share they are to cover", unit="share",
                difference=abs(share - LEVEL), tolerance=_COVERAGE, note="5 repeats",
            )  # fmt: skip


def _error(family: Family, at: int, errors: np.ndarray, baseline: float) -> Iterator[Comparison]:
    """One row: the mean error, the most allowed, and the least an honest computation gives."""
    least, most = family.bounds[at]
    mean, unit = float(errors.mean()), quantity(TARGETS[at]).unit
    paper = family.paper[at]
    told = f"the paper has {paper:g}" if paper == paper else "the paper has none"
    middle, reach = (least + most) / 2, (most - least) / 2
    honest = {"difference": abs(mean - middle), "tolerance": reach} if least else {}
    trivial = f"; mean value {baseline:.3g}" if baseline == baseline else ""
    yield compare(
        [mean], [most], name=f"Zeolites, {quantity(TARGETS[at]).label}: {family.title}",
        peer="error allowed", unit=unit, gate=1.0,
        note=f"{family.title}, {unit}: RMSE, mean over {len(errors)} x 3 folds; {told}{trivial}",
        **honest,
    )  # fmt: skip

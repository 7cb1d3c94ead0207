"""Screening: candidates and filters in time, and what uncertainty brings in the stability lab."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.context import Context
from benchmarks.timing import Comparison, compare
from core.data import load_embedded
from core.jobs.base import Resources
from core.jobs.stability import trials_of
from core.labs.stability import STATES, TEST_SHARE, Trial, default_spec, describe
from core.labs.stability_figures import Row
from core.labs.stability_figures import rows as rows_of
from core.labs.stability_findings import difference, find_row
from core.models import MODELS
from core.screening.criteria import Column, Criterion
from core.screening.funnel import Stage, run_funnel
from core.screening.likelihood import likelihood
from core.screening.substitution import SubstitutionSpec, substitute
from core.screening.templates import templates
from core.store.home import home

CANDIDATES, CANDIDATE_SECONDS = 100_000, 120.0
FILTERED, FILTER_SECONDS = 600_000, 0.2
SEEDS = 5
_MODEL = "averaged"


def rows(context: Context) -> Iterator[Comparison]:
    """Candidates, filters, then the lab; finished trials of the lab are taken from the disk."""
    yield _candidates(context)
    yield _filters()
    seeds = range(2 if context.quick else SEEDS)
    yield from _stability(_trials(seeds))


def _candidates(context: Context) -> Comparison:
    crystals = load_embedded("prototype-elastic")[:: 10 if context.quick else 1]
    start = time.process_time()
    parents, _ = templates(crystals)
    spec = SubstitutionSpec(per_parent=80, exclude_known="structure", count=CANDIDATES)
    found, made = substitute(parents, likelihood("mined", parents), spec)
    seconds = time.process_time() - start
    return compare(
        [seconds], [CANDIDATE_SECONDS], name=f"{len(found):,} candidates by substitution",
        peer="time allowed", unit="s", gate=1.0,
        note=f"processor time on one core; {made.parents:,} parents, labels and likelihoods mined, "
        f"{made.proposed:,} proposed, known prototypes and duplicates by label removed",
    )  # fmt: skip


def _filters() -> Comparison:
    rng = np.random.default_rng(0)
    n = FILTERED
    hull = Column("energy_above_hull_eV_per_atom", rng.normal(0.1, 0.2, n), rng.uniform(0, 0.2, n))
    bulk = Column("bulk_modulus_GPa", rng.normal(100, 40, n), rng.uniform(1, 20, n))
    chosen = [
        (Criterion(key=hull.key, high=0.0, how="shifted"), hull),
        (Criterion(key=bulk.key, low=80, high=200, how="probability", least=0.8), bulk),
    ]
    seconds = []
    for _ in range(7):
        start = time.process_time()
        run_funnel([Stage(c.key, c.title, c.passed(column)) for c, column in chosen], n)
        seconds.append(time.process_time() - start)
    return compare(
        [float(np.median(seconds))], [FILTER_SECONDS],
        name=f"Funnel of two uncertain criteria, {n:,} candidates", peer="time allowed", unit="s",
        gate=1.0, note="shifted by one deviation, and probability inside a window; median of 7",
    )  # fmt: skip


def _trials(seeds: Sequence[int]) -> list[Trial]:
    spec = default_spec(_MODEL)
    described = describe(MODELS[_MODEL].needs(spec), processes=2)
    options = {"test_share": TEST_SHARE, "states": list(STATES)}
    folder = home() / "labs" / "stability"
    return [
        trial
        for seed in seeds
        for trial in trials_of(described, _MODEL, spec, seed, options, Resources(), folder)
    ]


def _stability(trials: Sequence[Trial]) -> Iterator[Comparison]:
    found = rows_of(trials)
    seeds = len({t.seed for t in trials})
    about = f"prototype-elastic, chemical systems left out, {seeds} seeds, averaged model"
    for quantity in ("precision", "enrichment", "recall"):
        bare = find_row(found, "unrelaxed", quantity)
        adjusted = find_row(found, "unrelaxed", quantity, uncertainty="std", k=1.0)
        yield _against(
            adjusted, bare, f"Stable crystals, hull distance + sigma <= 0: {quantity}",
            "without sigma", gate=None if quantity == "recall" else 1.0,
            note=f"{about}; {_interval(adjusted)} against {_interval(bare)}",
        )  # fmt: skip
    adjusted = find_row(found, "unrelaxed", "precision", uncertainty="std", k=1.0)
    beside = find_row(found, "unrelaxed", "precision", uncertainty="std", k=1.0, rule="same number")
    mean, low, high = difference(adjusted, beside)
    yield _against(
        adjusted, beside, "Stable crystals, hull distance + sigma <= 0: precision",
        "as many, nearest to the hull by value alone",
        note=f"{about}; difference {mean:+.3f} ({low:+.3f} to {high:+.3f})",
    )  # fmt: skip
    own = find_row(found, "unrelaxed", "mae", hull="", rule="all")
    moved = find_row(found, "relaxed-unrelaxed", "mae", hull="", rule="all")
    yield compare(
        own.values, moved.values, name="Formation energy of unrelaxed crystals, error",
        peer="trained on relaxed crystals", unit="eV/atom",
        note=f"{about}; {_interval(own)} against {_interval(moved)}",
    )  # fmt: skip


def _against(
    ours: Row, theirs: Row, name: str, peer: str, *, gate: float | None = None, note: str = ""
) -> Comparison:
    """A share that is better the larger it is: the ratio is ours over theirs."""
    ratios = [a / b for a, b in zip(ours.values, theirs.values, strict=True)]
    return Comparison(
        name=name, peer=peer, unit="", ours=ours.mean, theirs=theirs.mean,
        ratio=float(np.median(ratios)), ratio_min=min(ratios), ratio_max=max(ratios), gate=gate,
        note=note,
    )  # fmt: skip


def _interval(row: Row) -> str:
    return f"{row.mean:.3f} ({row.low:.3f} to {row.high:.3f})"

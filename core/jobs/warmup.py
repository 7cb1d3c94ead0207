"""Compile every kernel once, so that the first real job does not wait for it."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from core.data import load_embedded
from core.descriptors import DESCRIPTORS
from core.descriptors.grid import GridSpec
from core.distances import DISTANCES, parse_metric
from core.distances.features import embed
from core.distances.matrix import full
from core.distances.nearest import nearest
from core.explain import explain, pair_histograms
from core.maps.project import umap
from core.types import Crystal, Progress


def warmup(on_progress: Progress | None = None) -> float:
    """Run each descriptor and distance on a few small crystals; returns the seconds it took.

    Compiled code is cached on disk, so the next process starts at once.
    """
    started = time.perf_counter()
    tell = _steps(on_progress)
    crystals = list(load_embedded("grid-report")[:4])
    mixed = _mixed(crystals[0])
    for key in DESCRIPTORS:
        tell(key)
        descriptor = DESCRIPTORS[key]
        spec = descriptor.spec_type()
        fitting = _holding(descriptor.requires(spec), crystals)
        descriptor.compute(fitting[0], spec)
        if descriptor.batch is not None:
            descriptor.batch(fitting, spec)
    for mode in ("quantile", "binned", "gridrdf"):
        for smearing in (0.0, 0.1):
            spec = GridSpec(mode=mode, smearing=smearing, max_distance=12.0)
            DESCRIPTORS["grid"].compute(crystals[0], spec)
    DESCRIPTORS["grid"].compute(mixed, GridSpec(disorder="weights"))
    for key in DISTANCES:
        tell(key)
        metric = parse_metric(key)
        for dtype in (np.float32, np.float64):
            features, _ = embed(crystals, metric, dtype=dtype)
            full(features)
            nearest(features, features, 1, skip=np.arange(len(features)))
    tell("UMAP")
    umap(full(embed(list(load_embedded("grid-report")[:6]), parse_metric("grid-emd"))[0]))
    explain(crystals[0], crystals[1])
    pair_histograms(crystals[0], GridSpec())
    tell("")
    return time.perf_counter() - started


def _steps(on_progress: Progress | None) -> Callable[[str], None]:
    """Tells what is compiled next; after the last, "" says that all is done."""
    done, total = -1, len(DESCRIPTORS) + len(DISTANCES) + 1

    def tell(what: str) -> None:
        nonlocal done
        done += 1
        if on_progress:
            on_progress(done, total, f"compiling {what}".strip())

    return tell


def _holding(elements: frozenset[str], crystals: list[Crystal]) -> list[Crystal]:
    """The crystals, or small prototypes when these lack an element that is needed."""
    if elements <= set(crystals[0].elements):
        return crystals
    fitting = [c for c in load_embedded("aflow-prototypes") if elements <= set(c.elements)]
    return sorted(fitting, key=lambda c: c.n_rows)[:4]


def _mixed(crystal: Crystal) -> Crystal:
    return crystal.with_(occupancy=np.full(crystal.n_rows, 0.5))

"""Section 7.1 of the GRID report, computed again: layers, displacements, expansion.

Ref: Cumby & Seth, AI4SD project report 7 (2021), doi 10.5258/SOTON/P0038.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from types import MappingProxyType

import numpy as np

from core.data.perovskites import Direction, batio3, cubic_perovskite, ruddlesden_popper
from core.distances import DISTANCES, parse_metric
from core.distances.base import between
from core.hashing import mapping_digest
from core.labs.series import Series, compare

METRICS: tuple[str, ...] = ("grid-emd", "grid-cosine", "rdf-emd", "rdf-cosine")
LAYERS: tuple[float, ...] = (0, 1, 2, 3, 4, 5, 6, inf)
PUBLISHED_LAYERS = 3  # up to here the cells are published ones, beyond they are idealised
DISPLACEMENTS_A: tuple[float, ...] = tuple(round(0.01 * i, 2) for i in range(31))
DIRECTIONS: tuple[Direction, ...] = ("001", "111")
LATTICE_PARAMETERS_A: tuple[float, ...] = tuple(round(3.0 + 0.05 * i, 2) for i in range(48))
_REPORTED_LAYERS: tuple[float, ...] = (0, 1, 2)
_CUTOFFS_A = (6, 8, 10, 12, 15, 20)
_SMEARINGS_A = (0.0, 0.1)


def digest() -> str:
    """Changes whenever a number of this module may: the key of everything cached."""
    return mapping_digest({key: DISTANCES[key].version for key in METRICS} | {"lab": 1})


def layer_series() -> Series:
    """The Ruddlesden-Popper phases n = 0 to 6 and SrTiO3, which is the reference."""
    crystals = [ruddlesden_popper(n) for n in LAYERS]
    return compare(crystals, LAYERS, "n_layers", len(LAYERS) - 1, METRICS)


def displacement_series(direction: Direction) -> Series:
    """BaTiO3 with Ti displaced along [001] or [111] by 0 to 0.3 Å; the cubic one is the reference.

    Raises: InvalidSpecError for another direction.
    """
    crystals = [batio3(length, direction) for length in DISPLACEMENTS_A]
    return compare(crystals, DISPLACEMENTS_A, "displacement_A", 0, METRICS)


def expansion_series() -> Series:
    """Cubic ABX3 from 3.00 to 5.35 Å; the smallest is the reference."""
    crystals = [cubic_perovskite(a) for a in LATTICE_PARAMETERS_A]
    return compare(crystals, LATTICE_PARAMETERS_A, "lattice_parameter_A", 0, METRICS)


@dataclass(frozen=True, slots=True)
class StrainTrials:
    """How often an order survives when each phase is strained on its own.

    Attributes:
        n_trials, strain, seed: the trials; `strain` is the largest relative change of all axes.
        kept: metric -> share of trials in which the distance to SrTiO3 falls from n = 0 to 1 to 2.
        sro_nearer: metric -> share in which SrO is nearer to SrTiO3 than n = 1 or n = 2 is.
    """

    n_trials: int
    strain: float
    seed: int
    kept: Mapping[str, float]
    sro_nearer: Mapping[str, float]


def strain_trials(n_trials: int = 100, strain: float = 0.015, seed: int = 0) -> StrainTrials:
    """Scale SrTiO3 and n = 0, 1, 2 each by its own uniform factor, and look at the order."""
    rng = np.random.default_rng(seed)
    phases = [ruddlesden_popper(n) for n in (inf, *_REPORTED_LAYERS)]
    strained = [
        phase.with_(lattice=phase.lattice * rng.uniform(1 - strain, 1 + strain))
        for _ in range(n_trials)
        for phase in phases
    ]
    kept, nearer = {}, {}
    for metric in METRICS:
        features = parse_metric(metric).embed(strained, float)
        trials = [features[i : i + len(phases)] for i in range(0, len(strained), len(phases))]
        d = np.array([between(trial[:1], trial[1:])[0] for trial in trials])
        kept[metric] = float((np.diff(d, axis=1) < 0).all(axis=1).mean())
        nearer[metric] = float((d[:, :1] < d[:, 1:]).any(axis=1).mean())
    return StrainTrials(n_trials, strain, seed, MappingProxyType(kept), MappingProxyType(nearer))


@dataclass(frozen=True, slots=True)
class RdfSettings:
    """In how many settings of the plain RDF the report's statement on SrO holds.

    The sentence can be read in two ways: SrO is nearer to SrTiO3 than an intermediate is
    (`nearer_than_intermediate`), or SrO is nearer to SrTiO3 than to an intermediate
    (`nearer_to_perovskite`). Intermediates are n = 1 and 2.

    Attributes:
        n_settings: cut-offs times smearings, for each metric.
        nearer_than_intermediate, nearer_to_perovskite: metric -> settings where it holds.
    """

    n_settings: int
    nearer_than_intermediate: Mapping[str, int]
    nearer_to_perovskite: Mapping[str, int]


def rdf_settings() -> RdfSettings:
    """Both readings under cut-offs of 6 to 20 Å, each with and without smearing."""
    phases = [ruddlesden_popper(n) for n in (*_REPORTED_LAYERS, inf)]
    first, second = {}, {}
    for metric in ("rdf-emd", "rdf-cosine"):
        held = []
        for cutoff in _CUTOFFS_A:
            for smearing in _SMEARINGS_A:
                text = f"{metric}(max_distance={cutoff},smearing={smearing})"
                features = parse_metric(text).embed(phases, float)
                d = between(features, features)
                held.append((d[-1, 0] < d[-1, 1:-1].max(), d[0, -1] < d[0, 1:-1].max()))
        first[metric], second[metric] = (int(sum(column)) for column in zip(*held, strict=True))
    return RdfSettings(
        len(_CUTOFFS_A) * len(_SMEARINGS_A), MappingProxyType(first), MappingProxyType(second)
    )

"""Composition: the share of each element among the atoms, blind to the structure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.descriptors.base import (
    ALL_INVARIANCES,
    DESCRIPTORS,
    Descriptor,
    Disorder,
    require_ordered,
)
from core.elements import MAX_NUMBER, SYMBOLS
from core.registry import Spec, option
from core.types import Crystal, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositionSpec(Spec):
    """Options of the composition. Partial occupancy counts by its weight unless refused."""

    disorder: Disorder = option(
        "weights",
        label="Partial occupancy",
        help="Weights are exact here: a composition is an average.",
        choices=("weights", "refuse"),
    )


def composition(crystal: Crystal, spec: CompositionSpec) -> FloatArray:
    """Share of each element among the atoms of the crystal.

    Returns: (118,) float64 by atomic number from hydrogen on; sums to 1.
    Raises: DisorderedStructureError.
    """
    require_ordered(crystal, spec.disorder)
    amounts = np.bincount(crystal.numbers, weights=crystal.occupancy, minlength=MAX_NUMBER + 1)
    return amounts[1:] / amounts.sum()


def compositions(crystals: Sequence[Crystal], spec: CompositionSpec) -> FloatArray:
    """Compositions of many crystals, (n, 118) float64.

    Raises: DisorderedStructureError.
    """
    out = np.empty((len(crystals), MAX_NUMBER))
    for row, crystal in zip(out, crystals, strict=True):
        row[:] = composition(crystal, spec)
    return out


def _labels(_: CompositionSpec) -> list[str]:
    return list(SYMBOLS[1:])


DESCRIPTORS.register(
    Descriptor(
        key="composition",
        title="Composition",
        summary="Share of each of the 118 elements among the atoms.",
        formula=r"x_Z = \frac{\sum_{i \in Z} w_i}{\sum_i w_i}",
        symbols="x_Z: share of element Z; w_i: occupancy of site i.",
        spec_type=CompositionSpec,
        compute=composition,
        batch=compositions,
        labels=_labels,
        reference="Hargreaves et al., Chem. Mater. 32, 10610 (2020), "
        "doi 10.1021/acs.chemmater.0c03381 (compared by earth mover's distance).",
        limits="Polymorphs are equal; D and T count as H.",
        invariances=ALL_INVARIANCES,
        continuous=True,
    )
)

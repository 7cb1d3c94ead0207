"""Distances that see the elements: by composition, and by the elements of the k-th neighbours.

On an element axis (a line on which chemically similar elements lie close) the earth mover's
distance is a metric. The ion-substitution dissimilarity is not, and is offered for nearest
neighbours only. Ref. of the idea: Hargreaves et al. 2020, doi 10.1021/acs.chemmater.0c03381.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.descriptors.composition import CompositionSpec, composition
from core.descriptors.group_composition import GroupCompositionSpec, group_composition
from core.distances.base import DISTANCES, Distance
from core.distances.element_axes import (
    AXES,
    SUBSTITUTION_IS_METRIC,
    WHY_NOT_METRIC,
    composition_cdf,
    substitution_dissimilarity,
    substitution_transport,
)
from core.elements import SYMBOLS
from core.errors import ComputeError
from core.registry import option
from core.types import Crystal, FloatArray


def _axis_option() -> Any:
    return option(
        "mendeleev", label="Element axis", choices=AXES,
        help="Line on which elements are placed: Mendeleev number, or modified Pettifor scale.",
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositionEmdSpec(CompositionSpec):
    """Options of the composition distance."""

    axis: str = _axis_option()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCompositionEmdSpec(GroupCompositionSpec):
    """Options of the group-composition distance."""

    axis: str = _axis_option()


def embed_fractions(crystals: Sequence[Crystal], spec: CompositionSpec, dtype: type) -> FloatArray:
    """(n, 118) fractions of the elements."""
    return np.stack([composition(crystal, spec) for crystal in crystals]).astype(dtype)


def embed_composition(
    crystals: Sequence[Crystal], spec: CompositionEmdSpec, dtype: type
) -> FloatArray:
    """(n, n_places) CDFs along the element axis."""
    fractions = embed_fractions(crystals, spec, float)
    return composition_cdf(fractions, spec.axis).astype(dtype)


def embed_group_composition(
    crystals: Sequence[Crystal], spec: GroupCompositionEmdSpec, dtype: type
) -> FloatArray:
    """(n, n_groups * n_places) CDFs along the element axis, one for each rank of neighbour."""
    out: list[FloatArray] = []
    for crystal in crystals:
        cdf = composition_cdf(group_composition(crystal, spec), spec.axis)
        out.append((cdf / spec.n_groups).astype(dtype).reshape(-1))
    return np.stack(out)


def embed_substitution(
    crystals: Sequence[Crystal], spec: CompositionSpec, dtype: type
) -> FloatArray:
    """(n, 118) fractions, of elements that the substitution table knows.

    Raises: ComputeError for an element without a place in the table.
    """
    known = np.isfinite(np.diag(substitution_dissimilarity()))
    for crystal in crystals:
        missing = crystal.numbers[~known[crystal.numbers]]
        if len(missing):
            raise ComputeError(
                f"{crystal.id!r} holds {SYMBOLS[missing[0]]}, of which no ion substitutions are "
                "known.",
                hint="Use composition-emd.",
            )
    return embed_fractions(crystals, spec, dtype)


def substitution_block(a: FloatArray, b: FloatArray, spec: Any) -> FloatArray:
    """(n, m) optimal transport between fractions at the cost of substituting ions."""
    return substitution_transport(np.asarray(a, float), np.asarray(b, float))


DISTANCES.register(
    Distance(
        key="composition-emd",
        title="Composition earth mover's distance",
        summary="How far atoms must move along an element axis to turn one formula into the other.",
        formula=r"D = \sum_m \left| X^A_m - X^B_m \right|",
        symbols="X_m: share of atoms whose element lies at or before place m of the element axis.",
        reference="Hargreaves et al., Chem. Mater. 32 (2020) 10610, "
        "doi:10.1021/acs.chemmater.0c03381; axes: Pettifor, Solid State Commun. 51 (1984) 31, "
        "doi:10.1016/0038-1098(84)90765-8, and Glawe et al., New J. Phys. 18 (2016) 093011, "
        "doi:10.1088/1367-2630/18/9/093011",
        limits="Blind to structure: polymorphs are at distance zero.",
        spec_type=CompositionEmdSpec,
        unit="axis steps",
        embed=embed_composition,
    )
)
DISTANCES.register(
    Distance(
        key="group-composition-emd",
        title="Group composition earth mover's distance",
        summary="How far the elements of the k-th neighbours must move along an element axis.",
        formula=r"D = \frac{1}{G} \sum_{k=1}^{G} \sum_m \left| X^A_{km} - X^B_{km} \right|",
        symbols="X_km: share of the k-th neighbours whose element lies at or before place m of "
        "the element axis; G: groups.",
        reference="Gridscope, after Zhang, Seth & Cumby 2023, doi:10.1039/D2DD00054G",
        limits="Blind to distances; jumps where two shells cross.",
        spec_type=GroupCompositionEmdSpec,
        unit="axis steps",
        embed=embed_group_composition,
        bound_width=lambda spec: 103,
    )
)
DISTANCES.register(
    Distance(
        key="ion-substitution",
        title="Ion substitution dissimilarity",
        summary="Cost of turning one formula into another by substitutions seen in crystals.",
        formula=r"D = \min_{T \ge 0} \sum_{ZZ'} T_{ZZ'}\, c_{ZZ'}, \quad \sum_{Z'} T_{ZZ'} = "
        r"x^A_Z, \quad \sum_Z T_{ZZ'} = x^B_{Z'}",
        symbols="T: shares moved from element Z to Z'; x: composition; c: one over how much more "
        "often than by chance the two replace one another in known crystals.",
        reference="Hautier et al., Inorg. Chem. 50 (2011) 656, doi:10.1021/ic102031h",
        limits="Violates the triangle inequality: nearest neighbours only, never in a kernel.",
        spec_type=CompositionSpec,
        unit="",
        embed=embed_substitution,
        block=substitution_block,
        is_metric=SUBSTITUTION_IS_METRIC,
        why_not_metric=WHY_NOT_METRIC,
    )
)

"""Distances on the radial distribution function: the baselines GRID is compared with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.descriptors.rdf import RdfSpec, rdf
from core.distances.base import DISTANCES, Distance
from core.distances.vectors import cosine_block
from core.errors import NonFiniteError
from core.types import Crystal, FloatArray

_REFERENCE = "Cumby & Seth, AI4SD project report 7 (2021), doi:10.5258/SOTON/P0038"


def embed_rdf(crystals: Sequence[Crystal], spec: RdfSpec, dtype: type) -> FloatArray:
    """(n, n_bins) g(r) of each crystal."""
    return np.stack([rdf(crystal, spec) for crystal in crystals]).astype(dtype)


def embed_emd(crystals: Sequence[Crystal], spec: RdfSpec, dtype: type) -> FloatArray:
    """(n, n_bins) CDFs of g(r) taken as a distribution of r, scaled by the bin width.

    Raises: NonFiniteError when a crystal has no pair within the maximum distance.
    """
    values = np.stack([rdf(crystal, spec) for crystal in crystals])
    totals = values.sum(axis=1, keepdims=True)
    if not totals.all():
        crystal = crystals[int(np.flatnonzero(totals[:, 0] == 0)[0])]
        raise NonFiniteError(
            f"{crystal.id!r} has no two atoms within {spec.max_distance:g} Å.",
            hint="Raise the maximum distance.",
        )
    return (np.cumsum(values / totals, axis=1) * spec.bin_width).astype(dtype)


DISTANCES.register(
    Distance(
        key="rdf-emd",
        title="RDF earth mover's distance",
        summary="Earth mover's distance between the radial distribution functions.",
        formula=r"D = \int_0^{r_{max}} \left| F^A(r) - F^B(r) \right| dr",
        symbols="F: cumulative g(r), scaled to end in 1 at the maximum distance.",
        reference=_REFERENCE,
        limits="Hangs on the maximum distance, since g(r) is cut and scaled to area 1.",
        spec_type=RdfSpec,
        unit="Å",
        embed=embed_emd,
        bound_width=lambda spec: len(spec.edges) - 1,
    )
)
DISTANCES.register(
    Distance(
        key="rdf-cosine",
        title="RDF cosine distance",
        summary="One minus the cosine between the radial distribution functions.",
        formula=r"D = 1 - \frac{a \cdot b}{|a|\,|b|}",
        symbols="a, b: g(r) of the two crystals, bin by bin.",
        reference=_REFERENCE,
        limits="Sees only overlap of bins: not monotone under expansion.",
        spec_type=RdfSpec,
        unit="",
        embed=embed_rdf,
        block=cosine_block,
        is_metric=False,
        why_not_metric="one minus a cosine violates the triangle inequality.",
    )
)

"""Distance between powder patterns: reciprocal space without a choice of cell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.descriptors.powder import PowderSpec, powder
from core.distances.base import DISTANCES, Distance
from core.types import Crystal, FloatArray


def embed_powder(crystals: Sequence[Crystal], spec: PowderSpec, dtype: type) -> FloatArray:
    """(n, n_bins) CDFs of intensity over |S|, scaled by the bin width."""
    values = np.stack([powder(crystal, spec) for crystal in crystals])
    return (np.cumsum(values, axis=1) * spec.bin_width).astype(dtype)


DISTANCES.register(
    Distance(
        key="powder-emd",
        title="Powder pattern earth mover's distance",
        summary="How far X-ray intensity must move along |S| to match the other's pattern.",
        formula=r"D = \int_0^{S_{max}} \left| F^A(s) - F^B(s) \right| ds",
        symbols="F: cumulative intensity of the powder pattern over s = |S|, scaled to end in 1.",
        reference="After Cumby & Seth, AI4SD project report 7 (2021), doi:10.5258/SOTON/P0038",
        limits="Kinematic intensities of still atoms; scaled to equal total intensity.",
        spec_type=PowderSpec,
        unit="1/Å",
        embed=embed_powder,
    )
)

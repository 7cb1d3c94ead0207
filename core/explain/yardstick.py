"""Is a distance large? Beside the distances between the AFLOW prototypes under the same metric."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.data import load_embedded
from core.distances.base import Metric
from core.distances.matrix import condensed
from core.types import FloatArray

SET = "aflow-prototypes"
# Metrics that give the distances of a few hundred prototypes within a second.
_QUICK = frozenset({"grid-emd", "grid-cosine", "rdf-emd", "composition-emd", "powder-emd"})


@dataclass(frozen=True, slots=True, eq=False)
class Yardstick:
    """Distances between all pairs of the prototypes.

    Attributes:
        n_crystals: prototypes compared.
        distances: (pairs,) sorted, in the metric's unit.
    """

    n_crystals: int
    distances: FloatArray

    def share_below(self, distance: float) -> float:
        """Share of the pairs that are nearer, 0 to 1."""
        return float(np.searchsorted(self.distances, distance) / len(self.distances))

    @property
    def median(self) -> float:
        """The distance of the pair in the middle."""
        return float(np.median(self.distances))


def yardstick(metric: Metric) -> Yardstick | None:
    """The prototypes under a metric; None for one that would take long."""
    if not {term.key for term in metric.terms} <= _QUICK:
        return None
    crystals = load_embedded(SET)
    distances = condensed(metric.embed(crystals))
    return Yardstick(len(crystals), np.sort(distances))

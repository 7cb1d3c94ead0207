"""Distances between crystals.

| module | concept |
|---|---|
| `base` | what a distance is; the registry; metrics as sums of distances |
| `grid`, `rdf`, `composition`, `powder`, ... | the distances themselves |
| `l1`, `wasserstein` | compiled kernels |
| `features` | crystals to vectors, in chunks, with failures |
| `crew` | threads and processes that help with that, called when they pay |
| `matrix` | full, condensed and rectangular matrices, in memory or in tiles on disk |
| `nearest` | exact nearest neighbours without a matrix |
"""

from core.distances.base import DISTANCES, Distance, Metric, Term, parse_metric

__all__ = ["DISTANCES", "Distance", "Metric", "Term", "parse_metric"]

"""How far predictions are from the truth: each metric one function, with bootstrap intervals.

| module | concept |
|---|---|
| `base` | what a metric is; the registry |
| `regression` | the metrics themselves |
| `bootstrap` | intervals, and a model beside the trivial baseline |
| `procedures` | both in words |
"""

from core.metrics.base import METRICS, Metric
from core.metrics.bootstrap import Score, score

__all__ = ["METRICS", "Metric", "Score", "score"]

"""Whether stated uncertainties hold: pure functions of truth, prediction and interval.

| module | concept |
|---|---|
| `calibration` | coverage by level and in the tails, reliability and quantiles of a Gaussian |
| `confidence` | error against confidence, with random and oracle references |
| `verdict` | in plain words whether intervals hold |
| `procedures` | all of these in words |
"""

from core.uncertainty.calibration import Coverage, coverage, gaussian_reliability, tail_coverage
from core.uncertainty.confidence import ConfidenceCurve, confidence_curve
from core.uncertainty.verdict import verdict

__all__ = [
    "ConfidenceCurve", "Coverage", "confidence_curve", "coverage", "gaussian_reliability",
    "tail_coverage", "verdict",
]  # fmt: skip

"""Models on trial: splits that say what is asked, fits on each part, errors on what was left out.

| module | concept |
|---|---|
| `base` | what a split is; the registry; folds |
| `splits` | random, repeated k-fold, by group, leave one element out |
| `groups` | labels to split by: formula, chemical system, prototype, cluster under GRID |
| `leakage` | near-duplicates that sit on both sides of a split |
| `trial` | a model and the trivial baseline on every fold |
| `learning_curve` | errors over the number of training crystals and over stages of boosting |
| `columns` | the numbers a model sees by name, as one table |
| `grid_blocks` | blocks of GRID: neighbours by rank, sites or distances by range |
| `importances` | what a model rests on, measured on held-out crystals |
| `dependence` | partial dependence of a fitted model |
| `procedures` | leakage, impurities, blocks of GRID in words |
"""

from core.evaluation.base import SPLITS, Fold, Split
from core.evaluation.groups import GROUPINGS, group_labels
from core.evaluation.leakage import Leakage, find_leakage
from core.evaluation.trial import Trial, evaluate

__all__ = [
    "GROUPINGS", "SPLITS", "Fold", "Leakage", "Split", "Trial", "evaluate", "find_leakage",
    "group_labels",
]  # fmt: skip

"""Why two crystals are near or far, and what a model rests on: pure functions of arrays.

| module | concept |
|---|---|
| `match`, `kernels` | how the distance of a pair splits by neighbour and by range |
| `decorated` | which pairs of elements make the difference |
| `yardstick` | which distances are usual |
| `importances` | how much worse predictions get when a part is shuffled |
| `collinear` | columns that say nearly the same |
| `partial_dependence` | what is answered on average when one or two numbers are set |
| `procedures` | these in words |
"""

from core.explain.decorated import pair_histograms
from core.explain.match import Explanation, Move, explain

__all__ = ["Explanation", "Move", "explain", "pair_histograms"]

"""Why two crystals are near or far: how a distance splits, and which neighbours differ."""

from core.explain.decorated import pair_histograms
from core.explain.match import Explanation, Move, explain

__all__ = ["Explanation", "Move", "explain", "pair_histograms"]

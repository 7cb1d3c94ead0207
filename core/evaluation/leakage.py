"""Near-duplicates on both sides of a split: they make an error look smaller than it will be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.distances.base import parse_metric
from core.distances.features import embed
from core.distances.matrix import rectangular
from core.evaluation.base import Fold
from core.types import Crystal

GRID_THRESHOLD = 0.05  # angstrom: cells that differ by a per cent or two
COMPOSITION_THRESHOLD = 0.5  # steps on the element axis: hardly more than the same formula
_ROWS = 256
_NAMED = 20


@dataclass(frozen=True, slots=True)
class Leakage:
    """Test crystals with a near-duplicate in training.

    Attributes:
        leaking: test crystals with one, over all folds.
        tested: test crystals, over all folds.
        pairs: (test id, training id, grid-emd in angstrom, composition-emd), nearest first; the
            first 20 of distinct test crystals.
        grid_threshold, composition_threshold: below which two crystals count as near.
    """

    leaking: int
    tested: int
    pairs: tuple[tuple[str, str, float, float], ...]
    grid_threshold: float
    composition_threshold: float

    @property
    def share(self) -> float:
        return self.leaking / self.tested

    @property
    def warning(self) -> str:
        """In words; '' when nothing leaks."""
        if not self.leaking:
            return ""
        test, train, grid, composition = self.pairs[0]
        return (
            f"{self.leaking} of {self.tested} test crystals ({self.share:.0%}) have a near-"
            f"duplicate in training (GRID within {self.grid_threshold:g} Å, composition within "
            f"{self.composition_threshold:g}), for example {test!r} and {train!r} ({grid:.3f} Å, "
            f"{composition:.2f}): errors on new crystals will be larger. Split by formula, "
            "chemical system or cluster."
        )


def find_leakage(
    crystals: Sequence[Crystal],
    folds: Sequence[Fold],
    *,
    grid_threshold: float = GRID_THRESHOLD,
    composition_threshold: float = COMPOSITION_THRESHOLD,
    threads: int = 1,
) -> Leakage:
    """Look for near-duplicates across each fold; crystals that can't be described are skipped.

    Raises: what `embed` raises.
    """
    grid, table = embed(crystals, parse_metric("grid-emd"), threads=threads)
    kept = [crystals[i] for i in table.kept]
    composition, _ = embed(kept, parse_metric("composition-emd"), threads=threads)
    row_of = np.full(len(crystals), -1)
    row_of[table.kept] = np.arange(len(kept))
    leaking = tested = 0
    worst: dict[str, tuple[str, str, float, float]] = {}
    for fold in folds:
        tested += len(fold.test)
        train = row_of[fold.train][row_of[fold.train] >= 0]
        test = row_of[fold.test][row_of[fold.test] >= 0]
        for start in range(0, len(test), _ROWS):
            rows = test[start : start + _ROWS]
            d = rectangular(grid[rows], grid[train], threads=threads)
            c = rectangular(composition[rows], composition[train], threads=threads)
            near = (d < grid_threshold) & (c < composition_threshold)
            leaking += int(near.any(axis=1).sum())
            for i in np.flatnonzero(near.any(axis=1)):
                j = int(np.where(near[i], d[i], np.inf).argmin())
                name = kept[rows[i]].id
                pair = (name, kept[train[j]].id, float(d[i, j]), float(c[i, j]))
                if name not in worst or pair[2] < worst[name][2]:
                    worst[name] = pair
    named = sorted(worst.values(), key=lambda pair: (pair[2], pair[3], pair[0]))[:_NAMED]
    return Leakage(leaking, tested, tuple(named), grid_threshold, composition_threshold)

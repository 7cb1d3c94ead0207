"""Filters one after another: how many candidates each leaves, and which one emptied the list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidSpecError, ShapeMismatchError
from core.types import IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """One filter.

    Attributes:
        key: unique within a funnel.
        title: in words, with thresholds and units.
        passed: (n,) whether each candidate passes it, looked at alone.
        reason: candidate -> why it passed, in words; None for none.
        note: what a reader should know of this filter; '' for nothing.
    """

    key: str
    title: str
    passed: NDArray[np.bool_]
    reason: Callable[[int], str] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Funnel:
    """Stages in order and what they did to n candidates.

    Attributes:
        stages: in the order they were applied.
        counts: (n_stages + 1,) candidates left: all, then after each stage.
        alone: (n_stages,) candidates each stage passes by itself.
        lost_at: (n,) the stage that removed a candidate; -1 for those that passed all.
    """

    stages: tuple[Stage, ...]
    counts: IntArray
    alone: IntArray
    lost_at: IntArray

    @property
    def passed(self) -> NDArray[np.bool_]:
        return self.lost_at < 0

    @property
    def rows(self) -> IntArray:
        """Indices of the candidates that passed all stages."""
        return np.flatnonzero(self.lost_at < 0)

    @property
    def emptied_by(self) -> Stage | None:
        """The stage that left nothing; None when something is left, or nothing was there."""
        if not self.counts[0]:
            return None
        gone = np.flatnonzero(self.counts[1:] == 0)
        return self.stages[int(gone[0])] if len(gone) else None

    @property
    def message(self) -> str:
        """In words: how many are left, or which filter emptied the list and what it was given."""
        if not self.counts[0]:
            return "There were no candidates to filter."
        stage = self.emptied_by
        if stage is None:
            return f"{self.counts[-1]:,} of {self.counts[0]:,} candidates passed."
        at = self.stages.index(stage)
        text = (
            f"No candidate is left: the filter {stage.title!r} removed the last "
            f"{self.counts[at]:,} of {self.counts[0]:,}"
        )
        if self.alone[at]:
            return f"{text}; by itself it passes {self.alone[at]:,}, none of which got so far."
        return f"{text}; it passes none of the candidates by itself."

    def reasons(self, i: int) -> tuple[str, ...]:
        """Why candidate i passed, stage by stage; of one that was removed, up to that stage.

        Raises: InvalidSpecError for an index out of range.
        """
        if not 0 <= i < len(self.lost_at):
            raise InvalidSpecError(f"There is no candidate {i} among {len(self.lost_at)}.")
        end = int(self.lost_at[i])
        reached = self.stages if end < 0 else self.stages[:end]
        return tuple(stage.reason(i) for stage in reached if stage.reason is not None)

    def without(self, key: str) -> int:
        """Candidates that would pass if one stage were lifted. Raises: InvalidSpecError."""
        if key not in [stage.key for stage in self.stages]:
            raise InvalidSpecError(f"The funnel has no stage {key!r}.")
        left = np.ones(len(self.lost_at), dtype=bool)
        for stage in self.stages:
            if stage.key != key:
                left &= stage.passed
        return int(left.sum())


def run_funnel(stages: Sequence[Stage], n: int) -> Funnel:
    """Apply stages in order to n candidates.

    Raises: ShapeMismatchError for a stage of another length; InvalidSpecError for two of one key.
    """
    keys = [stage.key for stage in stages]
    if len(set(keys)) < len(keys):
        raise InvalidSpecError(f"Two stages of a funnel have one key: {keys}.")
    left = np.ones(n, dtype=bool)
    lost_at = np.full(n, -1, dtype=np.int16)
    counts, alone = [n], []
    for place, stage in enumerate(stages):
        if stage.passed.shape != (n,) or stage.passed.dtype != np.bool_:
            raise ShapeMismatchError(
                f"Stage {stage.key!r} judges {stage.passed.shape} candidates of {n}."
            )
        lost_at[left & ~stage.passed] = place
        left &= stage.passed
        counts.append(int(np.count_nonzero(left)))
        alone.append(int(np.count_nonzero(stage.passed)))
    return Funnel(tuple(stages), np.array(counts), np.array(alone, dtype=np.int64), lost_at)

"""Permutation importances: how much worse predictions get when a part of what is seen is shuffled.

A part is a column, a group of columns, or a whole block of a vector: its values are dealt out anew
among the crystals, all columns of the part together, so that its own distribution stays and its
link to the crystal is lost. Only errors on crystals the model has not seen tell what matters.

Refs: Breiman 2001, doi 10.1023/A:1010933404324; Fisher, Rudin & Dominici, J. Mach. Learn. Res. 20
(2019) 177, for any model and any loss.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import InvalidSpecError, ShapeMismatchError
from core.types import FloatArray, IntArray

Answer = Callable[[int, IntArray], FloatArray]
Step = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Importances:
    """Importances of named parts over several draws.

    Attributes:
        names: of the parts.
        draws: (n_draws, n_parts) one number a part and a draw: a rise of the mean absolute error in
            the target's unit, or a share of impurity.
        errors: (n_draws,) mean absolute error before anything was shuffled; empty for impurity.
    """

    names: tuple[str, ...]
    draws: FloatArray
    errors: FloatArray

    def __post_init__(self) -> None:
        if self.draws.ndim != 2 or self.draws.shape[1] != len(self.names):
            raise ShapeMismatchError(
                f"Importances have shape {self.draws.shape} for {len(self.names)} names."
            )

    @property
    def mean(self) -> FloatArray:
        """(n_parts,) over the draws."""
        return self.draws.mean(axis=0)

    @property
    def spread(self) -> FloatArray:
        """(n_parts,) standard deviation over the draws; 0 for a single one."""
        if len(self.draws) < 2:
            return np.zeros(len(self.names))
        return self.draws.std(axis=0, ddof=1)

    @property
    def order(self) -> IntArray:
        """(n_parts,) indices, most important first."""
        return np.argsort(-self.mean, kind="stable")

    def __add__(self, other: Importances) -> Importances:
        """Draws of both. Raises: ShapeMismatchError for other parts."""
        if self.names != other.names:
            raise ShapeMismatchError("Importances of different parts can't be put together.")
        return Importances(
            self.names, np.vstack([self.draws, other.draws]),
            np.concatenate([self.errors, other.errors]),
        )  # fmt: skip


def permutation_importances(
    truth: FloatArray,
    untouched: FloatArray,
    answer: Answer,
    names: Sequence[str],
    *,
    draws: int = 5,
    seed: int = 0,
    on_step: Step | None = None,
) -> Importances:
    """Rise of the mean absolute error when each part is shuffled among the crystals.

    Args:
        truth, untouched: (n,) values, and predictions of them before anything is shuffled.
        answer: (part, order) -> (n,) predictions with part number `part` taken from crystal
            `order[i]` for crystal i.
        names: of the parts.
        draws: shuffles of each part. Every draw uses one order for all parts.
        on_step: told (done, total) before each prediction.

    Raises: ShapeMismatchError; InvalidSpecError for no draw or fewer than 2 crystals.
    """
    truth, untouched = np.asarray(truth, float), np.asarray(untouched, float)
    if truth.shape != untouched.shape or truth.ndim != 1:
        raise ShapeMismatchError(f"Truth has shape {truth.shape}, predictions {untouched.shape}.")
    if draws < 1 or len(truth) < 2:
        raise InvalidSpecError(f"{draws} shuffles of {len(truth)} crystals tell nothing.")
    rng = np.random.default_rng(seed)
    error = float(np.abs(untouched - truth).mean())
    rises = np.empty((draws, len(names)))
    for draw in range(draws):
        order = rng.permutation(len(truth))
        for part in range(len(names)):
            if on_step:
                on_step(draw * len(names) + part, draws * len(names))
            rises[draw, part] = np.abs(answer(part, order) - truth).mean() - error
    return Importances(tuple(names), rises, np.full(draws, error))


def of_columns(
    predict: Callable[[FloatArray], FloatArray],
    x: FloatArray,
    truth: FloatArray,
    groups: Sequence[IntArray],
    *,
    names: Sequence[str] = (),
    draws: int = 5,
    seed: int = 0,
) -> Importances:
    """Importances of columns of a table, or of groups of them.

    Args:
        predict: (n, d) -> (n,).
        x: (n, d), left as it is.
        groups: indices of the columns that are shuffled together.
        names: of the groups; their numbers when empty.

    Raises: what `permutation_importances` raises.
    """

    def answer(part: int, order: IntArray) -> FloatArray:
        return predict(shuffled(x, groups[part], order))

    return permutation_importances(
        truth, predict(x), answer, names or tuple(map(str, range(len(groups)))), draws=draws,
        seed=seed,
    )  # fmt: skip


def shuffled(x: FloatArray, columns: IntArray, order: IntArray) -> FloatArray:
    """A copy of x (n, d) in which the columns come from row `order[i]` for row i."""
    out = x.copy()
    out[:, columns] = x[np.ix_(order, columns)]
    return out

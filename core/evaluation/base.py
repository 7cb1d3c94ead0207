"""What a split is: a spec and a function from crystals' labels to folds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.registry import Registry, Spec
from core.types import IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """One partition: sorted indices of training and test crystals, which never overlap.

    Attributes:
        train, test: (n_train,), (n_test,).
        name: for tables: `repeat 2, fold 1`, or the element left out.
        groups: (n_test,) of each test crystal the group that was kept together; empty for none.
    """

    train: IntArray
    test: IntArray
    name: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A registered way to split.

    Attributes:
        key, title, summary, limits: for look-up, forms and the Methods page.
        formula, symbols, reference, facts: LaTeX, what its letters mean, the works to cite, and
            what else matters, for the Methods page.
        spec_type: its options.
        folds: (labels, spec, rng) -> folds; `labels` holds one tuple of labels for each crystal.
        labels: spec -> name of the grouping its labels come from; '' for none.
    """

    key: str
    title: str
    summary: str
    formula: str
    symbols: str
    reference: str
    limits: str
    spec_type: type[Spec]
    folds: Callable[[Sequence[tuple[str, ...]], Any, np.random.Generator], list[Fold]]
    labels: Callable[[Any], str]
    facts: tuple[tuple[str, str], ...] = ()

    def keeps_groups(self, spec: Spec) -> bool:
        """Whether crystals of one label stay on one side, so that they are drawn together."""
        return self.labels(spec) not in ("", "elements")


SPLITS: Registry[Split] = Registry("split", "core.evaluation")

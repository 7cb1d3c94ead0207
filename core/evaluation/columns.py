"""The numbers a model sees by name, as one table: read from its inputs and written back to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.descriptors import DESCRIPTORS
from core.errors import InvalidSpecError
from core.models.base import Context, FittedModel
from core.models.feature_sets import FeatureTerm
from core.models.inputs import Block, Inputs, Needs
from core.types import FloatArray, IntArray

MOST_COLUMNS = 300  # a descriptor with more of them is looked at as a whole


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Named columns of the blocks of inputs.

    Attributes:
        names: (d,), unique.
        sources: (d,) the block of each.
        places: (d,) its column there.
    """

    names: tuple[str, ...]
    sources: tuple[str, ...]
    places: IntArray

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: IntArray) -> Columns:
        rows = np.asarray(index).tolist()
        return Columns(
            tuple(self.names[i] for i in rows), tuple(self.sources[i] for i in rows),
            self.places[rows],
        )  # fmt: skip

    def find(self, name: str) -> int:
        """Raises: InvalidSpecError for a name that is none of them."""
        if name not in self.names:
            raise InvalidSpecError(
                f"The model sees no feature {name!r} by name.",
                hint="It sees: " + (", ".join(self.names[:8]) or "none") + ".",
            )
        return self.names.index(name)

    def read(self, inputs: Inputs) -> FloatArray:
        """(n, d) float64."""
        out = np.empty((len(inputs), len(self)))
        for j, (source, place) in enumerate(zip(self.sources, self.places, strict=True)):
            out[:, j] = inputs.blocks[source].values[:, place]
        return out

    def write(self, inputs: Inputs, x: FloatArray) -> Inputs:
        """The inputs with these columns replaced by x (n, d)."""
        values = {s: inputs.blocks[s].values.copy() for s in dict.fromkeys(self.sources)}
        for j, (source, place) in enumerate(zip(self.sources, self.places, strict=True)):
            values[source][:, place] = x[:, j]
        return with_blocks(inputs, values)


def with_blocks(inputs: Inputs, values: dict[str, FloatArray]) -> Inputs:
    """The inputs with the values of some blocks replaced."""
    blocks = dict(inputs.blocks)
    for source, block in values.items():
        blocks[source] = Block(block, blocks[source].labels)
    return Inputs(inputs.ids, blocks, inputs.vectors)


def is_named(term: FeatureTerm) -> bool:
    """Whether the columns of a term enter a model one by one: few enough, and none mixed."""
    if any(name.startswith("pca") for name in term.transforms):
        return False
    return term.is_given or len(DESCRIPTORS[term.key].labels(term.spec)) <= MOST_COLUMNS


def named_columns(needs: Needs, inputs: Inputs | None = None) -> Columns:
    """The columns that a model sees by name.

    Args:
        needs: of the model.
        inputs: only columns that vary among these; None for all that can be known beforehand.
    """
    names: list[str] = []
    sources: list[str] = []
    places: list[int] = []
    for term in {t.source: t for t in needs.features if is_named(t)}.values():
        block = inputs.blocks[term.source] if inputs is not None else None
        labels: Sequence[str]
        if block is not None:
            labels = block.labels
            varies = np.ptp(block.values, axis=0) > 0
        else:
            labels = [] if term.is_given else list(DESCRIPTORS[term.key].labels(term.spec))
            varies = np.ones(len(labels), dtype=bool)
        for place in np.flatnonzero(varies).tolist():
            names.append(labels[place])
            sources.append(term.source)
            places.append(place)
    double = {name for name, count in Counter(names).items() if count > 1}
    told = [f"{n} ({s})" if n in double else n for n, s in zip(names, sources, strict=True)]
    return Columns(tuple(told), tuple(sources), np.array(places, dtype=np.int64))


def means(model: FittedModel, inputs: Inputs, context: Context) -> FloatArray:
    """(n,) predictions without their deviations, in the target's unit."""
    return model.predict(inputs, context=context).mean

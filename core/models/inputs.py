"""What models see of crystals: features and vectors under a distance, computed once, then sliced.

Nothing here is fitted: a row depends on its own crystal alone, so rows may be shared by folds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from core.descriptors import DESCRIPTORS, describe
from core.distances.base import Features, Metric, Term
from core.distances.crew import Crew
from core.distances.features import Table, embed, tabulate
from core.errors import InvalidSpecError, NonFiniteError, SchemaError, ShapeMismatchError
from core.models.feature_sets import GIVEN, FeatureTerm
from core.types import Crystal, Failure, FloatArray, IntArray, Progress, ShouldStop

Keep = Callable[[FeatureTerm, Sequence[Crystal], Callable[[], Table]], Table]
"""(term, crystals, make) -> the features of the crystals, made or from where they were kept."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What has to be computed of each crystal: features by term, vectors by single distances."""

    features: tuple[FeatureTerm, ...] = ()
    distances: tuple[Term, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(term.source for term in self.features))

    @property
    def single(self) -> tuple[Metric, ...]:
        """Each distance by itself, of weight 1."""
        names = {str(m): m for m in (unweighted(term) for term in self.distances)}
        return tuple(names.values())

    def __add__(self, other: Needs) -> Needs:
        return Needs(self.features + other.features, self.distances + other.distances)

    def to_dict(self) -> dict[str, Any]:
        """JSON-able, with the versions of the algorithms."""
        terms = {term.source: term for term in self.features if not term.is_given}
        return {
            "features": [
                {
                    "descriptor": t.key, "version": DESCRIPTORS[t.key].version,
                    "spec": t.spec.to_dict(),
                }
                for t in terms.values()
            ],
            "distances": [metric.to_dict() for metric in self.single],
        }  # fmt: skip


def unweighted(term: Term) -> Metric:
    """The distance of a term of a sum, by itself."""
    return Metric((Term(term.key, 1.0, term.options),))


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Numeric features of n crystals: values (n, d), labels of the columns."""

    values: FloatArray
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """n crystals as models see them.

    Attributes:
        ids: unique.
        blocks: by the source of a feature term.
        vectors: by the text of a single distance.
    """

    ids: tuple[str, ...]
    blocks: Mapping[str, Block] = field(default_factory=dict)
    vectors: Mapping[str, Features] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_unique(self.ids)
        for name, block in self.blocks.items():
            if block.values.shape != (len(self.ids), len(block.labels)):
                raise ShapeMismatchError(
                    f"Features {name!r} have shape {block.values.shape} for {len(self.ids)} "
                    f"crystals and {len(block.labels)} labels."
                )
            _require_finite(self.ids, name, block)
        for name, vectors in self.vectors.items():
            if len(vectors) != len(self.ids):
                raise ShapeMismatchError(
                    f"There are {len(vectors)} vectors of {name} for {len(self.ids)} crystals."
                )

    @classmethod
    def given(cls, values: Any, *, ids: Sequence[str] = (), labels: Sequence[str] = ()) -> Inputs:
        """A table of numbers (n, d), to be named `given` in a feature set.

        Raises: SchemaError for what is no table of numbers; NonFiniteError.
        """
        try:
            x = np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise SchemaError(
                f"The features are no numbers: {error}.",
                hint="Give plain numbers, and units in the names of the columns.",
            ) from None
        if x.ndim != 2 or not x.shape[1]:
            raise ShapeMismatchError(f"The features have shape {x.shape}; expected (n, d).")
        names = tuple(ids) or tuple(str(i) for i in range(len(x)))
        columns = tuple(labels) or tuple(f"feature {i + 1}" for i in range(x.shape[1]))
        return cls(names, {GIVEN: Block(x, columns)})

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index: IntArray) -> Inputs:
        rows = np.asarray(index)
        return _trusted(
            tuple(self.ids[i] for i in rows.tolist()),
            {k: Block(b.values[rows], b.labels) for k, b in self.blocks.items()},
            {k: v[rows] for k, v in self.vectors.items()},
        )

    def block(self, term: FeatureTerm) -> Block:
        """Raises: InvalidSpecError when these features were not computed."""
        try:
            return self.blocks[term.source]
        except KeyError:
            raise InvalidSpecError(
                f"The features {term.source!r} are not among the inputs.",
                hint="Inputs hold: " + (", ".join((*self.blocks, *self.vectors)) or "nothing"),
            ) from None

    def under(self, term: Term) -> Features:
        """Vectors under a distance. Raises: InvalidSpecError when they were not computed."""
        name = str(unweighted(term))
        try:
            return self.vectors[name]
        except KeyError:
            raise InvalidSpecError(
                f"The vectors of {name!r} are not among the inputs.",
                hint="Inputs hold: " + (", ".join((*self.blocks, *self.vectors)) or "nothing"),
            ) from None


def _trusted(
    ids: tuple[str, ...], blocks: dict[str, Block], vectors: dict[str, Features]
) -> Inputs:
    """Rows of inputs that were checked: the checks would cost more than the slice."""
    out = object.__new__(Inputs)
    object.__setattr__(out, "ids", ids)
    object.__setattr__(out, "blocks", MappingProxyType(blocks))
    object.__setattr__(out, "vectors", MappingProxyType(vectors))
    return out


def require_unique(ids: Sequence[str]) -> None:
    """Raises: SchemaError naming an id that occurs twice."""
    double = [name for name, count in Counter(ids).items() if count > 1]
    if double:
        raise SchemaError(
            f"The id {double[0]!r} occurs more than once ({len(double)} such ids).",
            hint="Remove duplicates or rename them: one of a pair in training and the other in "
            "test would make the error look small.",
        )


def _require_finite(ids: Sequence[str], name: str, block: Block) -> None:
    finite = np.isfinite(block.values)
    if not finite.all():
        row, column = np.argwhere(~finite)[0].tolist()
        raise NonFiniteError(
            f"Feature {block.labels[column]!r} of {ids[row]!r} is {block.values[row, column]} "
            f"({name}).",
            hint="Leave out the crystal or the feature.",
        )


def prepare(
    crystals: Sequence[Crystal],
    needs: Needs,
    *,
    threads: int = 1,
    processes: int = 1,
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    keep: Keep | None = None,
) -> tuple[Inputs, IntArray, tuple[Failure, ...]]:
    """Describe crystals as a model needs them; `keep` may have their features from before.

    Returns: inputs of those that have everything, their indices, and a row for each of the rest.
    Raises: SchemaError for duplicate ids; InvalidSpecError for features of a table;
        ComputeError when none can be described; JobCancelled; MemoryBudgetError.
    """
    require_unique([c.id for c in crystals])
    if any(term.is_given for term in needs.features):
        raise InvalidSpecError(
            "This model was made for a table of numbers, not for crystals.",
            hint="Give the same columns again.",
        )
    if not (needs.features or needs.distances):
        return Inputs(tuple(c.id for c in crystals)), np.arange(len(crystals)), ()
    tables: dict[str, Table] = {}
    vectors: dict[str, Features] = {}
    with Crew(threads=threads, processes=processes) as crew:
        options: dict[str, Any] = {
            "crew": crew,
            "on_progress": on_progress,
            "should_stop": should_stop,
        }
        for metric in needs.single:
            vectors[str(metric)], tables[str(metric)] = embed(crystals, metric, **options)
        for term in {t.source: t for t in needs.features}.values():
            make = partial(_described, crystals, term, options)
            tables[term.source] = keep(term, crystals, make) if keep else make()
    kept = np.arange(len(crystals))
    for table in tables.values():
        kept = np.intersect1d(kept, table.kept)
    rows = {name: np.searchsorted(table.kept, kept) for name, table in tables.items()}
    inputs = Inputs(
        tuple(crystals[i].id for i in kept.tolist()),
        {
            t.source: Block(
                tables[t.source].arrays[0][rows[t.source]], tuple(DESCRIPTORS[t.key].labels(t.spec))
            )
            for t in needs.features
        },
        {name: v[rows[name]] for name, v in vectors.items()},
    )
    first = {f.id: f for table in tables.values() for f in reversed(table.failures)}
    return inputs, kept, tuple(first[c.id] for c in crystals if c.id in first)


def _described(crystals: Sequence[Crystal], term: FeatureTerm, options: dict[str, Any]) -> Table:
    function: Callable[[Sequence[Crystal]], tuple[FloatArray, ...]]
    function = partial(_describe_chunk, term.key, term.spec)
    return tabulate(crystals, function, stage=term.source, **options)


def _describe_chunk(key: str, spec: Any, crystals: Sequence[Crystal]) -> tuple[FloatArray, ...]:
    rows = [describe(crystal, key, spec).reshape(-1) for crystal in crystals]
    return (np.stack(rows).astype(np.float32 if rows[0].size > 1000 else np.float64),)

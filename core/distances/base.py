"""What a distance is, and metrics as weighted sums of distances.

A distance turns crystals into vectors (`embed`) and compares blocks of vectors. Where it is the
Manhattan distance of the vectors (`block` is None), the compiled L1 engine does the comparing, and
block means of the vectors give a lower bound for exact nearest neighbours.

A metric is written as a sum: `grid-emd`, `10*grid-emd+composition-emd`,
`grid-emd(mode=binned,centers=Si O)`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from math import isfinite
from typing import Any

import numpy as np

from core.errors import InvalidSpecError, ShapeMismatchError
from core.registry import Registry, Spec
from core.types import Crystal, FloatArray

Block = Callable[[FloatArray, FloatArray, Any], FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """A registered distance.

    Attributes:
        key, title, summary, reference, limits: for look-up, forms and the Methods page.
        formula: what is computed, in LaTeX.
        symbols: a sentence on what the letters of the formula stand for.
        spec_type: its options.
        unit: unit of the distance ('' for none).
        embed: (crystals, spec, dtype) -> (n, d) vectors, a fresh array.
        block: (a (n, d), b (m, d), spec) -> (n, m); None when it is the L1 distance of the vectors.
        bound_width: spec -> number of consecutive columns whose sums bound the distance from
            below; None without a bound.
        is_metric: whether identity, symmetry and triangle inequality hold.
        why_not_metric: said when a kernel model asks for a metric.
        version: raised whenever the numbers change; part of every cache key.
    """

    key: str
    title: str
    summary: str
    reference: str
    limits: str
    spec_type: type[Spec]
    unit: str
    embed: Callable[[Sequence[Crystal], Any, type], FloatArray]
    block: Block | None = None
    bound_width: Callable[[Any], int] | None = None
    is_metric: bool = True
    why_not_metric: str = ""
    version: int = 1
    formula: str = ""
    symbols: str = ""


DISTANCES: Registry[Distance] = Registry("distance", "core.distances")


@dataclass(frozen=True, slots=True)
class Term:
    """One distance of a sum, with its weight and options."""

    key: str
    weight: float = 1.0
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (isfinite(self.weight) and self.weight > 0):
            raise InvalidSpecError(
                f"The weight of {self.key!r} is {self.weight!r}.", hint="Give a positive number."
            )

    @property
    def distance(self) -> Distance:
        return DISTANCES[self.key]

    @property
    def spec(self) -> Spec:
        return self.distance.spec_type.from_dict(self.options)

    def __str__(self) -> str:
        options = ",".join(
            f"{name}={' '.join(value) if isinstance(value, tuple) else value}"
            for name, value in self.options.items()
        )
        factor = "" if self.weight == 1 else f"{self.weight:g}*"
        return f"{factor}{self.key}" + (f"({options})" if options else "")


@dataclass(frozen=True, slots=True)
class Metric:
    """A weighted sum of distances, checked on creation."""

    terms: tuple[Term, ...]

    def __post_init__(self) -> None:
        if not self.terms:
            raise InvalidSpecError("A metric needs at least one distance.")
        for term in self.terms:
            _ = term.spec  # unknown names and bad options are refused here, not in the middle

    @property
    def is_metric(self) -> bool:
        return all(term.distance.is_metric for term in self.terms)

    @property
    def is_l1(self) -> bool:
        return all(term.distance.block is None for term in self.terms)

    @property
    def unit(self) -> str:
        """Unit of the sum: that of its only term, else none."""
        only = self.terms[0]
        return only.distance.unit if len(self.terms) == 1 and only.weight == 1 else ""

    def require_metric(self, purpose: str) -> None:
        """Refuse a dissimilarity that is no metric.

        Raises: InvalidSpecError with the reason.
        """
        for term in self.terms:
            if not term.distance.is_metric:
                raise InvalidSpecError(
                    f"{term.distance.title} can't be used for {purpose}: "
                    f"{term.distance.why_not_metric}",
                    hint="Use it for nearest neighbours, or choose a metric.",
                )

    def embed(self, crystals: Sequence[Crystal], dtype: type = np.float32) -> Features:
        """Vectors of all terms for these crystals. Raises what the descriptors raise."""
        parts = [t.distance.embed(crystals, t.spec, dtype) for t in self.terms]
        sizes = tuple(int(np.prod(part.shape[1:])) for part in parts)
        if self.is_l1:
            for term, part in zip(self.terms, parts, strict=True):
                if term.weight != 1:
                    part *= part.dtype.type(term.weight)
            parts = [parts[0] if len(parts) == 1 else np.hstack(parts)]
        return Features(self, tuple(parts), sizes)

    def to_dict(self) -> dict[str, Any]:
        return {
            "metric": str(self),
            "terms": [
                {
                    "distance": t.key, "weight": t.weight, "version": t.distance.version,
                    "spec": t.spec.to_dict(),
                }
                for t in self.terms
            ],
        }  # fmt: skip

    def __str__(self) -> str:
        return "+".join(map(str, self.terms))


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Vectors of n crystals under a metric: one (n, d) array for each term.

    An all-L1 metric holds a single array: its terms side by side, `sizes` columns each, with the
    weights folded in.
    """

    metric: Metric
    parts: tuple[FloatArray, ...]
    sizes: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.parts[0])

    @property
    def is_l1(self) -> bool:
        return self.metric.is_l1

    @property
    def nbytes(self) -> int:
        return sum(part.nbytes for part in self.parts)

    def __getitem__(self, index: Any) -> Features:
        return Features(self.metric, tuple(part[index] for part in self.parts), self.sizes)

    def bounds(self, pieces: int = 1) -> FloatArray | None:
        """(n, d') vectors whose L1 distance never exceeds the distance; None if unknown.

        They are sums over consecutive columns: over each group of GRID, say. With `pieces` each
        block is cut into as many where it divides: a tighter bound from longer vectors.
        """
        from core.distances.l1 import block_sums

        if not self.is_l1:
            return None
        out, start = [], 0
        for term, size in zip(self.metric.terms, self.sizes, strict=True):
            width = term.distance.bound_width
            step = width(term.spec) if width is not None else 1
            step = step // pieces if step % pieces == 0 else step
            part = np.empty((len(self), size // step), self.parts[0].dtype)
            block_sums(self.parts[0][:, start : start + size], step, part)
            out.append(part)
            start += size
        return out[0] if len(out) == 1 else np.hstack(out)


def between(a: Features, b: Features) -> FloatArray:
    """Distances of two sets of features, (n, m), in their own precision.

    Raises: ShapeMismatchError when they belong to different metrics.
    """
    from core.distances.l1 import l1_between

    if str(a.metric) != str(b.metric):
        raise ShapeMismatchError(f"Features of {a.metric} meet features of {b.metric}.")
    if a.is_l1:
        return l1_between(a.parts[0], b.parts[0])
    total: FloatArray = np.zeros((len(a), len(b)))
    for term, x, y in zip(a.metric.terms, a.parts, b.parts, strict=True):
        block = term.distance.block
        part = l1_between(x, y) if block is None else block(x, y, term.spec)
        total += term.weight * part
    return total


_TERM = re.compile(
    r"\s*(?:(?P<weight>[0-9.eE+-]+?)\s*\*\s*)?(?P<key>[A-Za-z][\w-]*)\s*(?:\((?P<options>[^()]*)\))?\s*"
)


def parse_metric(text: str) -> Metric:
    """The metric written as `10*grid-emd(mode=binned)+composition-emd`.

    Raises: InvalidSpecError when it can't be read; UnknownNameError for an unknown distance.
    """
    terms, rest = [], text
    while True:
        match = _TERM.match(rest)
        if not match:
            raise InvalidSpecError(
                f"The metric {text!r} can't be read at {rest!r}.",
                hint="Write NAME, or a sum such as 10*grid-emd+composition-emd.",
            )
        distance = DISTANCES[match["key"]]
        try:
            weight = float(match["weight"] or 1)
        except ValueError:
            raise InvalidSpecError(f"{match['weight']!r} is no weight.") from None
        options = parse_options(distance.spec_type, match["options"] or "")
        terms.append(Term(match["key"], weight, options))
        rest = rest[match.end() :]
        if not rest:
            return Metric(tuple(terms))
        if not rest.startswith("+"):
            raise InvalidSpecError(
                f"The metric {text!r} can't be read at {rest!r}.", hint="Join distances with +."
            )
        rest = rest[1:]


def parse_options(spec_type: type[Spec], text: str) -> dict[str, Any]:
    """Options written as `name=value,name=value`, each of the type of its default.

    Raises: InvalidSpecError for one that can't be read; unknown names are the spec's to refuse.
    """
    defaults = {f.name: f.default for f in fields(spec_type)}
    out: dict[str, Any] = {}
    for item in filter(None, (piece.strip() for piece in text.split(","))):
        name, separator, value = (piece.strip() for piece in item.partition("="))
        if not separator:
            raise InvalidSpecError(f"The option {item!r} has no value.", hint="Write name=value.")
        default = defaults.get(name)
        try:
            if isinstance(default, tuple):
                out[name] = tuple(value.split())
            elif isinstance(default, bool):
                out[name] = {"true": True, "false": False}[value.lower()]
            elif isinstance(default, (int, float)):
                out[name] = type(default)(value)
            else:
                out[name] = value
        except (ValueError, KeyError):
            raise InvalidSpecError(
                f"{name}={value!r} can't be read as {type(default).__name__}."
            ) from None
    return out

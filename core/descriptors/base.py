"""What a descriptor is: a spec, a function of one crystal, labels, a reference, what it promises.

Adding one: a module in this package with a `Spec`, a function and `DESCRIPTORS.register(...)`.
The shared contract tests pick it up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from core.errors import DisorderedStructureError, NonFiniteError
from core.registry import Registry, Spec
from core.types import Crystal, FloatArray

Invariance = Literal["permutation", "rotation", "translation", "unit_cell", "supercell"]
ALL_INVARIANCES: frozenset[Invariance] = frozenset(
    ("permutation", "rotation", "translation", "unit_cell", "supercell")
)
Disorder = Literal["refuse", "weights"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """A registered descriptor.

    Attributes:
        key: name in the registry.
        title: words shown for it.
        summary: one sentence: what it describes.
        formula: what is computed, in LaTeX.
        symbols: a sentence on what the letters of the formula stand for.
        spec_type: its options.
        compute: (crystal, spec) -> array of one shape for a given spec.
        labels: spec -> one label for each feature, in C order of the array.
        reference: citation with DOI.
        limits: what it can't do, in a sentence.
        unit: unit of the values ('' for none).
        invariances: transformations that leave it unchanged.
        continuous: whether a small displacement changes it a little.
        batch: optional faster path: (crystals, spec) -> (n, ...) for crystals known to be fine.
        version: raised whenever the numbers change; part of every cache key.
        requires: spec -> elements without which a crystal has no such description; the warm-up and
            the contract tests choose their crystals by it.
        invariance_tolerance: largest change, relative to the largest value, that a transformation
            of `invariances` may make; above rounding only for sampled or optimised values.
    """

    key: str
    title: str
    summary: str
    spec_type: type[Spec]
    compute: Callable[[Crystal, Any], FloatArray]
    labels: Callable[[Any], list[str]]
    reference: str
    limits: str
    unit: str = ""
    invariances: frozenset[Invariance] = ALL_INVARIANCES
    continuous: bool = True
    batch: Callable[[Sequence[Crystal], Any], FloatArray] | None = None
    version: int = 1
    formula: str = ""
    symbols: str = ""
    requires: Callable[[Any], frozenset[str]] = lambda spec: frozenset()
    invariance_tolerance: float = 1e-9


DESCRIPTORS: Registry[Descriptor] = Registry("descriptor", "core.descriptors")


def describe(crystal: Crystal, key: str, spec: Spec | None = None) -> FloatArray:
    """The descriptor `key` of one crystal, with default options unless a spec is given.

    Raises: UnknownNameError, DisorderedStructureError, NeighborShortageError, NonFiniteError.
    """
    descriptor = DESCRIPTORS[key]
    values = descriptor.compute(crystal, spec if spec is not None else descriptor.spec_type())
    if not bool((values - values == 0).all()):
        raise NonFiniteError(f"{descriptor.title} of {crystal.id!r} is not finite.")
    return values


def require_ordered(crystal: Crystal, disorder: Disorder) -> None:
    """Refuse a crystal with partial occupancy unless the spec says to keep the weights.

    Raises: DisorderedStructureError.
    """
    if disorder == "refuse" and not crystal.is_ordered:
        lowest = float(crystal.occupancy.min())
        raise DisorderedStructureError(
            f"{crystal.id!r} has partially occupied sites (lowest occupancy {lowest:.3g}).",
            hint="Keep the weights, make an ordered approximation, or drop the guest species.",
        )

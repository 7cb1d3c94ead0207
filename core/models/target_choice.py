"""Which properties of crystals can be learned, and on which scale: what a user should know before.

A property can be learned where at least one crystal has a finite number for it; every crystal that
has none, or text, is counted with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import SchemaError
from core.models.targets import LARGEST, Scale, is_constant, read_target
from core.types import Crystal, Failure, FloatArray
from core.units import quantity

_DECADE = 10.0
_GEOMETRY = {"volume_A3", "volume_per_atom_A3", "density_g_cm3", "spacegroup", "n_atoms"}
_BINS = (8, 60)  # fewest and most of a histogram
_STEPS = np.array([1.0, 2.0, 2.5, 5.0, 10.0])


@dataclass(frozen=True, slots=True, eq=False)
class TargetFacts:
    """One property as a target.

    Attributes:
        key: with its unit.
        values: (n,) the finite ones, in the order of the crystals.
        missing: crystals without a value.
        unusable: a row for each crystal whose value is no finite number.
    """

    key: str
    values: FloatArray
    missing: int
    unusable: tuple[Failure, ...]

    @property
    def is_constant(self) -> bool:
        return is_constant(self.values)

    @property
    def scale(self) -> Scale:
        """The recommended scale: logarithmic for positive values over more than a decade."""
        low, high = float(self.values.min()), float(self.values.max())
        return "log" if low > 0 and high > _DECADE * low else "linear"

    @property
    def reason(self) -> str:
        """Why that scale, in words."""
        low, high = float(self.values.min()), float(self.values.max())
        unit = f" {quantity(self.key).unit}".rstrip()
        span = f"from {low:.3g} to {high:.3g}{unit}"
        if self.is_constant:
            return f"All {len(self.values)} values are {low:.6g}{unit}: there is nothing to learn."
        if low <= 0:
            return f"Values go {span}; what is not positive has no logarithm."
        decades = float(np.log10(high / low))
        if self.scale == "log":
            return (
                f"Values go {span}, {decades:.1f} decades: on the logarithm an error of a tenth "
                "counts alike for small and large values."
            )
        return f"Values go {span}, less than a decade: they are fitted as they are."


def target_facts(crystals: Sequence[Crystal], key: str) -> TargetFacts:
    """What there is of a property.

    Raises: SchemaError when no crystal has a usable value, with the first reason.
    """
    target, _, failures = read_target(crystals, key)
    known = {c.id for c in crystals if c.properties.get(key) is not None}
    unusable = tuple(f for f in failures if f.id in known)
    return TargetFacts(key, target.values, len(failures) - len(unusable), unusable)


def learnable(crystals: Sequence[Crystal]) -> tuple[dict[str, int], dict[str, Any]]:
    """Properties that can be learned, and those that hold text only.

    Returns: key -> number of crystals with a finite number, what is worth learning first; key ->
        the first value of the properties that have none.
    """
    counts: dict[str, int] = {}
    words: dict[str, Any] = {}
    for crystal in crystals:
        for key, value in crystal.properties.items():
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                words.setdefault(key, value)
            elif abs(value) <= LARGEST:
                counts[key] = counts.get(key, 0) + 1
    ranked = sorted(counts, key=_rank)
    return {k: counts[k] for k in ranked}, {k: v for k, v in words.items() if k not in counts}


def _rank(key: str) -> int:
    """Measured quantities with a unit first, facts of the geometry last; else as they come."""
    return 2 if key in _GEOMETRY else 0 if quantity(key).unit else 1


def require_learnable(counts: Mapping[str, int], words: Mapping[str, Any]) -> None:
    """Raises: SchemaError when there is no property to learn, with what stands in the way."""
    if counts:
        return
    if words:
        key, value = next(iter(words.items()))
        raise SchemaError(
            f"No property of these crystals is a number: {key!r} is {str(value)[:60]!r}, for one.",
            hint="Give plain numbers, and the unit in the name of the column: bulk_modulus_GPa.",
        )
    raise SchemaError(
        "These crystals have no property to learn.",
        hint="Join a table of properties on the Library page, or take an embedded set.",
    )


def bin_edges(values: FloatArray, scale: Scale) -> FloatArray:
    """(n_bins + 1,) edges of a histogram of the values, of one round width.

    On the logarithmic scale the width is one of log10 of the values. The number of bins is about
    the root of the number of values.
    """
    x = np.log10(values) if scale == "log" else values
    low, high = float(x.min()), float(x.max())
    if high <= low:
        return np.array([low - 0.5, low + 0.5])
    rough = (high - low) / np.clip(np.sqrt(len(x)), *_BINS)
    power = 10.0 ** np.floor(np.log10(rough))
    width = float(power * _STEPS[np.argmin(np.abs(_STEPS - rough / power))])
    first, last = np.floor(low / width), np.floor(high / width) + 1
    return np.arange(first, last + 1) * width

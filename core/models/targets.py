"""The property to learn: numbers with a unit in their name, everything else a row with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from numbers import Real
from typing import Any, Literal

import numpy as np

from core.errors import GridscopeError, InvalidSpecError, NonFiniteError, SchemaError
from core.types import Crystal, Failure, FloatArray, IntArray
from core.units import quantity

Scale = Literal["linear", "log"]
LARGEST = 1e100  # squares of larger values, and sums of those, end in infinity
_USUAL = (1e-3, 1e3)  # deviations that nothing has to be done about
_SMALLEST = 1e-100  # squares of differences below this end in zero


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """Values of one property.

    Attributes:
        key: with its unit (`bulk_modulus_vrh_GPa`).
        values: (n,) float64, finite, at most 1e100 in size.
    """

    key: str
    values: FloatArray

    def __post_init__(self) -> None:
        values = np.asarray(self.values, dtype=np.float64)
        object.__setattr__(self, "values", values)
        if values.ndim != 1:
            raise InvalidSpecError(f"The target {self.key!r} has shape {values.shape}, not (n,).")
        if not np.isfinite(values).all():
            row = int(np.flatnonzero(~np.isfinite(values))[0])
            raise NonFiniteError(
                f"Value {row} of {self.key!r} is {values[row]}.",
                hint="Leave out crystals without a finite value.",
            )
        if values.size and np.abs(values).max() > LARGEST:
            row = int(np.abs(values).argmax())
            raise NonFiniteError(
                f"Value {row} of {self.key!r} is {values[row]:g}, too large to compute with.",
                hint=f"Values go up to {LARGEST:g}; choose a larger unit.",
            )

    @property
    def unit(self) -> str:
        return quantity(self.key).unit

    @property
    def is_constant(self) -> bool:
        return is_constant(self.values)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: Any) -> Target:
        return Target(self.key, self.values[index])


def is_constant(values: FloatArray) -> bool:
    """Whether values (n,) differ by no more than rounding."""
    return bool(np.ptp(values) <= max(1e-12 * float(np.abs(values).max()), _SMALLEST))


def read_target(
    crystals: Sequence[Crystal], key: str
) -> tuple[Target, IntArray, tuple[Failure, ...]]:
    """The property of all crystals that have a usable value.

    Returns: target (n_kept,), the indices kept, and a row for each crystal left out.
    Raises: SchemaError when no crystal has a usable value, with the first reason.
    """
    kept, values, failures = [], [], []
    for i, crystal in enumerate(crystals):
        try:
            values.append(_number(crystal, key))
            kept.append(i)
        except GridscopeError as error:
            failures.append(
                Failure.from_error(error, id=crystal.id, stage="target", source=crystal.source)
            )
    if not kept:
        raise SchemaError(
            f"No crystal has a usable value of {key!r}."
            + (f" The first: {failures[0].message}" if failures else ""),
            hint=_known(crystals, key) if not failures or _absent(crystals, key)
            else failures[0].hint,
        )  # fmt: skip
    return Target(key, np.array(values)), np.array(kept), tuple(failures)


def _number(crystal: Crystal, key: str) -> float:
    value = crystal.properties.get(key)
    if value is None:
        raise SchemaError(f"{crystal.id!r} has no value of {key!r}.")
    if isinstance(value, bool) or not isinstance(value, Real):
        raise SchemaError(
            f"{key!r} of {crystal.id!r} is {value!r}, which is no number.",
            hint="Give plain numbers, and the unit in the name of the column: bulk_modulus_GPa.",
        )
    try:
        number = float(value)
    except OverflowError:  # a whole number of more than 308 digits
        raise NonFiniteError(f"{key!r} of {crystal.id!r} has more than 308 digits.") from None
    if not abs(number) <= LARGEST:
        large = ", too large to compute with" if np.isfinite(number) else ""
        raise NonFiniteError(f"{key!r} of {crystal.id!r} is {number:g}{large}.")
    return number


def _absent(crystals: Sequence[Crystal], key: str) -> bool:
    return all(key not in crystal.properties for crystal in crystals)


def _known(crystals: Sequence[Crystal], key: str) -> str:
    names = sorted({name for crystal in crystals for name in crystal.properties})
    if not names:
        return "These crystals have no properties; merge a table of them first."
    near = get_close_matches(key, names, n=1)
    guess = f"Did you mean {near[0]!r}? " if near else ""
    return guess + "Properties: " + ", ".join(names[:12]) + "."


def to_scale(values: FloatArray, scale: Scale, ids: Sequence[str], key: str) -> FloatArray:
    """The values as the model is to fit them.

    Raises: InvalidSpecError for a logarithm of a value that is not positive.
    """
    if scale == "linear":
        return values
    if (values <= 0).any():
        row = int(np.flatnonzero(values <= 0)[0])
        raise InvalidSpecError(
            f"{key!r} of {ids[row]!r} is {values[row]:g}, which has no logarithm.",
            hint="Fit the values themselves (target_scale linear), or leave such crystals out.",
        )
    return np.log(values)


def binary_unit(y: FloatArray) -> float:
    """The power of two next to the deviation of y (n,); 1 when that is 0.001 to 1000, or 0.

    Numbers divided by it keep all digits, and what is fitted to them does not hang on the unit:
    scikit-learn's trees, for one, take what differs by less than 1.5e-8 for equal, which is a
    hundredth of what the thermal expansions of zeolites differ by in 1/K.
    """
    deviation = float(y.std())
    if deviation == 0 or _USUAL[0] <= deviation <= _USUAL[1]:
        return 1.0
    return float(2.0 ** np.round(np.log2(deviation)))


def from_scale(values: FloatArray, scale: Scale) -> FloatArray:
    """Back from the scale of the fit; monotone, so bounds stay bounds."""
    if scale == "linear":
        return values
    # Beyond exp(700) a float ends; no target is there, so the bound is as good as infinite.
    with np.errstate(over="ignore"):
        return np.exp(values)

"""The values that flow through Gridscope: files, crystals, reports, failures, provenance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import reduce
from math import gcd
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.elements import MAX_NUMBER, SYMBOLS, atomic_masses, formula_rank
from core.errors import GridscopeError, NonFiniteError, ParseError, ShapeMismatchError
from core.hashing import array_digest, bytes_digest

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.integer[Any]]
Progress = Callable[[int, int, str], None]
"""Called as (done, total, what)."""
ShouldStop = Callable[[], bool]
Verdict = Literal["green", "amber", "red"]

OCCUPANCY_TOLERANCE = 1e-6
_GRAM_PER_CM3 = 1.66053906660  # 1 u per cubic angstrom


def _frozen(array: Any, dtype: Any) -> NDArray[Any]:
    copy = np.array(array, dtype=dtype, order="C")  # one memory layout: kernels compile once
    copy.setflags(write=False)
    return copy


@dataclass(frozen=True, slots=True, eq=False)
class Crystal:
    """A periodic structure. A row is one species on one position.

    Attributes:
        id: unique within a library.
        lattice: (3, 3) lattice vectors as rows, angstrom.
        frac: (n_rows, 3) fractional coordinates.
        numbers: (n_rows,) atomic numbers.
        occupancy: (n_rows,) in (0, 1]; ones for an ordered crystal.
        position: (n_rows,) index of the position a row sits on: rows of a mixed site share it and
            are alternatives, never neighbours of one another.
        labels: site labels of the file, or empty.
        properties: measured or computed values, keys with units (`bulk_modulus_GPa`).
        source: where it came from (file name and block, or set name).
    """

    id: str
    lattice: FloatArray
    frac: FloatArray
    numbers: IntArray
    occupancy: FloatArray = None  # type: ignore[assignment]  # filled in below
    position: IntArray = None  # type: ignore[assignment]  # filled in below
    labels: tuple[str, ...] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    is_ordered: bool = field(init=False, default=True)  # every position fully occupied

    def __post_init__(self) -> None:
        def put(name: str, value: Any) -> None:
            object.__setattr__(self, name, value)

        put("lattice", _frozen(self.lattice, np.float64))
        put("frac", _frozen(self.frac, np.float64))
        put("numbers", _frozen(self.numbers, np.int64))
        n = len(self.numbers)
        put("occupancy", _frozen(np.ones(n) if self.occupancy is None else self.occupancy, float))
        put("position", _frozen(np.arange(n) if self.position is None else self.position, np.int64))
        put("is_ordered", bool((self.occupancy > 1 - OCCUPANCY_TOLERANCE).all()))
        put("properties", MappingProxyType(dict(self.properties)))
        self._validate(n)

    def _validate(self, n: int) -> None:
        shapes = {
            "lattice": (self.lattice.shape, (3, 3)),
            "frac": (self.frac.shape, (n, 3)),
            "numbers": (self.numbers.shape, (n,)),
            "occupancy": (self.occupancy.shape, (n,)),
            "position": (self.position.shape, (n,)),
        }
        for name, (found, expected) in shapes.items():
            if found != expected:
                raise ShapeMismatchError(f"{name} has shape {found}, expected {expected}.")
        if n == 0:
            raise ParseError(f"Crystal {self.id!r} holds no atoms.")
        if not np.isfinite(self.lattice).all():
            raise NonFiniteError(f"The cell of {self.id!r} holds {self.lattice.tolist()}.")
        if not np.isfinite(self.frac).all():
            row = int(np.flatnonzero(~np.isfinite(self.frac).all(axis=1))[0])
            raise NonFiniteError(f"Atom {row} of {self.id!r} sits at {self.frac[row].tolist()}.")
        if self.volume < 1e-3:
            raise ParseError(f"The cell of {self.id!r} has a volume of {self.volume:.2g} Å³.")
        if self.numbers.min() < 1 or self.numbers.max() > MAX_NUMBER:
            bad = self.numbers[(self.numbers < 1) | (self.numbers > MAX_NUMBER)][0]
            raise ParseError(f"{self.id!r} names atomic number {bad}, which is no element.")
        if not (self.occupancy > 0).all() or (self.occupancy > 1 + OCCUPANCY_TOLERANCE).any():
            bad = self.occupancy[~((self.occupancy > 0) & (self.occupancy <= 1))][0]
            raise ParseError(f"{self.id!r} holds an occupancy of {bad:g}; it must be in (0, 1].")

    @property
    def n_rows(self) -> int:
        return len(self.numbers)

    @property
    def n_sites(self) -> int:
        """Number of distinct positions in the cell."""
        return len(np.unique(self.position))

    @property
    def cart(self) -> FloatArray:
        """(n_rows, 3) Cartesian coordinates, angstrom."""
        return self.frac @ self.lattice

    @property
    def volume(self) -> float:
        """Volume of the cell, cubic angstrom."""
        return float(abs(np.linalg.det(self.lattice)))

    @property
    def density(self) -> float:
        """Mass density, g/cm³."""
        mass = float(atomic_masses()[self.numbers] @ self.occupancy)
        return _GRAM_PER_CM3 * mass / self.volume

    @property
    def composition(self) -> dict[str, float]:
        """Atoms of each element in the cell, in the order of the formula."""
        amounts: dict[str, float] = {}
        for number, occupancy in zip(self.numbers.tolist(), self.occupancy.tolist(), strict=True):
            amounts[SYMBOLS[number]] = amounts.get(SYMBOLS[number], 0.0) + occupancy
        return dict(sorted(amounts.items(), key=lambda item: formula_rank(item[0])))

    @property
    def elements(self) -> tuple[str, ...]:
        return tuple(self.composition)

    @property
    def formula(self) -> str:
        """Reduced formula, cations first by Pauling electronegativity: `SrTiO3`."""
        amounts = self.composition
        whole = {symbol: round(amount) for symbol, amount in amounts.items()}
        if all(abs(whole[s] - amounts[s]) < 1e-4 and whole[s] > 0 for s in amounts):
            divisor = reduce(gcd, whole.values())
            return "".join(s if n == divisor else f"{s}{n // divisor}" for s, n in whole.items())
        return "".join(f"{s}{n:.4g}" if abs(n - 1) > 1e-4 else s for s, n in amounts.items())

    @property
    def digest(self) -> str:
        """SHA-256 of the structure alone (not of id or properties)."""
        return array_digest(self.lattice, self.frac, self.numbers, self.occupancy, self.position)

    def __reduce__(self) -> tuple[Any, ...]:
        # The read-only view of the properties does not travel through a process pool by itself.
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.init}
        return _restore, ({**values, "properties": dict(self.properties)},)

    def with_(self, **changes: Any) -> Crystal:
        """A copy with some fields changed."""
        return replace(self, **changes)


def _restore(values: dict[str, Any]) -> Crystal:
    return Crystal(**values)


@dataclass(frozen=True, slots=True)
class RawFile:
    """A file as it came: name (may hold a path inside an archive) and bytes."""

    name: str
    data: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        return bytes_digest(self.data)


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that could not be done: a row, never a None and never a lost row."""

    id: str
    stage: str
    code: str
    message: str
    hint: str = ""
    source: str = ""

    @classmethod
    def from_error(cls, error: GridscopeError, *, id: str, stage: str, source: str = "") -> Failure:
        return cls(id, stage, type(error).__name__, error.message, error.hint, source)


@dataclass(frozen=True, slots=True)
class Finding:
    """One observation of the CIF doctor: a problem found or a repair made.

    Attributes:
        code: stable name, e.g. `malformed_data_block`.
        message: what was found, quoting the value.
        severity: `info`, `warning` or `error`.
        repaired: whether Gridscope mended it on reading.
    """

    code: str
    message: str
    severity: Literal["info", "warning", "error"] = "warning"
    repaired: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Examination:
    """What the doctor found out about one crystal.

    `facts` holds stated and found formula, Z, density, shortest contact, space groups and so on.
    """

    crystal_id: str
    source: str
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    hint: str = ""

    @property
    def problems(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if not f.repaired)

    @property
    def repairs(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.repaired)


@dataclass(frozen=True, slots=True, eq=False)
class ParseReport:
    """Everything that came of a set of files: nothing that went in is missing.

    `examinations` is aligned with `crystals`.
    """

    crystals: tuple[Crystal, ...]
    failures: tuple[Failure, ...]
    examinations: tuple[Examination, ...] = ()


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a result rests on; travels into each export."""

    spec: Mapping[str, Any]
    input_digest: str
    versions: Mapping[str, str]
    seconds: float
    created: str
    seed: int | None = None

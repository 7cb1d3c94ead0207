"""Structure factors on an h, k, l grid of the Niggli cell: the report's first Fourier descriptor.

    F(hkl) = (1 / N) sum_n w_n f_n(|S|) exp(2 pi i (h x_n + k y_n + l z_n))

Kept beside `powder` to show what goes wrong: a Niggli cell orders its axes by length, so when two
lengths cross, features change places although the crystal hardly moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from core.descriptors.base import DESCRIPTORS, Descriptor, Disorder, require_ordered
from core.descriptors.powder import form_factor
from core.errors import ConvergenceError
from core.registry import Spec, option
from core.types import Crystal, FloatArray, IntArray

_TYPE_DECIMALS = 6  # occupancies that agree to this are the same kind of site


@dataclass(frozen=True, slots=True, kw_only=True)
class HklSpec(Spec):
    """Options of the structure factors. Ref: doi 10.5258/SOTON/P0038, section 6.1."""

    max_index: int = option(5, label="Largest index", ge=1, le=20, help="h, k, l from -max to max.")
    quantity: str = option(
        "intensity",
        label="Quantity",
        choices=("intensity", "amplitude"),
        help="|F|² or |F| for one site.",
    )
    tolerance: float = option(
        1e-3,
        label="Tolerance",
        unit="Å",
        gt=0,
        le=0.5,
        help="How far atoms may be from equivalent ones when the primitive cell is sought.",
    )
    disorder: Disorder = option(
        "weights",
        label="Partial occupancy",
        help="Weights are exact here: Bragg intensities are those of the average structure.",
        choices=("weights", "refuse"),
    )


def hkl(crystal: Crystal, spec: HklSpec) -> FloatArray:
    """X-ray structure factors of the primitive Niggli cell, for one site of it.

    Returns: (2 max_index + 1,) * 3 float64, index 0 is -max_index; electrons squared (intensity)
        or electrons (amplitude). At h = k = l = 0 it is the mean electron number of a site.
    Raises: DisorderedStructureError, ConvergenceError, ComputeError (no form factor).
    """
    require_ordered(crystal, spec.disorder)
    lattice, frac, numbers, weights = niggli_cell(crystal, spec.tolerance)
    index = np.arange(-spec.max_index, spec.max_index + 1)
    reciprocal = np.linalg.inv(lattice).T
    points = np.stack(np.meshgrid(index, index, index, indexing="ij"), axis=-1)
    s = np.linalg.norm(points @ reciprocal, axis=-1)
    total = np.zeros(s.shape, dtype=np.complex128)
    for z in np.unique(numbers):
        rows = numbers == z
        at_h, at_k, at_l = (
            np.exp(2j * np.pi * np.outer(index, frac[rows, axis])) for axis in range(3)
        )
        planes = (at_h * weights[rows])[:, None, :] * at_k[None, :, :]
        total += form_factor(int(z), s) * (planes @ at_l.T)
    squared = (total.real**2 + total.imag**2) / weights.sum() ** 2
    return np.sqrt(squared) if spec.quantity == "amplitude" else squared


def niggli_cell(
    crystal: Crystal, tolerance: float
) -> tuple[FloatArray, FloatArray, IntArray, FloatArray]:
    """Primitive cell with Niggli-reduced vectors, neither rotated nor idealised.

    Returns: lattice (3, 3) rows in angstrom, frac (n, 3), atomic numbers (n,), occupancies (n,).
    Raises: ConvergenceError when spglib finds no cell.
    Reference: Grosse-Kunstleve, Sauter & Adams 2004, doi 10.1107/S010876730302186X.
    """
    spglib = _spglib()
    kinds, members = _kinds(crystal)
    first = np.unique(crystal.position, return_index=True)[1]
    try:
        lattice, frac, types = spglib.standardize_cell(
            (crystal.lattice, crystal.frac[first], kinds),
            to_primitive=True,
            no_idealize=True,
            symprec=tolerance,
        )
        reduced = spglib.niggli_reduce(lattice)
    except spglib.SpglibError as error:
        raise ConvergenceError(
            f"{crystal.id!r} has no Niggli cell at a tolerance of {tolerance:g} Å: {error}.",
            hint="Check for atoms on top of one another, or lower the tolerance.",
        ) from error
    frac = (frac @ lattice) @ np.linalg.inv(reduced)
    rows = [
        (point, z, w) for point, kind in zip(frac, types, strict=True) for z, w in members[kind]
    ]
    return (
        reduced,
        np.array([point for point, _, _ in rows]),
        np.array([z for _, z, _ in rows], dtype=np.int64),
        np.array([w for _, _, w in rows]),
    )


def _kinds(crystal: Crystal) -> tuple[list[int], dict[int, tuple[tuple[int, float], ...]]]:
    """A number for each position by what sits there, and what each number stands for.

    The numbers grow with the species, so that they do not depend on the order of the atoms.
    """
    content: dict[int, list[tuple[int, float]]] = {}
    for place, z, w in zip(crystal.position, crystal.numbers, crystal.occupancy, strict=True):
        content.setdefault(int(place), []).append((int(z), round(float(w), _TYPE_DECIMALS)))
    species = [tuple(sorted(content[place])) for place in sorted(content)]
    names = {kind: i + 1 for i, kind in enumerate(sorted(set(species)))}
    return [names[kind] for kind in species], {i: kind for kind, i in names.items()}


@cache
def _spglib() -> Any:
    import spglib

    spglib.error.OLD_ERROR_HANDLING = False  # exceptions, not None and a warning
    return spglib


def _labels(spec: HklSpec) -> list[str]:
    index = range(-spec.max_index, spec.max_index + 1)
    return [f"{h} {k} {l}" for h in index for k in index for l in index]  # noqa: E741


DESCRIPTORS.register(
    Descriptor(
        key="hkl",
        title="Structure factors",
        summary="X-ray intensity of each reflection h, k, l of the primitive Niggli cell.",
        formula=r"I_{hkl} = \left| \frac{1}{N} \sum_n w_n f_n(|S|)\, e^{2 \pi i (h x_n + k y_n + "
        r"l z_n)} \right|^2",
        symbols="f_n: X-ray form factor; w_n: occupancy; N: their sum; x, y, z: fractional "
        "coordinates in the Niggli cell; |S| = 1/d of the reflection.",
        spec_type=HklSpec,
        compute=hkl,
        labels=_labels,
        reference="Cumby & Seth, AI3SD report (2021), doi 10.5258/SOTON/P0038, sections 6.1, 7.3.",
        limits="Jumps when two axes of the reduced cell change places, and when atoms become "
        "equivalent within the tolerance; where axes are equal in length without being equivalent "
        "by symmetry their order, and so the features, may depend on the cell given.",
        unit="electrons²",
        # Rotation too, but where axes are equal only to ~1e-5 rounding may swap them.
        invariances=frozenset(("permutation", "translation")),
        continuous=False,
    )
)

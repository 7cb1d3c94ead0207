"""Powder pattern: X-ray intensity over |S|, the cell-independent view of reciprocal space.

    F(S) = sum_n w_n f_n(|S|) exp(2 pi i S.r_n),   I(S) = |F(S)|^2,   |S| = 1 / d

All reciprocal lattice points but the origin count, so multiplicities come by themselves, and the
points a supercell adds carry no intensity. The average structure (w = occupancy) is what Bragg
peaks see, so partial occupancy needs no approximation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import erf, sqrt

import numpy as np

from core.descriptors.base import (
    ALL_INVARIANCES,
    DESCRIPTORS,
    Descriptor,
    Disorder,
    require_ordered,
)
from core.elements import MAX_NUMBER, SYMBOLS
from core.errors import ComputeError, InvalidSpecError, NonFiniteError
from core.geometry.cell import reduced_lattice
from core.registry import Spec, option
from core.types import Crystal, FloatArray, IntArray

_WHOLE_BINS = 1e-6  # relative slack of max_s / bin_width being a whole number
_KERNEL_REACH = 5.0  # Gaussian smearing is cut here, in sigma


@dataclass(frozen=True, slots=True, kw_only=True)
class PowderSpec(Spec):
    """Options of the powder pattern. Ref: Cumby & Seth 2021, doi 10.5258/SOTON/P0038, 7.3."""

    max_s: float = option(
        1.2, label="Largest |S|", unit="1/Å", gt=0, le=4.0,
        help="Reflections with smaller lattice spacings than one over this are left out.",
    )  # fmt: skip
    bin_width: float = option(
        0.01, label="Bin width", unit="1/Å", ge=1e-4, help="Width of the bins of |S|."
    )
    smearing: float = option(
        0.0,
        label="Gaussian smearing",
        unit="1/Å",
        ge=0,
        le=1.0,
        help="Standard deviation. Zero is continuous too: a peak is shared between two bins.",
    )
    lorentz: bool = option(
        False,
        label="Lorentz factor",
        help="Weight peaks by 1/|S|², the powder Lorentz factor at short wavelength.",
    )
    disorder: Disorder = option(
        "weights",
        label="Partial occupancy",
        help="Weights are exact here: Bragg intensities are those of the average structure.",
        choices=("weights", "refuse"),
    )

    def __post_init__(self) -> None:
        Spec.__post_init__(self)
        ratio = self.max_s / self.bin_width
        if ratio < 0.5 or abs(ratio - round(ratio)) > _WHOLE_BINS * ratio:
            raise InvalidSpecError(
                f"max_s {self.max_s:g} is not a whole number of bins of {self.bin_width:g} 1/Å.",
                hint="Change one of them.",
            )

    @property
    def n_bins(self) -> int:
        return round(self.max_s / self.bin_width)


def powder(crystal: Crystal, spec: PowderSpec) -> FloatArray:
    """Histogram of the kinematic X-ray intensity over |S|.

    A peak between two bin centres is shared linearly between them, which keeps its mean |S|:
    the earth mover's distance of a moving peak is then exact, and changes without jumps.

    Returns: (n_bins,) float64, sums to 1.
    Raises: DisorderedStructureError, ComputeError (no form factor), NonFiniteError (no
        reflection below max_s).
    """
    require_ordered(crystal, spec.disorder)
    # Peaks up to half a kernel beyond the end still reach into the last bin.
    n_beyond = 1 + int(np.ceil(_KERNEL_REACH * spec.smearing / spec.bin_width))
    n_all = spec.n_bins + n_beyond
    bins = np.zeros(n_all + 1)
    cell = reduced_lattice(crystal.lattice)
    frac = crystal.cart @ np.linalg.inv(cell)
    for s, intensity in _planes(cell, frac, crystal, n_all * spec.bin_width):
        if spec.lorentz:
            intensity = intensity / (s * s)
        place = np.maximum(s / spec.bin_width - 0.5, 0.0)  # in units of bins, from the first centre
        low = place.astype(np.int64)
        share = place - low
        bins += np.bincount(low, intensity * (1 - share), n_all + 1)
        bins += np.bincount(low + 1, intensity * share, n_all + 1)
    if spec.smearing > 0:
        bins = _kernel(len(bins), spec.smearing / spec.bin_width) @ bins
    bins = bins[: spec.n_bins]
    total = bins.sum()
    if not total > 0:
        raise NonFiniteError(
            f"{crystal.id!r} has no reflection below |S| = {spec.max_s:g} 1/Å.",
            hint="Raise max_s.",
        )
    return bins / total


def _planes(
    cell: FloatArray, frac: FloatArray, crystal: Crystal, reach: float
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield (|S|, intensity) of the reciprocal points with 0 < |S| < reach, plane by plane.

    Friedel's law halves the work: planes h > 0 count twice, the plane h = 0 is taken whole.
    Bounded memory: one plane at a time, one element at a time.
    """
    reciprocal = np.linalg.inv(cell).T  # rows a*, b*, c*
    order = np.argsort(-np.linalg.norm(cell, axis=1))  # most planes along h: least done twice
    reciprocal, frac = reciprocal[order], frac[:, order]
    # |h| = |S.a| <= |S||a|
    limits = np.floor(reach * np.linalg.norm(cell[order], axis=1)).astype(np.int64)
    k, l = (np.arange(-limit, limit + 1) for limit in limits[1:])  # noqa: E741
    flat = k[:, None, None] * reciprocal[1] + l[None, :, None] * reciprocal[2]
    elements = [(z, np.flatnonzero(crystal.numbers == z)) for z in np.unique(crystal.numbers)]
    phase_k = [_phases(k, frac[rows, 1]) * crystal.occupancy[rows] for _, rows in elements]
    phase_l = [_phases(l, frac[rows, 2]).T for _, rows in elements]
    for h in range(limits[0] + 1):
        s_all = np.linalg.norm(flat + h * reciprocal[0], axis=2)
        near = (s_all < reach) & (s_all > 0)
        s = s_all[near]
        if not s.size:
            continue
        total = np.zeros(s.size, dtype=np.complex128)
        for (z, rows), at_k, at_l in zip(elements, phase_k, phase_l, strict=True):
            at_h = np.exp(2j * np.pi * h * frac[rows, 0])
            total += form_factor(int(z), s) * ((at_k * at_h) @ at_l)[near]
        yield s, (total.real**2 + total.imag**2) * (2.0 if h else 1.0)


def _phases(indices: IntArray, coordinate: FloatArray) -> FloatArray:
    return np.exp(2j * np.pi * np.outer(indices, coordinate))


def form_factor(z: int, s: FloatArray) -> FloatArray:
    """X-ray form factor of a neutral atom at |S| in 1/Å, in electrons.

    Raises: ComputeError for elements beyond californium, for which there is no table.
    Reference: International Tables for Crystallography C (1992), 6.1.1.4, by way of gemmi.
    """
    a, b, c = _coefficients(z)
    squared = np.asarray(s) ** 2 / 4  # (sin(theta) / lambda)^2
    return c + np.exp(-squared[..., None] * b) @ a


@cache
def _coefficients(z: int) -> tuple[FloatArray, FloatArray, float]:
    import gemmi

    table = gemmi.Element(z).it92 if 0 < z <= MAX_NUMBER else None
    if table is None:
        raise ComputeError(
            f"There is no X-ray form factor of {SYMBOLS[z]} (Z = {z}).",
            hint="The International Tables end at californium; leave such crystals out.",
        )
    return np.array(table.a), np.array(table.b), float(table.c)


@cache
def _kernel(n: int, sigma: float) -> FloatArray:
    """(n, n) share of bin j that a Gaussian of width sigma (in bins) moves to bin i."""
    edges = [0.5 * erf((d - 0.5) / (sigma * sqrt(2))) for d in range(n + 1)]
    by_distance = np.diff(edges)
    kernel: FloatArray = by_distance[np.abs(np.arange(n)[:, None] - np.arange(n))]
    kernel.setflags(write=False)
    return kernel


def _labels(spec: PowderSpec) -> list[str]:
    return [f"{(i + 0.5) * spec.bin_width:.4g} 1/Å" for i in range(spec.n_bins)]


DESCRIPTORS.register(
    Descriptor(
        key="powder",
        title="Powder pattern",
        summary="X-ray intensity over |S| = 1/d: reciprocal space without a choice of cell.",
        formula=r"I_b \propto \sum_{|S| \in b} \left| \sum_n w_n f_n(|S|)\, e^{2 \pi i S \cdot "
        r"r_n} \right|^2, \quad \sum_b I_b = 1",
        symbols="S: points of the reciprocal lattice but the origin; I_b: intensity in bin b of "
        "|S| = 1/d; f_n: X-ray form factor; w_n: occupancy; r_n: position.",
        spec_type=PowderSpec,
        compute=powder,
        labels=_labels,
        reference="Cumby & Seth, AI3SD report (2021), doi 10.5258/SOTON/P0038; form factors: "
        "International Tables for Crystallography C (1992), 6.1.1.4, "
        "doi 10.1107/97809553602060000600.",
        limits="Kinematic, without temperature factors or polarisation; light atoms weigh little "
        "beside heavy ones; homometric crystals and enantiomers are equal; no form factors "
        "beyond Cf.",
        invariances=ALL_INVARIANCES,
        continuous=True,
    )
)

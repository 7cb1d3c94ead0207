"""SOAP: smooth overlap of atomic positions, averaged over the chosen sites, by dscribe.

The density of neighbours around a site, a Gaussian for each, is expanded in radial functions g_n
and spherical harmonics; products of coefficients summed over m do not change under rotation.
Ref: Bartók, Kondor & Csányi, Phys. Rev. B 87 (2013) 184115, doi 10.1103/PhysRevB.87.184115;
Himanen et al., Comput. Phys. Commun. 247 (2020) 106949, doi 10.1016/j.cpc.2019.106949.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from core.descriptors.base import DESCRIPTORS, Descriptor, require_ordered
from core.elements import ATOMIC_NUMBERS, SYMBOLS
from core.errors import (
    ComputeError,
    InvalidSpecError,
    MissingDependencyError,
    NeighborShortageError,
)
from core.geometry.cell import reduced_cell
from core.registry import Spec, option
from core.types import Crystal, FloatArray

_MAX_FEATURES = 200_000
_ANY = 1  # every atom counts as this number when no species are chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class SoapSpec(Spec):
    """Options of SOAP. Ref: doi 10.1103/PhysRevB.87.184115."""

    species: tuple[str, ...] = option(
        (), label="Species",
        help="Elements told apart, the same for all crystals; empty to count all atoms alike.",
    )  # fmt: skip
    centers: tuple[str, ...] = option(
        (), label="Central elements", help="Only these sites are looked from; empty for all."
    )
    cutoff: float = option(
        6.0, label="Cut-off", unit="Å", gt=1, le=20, help="Neighbours further away do not count."
    )
    n_max: int = option(8, label="Radial functions", ge=1, le=16, help="Number of functions g_n.")
    l_max: int = option(
        6, label="Largest degree", ge=0, le=12, help="Spherical harmonics up to this degree."
    )
    sigma: float = option(
        0.5, label="Width", unit="Å", ge=0.05, le=3,
        help="Standard deviation of the Gaussian that stands for a neighbour.",
    )  # fmt: skip
    average: str = option(
        "outer", label="Average", choices=("outer", "inner"),
        help="outer: mean of the spectra of the sites; inner: spectrum of their mean density.",
    )  # fmt: skip

    def __post_init__(self) -> None:
        Spec.__post_init__(self)
        for symbol in (*self.species, *self.centers):
            if symbol not in ATOMIC_NUMBERS:
                raise InvalidSpecError(f"{symbol!r} is no element.", hint="Write symbols: Si, O.")
        if len(set(self.numbers)) < len(self.species):
            raise InvalidSpecError(f"The species {', '.join(self.species)} hold one twice.")
        if self.n_features > _MAX_FEATURES:
            raise InvalidSpecError(
                f"{len(self.species)} species, {self.n_max} radial functions and degrees up to "
                f"{self.l_max} make {self.n_features} features; at most {_MAX_FEATURES} are kept.",
                hint="Choose fewer species, or none to count all atoms alike.",
            )

    @property
    def numbers(self) -> tuple[int, ...]:
        """Atomic numbers told apart, ascending; one that stands for all without species."""
        return tuple(sorted(ATOMIC_NUMBERS[s] for s in self.species)) or (_ANY,)

    @property
    def n_features(self) -> int:
        channels = self.n_max * len(self.numbers)
        return channels * (channels + 1) // 2 * (self.l_max + 1)


def soap(crystal: Crystal, spec: SoapSpec | None = None) -> FloatArray:
    """Power spectrum of the neighbour density, averaged over the chosen sites.

    Returns: (n_features,) float64, for each pair of species l, n and n' in the order of the labels.
    Raises: DisorderedStructureError; ComputeError for an element that is not among the species;
        NeighborShortageError when no site holds a central element; MissingDependencyError.
    """
    spec = spec or SoapSpec()
    require_ordered(crystal, "refuse")
    _check_elements(crystal, spec)
    from ase import Atoms

    cell = reduced_cell(crystal)
    atoms = Atoms(
        numbers=cell.numbers if spec.species else np.full(cell.n_rows, _ANY),
        scaled_positions=cell.frac, cell=cell.lattice, pbc=True,
    )  # fmt: skip
    wanted = [ATOMIC_NUMBERS[s] for s in spec.centers] or np.unique(cell.numbers)
    centers = np.flatnonzero(np.isin(cell.numbers, wanted)).tolist()
    values: FloatArray = _calculator(spec).create(atoms, centers=centers)
    return values


def _check_elements(crystal: Crystal, spec: SoapSpec) -> None:
    strange = set(crystal.numbers.tolist()) - set(spec.numbers) if spec.species else set()
    if strange:
        raise ComputeError(
            f"{crystal.id!r} holds {', '.join(SYMBOLS[z] for z in sorted(strange))}, not among the "
            f"species {', '.join(spec.species)}.",
            hint="Add the element to the species, or name none to count all atoms alike.",
        )
    if spec.centers and not set(spec.centers) & set(crystal.elements):
        raise NeighborShortageError(
            f"{crystal.id!r} ({crystal.formula}) has no site of {', '.join(spec.centers)}.",
            hint="Choose central elements that every crystal holds.",
        )


@lru_cache(maxsize=8)
def _calculator(spec: SoapSpec) -> Any:
    """Dscribe's calculator: its radial functions take longer than a small crystal."""
    try:
        from dscribe.descriptors import SOAP
    except ImportError as error:
        raise MissingDependencyError(
            "SOAP needs the package dscribe.", hint="Install it: pip install dscribe==2.1.2."
        ) from error
    return SOAP(
        species=[SYMBOLS[z] for z in spec.numbers], r_cut=spec.cutoff, n_max=spec.n_max,
        l_max=spec.l_max, sigma=spec.sigma, average=spec.average, periodic=True,
    )  # fmt: skip


def _labels(spec: SoapSpec) -> list[str]:
    return [
        f"{pair}, l {degree}, n {n}, n' {other}"
        for pair, alike in _pairs(spec)
        for degree in range(spec.l_max + 1)
        for n in range(1, spec.n_max + 1)
        for other in range(n if alike else 1, spec.n_max + 1)
    ]


def _pairs(spec: SoapSpec) -> Iterator[tuple[str, bool]]:
    """Pairs of species in dscribe's order, and whether both are the same."""
    if not spec.species:
        yield "any-any", True
        return
    for one, other in combinations_with_replacement(spec.numbers, 2):
        yield f"{SYMBOLS[one]}-{SYMBOLS[other]}", one == other


DESCRIPTORS.register(
    Descriptor(
        key="soap",
        title="SOAP",
        summary="Spectrum of the smoothed density of neighbours, averaged over the sites.",
        formula=r"p^{ab}_{nn'l} = \frac{1}{N} \sum_i \pi \sqrt{\frac{8}{2l+1}} \sum_m "
        r"c^{ia*}_{nlm} c^{ib}_{n'lm}, \quad c^{ia}_{nlm} = \int g_n(r)\, Y_{lm}^{*}\, "
        r"\rho^{ia}(r)\, d^3r",
        symbols="ρ^ia: density of species a around site i, a Gaussian of width σ for each atom "
        "within the cut-off; g_n: radial functions (spherical Gaussian type orbitals); Y_lm: "
        "spherical harmonics; N: sites. Average inner: the mean is taken of c.",
        spec_type=SoapSpec,
        compute=soap,
        labels=_labels,
        reference="Bartók, Kondor & Csányi, Phys. Rev. B 87 (2013) 184115, "
        "doi:10.1103/PhysRevB.87.184115; code: Himanen et al., Comput. Phys. Commun. 247 (2020) "
        "106949, doi:10.1016/j.cpc.2019.106949",
        limits="The number of features grows with the square of the number of species; an atom "
        "that crosses the cut-off changes them by a small step.",
    )
)

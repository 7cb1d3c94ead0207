"""Energy above the convex hull of known phases, for many candidates at once.

One phase diagram (pymatgen) for each chemical system; its facets are kept as chemical potentials.
The hull at a composition is the largest of the energies its facets give there, so that candidates
of one system cost one product of matrices.

Ref: Ong et al., Chem. Mater. 20 (2008) 1798, doi 10.1021/cm702327g.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from core.elements import MAX_NUMBER, SYMBOLS
from core.errors import NonFiniteError, SchemaError, ShapeMismatchError
from core.models.targets import read_target
from core.types import Crystal, Failure, FloatArray, IntArray

_ON_HULL = 1e-9  # eV per atom
_SINGULAR = 1e-9  # of a facet's determinant: degenerate facets hold no information


def element_shares(crystals: Sequence[Crystal]) -> FloatArray:
    """(n, 119) share of each element among the atoms, by atomic number; rows sum to 1."""
    out = np.zeros((len(crystals), MAX_NUMBER + 1))
    for row, crystal in zip(out, crystals, strict=True):
        row[:] = np.bincount(crystal.numbers, crystal.occupancy, minlength=MAX_NUMBER + 1)
    return out / out.sum(axis=1, keepdims=True)


@dataclass(frozen=True, slots=True, eq=False)
class Phases:
    """Compositions with energies.

    Attributes:
        shares: (n, 119) by atomic number, rows sum to 1.
        energies: (n,) eV per atom: all of one kind, total or of formation.

    Raises: ShapeMismatchError, NonFiniteError.
    """

    shares: FloatArray
    energies: FloatArray

    def __post_init__(self) -> None:
        if self.shares.shape != (len(self.energies), MAX_NUMBER + 1):
            raise ShapeMismatchError(
                f"Shares have shape {self.shares.shape} for {len(self.energies)} energies."
            )
        if not (np.isfinite(self.shares).all() and np.isfinite(self.energies).all()):
            raise NonFiniteError("Shares or energies of phases hold NaN or infinity.")

    @classmethod
    def of(cls, crystals: Sequence[Crystal], key: str) -> tuple[Phases, tuple[Failure, ...]]:
        """The crystals that have the energy `key` (per atom), and a row for each of the rest.

        Raises: SchemaError when none has.
        """
        target, kept, failures = read_target(crystals, key)
        return cls(element_shares([crystals[i] for i in kept.tolist()]), target.values), failures

    def __add__(self, other: Phases) -> Phases:
        return Phases(
            np.vstack([self.shares, other.shares]), np.append(self.energies, other.energies)
        )

    def __getitem__(self, rows: IntArray) -> Phases:
        return Phases(self.shares[rows], self.energies[rows])

    def __len__(self) -> int:
        return len(self.energies)


def pure_elements(numbers: Sequence[int] | IntArray) -> Phases:
    """The elements at zero: the corners of a hull of formation energies."""
    places = np.asarray(numbers, dtype=np.int64)
    shares = np.zeros((len(places), MAX_NUMBER + 1))
    shares[np.arange(len(places)), places] = 1.0
    return Phases(shares, np.zeros(len(places)))


@dataclass(slots=True, eq=False)
class Hull:
    """The hull of known phases in every chemical system that is asked of.

    Args:
        phases: the known ones.
        formation: energies are of formation, so each element is a phase at zero. Otherwise the
            elements must be among the phases.
    """

    phases: Phases
    formation: bool = True
    _facets: dict[tuple[int, ...], FloatArray] = field(default_factory=dict)
    _members: list[frozenset[int]] = field(default_factory=list)
    _by_system: dict[frozenset[int], list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._members = systems(self.phases.shares)
        for i, elements in enumerate(self._members):
            self._by_system.setdefault(elements, []).append(i)

    def energies(self, shares: FloatArray) -> FloatArray:
        """(n,) energy of the hull at each composition, eV per atom; NaN where an element has no
        phase to stand on.
        """
        out = np.full(len(shares), np.nan)
        for elements, rows in grouped(shares).items():
            potentials = self.potentials(elements)
            if len(potentials):
                x = shares[np.ix_(rows, np.array(elements))]
                out[rows] = (x @ potentials.T).max(axis=1)
        return out

    def above(self, candidates: Phases) -> FloatArray:
        """(n,) energy of each candidate above the hull of the known phases, eV per atom.

        Negative below it: a candidate is never part of its own hull here.
        """
        return candidates.energies - self.energies(candidates.shares)

    def potentials(self, elements: tuple[int, ...]) -> FloatArray:
        """(n_facets, n_elements) chemical potentials of a system, eV per atom; (0, n_elements)
        when one of the elements is in no phase.
        """
        if elements not in self._facets:
            self._facets[elements] = self._solve(elements)
        return self._facets[elements]

    def _solve(self, elements: tuple[int, ...]) -> FloatArray:
        wanted = frozenset(elements)
        rows = [i for system in _subsets(wanted, self._by_system) for i in self._by_system[system]]
        inside = self.phases[np.array(rows, dtype=np.int64)]
        if self.formation:
            inside = inside + pure_elements(elements)
        return facet_potentials(inside, elements)

    def leave_one_out(self) -> FloatArray:
        """(n,) energy of each phase above the hull of all others: negative for those that make the
        hull, by how much it would rise without them; NaN for an element that stands alone.
        """
        out = self.above(self.phases)
        for i in np.flatnonzero(out > -1e-9)[out[out > -1e-9] < 1e-9].tolist():
            elements = self._members[i]
            ordered = tuple(sorted(elements))
            rows = [j for s in _subsets(elements, self._by_system) for j in self._by_system[s]
                    if j != i]  # fmt: skip
            others = self.phases[np.array(rows, dtype=np.int64)]
            if self.formation:
                others = others + pure_elements(ordered)
            potentials = facet_potentials(others, ordered)
            x = self.phases.shares[i, list(ordered)]
            best = (potentials @ x).max() if len(potentials) else np.nan
            out[i] = self.phases.energies[i] - best
        return out


def facet_potentials(phases: Phases, elements: tuple[int, ...]) -> FloatArray:
    """(n_facets, n_elements) chemical potentials of the hull's facets, by pymatgen.

    Of phases at one composition only the lowest can matter. Empty when an element is missing.
    """
    from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram

    x = phases.shares[:, list(elements)]
    order = np.lexsort((*x.T, phases.energies))
    keys = np.round(x[order], 9)
    _, first = np.unique(keys, axis=0, return_index=True)
    chosen = order[first]  # the sort is stable in energy, so the first of each is the lowest
    pure = (x[chosen] > 1 - 1e-9).any(axis=0)
    if not pure.all():
        return np.empty((0, len(elements)))
    if len(elements) == 1:
        return np.array([[phases.energies[chosen].min()]])
    names = [SYMBOLS[z] for z in elements]
    entries = [
        PDEntry(dict(zip(names, row, strict=True)), float(energy))
        for row, energy in zip(x[chosen].tolist(), phases.energies[chosen].tolist(), strict=True)
    ]
    diagram = PhaseDiagram(entries, elements=None)
    solved = []
    columns = [str(e) for e in diagram.elements]
    place = [columns.index(name) for name in names]
    for facet in diagram.facets:
        corners = [diagram.qhull_entries[i] for i in facet]
        a = np.array([[c.composition.get_atomic_fraction(e) for e in diagram.elements]
                      for c in corners])  # fmt: skip
        if abs(np.linalg.det(a)) > _SINGULAR:
            b = np.array([c.energy_per_atom for c in corners])
            solved.append(np.linalg.solve(a, b)[place])
    return np.array(solved).reshape(-1, len(elements))


def grouped(shares: FloatArray) -> dict[tuple[int, ...], IntArray]:
    """Rows of each chemical system, by its atomic numbers in ascending order."""
    present = np.packbits(shares > 0, axis=1)
    _, first, member = np.unique(present, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(member.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(member.ravel()))
    parts = np.split(order, ends[:-1])
    return {
        tuple(np.flatnonzero(shares[i] > 0).tolist()): rows
        for i, rows in zip(first.tolist(), parts, strict=True)
    }


def systems(shares: FloatArray) -> list[frozenset[int]]:
    """The elements of each row."""
    return [frozenset(np.flatnonzero(row > 0).tolist()) for row in shares]


def _subsets(
    wanted: frozenset[int], known: dict[frozenset[int], list[int]]
) -> list[frozenset[int]]:
    """Systems among the known ones whose elements are all wanted."""
    from itertools import combinations

    if len(wanted) > 8:  # more subsets than systems, perhaps
        return [s for s in known if s <= wanted]
    chosen = (
        frozenset(c) for n in range(1, len(wanted) + 1) for c in combinations(sorted(wanted), n)
    )
    return [s for s in chosen if s in known]


def require_energy(phases: Phases) -> None:
    """Raises: SchemaError when there is nothing to make a hull of."""
    if not len(phases):
        raise SchemaError(
            "There are no known phases to make a hull of.",
            hint="Give a library whose crystals have an energy per atom.",
        )

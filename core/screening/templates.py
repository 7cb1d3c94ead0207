"""A crystal as a template: kinds of sites that take other elements, and a cell that follows radii.

All sites of one element change together. The prototype label of a new decoration follows from that
of the template without looking for symmetry again: letters stay, elements change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import gcd
from string import ascii_uppercase

import numpy as np

from core.elements import SYMBOLS
from core.errors import ConvergenceError, DisorderedStructureError, GridscopeError
from core.geometry.neighbors import nearest as nearest_neighbors
from core.geometry.neighbors import within
from core.geometry.prototype_label import prototype_label
from core.types import Crystal, Failure, FloatArray, IntArray

_CONTACT = 0.15  # beyond the shortest distance of a site, a neighbour still touches it


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A crystal whose elements are to be replaced.

    Attributes:
        crystal: ordered.
        kinds: (k,) its atomic numbers, ascending.
        amounts: (k,) atoms of each in the cell.
        kind_of: (n_rows,) kind of each row.
        label: its prototype label; '' where no symmetry was found.
        contacts: (k,) share of the ends of shortest contacts that are of each kind; total 1.
        contact: their mean length, angstrom.
    """

    crystal: Crystal
    kinds: tuple[int, ...]
    amounts: tuple[int, ...]
    kind_of: IntArray
    label: str
    contacts: FloatArray
    contact: float

    @classmethod
    def of(cls, crystal: Crystal) -> Template:
        """Raises: DisorderedStructureError for partial occupancy."""
        if not crystal.is_ordered:
            raise DisorderedStructureError(
                f"{crystal.id!r} has partially occupied sites; elements can't be replaced there.",
                hint="Make an ordered approximation first.",
            )
        try:
            label = prototype_label(crystal)
        except ConvergenceError:
            label = ""
        return cls.known(crystal, label)

    @classmethod
    def known(cls, crystal: Crystal, label: str) -> Template:
        """The template of an ordered crystal whose label is known."""
        kinds, kind_of, amounts = np.unique(
            crystal.numbers, return_inverse=True, return_counts=True
        )
        contacts, contact = touching(crystal, kind_of.ravel(), len(kinds))
        return cls(
            crystal, tuple(kinds.tolist()), tuple(amounts.tolist()), kind_of.ravel(), label,
            contacts, contact,
        )  # fmt: skip

    def scales(self, elements: IntArray, radii: FloatArray) -> FloatArray:
        """(n,) factor on the cell's lengths for other elements (n, k), by radii (119,).

        The mean contact, two radii long, grows as the radii of its ends do.
        """
        own = float(radii[list(self.kinds)] @ self.contacts)
        return np.asarray((radii[elements] @ self.contacts) / own)

    def decorated(self, elements: Sequence[int], scale: float, **fields: object) -> Crystal:
        """The crystal with other elements, in the order of the kinds, and its cell scaled."""
        numbers = np.asarray(elements, dtype=np.int64)[self.kind_of]
        return self.crystal.with_(
            lattice=self.crystal.lattice * scale, numbers=numbers, labels=(), **fields
        )

    def relabelled(self, elements: Sequence[int]) -> str:
        """Prototype label with other elements, in the order of the kinds; '' without a label."""
        if not self.label:
            return ""
        return relabel(self.label, tuple(SYMBOLS[z] for z in self.kinds),
                       tuple(SYMBOLS[z] for z in elements))  # fmt: skip


def templates(crystals: Sequence[Crystal]) -> tuple[tuple[Template, ...], tuple[Failure, ...]]:
    """A template of each crystal that can be one, and a row for each of the rest."""
    found, failures = [], []
    for crystal in crystals:
        try:
            found.append(Template.of(crystal))
        except GridscopeError as error:
            failures.append(
                Failure.from_error(error, id=crystal.id, stage="template", source=crystal.source)
            )
    return tuple(found), tuple(failures)


def touching(crystal: Crystal, kind_of: IntArray, n_kinds: int) -> tuple[FloatArray, float]:
    """Share of each kind (k,) among both ends of the contacts that touch, total 1, and the mean
    length of these contacts, angstrom.
    """
    shortest = nearest_neighbors(crystal, 1)
    reach = (1 + _CONTACT) * shortest.distances[shortest.starts[:-1]]
    found = within(crystal, float(reach.max()))
    near = found.distances <= reach[found.centers]
    ends = np.concatenate([found.centers[near], found.neighbors[near]])
    counts = np.bincount(kind_of[ends], minlength=n_kinds).astype(np.float64)
    return counts / counts.sum(), float(found.distances[near].mean())


def relabel(label: str, old: tuple[str, ...], new: tuple[str, ...]) -> str:
    """The label of a prototype whose elements `old` became `new`, in canonical form."""
    head, _, symbols = label.partition(":")
    formula, pearson, number, letters = head.split("_", 3)
    becomes = dict(zip(old, new, strict=True))
    each = [becomes[s] for s in symbols.split("-")]
    order = sorted(range(len(each)), key=each.__getitem__)
    name, place = _reordered(formula, number, letters, tuple(order))
    return f"{name}_{pearson}_{number}_{place}:{'-'.join(each[i] for i in order)}"


@lru_cache(maxsize=65_536)
def _reordered(formula: str, number: str, letters: str, order: tuple[int, ...]) -> tuple[str, str]:
    """Anonymous formula and canonical letters with the elements in another order."""
    from pymatgen.analysis.prototypes import canonicalize_element_wyckoffs

    amounts, each = label_amounts(formula), [explicit(text) for text in letters.split("_")]
    text = "_".join(each[i] for i in order)
    divisor = gcd(*amounts)
    name = "".join(
        letter + ("" if amounts[i] == divisor else str(amounts[i] // divisor))
        for letter, i in zip(ascii_uppercase, order, strict=False)
    )
    return name, str(canonicalize_element_wyckoffs(text, number))


def label_amounts(formula: str) -> list[int]:
    """Atoms of each element in an anonymous formula: A2BC3 is 2, 1, 3."""
    out: list[str] = []
    for character in formula:
        if character.isalpha():
            out.append("")
        else:
            out[-1] += character
    return [int(text or 1) for text in out]


def explicit(letters: str) -> str:
    """Wyckoff letters with every count written: `ab2c` is `1a1b2c`."""
    out, digits = "", ""
    for character in letters:
        if character.isdigit():
            digits += character
        else:
            out += (digits or "1") + character
            digits = ""
    return out

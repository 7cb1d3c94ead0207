"""Energies against the elements, and above the hull of the set."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """Composition of a cell and its energy per atom, eV."""

    id: str
    amounts: Mapping[str, int]
    energy: float

    @property
    def elements(self) -> frozenset[str]:
        return frozenset(self.amounts)


def references(entries: Sequence[Entry]) -> dict[str, float]:
    """Lowest energy per atom of each element among the elemental entries, eV."""
    lowest: dict[str, float] = {}
    for entry in entries:
        if len(entry.elements) == 1:
            (symbol,) = entry.elements
            lowest[symbol] = min(entry.energy, lowest.get(symbol, entry.energy))
    return lowest


def formation_energy(entry: Entry, elements: Mapping[str, float]) -> float:
    """Energy per atom against the elements, eV. Raises: KeyError for one without a reference."""
    n = sum(entry.amounts.values())
    return entry.energy - sum(m * elements[s] for s, m in entry.amounts.items()) / n


def above_hull(entries: Sequence[Entry], elements: Mapping[str, float]) -> dict[str, float]:
    """Energy of each entry above the hull of all entries and the elements, eV per atom.

    One phase diagram (pymatgen) for each set of elements that an entry has.
    """
    from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram

    by_elements: dict[frozenset[str], list[Entry]] = defaultdict(list)
    for entry in entries:
        by_elements[entry.elements].append(entry)
    found: dict[str, float] = {}
    for chemistry, members in by_elements.items():
        inside = [e for other, some in by_elements.items() if other <= chemistry for e in some]
        described = [_pd_entry(PDEntry, e) for e in inside]
        described += [PDEntry(symbol, elements[symbol]) for symbol in sorted(chemistry)]
        diagram = PhaseDiagram(described)
        for entry in members:
            value = diagram.get_e_above_hull(_pd_entry(PDEntry, entry))
            found[entry.id] = max(float(value), 0.0)
    return found


def _pd_entry(kind: type, entry: Entry) -> object:
    return kind("".join(f"{s}{n}" for s, n in entry.amounts.items()), entry.energy * _n(entry))


def _n(entry: Entry) -> int:
    return sum(entry.amounts.values())


def amounts(symbols: Sequence[str]) -> dict[str, int]:
    """Atoms of each element."""
    return dict(Counter(symbols))

"""Crystals to and from pymatgen structures and ase atoms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from core.elements import ATOMIC_NUMBERS, SYMBOLS
from core.errors import DisorderedStructureError, ParseError
from core.types import OCCUPANCY_TOLERANCE, Crystal

if TYPE_CHECKING:
    from ase import Atoms
    from pymatgen.core import Structure

_VACANCY_SYMBOLS = frozenset({"X", "Vac", "Va"})


def to_pymatgen(crystal: Crystal) -> Structure:
    """The pymatgen Structure: one site for each position, in the order of first appearance.

    Site labels are kept; properties travel in `Structure.properties`.
    """
    from pymatgen.core import Lattice, Structure

    species: list[dict[str, float]] = []
    coordinates: list[Any] = []
    labels: list[str] = []
    where: dict[int, int] = {}
    for row in range(crystal.n_rows):
        symbol = SYMBOLS[int(crystal.numbers[row])]
        position = int(crystal.position[row])
        if position not in where:
            where[position] = len(species)
            species.append({})
            coordinates.append(crystal.frac[row])
            labels.append(crystal.labels[row] if crystal.labels else "")
        occupants = species[where[position]]
        occupants[symbol] = occupants.get(symbol, 0.0) + float(crystal.occupancy[row])
    return Structure(
        Lattice(crystal.lattice),
        species,
        coordinates,
        labels=labels if any(labels) else None,
        properties=dict(crystal.properties),
    )


def from_pymatgen(
    structure: Structure,
    *,
    id: str,
    source: str = "",
    properties: Mapping[str, Any] | None = None,
) -> Crystal:
    """The crystal of a pymatgen Structure.

    Oxidation states are dropped, D and T become hydrogen, vacancies (dummy species X, Vac) leave
    their share of the site empty.

    Raises: ParseError for a dummy species that is no vacancy, or an empty structure.
    """
    numbers: list[int] = []
    frac: list[Any] = []
    occupancy: list[float] = []
    position: list[int] = []
    labels: list[str] = []
    for index, site in enumerate(structure):
        for z, amount in _occupants(site, index).items():
            numbers.append(z)
            frac.append(site.frac_coords)
            occupancy.append(min(amount, 1.0) if amount < 1 + OCCUPANCY_TOLERANCE else amount)
            position.append(index)
            labels.append(str(site.label))
    return Crystal(
        id, structure.lattice.matrix, np.reshape(np.array(frac, dtype=float), (-1, 3)),
        np.array(numbers, dtype=np.int64), np.array(occupancy), np.array(position),
        tuple(labels), properties or {}, source,
    )  # fmt: skip


def _occupants(site: Any, index: int) -> dict[int, float]:
    """Occupancy by atomic number; ions and isotopes of one element are added up."""
    amounts: dict[int, float] = {}
    for species, amount in site.species.items():
        symbol = getattr(species, "symbol", str(species))
        if symbol in _VACANCY_SYMBOLS:
            continue
        z = ATOMIC_NUMBERS.get(symbol)
        if z is None:
            raise ParseError(f"Site {index} holds {symbol!r}, which is no element.")
        amounts[z] = amounts.get(z, 0.0) + float(amount)
    return amounts


def to_ase(crystal: Crystal) -> Atoms:
    """The ase Atoms, periodic in all directions; properties travel in `Atoms.info`.

    Raises: DisorderedStructureError: ase has no partial occupancy.
    """
    from ase import Atoms

    if not crystal.is_ordered:
        raise DisorderedStructureError(
            f"{crystal.id!r} is disordered; ase can't hold partial occupancy.",
            hint="Make an ordered approximation first.",
        )
    return Atoms(
        numbers=crystal.numbers,
        scaled_positions=crystal.frac,
        cell=crystal.lattice,
        pbc=True,
        info=dict(crystal.properties),
    )


def from_ase(
    atoms: Atoms,
    *,
    id: str,
    source: str = "",
    properties: Mapping[str, Any] | None = None,
) -> Crystal:
    """The crystal of ase Atoms.

    Raises: ParseError without a full three-dimensional cell.
    """
    if atoms.cell.rank < 3:
        raise ParseError(
            f"{id!r} has a cell of rank {atoms.cell.rank}.", hint="Give three lattice vectors."
        )
    frac = np.linalg.solve(np.asarray(atoms.cell).T, atoms.positions.T).T
    return Crystal(
        id, np.asarray(atoms.cell), frac, atoms.numbers, properties=properties or {}, source=source
    )

"""All checks of one crystal, in order: what is refused, what is mended, what is noted."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.elements import SYMBOLS
from core.errors import ParseError
from core.io.doctor.composition import check_bulk, check_formula, formula_units
from core.io.doctor.contacts import Pairs, pairs_within, real_pairs, shortest_contact
from core.io.doctor.silica import check_silica
from core.io.doctor.spacegroup import check_space_group
from core.io.draft import Draft
from core.io.readers.base import check_geometry
from core.types import Crystal, Finding

OVERLAP = 0.5  # angstrom; no two atoms of a crystal are nearer (H2 has 0.74)
_SAME_ATOM = 0.1  # angstrom; nearer atoms of one element are one atom listed twice
_SHORT = 0.6  # of the sum of covalent radii: shorter contacts deserve a look
_SHORT_HYDROGEN = 0.6  # angstrom


def sanity(draft: Draft) -> Draft:
    """The checks no crystal escapes: overlapping atoms are merged, noted or refused.

    Raises: ParseError quoting the two atoms and their distance.
    """
    crystal = draft.crystal
    check_geometry(crystal.lattice, crystal.frac)
    try:
        pairs = real_pairs(crystal, pairs_within(crystal, OVERLAP))
    except MemoryError as error:
        raise _degenerate(crystal, str(error)) from None
    if not len(pairs.distance):
        return draft
    merged, pairs = _without_doubles(crystal, pairs)
    if merged is not crystal:
        n = crystal.n_rows - merged.n_rows
        message = f"{n} atoms are listed twice at the same place; they were merged."
        finding = Finding("duplicate_atoms", message, "warning", repaired=True)
        draft = draft.with_(crystal=merged).noting(finding)
        crystal = merged
        pairs = real_pairs(crystal, pairs_within(crystal, OVERLAP))
    crystal, pairs = _sharing(crystal, pairs)
    draft = draft.with_(crystal=crystal)
    occupancy = crystal.occupancy
    together = occupancy[pairs.first] + occupancy[pairs.second] > 1 + 1e-3
    # A site so near to its own image is a fault of the cell, whatever its occupancy.
    together |= crystal.position[pairs.first] == crystal.position[pairs.second]
    if together.any():
        raise _overlap(crystal, pairs, int(np.argmin(np.where(together, pairs.distance, np.inf))))
    if len(pairs.distance):
        message = (
            f"{len(pairs.distance)} pairs of partly occupied sites are nearer than {OVERLAP} Å: "
            "alternatives of one another."
        )
        draft = draft.noting(Finding("split_sites", message))
    return draft


def examine(draft: Draft) -> Draft:
    """The full examination of a crystal that passed `sanity`. Adds findings and facts."""
    crystal, stated = draft.crystal, draft.stated
    draft = draft.noting(
        examined=True,
        formula=crystal.formula,
        composition={e: round(n, 6) for e, n in crystal.composition.items()},
        n_sites=crystal.n_sites,
        volume_A3=crystal.volume,
        density_g_cm3=crystal.density,
        disordered=not crystal.is_ordered,
    )
    if (units := formula_units(crystal, stated)) is not None:
        draft = draft.noting(z=units)
    draft = draft.noting(*check_formula(crystal, stated), *check_bulk(crystal, stated))
    draft = _note_contact(draft)
    draft = _note_disorder(draft)
    findings, facts = check_silica(crystal)
    draft = draft.noting(*findings, **facts)
    findings, facts = check_space_group(crystal, stated)
    return draft.noting(*findings, **facts)


def _note_contact(draft: Draft) -> Draft:
    found = shortest_contact(draft.crystal)
    if found is None:
        return draft
    distance, i, j = found
    crystal = draft.crystal
    names = sorted((_name(crystal, i), _name(crystal, j)))
    draft = draft.noting(shortest_contact_A=distance, shortest_contact_atoms="-".join(names))
    z = {int(crystal.numbers[i]), int(crystal.numbers[j])}
    if distance < _short_limit(z, int(crystal.numbers[i]), int(crystal.numbers[j])):
        message = f"{names[0]} and {names[1]} are only {distance:.3f} Å apart."
        draft = draft.noting(Finding("short_contact", message))
    return draft


def _short_limit(kinds: set[int], first: int, second: int) -> float:
    if 1 in kinds:
        return _SHORT_HYDROGEN
    from ase.data import covalent_radii

    limit: float = _SHORT * float(covalent_radii[first] + covalent_radii[second])
    return limit


def _note_disorder(draft: Draft) -> Draft:
    crystal = draft.crystal
    if crystal.is_ordered:
        return draft
    total = np.bincount(crystal.position, weights=crystal.occupancy)
    total = total[np.unique(crystal.position)]
    rows = np.bincount(crystal.position)
    shared, partly = int((rows > 1).sum()), int((total < 1 - 1e-3).sum())
    told = []
    if shared:
        told.append(f"{shared} of {crystal.n_sites} sites hold more than one element")
    if partly or not shared:
        told.append(f"{partly} of {crystal.n_sites} sites are not full")
    return draft.noting(Finding("partial_occupancy", f"Partial occupancy: {', '.join(told)}."))


def _without_doubles(crystal: Crystal, pairs: Pairs) -> tuple[Crystal, Pairs]:
    """Drop the later of two fully occupied atoms of one element at one place."""
    same = crystal.numbers[pairs.first] == crystal.numbers[pairs.second]
    full = (crystal.occupancy[pairs.first] + crystal.occupancy[pairs.second]) > 2 - 1e-3
    double = same & full & (pairs.distance < _SAME_ATOM) & (pairs.first != pairs.second)
    if not double.any():
        return crystal, pairs
    drop = np.unique(np.maximum(pairs.first[double], pairs.second[double]))
    return keep_rows(crystal, np.setdiff1d(np.arange(crystal.n_rows), drop)), pairs


def _sharing(crystal: Crystal, pairs: Pairs) -> tuple[Crystal, Pairs]:
    """Partly occupied rows at one place share its position, as formats without sites can't say."""
    full = crystal.occupancy[pairs.first] + crystal.occupancy[pairs.second] > 1 + 1e-3
    here = ~full & (pairs.distance < 1e-3) & (pairs.first != pairs.second)
    if not here.any():
        return crystal, pairs
    position = crystal.position.copy()
    for i, j in zip(pairs.first[here].tolist(), pairs.second[here].tolist(), strict=True):
        position[position == position[j]] = position[i]
    crystal = crystal.with_(position=position)
    return crystal, real_pairs(crystal, pairs_within(crystal, OVERLAP))


def keep_rows(crystal: Crystal, rows: Any) -> Crystal:
    """The crystal with these rows only."""
    return crystal.with_(
        frac=crystal.frac[rows],
        numbers=crystal.numbers[rows],
        occupancy=crystal.occupancy[rows],
        position=crystal.position[rows],
        labels=tuple(crystal.labels[i] for i in rows) if crystal.labels else (),
    )


def _overlap(crystal: Crystal, pairs: Pairs, worst: int) -> ParseError:
    i, j = int(pairs.first[worst]), int(pairs.second[worst])
    if i == j:
        return _degenerate(
            crystal, f"{_name(crystal, i)} is {pairs.distance[worst]:.3f} Å from its image"
        )
    return ParseError(
        f"Atoms overlap: {_name(crystal, i)} and {_name(crystal, j)} are "
        f"{pairs.distance[worst]:.3f} Å apart ({len(pairs.distance)} such pairs).",
        hint="Check the cell, the coordinates (fractional or Cartesian?) and the space group.",
    )


def _degenerate(crystal: Crystal, why: str) -> ParseError:
    lengths = ", ".join(f"{x:.4g}" for x in np.linalg.norm(crystal.lattice, axis=1))
    return ParseError(
        f"The cell is too small or too flat (lengths {lengths} Å, volume {crystal.volume:.4g} Å³): "
        f"{why}.",
        hint="Check the cell parameters and their unit.",
    )


def _name(crystal: Crystal, row: int) -> str:
    label = crystal.labels[row] if crystal.labels else ""
    return label or f"{SYMBOLS[int(crystal.numbers[row])]}{row + 1}"

"""What an energy means: energy of formation, and above the hull of the embedded set.

Both are those of `prototype-elastic`, which the same potential computed in the same way: the
elements' energies stand in its card, the known phases are its crystals and the elements. A crystal
of a real database that is not in the set is unknown to this hull.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from core.data import load_embedded
from core.data.prototype_elastic import FOLDER, KEY
from core.elements import ATOMIC_NUMBERS, MAX_NUMBER, SYMBOLS
from core.errors import DatasetUnavailableError, SchemaError, ShapeMismatchError
from core.screening.hull import Hull, Phases, element_shares
from core.types import Crystal, Failure, FloatArray

FORMATION = "formation_energy_eV_per_atom"
ABOVE_HULL = "energy_above_hull_eV_per_atom"


@dataclass(frozen=True, slots=True, eq=False)
class References:
    """What energies are told against.

    Attributes:
        elements: (119,) eV per atom by atomic number; NaN for those without one.
        hull: of the known phases, energies of formation.
    """

    elements: FloatArray
    hull: Hull


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """Energies of n crystals, eV per atom, (n,) each; NaN where an element has no reference.

    Attributes:
        formation: against the elements.
        above_hull: of the known phases; below zero for a crystal that lies under their hull.
        failures: a row for each crystal without.
    """

    formation: FloatArray
    above_hull: FloatArray
    failures: tuple[Failure, ...]


@cache
def element_energies() -> FloatArray:
    """(119,) energies of the elements in the set's card, eV per atom; NaN for those without.

    Raises: DatasetUnavailableError.
    """
    path = FOLDER / "card.json"
    try:
        stated = json.loads(path.read_text("utf-8"))["elements_eV_per_atom"]
    except OSError as error:
        raise DatasetUnavailableError(
            f"{path} is not there.", hint="Check out the folder assets of the repository."
        ) from error
    out = np.full(MAX_NUMBER + 1, np.nan)
    for symbol, energy in stated.items():
        out[ATOMIC_NUMBERS[symbol]] = energy
    out.setflags(write=False)
    return out


@cache
def references() -> References:
    """The elements and phases of `prototype-elastic`. Raises: DatasetUnavailableError."""
    phases, _ = Phases.of(load_embedded(KEY), FORMATION)
    return References(element_energies(), Hull(phases))


def label(
    crystals: Sequence[Crystal], energies: FloatArray, known: References | None = None
) -> Labels:
    """Formation energy and energy above the hull of crystals.

    Args:
        crystals: n of them.
        energies: (n,) eV per atom, by the potential that computed the references.
        known: those of the embedded set when None.

    Raises: ShapeMismatchError, DatasetUnavailableError.
    """
    if np.shape(energies) != (len(crystals),):
        raise ShapeMismatchError(
            f"{len(crystals)} crystals meet energies of shape {np.shape(energies)}."
        )
    if not len(crystals):
        return Labels(np.empty(0), np.empty(0), ())
    known = known or references()
    shares = element_shares(crystals)
    missing = (shares > 0) & np.isnan(known.elements)
    formation = energies - shares @ np.nan_to_num(known.elements)
    formation[missing.any(axis=1)] = np.nan
    failures = tuple(
        Failure.from_error(
            SchemaError(
                f"{crystal.id!r} holds {', '.join(SYMBOLS[z] for z in np.flatnonzero(row))}, for "
                "which the set has no reference energy.",
                hint="Its energy and bulk modulus are verified; its formation energy is not.",
            ),
            id=crystal.id, stage="label", source=crystal.source,
        )
        for crystal, row in zip(crystals, missing, strict=True)
        if row.any()
    )  # fmt: skip
    return Labels(formation, formation - known.hull.energies(shares), failures)

"""What a map can be coloured by: properties, elements, space group, size."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from core.elements import SYMBOLS
from core.errors import ComputeError, InputError
from core.geometry.symmetry import find_symmetry
from core.library.library import Library
from core.store.rows import is_number
from core.types import Crystal

FORMULA, ELEMENTS, SPACE_GROUP = "formula", "elements", "space group"
SITES, DENSITY = "sites in the cell", "density_g_cm3"
HOLDS = "holds "
_FOUND_HERE = 300  # crystals up to which a space group nobody has looked for is found now


def colour_choices(library: Library) -> tuple[str, ...]:
    """Names of all colourings: the library's properties first, then those of the structures."""
    present = {int(z) for crystal in library.crystals for z in crystal.numbers}
    own = (SPACE_GROUP, ELEMENTS, FORMULA, SITES, DENSITY)
    holds = (f"{HOLDS}{SYMBOLS[z]}" for z in sorted(present))
    return tuple(dict.fromkeys((*library.property_keys, *own, *holds)))


def colour_values(library: Library, ids: Sequence[str], choice: str) -> list[Any]:
    """A number or a word for each of these crystals; None where it is not known.

    A property that is a number of some crystal is one of all: words ("82 GPa") are not known then.
    """
    places = {crystal.id: i for i, crystal in enumerate(library.crystals)}
    rows = [places[name] for name in ids]
    values = [_value(library, row, choice) for row in rows]
    if choice in library.numeric_keys:
        return [None if isinstance(value, str) else value for value in values]
    return values


def _value(library: Library, row: int, choice: str) -> Any:
    crystal = library.crystals[row]
    if choice in crystal.properties or choice in library.property_keys:
        value = crystal.properties.get(choice)
        if is_number(value) and value is not None:
            return float(value) if isfinite(value) else None
        return None if value is None else str(value)
    if choice.startswith(HOLDS):
        symbol = choice.removeprefix(HOLDS)
        return f"with {symbol}" if symbol in crystal.composition else f"without {symbol}"
    if choice == SPACE_GROUP:
        return _space_group(library, row, crystal)
    known = {FORMULA: crystal.formula, ELEMENTS: "-".join(crystal.elements),
             SITES: crystal.n_sites, DENSITY: crystal.density}  # fmt: skip
    return known.get(choice)


def _space_group(library: Library, row: int, crystal: Crystal) -> str | None:
    facts = library.examinations[row].facts if library.examinations else {}
    told = facts.get("space_group_found") or facts.get("space_group_stated")
    if told or len(library) > _FOUND_HERE:
        return str(told) if told else None
    try:
        return find_symmetry(crystal).symbol
    except (ComputeError, InputError):
        return None

"""Radii by which cells grow and shrink: covalent ones, or those that the library's contacts show.

Half the mean contact of a crystal is a mean of the radii at both ends. Radii of all elements are
found from many crystals by least squares, drawn to the covalent ones: an element in few crystals
keeps about its covalent radius.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.elements import MAX_NUMBER
from core.errors import InvalidSpecError
from core.geometry.bonds import covalent_radii
from core.screening.templates import Template
from core.types import FloatArray

CHOICES = ("library", "covalent")
_PULL = 0.5  # crystals that the covalent radius weighs as much as
_LEAST = 0.2  # angstrom


def radii(choice: str, library: Sequence[Template] = ()) -> FloatArray:
    """(119,) radii by atomic number, angstrom. Raises: InvalidSpecError for an unknown choice."""
    if choice == "covalent":
        return covalent_radii()
    if choice == "library":
        return contact_radii(library)
    raise InvalidSpecError(f"There are no radii {choice!r}.", hint="Known: " + ", ".join(CHOICES))


def contact_radii(library: Sequence[Template]) -> FloatArray:
    """(119,) radii that explain the contacts of these crystals best, angstrom."""
    usual = covalent_radii()
    shares, half = np.zeros((len(library), MAX_NUMBER + 1)), np.empty(len(library))
    for row, template in enumerate(library):
        shares[row, list(template.kinds)] = template.contacts
        half[row] = template.contact / 2
    normal = shares.T @ shares + _PULL * np.eye(MAX_NUMBER + 1)
    change = np.linalg.solve(normal, shares.T @ (half - shares @ usual))
    return np.maximum(usual + change, np.minimum(usual, _LEAST))

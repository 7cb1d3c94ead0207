"""A crystal from the dictionary form of a pymatgen Structure, without pymatgen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.elements import ATOMIC_NUMBERS
from core.errors import ComputeError, InputError, ParseError, ShapeMismatchError
from core.io.readers.base import check_geometry
from core.types import OCCUPANCY_TOLERANCE, Crystal, Finding

_VACANCIES = frozenset({"X", "Vac", "Va", "X0+", "Vac0+"})


def is_structure(record: Mapping[str, Any]) -> bool:
    """Whether a dictionary has what a structure must have."""
    return "lattice" in record and "sites" in record


def crystal_from_dict(
    structure: Mapping[str, Any], properties: Mapping[str, Any]
) -> tuple[Crystal, tuple[Finding, ...]]:
    """The crystal of a `Structure.as_dict()`, and what was noticed.

    Raises: ParseError quoting what is missing or no number or no element.
    """
    try:
        lattice = np.array(structure["lattice"]["matrix"], dtype=np.float64)
        sites = structure["sites"]
        if not sites:
            raise ParseError("The structure holds no atoms.")
        plain = _plain_sites(sites)
        rows = plain if plain is not None else _rows(sites)
        numbers, frac, occupancy, position, findings = rows
        labels = tuple([str(site.get("label", "")) for site in sites]) if plain else ()
        coordinates = np.array(frac, dtype=np.float64)
        if lattice.shape != (3, 3) or coordinates.ndim != 2 or coordinates.shape[1] != 3:
            raise ParseError("The cell is not 3 x 3, or a site has no three coordinates.")
        check_geometry(lattice, coordinates)
        crystal = Crystal(
            "", lattice, coordinates, numbers, occupancy, position,
            labels if any(labels) else (), properties,
        )  # fmt: skip
        return crystal, findings
    except KeyError as error:
        raise ParseError(f"The structure lacks {error.args[0]!r}.") from None
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ParseError(f"The structure can't be read: {str(error)[:160]}.") from None
    except (ShapeMismatchError, ComputeError) as error:
        raise _as_input_error(error) from None


def _as_input_error(error: Exception) -> InputError:
    return ParseError(str(error))


def _plain_sites(sites: list[dict[str, Any]]) -> Any:
    """Rows of an ordered structure of plain elements, or None when it is anything else."""
    try:
        numbers = []
        for site in sites:
            (species,) = site["species"]
            if species["occu"] != 1:
                return None
            numbers.append(ATOMIC_NUMBERS[species["element"]])
        heavy = any(site["species"][0]["element"] in ("D", "T") for site in sites if numbers)
        return None if heavy else (numbers, [site["abc"] for site in sites], None, None, ())
    except (KeyError, ValueError):
        return None


def _rows(sites: list[dict[str, Any]]) -> Any:
    """Rows of mixed sites, vacancies and isotopes. Raises: ParseError."""
    numbers, frac, occupancy, position = [], [], [], []
    findings: dict[str, Finding] = {}
    for index, site in enumerate(sites):
        species = site["species"] if "species" in site else [{"element": site["label"]}]
        for entry in species:
            symbol, amount = str(entry["element"]), float(entry.get("occu", 1))
            if symbol in _VACANCIES:
                message = f"Site {index} names a vacancy ({symbol})."
                findings["vacancy"] = Finding("vacancy", message, "warning", repaired=True)
                continue
            if symbol not in ATOMIC_NUMBERS:
                raise ParseError(f"Site {index} names {symbol[:20]!r}, which is no element.")
            if symbol in ("D", "T"):
                message = f"Isotope {symbol} is read as hydrogen."
                findings["isotope"] = Finding("isotope", message, "info", repaired=True)
            if not 0 < amount <= 1 + OCCUPANCY_TOLERANCE:
                raise ParseError(f"Site {index} has an occupancy of {amount:g} for {symbol}.")
            numbers.append(ATOMIC_NUMBERS[symbol])
            frac.append(site["abc"])
            occupancy.append(amount)
            position.append(index)
    return numbers, frac, occupancy, position, tuple(findings.values())

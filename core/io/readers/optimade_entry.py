"""A crystal from a `structures` entry of OPTIMADE 1.x, as a server sends it or a file keeps it.

Reference: Andersen et al., Scientific Data 8, 217 (2021), doi 10.1038/s41597-021-00974-z, and the
specification at https://github.com/Materials-Consortia/OPTIMADE.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.config import ParseLimits
from core.elements import ATOMIC_NUMBERS
from core.errors import ComputeError, InputError, ParseError, ShapeMismatchError
from core.io.draft import Draft, Refusal
from core.io.readers.base import check_atom_rows, check_geometry
from core.io.readers.properties import scalar_properties
from core.types import OCCUPANCY_TOLERANCE, Crystal, Finding, FloatArray

# What this reader needs of an entry: a query asks for these and nothing more. The space group is
# not among them: servers before version 1.2 do not know it, and some then refuse the whole request.
FIELDS = (
    "lattice_vectors", "cartesian_site_positions", "species_at_sites", "species", "assemblies",
    "dimension_types", "structure_features", "chemical_formula_reduced",
)  # fmt: skip
_WITHOUT_PLACE = {
    "implicit_atoms": "atoms that belong to the crystal but are not listed",
    "site_attachments": "atoms attached to a site without a place of their own",
    "unknown_positions": "sites whose positions are not known",
}
_MOST_ON_A_SITE = 1.01  # concentrations are rounded by some providers


def is_entry(record: Any) -> bool:
    """Whether a record is a `structures` entry of OPTIMADE."""
    attributes = record.get("attributes") if isinstance(record, dict) else None
    return isinstance(attributes, dict) and (
        record.get("type") == "structures" or "cartesian_site_positions" in attributes
    )


def draft_from_entry(
    record: Mapping[str, Any], name: str, own_id: bool, limits: ParseLimits
) -> Draft | Refusal:
    """The crystal of an entry, or why there is none. Disorder is read with its occupancies."""
    attributes = record["attributes"]
    try:
        sites = attributes.get("species_at_sites")
        if isinstance(sites, list):
            check_atom_rows(len(sites), limits)
        crystal, findings = _crystal(attributes)
    except InputError as error:
        return Refusal.from_error(error, name, own_id)
    return Draft(crystal, name, own_id, findings, _stated(attributes))


def _crystal(attributes: Mapping[str, Any]) -> tuple[Crystal, tuple[Finding, ...]]:
    """Raises: ParseError quoting what is missing, no number or no element."""
    try:
        lattice = _lattice(attributes)
        cart = np.array(_list(attributes, "cartesian_site_positions"), dtype=np.float64)
        if cart.ndim != 2 or cart.shape[1] != 3:
            raise ParseError("A site has no three coordinates.")
        check_geometry(lattice, cart)
        frac = np.linalg.solve(lattice.T, cart.T).T
        rows, numbers, occupancy = _occupants(attributes, len(cart))
        if not numbers:
            raise ParseError("The entry holds no atoms.")
        properties = scalar_properties(
            {key: value for key, value in attributes.items() if key.startswith("_")}
        )
        crystal = Crystal(
            "", lattice, frac[rows], np.array(numbers), np.array(occupancy), np.array(rows),
            properties=properties,
        )  # fmt: skip
        return crystal, _findings(attributes)
    except KeyError as error:
        raise ParseError(f"The entry lacks {error.args[0]!r}.") from None
    except (TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise ParseError(f"The entry can't be read: {str(error)[:160]}.") from None
    except (ShapeMismatchError, ComputeError) as error:
        raise ParseError(str(error)) from None


def _list(attributes: Mapping[str, Any], key: str) -> list[Any]:
    """Raises: ParseError when the server left the value out."""
    value = attributes.get(key)
    if not isinstance(value, list) or not value:
        raise ParseError(f"The entry states no {key}.", hint="Its provider does not serve it.")
    return value


def _lattice(attributes: Mapping[str, Any]) -> FloatArray:
    vectors = _list(attributes, "lattice_vectors")
    if any(not isinstance(v, list) or None in v for v in vectors):
        raise ParseError(
            "The entry is not periodic in all directions: it states fewer than three vectors.",
            hint="Leave such entries out: add nperiodic_dimensions=3 to the filter.",
        )
    lattice = np.array(vectors, dtype=np.float64)
    if lattice.shape != (3, 3):
        raise ParseError(f"The cell has the shape {lattice.shape}, not 3 x 3.")
    return lattice


def _occupants(
    attributes: Mapping[str, Any], n_sites: int
) -> tuple[list[int], list[int], list[float]]:
    """Site, atomic number and occupancy of each row. Raises: ParseError."""
    names = _list(attributes, "species_at_sites")
    if len(names) != n_sites:
        raise ParseError(f"The entry names {len(names)} species for {n_sites} sites.")
    kinds = {kind["name"]: kind for kind in attributes.get("species") or ()}
    shares = _shares(attributes.get("assemblies") or (), n_sites)
    known: dict[str, dict[int, float]] = {}
    rows, numbers, occupancy = [], [], []
    for site, name in enumerate(names):
        if name not in known:
            known[name] = _amounts(kinds.get(name), str(name))
        for number, amount in known[name].items():
            # The share is 1 but for alternatives; a species that is never there leaves no row.
            if amount * shares[site] > 0:
                rows.append(site)
                numbers.append(number)
                occupancy.append(min(1.0, amount * float(shares[site])))
    return rows, numbers, occupancy


def _amounts(kind: Mapping[str, Any] | None, name: str) -> dict[int, float]:
    """Occupancy by atomic number of one species; its vacancies stay empty. Raises: ParseError."""
    if kind is None:  # some servers leave out species that are plain elements
        kind = {"chemical_symbols": [name], "concentration": [1.0]}
    amounts: dict[int, float] = {}
    for symbol, given in zip(kind["chemical_symbols"], kind["concentration"], strict=True):
        amount = float(given)
        if not 0 <= amount <= 1 + OCCUPANCY_TOLERANCE:
            raise ParseError(f"Species {name[:20]!r} has a concentration of {amount:g}.")
        if symbol == "vacancy":
            continue
        if symbol not in ATOMIC_NUMBERS:
            raise ParseError(f"Species {name[:20]!r} holds {str(symbol)[:20]!r}: no element.")
        number = ATOMIC_NUMBERS[symbol]
        amounts[number] = amounts.get(number, 0.0) + amount
    if sum(amounts.values()) > _MOST_ON_A_SITE:
        total = sum(amounts.values())
        raise ParseError(f"The concentrations of species {name[:20]!r} add up to {total:g}.")
    return amounts


def _shares(assemblies: Any, n_sites: int) -> FloatArray:
    """(n_sites,) probability that a site is there, from groups of alternative sites."""
    shares = np.ones(n_sites)
    for assembly in assemblies:
        groups, chances = assembly["sites_in_groups"], assembly["group_probabilities"]
        for group, chance in zip(groups, chances, strict=True):
            for site in group:
                if not (isinstance(site, int) and 0 <= site < n_sites and 0 <= chance <= 1):
                    raise ParseError(f"An assembly gives site {site} a probability of {chance}.")
                shares[site] *= chance
    return shares


def _findings(attributes: Mapping[str, Any]) -> tuple[Finding, ...]:
    found = []
    periodic = attributes.get("dimension_types")
    if isinstance(periodic, list) and 0 in periodic:
        message = f"Stated to be periodic in {sum(map(bool, periodic))} directions; read as in all."
        found.append(Finding("not_periodic", message))
    features = attributes.get("structure_features")
    for feature in features if isinstance(features, list) else ():
        if feature in _WITHOUT_PLACE:
            message = f"The provider states {_WITHOUT_PLACE[feature]}; they are left out."
            found.append(Finding("atoms_without_coordinates", message))
    if attributes.get("assemblies"):
        message = "Sites of which only some are there together are read as partly occupied."
        found.append(Finding("assemblies", message, "info"))
    return tuple(found)


def _stated(attributes: Mapping[str, Any]) -> dict[str, Any]:
    stated: dict[str, Any] = {}
    if isinstance(formula := attributes.get("chemical_formula_reduced"), str):
        stated["formula"] = formula[:200]
    if isinstance(number := attributes.get("space_group_it_number"), int) and number > 0:
        stated["space_group_number"] = number
    return stated

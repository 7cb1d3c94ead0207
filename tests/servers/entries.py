"""Crystals as OPTIMADE entries: what a sound server would send."""

from __future__ import annotations

from typing import Any

from core.elements import SYMBOLS
from core.sources.filters import reduced_formula
from core.types import Crystal


def entry_of(crystal: Crystal) -> dict[str, Any]:
    """A `structures` entry of an ordered crystal."""
    symbols = [SYMBOLS[z] for z in crystal.numbers]
    elements = sorted(set(symbols))
    kinds = [
        {"name": e, "chemical_symbols": [e], "concentration": [1.0]} for e in elements
    ]  # fmt: skip
    return {
        "id": crystal.id,
        "type": "structures",
        "attributes": {
            "lattice_vectors": crystal.lattice.tolist(),
            "cartesian_site_positions": crystal.cart.tolist(),
            "species_at_sites": symbols,
            "species": kinds,
            "elements": elements,
            "nelements": len(elements),
            "elements_ratios": [symbols.count(e) / len(symbols) for e in elements],
            "nsites": len(symbols),
            "dimension_types": [1, 1, 1],
            "nperiodic_dimensions": 3,
            "structure_features": [],
            "chemical_formula_reduced": reduced_formula(crystal.formula),
            "_exmpl_bulk_modulus": crystal.properties.get("bulk_modulus_GPa"),
        },
    }

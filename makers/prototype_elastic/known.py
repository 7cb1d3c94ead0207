"""Decorations that a file of known binaries holds: they come first in the work.

Only structures are read, never a modulus. A crystal belongs to the recipe with its space group and
numbers of atoms whose prototype is nearest by GRID, if near enough.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np

from core.elements import ATOMIC_NUMBERS, SYMBOLS
from core.geometry.symmetry import find_symmetry, primitive_cell
from core.types import Crystal
from makers.prototype_elastic.chemistry import LEFT_OUT, NONMETALS, electronegativity
from makers.prototype_elastic.decorate import Decoration
from makers.prototype_elastic.likeness import geometry
from makers.prototype_elastic.prototypes import prototype
from makers.prototype_elastic.recipes import RECIPES, Recipe

NEAR = 0.30  # Å, GRID at one volume per atom
_SYMPREC = 1e-2
_ANGLES = -1.0  # judged by distances alone


def binaries(path: Path, formulas: frozenset[str] | None = None) -> list[tuple[Crystal, int]]:
    """Primitive crystals of a file of binaries with their space groups, moduli as properties.

    Args:
        path: gzipped JSON of the matcalc benchmark.
        formulas: reduced formulas (as `Crystal.formula`) to keep; all by default.
    """
    found = []
    for record in json.loads(gzip.decompress(path.read_bytes())):
        modulus = {"bulk_modulus_vrh_GPa": float(record["bulk_modulus_vrh"])}
        crystal = Crystal(record["mp_id"], *_cell(record["structure"]), properties=modulus)
        if formulas is None or crystal.formula in formulas:
            found.append(in_primitive_cell(crystal))
    return found


def in_primitive_cell(crystal: Crystal) -> tuple[Crystal, int]:
    """A primitive cell of the crystal, and its space group."""
    found = find_symmetry(crystal, symprec=_SYMPREC, angle_tolerance=_ANGLES)
    translations = sum(bool((r == np.eye(3)).all()) for r in found.rotations)
    if translations > 1:
        crystal = primitive_cell(crystal, symprec=_SYMPREC, angle_tolerance=_ANGLES)
    return crystal, found.number


def _cell(structure: dict[str, Any]) -> tuple[Any, Any, list[int]]:
    sites = structure["sites"]
    return (
        np.array(structure["lattice"]["matrix"]),
        np.array([site["abc"] for site in sites]),
        [ATOMIC_NUMBERS[site["species"][0]["element"]] for site in sites],
    )


def known_decorations(path: Path) -> dict[Recipe, list[Decoration]]:
    """Decorations of the binary recipes that the file holds; each crystal counts for one."""
    pairs = [r for r in RECIPES if len(r.sites) == 2]
    templates = geometry([_template(r) for r in pairs])
    crystals = [
        (crystal, group)
        for crystal, group in binaries(path)
        if LEFT_OUT.isdisjoint(crystal.elements) and not NONMETALS.issuperset(crystal.elements)
    ]
    fitting = [_fitting(crystal, group, pairs) for crystal, group in crystals]
    rows = [i for i, found in enumerate(fitting) if found]
    described = geometry([crystals[i][0] for i in rows])
    known: dict[Recipe, set[Decoration]] = defaultdict(set)
    for row, vector in zip(rows, described, strict=True):
        distance, index, decoration = min(
            (float(np.abs(vector - templates[index]).sum()), index, decoration)
            for index, decoration in fitting[row]
        )
        if distance < NEAR:
            known[pairs[index]].add(decoration)
    return {recipe: sorted(found) for recipe, found in known.items()}


def _template(recipe: Recipe) -> Crystal:
    host = prototype(recipe.key)
    numbers = [ATOMIC_NUMBERS[s] for s in host.sites]
    return Crystal(host.key, host.lattice, host.frac, numbers)


def _fitting(crystal: Crystal, group: int, recipes: list[Recipe]) -> list[tuple[int, Decoration]]:
    """Recipes of the same space group and numbers of atoms, with the elements on their sites.

    Sites that hold equally many atoms take the less electronegative element first.
    """
    amounts = Counter(SYMBOLS[z] for z in crystal.numbers)
    found = []
    for index, recipe in enumerate(recipes):
        host = prototype(recipe.key)
        if host.spacegroup != group or len(host.sites) != crystal.n_rows:
            continue
        decorations = [
            pair
            for pair in permutations(amounts)
            if all(host.counts[s] == amounts[e] for s, e in zip(recipe.sites, pair, strict=True))
        ]
        if decorations:
            found.append((index, min(decorations, key=lambda pair: electronegativity(pair[0]))))
    return found

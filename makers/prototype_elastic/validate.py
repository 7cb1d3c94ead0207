"""The set beside what was computed by DFT and what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.data import load_embedded
from core.types import Crystal, FloatArray
from makers.prototype_elastic.known import binaries, in_primitive_cell
from makers.prototype_elastic.likeness import apart

SAME = 0.12
"""Å, GRID at one volume per atom: two relaxed crystals of one formula and space group are the same
crystal below this."""

COMPUTED = "bulk_modulus_vrh_GPa"
MEASURED = "bulk_modulus_exp_GPa"

Pair = tuple[Crystal, Crystal]


def common(crystals: Sequence[Crystal], path: Path) -> list[Pair]:
    """Crystals of the set and of a file of DFT binaries that are the same, each at most once.

    Same means: reduced formula, space group, atoms in the primitive cell, and GRID below `SAME`;
    among several the nearest. No modulus is looked at.

    Args:
        crystals: primitive, with property `spacegroup`.
        path: the file of binaries.
    """
    ours: dict[tuple[str, int, int], list[Crystal]] = {}
    for crystal in crystals:
        if len(crystal.elements) == 2:
            key = (crystal.formula, int(crystal.properties["spacegroup"]), crystal.n_rows)
            ours.setdefault(key, []).append(crystal)
    pairs = [
        (mine, theirs)
        for theirs, group in binaries(path, frozenset(key[0] for key in ours))
        for mine in ours.get((theirs.formula, group, theirs.n_rows), ())
    ]
    distances = apart([p[0] for p in pairs], [p[1] for p in pairs])
    taken: set[str] = set()
    kept = []
    for index in np.argsort(distances, kind="stable"):
        mine, theirs = pairs[index]
        if distances[index] < SAME and taken.isdisjoint({mine.id, theirs.id}):
            taken |= {mine.id, theirs.id}
            kept.append((mine, theirs))
    return sorted(kept, key=lambda pair: pair[0].id)


def scores(ours: FloatArray, theirs: FloatArray) -> dict[str, float]:
    """Agreement of two (n,) sets of bulk moduli, GPa.

    Returns: n, median, mean and 95th percentile of |log10 ratio|, mean log10 ratio (ours over
        theirs), Spearman's rank correlation, mean absolute error in GPa.
    """
    ratio = np.log10(ours / theirs)
    ranks = [np.argsort(np.argsort(values)) for values in (ours, theirs)]
    return {
        "n": len(ours),
        "median_log10": float(np.median(np.abs(ratio))),
        "mean_log10": float(np.mean(np.abs(ratio))),
        "p95_log10": float(np.quantile(np.abs(ratio), 0.95)),
        "bias_log10": float(np.mean(ratio)),
        "spearman": float(np.corrcoef(*ranks)[0, 1]),
        "mae_GPa": float(np.mean(np.abs(ours - theirs))),
    }


def measured(crystals: Sequence[Crystal]) -> list[Pair]:
    """Crystals of the set and of ase's elements that are the same and whose modulus was measured.

    Same means: element, space group, atoms in the primitive cell.
    """
    ours = {
        (c.formula, int(c.properties["spacegroup"]), c.n_rows): c
        for c in crystals
        if len(c.elements) == 1
    }
    pairs = []
    for element in load_embedded("elements"):
        if MEASURED not in element.properties:
            continue
        primitive, group = in_primitive_cell(element)
        mine = ours.get((element.formula, group, primitive.n_rows))
        if mine is not None:
            pairs.append((mine, element))
    return pairs


def moduli(pairs: Sequence[Pair], key: str = COMPUTED) -> tuple[FloatArray, FloatArray]:
    """Bulk moduli of the set and of the other side; pairs without a positive one left out."""
    values = np.array([
        (mine.properties["bulk_modulus_GPa"], theirs.properties[key]) for mine, theirs in pairs
    ]).reshape(-1, 2)  # fmt: skip
    kept = values[values[:, 1] > 0]
    return kept[:, 0], kept[:, 1]


def derivatives(pairs: Sequence[Pair]) -> dict[str, float]:
    """Median absolute difference of the pressure derivatives from all-electron PBE (WIEN2k)."""
    key = "bulk_modulus_derivative"
    apart_by = [abs(mine.properties[key] - theirs.properties[key]) for mine, theirs in pairs]
    return {"n": len(apart_by), "median": float(np.median(apart_by))}


def volumes(pairs: Sequence[Pair]) -> dict[str, float]:
    """Median absolute relative difference of the volumes per atom."""
    ratio = [
        mine.volume / mine.n_rows / (theirs.volume / theirs.n_rows) - 1 for mine, theirs in pairs
    ]
    return {"n": len(ratio), "median": float(np.median(np.abs(ratio))),
            "bias": float(np.median(ratio))}  # fmt: skip


_FAMILIES = {
    "fluorides": {"F"},
    "chlorides, bromides, iodides": {"Cl", "Br", "I"},
    "oxides": {"O"},
    "sulphides, selenides, tellurides": {"S", "Se", "Te"},
    "nitrides": {"N"},
    "phosphides, arsenides": {"P", "As"},
    "borides, carbides": {"B", "C"},
}
_MAGNETIC = frozenset({"Cr", "Mn", "Fe", "Co", "Ni"})
_FILLING_F = frozenset("Ce Pr Nd Sm Eu Gd Tb Dy Ho Er Tm Yb U".split())


def family(crystal: Crystal) -> str:
    """A chemical family by the elements alone."""
    elements = set(crystal.elements)
    for name, members in _FAMILIES.items():
        if elements & members:
            return name
    if elements & _MAGNETIC:
        return "metals with Cr, Mn, Fe, Co or Ni"
    if elements & _FILLING_F:
        return "metals with f electrons"
    return "other metals"


def by_family(pairs: Sequence[Pair]) -> dict[str, dict[str, float]]:
    """Scores of each chemical family with at least ten pairs."""
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(family(pair[0]), []).append(pair)
    return {
        name: scores(*moduli(members))
        for name, members in sorted(groups.items())
        if len(members) >= 10
    }


def scatter(pairs: Sequence[Pair], key: str = COMPUTED) -> list[list[Any]]:
    """Rows of id, id of the other side, bulk moduli in GPa; those that differ most come first."""
    rows = [
        [mine.id, theirs.id, round(float(mine.properties["bulk_modulus_GPa"]), 2),
         round(float(theirs.properties[key]), 2)]
        for mine, theirs in pairs
        if theirs.properties[key] > 0
    ]  # fmt: skip
    return sorted(rows, key=lambda row: -abs(float(np.log10(row[2] / row[3]))))

"""Canonical label of the prototype a crystal belongs to: `ABC3_cP5_221_a_b_c:O-Sr-Ti`.

Anonymous formula (elements in alphabetical order), Pearson symbol, space group, Wyckoff letters of
each element, and the elements behind a colon: all that symmetry says of a crystal without a length.
Of the choices of origin and setting that describe the same crystal the one with the least letters
is taken. Two crystals of one label are the same prototype decorated alike; lengths and free
parameters may differ.

Symmetry is found by moyopy: eleven times as fast as spglib, which needs 5 ms for a small cubic
cell, and 19 for one with a face-centred lattice. The labels are those of
`pymatgen.analysis.prototypes` from spglib (docs/decisions/0021-partitions.md).
"""

from __future__ import annotations

import gzip
import json
import logging
from collections import Counter
from functools import cache, lru_cache
from importlib.resources import files
from math import gcd
from string import ascii_uppercase
from typing import Any

from core.elements import SYMBOLS
from core.errors import ConvergenceError, DatasetUnavailableError, DisorderedStructureError
from core.types import Crystal

_PARENT, _FOLDER = "pymatgen.analysis", "prototypes"
VERSION = 1  # raised whenever labels change
SYMPREC = 0.1  # angstrom: what is published with labels of this kind uses it


def prototype_label(crystal: Crystal, *, symprec: float = SYMPREC) -> str:
    """The label, after Goodall et al. 2022, doi 10.1126/sciadv.abn4117.

    Args:
        crystal: ordered.
        symprec: how far atoms may be from their ideal place, angstrom.

    Raises: DisorderedStructureError; ConvergenceError when no symmetry is found, or one that does
        not account for all atoms.
    """
    if not crystal.is_ordered:
        raise DisorderedStructureError(
            f"{crystal.id!r} has partially occupied sites; a prototype label needs whole atoms.",
            hint="Make an ordered approximation first.",
        )
    moyopy = _moyopy()
    numbers = crystal.numbers.tolist()
    try:
        cell = moyopy.Cell(crystal.lattice.tolist(), crystal.frac.tolist(), numbers)
        found = moyopy.MoyoDataset(cell, symprec=symprec)
    except (ValueError, RuntimeError) as error:
        raise ConvergenceError(
            f"No symmetry could be found for {crystal.id!r} within {symprec:g} Å: {error}.",
            hint="Atoms may overlap, or the tolerance may be larger than the shortest contact.",
        ) from error
    letters: dict[str, Counter[str]] = {}
    for site, orbit in enumerate(found.orbits):
        if site == orbit:  # one of each orbit
            letters.setdefault(SYMBOLS[numbers[site]], Counter())[found.wyckoffs[site]] += 1
    symbols = sorted(letters)
    counts = Counter(numbers)
    amounts = [counts[SYMBOLS.index(symbol)] for symbol in symbols]
    orbits = tuple(tuple(sorted(letters[symbol].items())) for symbol in symbols)
    place = _canonical(orbits, int(found.number))
    _check(crystal, orbits, int(found.number), amounts)
    formula = _anonymous(amounts)
    pearson = found.pearson_symbol.replace("S", "C")  # base-centred cells, as AFLOW writes them
    return f"{formula}_{pearson}_{found.number}_{place}:{'-'.join(symbols)}"


@cache
def _moyopy() -> Any:
    import moyopy

    # It tells of each supercell that not all operations are given; the orbits are what is wanted.
    logging.getLogger("moyo").setLevel(logging.ERROR)
    return moyopy


def _anonymous(amounts: list[int]) -> str:
    divisor = gcd(*amounts)
    return "".join(
        letter + ("" if n == divisor else str(n // divisor))
        for letter, n in zip(ascii_uppercase, amounts, strict=False)
    )


_Orbits = tuple[tuple[tuple[str, int], ...], ...]


@lru_cache(maxsize=65_536)
def _canonical(orbits: _Orbits, number: int) -> str:
    """Letters of each element in the setting with the least letters, then the first in order."""
    settings = []
    for relabelled in _table("relabelings")[str(number)]:
        moved = [
            sorted((relabelled.get(str(ord(letter)), letter), n) for letter, n in element)
            for element in orbits
        ]
        weight = sum(ord(a) - 96 if a != "A" else 0 for element in moved for a, _ in element)
        words = ["".join((str(n) if n > 1 else "") + a for a, n in element) for element in moved]
        settings.append((weight, "_".join(words)))
    return min(settings)[1]


def _check(crystal: Crystal, orbits: _Orbits, number: int, amounts: list[int]) -> None:
    """The orbits must hold the atoms in the proportions of the formula."""
    held = [sum(n * _multiplicities(number)[a] for a, n in element) for element in orbits]
    divisor, known = gcd(*amounts), gcd(*held)
    if [n // divisor for n in amounts] != [n // known for n in held]:
        raise ConvergenceError(
            f"The orbits found for {crystal.id!r} in space group {number} do not give {amounts} "
            "atoms of its elements.",
            hint="Give a smaller tolerance: two sites may have been taken for one.",
        )


def _multiplicities(number: int) -> dict[str, int]:
    return {str(a): int(n) for a, n in _table("multiplicities")[str(number)].items()}


@cache
def _table(name: str) -> dict[str, Any]:
    """A table of Wyckoff positions that pymatgen carries; importing its module takes 4 s."""
    try:
        file = files(_PARENT) / _FOLDER / f"wyckoff-position-{name}.json.gz"
        table: dict[str, Any] = json.loads(gzip.decompress(file.read_bytes()))
    except (ModuleNotFoundError, FileNotFoundError) as error:
        raise DatasetUnavailableError(
            f"Wyckoff {name} are not in {_PARENT}.{_FOLDER}.",
            hint="Install the pinned version of pymatgen.",
        ) from error
    return table

"""Decorated prototypes with an equation of state by CHGNet: thousands of labelled crystals.

Made by `makers.prototype_elastic`; `assets/prototype-elastic/card.json` says how, counts what was
left out, and compares with DFT and experiment.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from core.data.base import EMBEDDED, DataCard, EmbeddedSet
from core.errors import DatasetUnavailableError
from core.types import Crystal
from core.units import quantity

KEY = "prototype-elastic"
FOLDER = Path(__file__).resolve().parents[2] / "assets" / KEY
FILE = "crystals.parquet"

PROPERTIES = (
    "aflow",
    "strukturbericht",
    "spacegroup",
    "n_atoms",
    "volume_per_atom_A3",
    "bulk_modulus_GPa",
    "bulk_modulus_derivative",
    "energy_eV_per_atom",
    "formation_energy_eV_per_atom",
    "energy_above_hull_eV_per_atom",
    "fit_residual",
)
"""Columns that become properties of the relaxed crystals."""

_OF_THE_PROTOTYPE = ("aflow", "strukturbericht", "spacegroup", "n_atoms")


@cache
def _load() -> tuple[Crystal, ...]:
    return _crystals("relaxed", PROPERTIES)


@cache
def unrelaxed() -> tuple[Crystal, ...]:
    """The decorated prototypes before relaxation, with the ids and order of the set.

    The cell has the prototype's shape and a size from radii; the atoms sit where the prototype's
    do. Their properties are those known before any calculation: what screening starts from.

    Raises: DatasetUnavailableError.
    """
    return _crystals("unrelaxed", _OF_THE_PROTOTYPE)


def _crystals(state: str, names: tuple[str, ...]) -> tuple[Crystal, ...]:
    """The crystals of one state, from columns `STATE_lattice` and `STATE_frac` in row order."""
    table = _table(["id", "numbers", f"{state}_lattice", f"{state}_frac", *names])
    lattices = _flat(table, f"{state}_lattice").reshape(-1, 3, 3)
    numbers, frac = _flat(table, "numbers"), _flat(table, f"{state}_frac").reshape(-1, 3)
    ends = table.column("numbers").combine_chunks().offsets.to_numpy()
    columns = [table.column(name).to_pylist() for name in names]
    ids = table.column("id").to_pylist()
    return tuple(
        Crystal(
            name, lattice, frac[start:end], numbers[start:end],
            properties=dict(zip(names, values, strict=True)), source=KEY,
        )
        for name, lattice, start, end, values in zip(
            ids, lattices, ends[:-1].tolist(), ends[1:].tolist(), zip(*columns, strict=True),
            strict=True,
        )
    )  # fmt: skip


def _table(columns: list[str]) -> Any:
    import pyarrow.parquet as pq

    path = FOLDER / FILE
    if not path.is_file():
        raise DatasetUnavailableError(
            f"{path} is not there.", hint="Check out the folder assets of the repository."
        )
    return pq.read_table(path, columns=columns)


def _flat(table: Any, name: str) -> np.ndarray:
    return np.asarray(table.column(name).combine_chunks().flatten().to_numpy(zero_copy_only=False))


EMBEDDED.register(
    EmbeddedSet(
        key=KEY,
        loader=_load,
        card=DataCard(
            title="Decorated prototypes",
            summary="5,472 ordered crystals of 76 prototypes, elements to ternaries, relaxed by a "
            "machine-learnt potential, with volume, bulk modulus and its derivative, energy, "
            "formation energy and energy above the hull of the set.",
            source="Made by makers.prototype_elastic with CHGNet 0.3.0 (chgnet 0.4.2) from the "
            "AFLOW prototypes of pymatgen; the card in assets/prototype-elastic says how.",
            licence="MIT as part of Gridscope; computed with CHGNet (modified BSD): cite both. "
            "The DFT values in the card: Materials Project, CC BY 4.0.",
            dois=("10.1038/s42256-023-00716-3", "10.1016/j.commatsci.2017.01.017"),
            n_crystals=5472,
            properties=tuple(quantity(key) for key in PROPERTIES),
            limits="Computed by a machine-learnt potential, not DFT: against DFT of 2,179 common "
            "binaries the bulk modulus is off by a median of 10% (mean 14%), and too low by 9% on "
            "average. Worst for metals with Cr, Mn, Fe, Co or Ni, nitrides, alkali metals and "
            "layered or soft halides and chalcogenides. No magnetic order; relaxation keeps the "
            "space group; the hull knows only this set.",
        ),
    )
)

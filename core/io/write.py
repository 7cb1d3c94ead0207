"""Crystals as text: CIF, POSCAR, extended xyz, pymatgen JSON."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.elements import SYMBOLS
from core.errors import DisorderedStructureError, UnknownNameError
from core.geometry.cell import lattice_parameters
from core.types import Crystal

_DIGITS = 12  # of coordinates: beyond what any file states, enough to read back to 1e-10


@dataclass(frozen=True, slots=True)
class Writer:
    """A text format: key, words for the user, file suffix, and the function."""

    key: str
    label: str
    suffix: str
    write: Callable[[Sequence[Crystal]], str]
    many: bool = True


def to_cif(crystal: Crystal) -> str:
    """One CIF block in P1 with every row of the crystal, occupancies included."""
    a, b, c, alpha, beta, gamma = lattice_parameters(crystal.lattice)
    formula = " ".join(f"{symbol}{amount:.6g}" for symbol, amount in crystal.composition.items())
    lines = [
        f"data_{re.sub(r'[^!-~]+', '_', crystal.id) or 'crystal'}",
        f"_chemical_formula_sum '{formula}'",
        *(f"_cell_length_{n} {v:.{_DIGITS}f}" for n, v in zip("abc", (a, b, c), strict=True)),
        f"_cell_angle_alpha {alpha:.{_DIGITS}f}",
        f"_cell_angle_beta {beta:.{_DIGITS}f}",
        f"_cell_angle_gamma {gamma:.{_DIGITS}f}",
        f"_cell_volume {crystal.volume:.6f}",
        "_symmetry_space_group_name_H-M 'P 1'",
        "_symmetry_Int_Tables_number 1",
        "loop_",
        "_symmetry_equiv_pos_as_xyz",
        "'x, y, z'",
        "loop_",
        *("_atom_site_" + name for name in
          ("label", "type_symbol", "fract_x", "fract_y", "fract_z", "occupancy")),
    ]  # fmt: skip
    for row in range(crystal.n_rows):
        symbol = SYMBOLS[int(crystal.numbers[row])]
        x, y, z = crystal.frac[row]
        lines.append(
            f"{symbol}{row + 1} {symbol} {x:.{_DIGITS}f} {y:.{_DIGITS}f} {z:.{_DIGITS}f} "
            f"{crystal.occupancy[row]:.6g}"
        )
    return "\n".join(lines) + "\n"


def to_poscar(crystal: Crystal) -> str:
    """A POSCAR (direct coordinates), rows grouped by element in the formula's order.

    Raises: DisorderedStructureError: the format has no occupancies.
    """
    _require_ordered(crystal, "POSCAR")
    elements = list(crystal.composition)
    order = sorted(
        range(crystal.n_rows), key=lambda row: elements.index(SYMBOLS[int(crystal.numbers[row])])
    )
    counts = Counter(SYMBOLS[int(z)] for z in crystal.numbers)
    return "\n".join(
        [
            _one_line(crystal.id) or "crystal",
            "1.0",
            *(_numbers(row) for row in crystal.lattice),
            " ".join(elements),
            " ".join(str(counts[e]) for e in elements),
            "direct",
            *(_numbers(crystal.frac[row]) for row in order),
            "",
        ]
    )


def to_extxyz(crystal: Crystal) -> str:
    """One extended xyz frame; the id and the numeric properties go into the comment line."""
    cell = " ".join(f"{x:.{_DIGITS}f}" for x in crystal.lattice.ravel())
    columns = "species:S:1:pos:R:3" + ("" if crystal.is_ordered else ":occ:R:1")
    info = [f'Lattice="{cell}"', f"Properties={columns}", 'pbc="T T T"']
    info.append(f'id="{_one_line(crystal.id).replace(chr(34), chr(39))}"')
    for key, value in crystal.properties.items():
        if isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
            info.append(f"{re.sub(r'[^A-Za-z0-9_.-]', '_', key)}={value!r}")
    rows = []
    for row, cart in enumerate(crystal.cart):
        tail = "" if crystal.is_ordered else f" {crystal.occupancy[row]:.6g}"
        rows.append(f"{SYMBOLS[int(crystal.numbers[row])]} {_numbers(cart)}{tail}")
    return "\n".join([str(crystal.n_rows), " ".join(info), *rows, ""])


def to_pymatgen_json(crystals: Iterable[Crystal]) -> str:
    """A JSON list of records: `material_id`, `formula`, `structure`, and the properties."""
    records = [
        {
            "material_id": crystal.id,
            "formula": crystal.formula,
            "structure": structure_dict(crystal),
            **{key: _plain(value) for key, value in crystal.properties.items()},
        }
        for crystal in crystals
    ]
    return json.dumps(records, allow_nan=False)


def structure_dict(crystal: Crystal) -> dict[str, Any]:
    """The dictionary form of the crystal as a pymatgen Structure, without pymatgen."""
    a, b, c, alpha, beta, gamma = lattice_parameters(crystal.lattice)
    sites: dict[int, dict[str, Any]] = {}
    for row in range(crystal.n_rows):
        symbol = SYMBOLS[int(crystal.numbers[row])]
        site = sites.setdefault(
            int(crystal.position[row]),
            {
                "species": [],
                "abc": crystal.frac[row].tolist(),
                "xyz": crystal.cart[row].tolist(),
                "properties": {},
                "label": crystal.labels[row] if crystal.labels else symbol,
            },
        )
        site["species"].append({"element": symbol, "occu": float(crystal.occupancy[row])})
    return {
        "@module": "pymatgen.core.structure",
        "@class": "Structure",
        "charge": None,
        "lattice": {
            "matrix": crystal.lattice.tolist(), "pbc": [True, True, True],
            "a": a, "b": b, "c": c, "alpha": alpha, "beta": beta, "gamma": gamma,
            "volume": crystal.volume,
        },
        "properties": {},
        "sites": list(sites.values()),
    }  # fmt: skip


def _each(write: Callable[[Crystal], str]) -> Callable[[Sequence[Crystal]], str]:
    return lambda crystals: "".join(write(crystal) for crystal in crystals)


WRITERS: dict[str, Writer] = {
    writer.key: writer
    for writer in (
        Writer("cif", "CIF", ".cif", _each(to_cif)),
        Writer("poscar", "VASP POSCAR", ".vasp", _each(to_poscar), many=False),
        Writer("extxyz", "extended xyz", ".extxyz", _each(to_extxyz)),
        Writer("json", "pymatgen JSON", ".json", to_pymatgen_json),
    )
}


def write(crystals: Sequence[Crystal], key: str) -> bytes:
    """Crystals as the bytes of one file.

    Args:
        crystals: at least one; formats that hold a single crystal take exactly one.
        key: `cif`, `poscar`, `extxyz` or `json`.

    Raises: UnknownNameError for a format, or several crystals for a format of one;
        DisorderedStructureError where the format has no occupancies.
    """
    if key not in WRITERS:
        known = ", ".join(sorted(WRITERS))
        raise UnknownNameError(
            f"There is no file format {key!r} to write.", hint=f"Known: {known}."
        )
    writer = WRITERS[key]
    if not writer.many and len(crystals) != 1:
        raise UnknownNameError(
            f"{writer.label} holds one crystal, not {len(crystals)}.",
            hint="Write one file for each, or choose another format.",
        )
    return writer.write(crystals).encode()


def _require_ordered(crystal: Crystal, label: str) -> None:
    if not crystal.is_ordered:
        raise DisorderedStructureError(
            f"{crystal.id!r} is disordered; {label} can't hold partial occupancy.",
            hint="Write CIF, or make an ordered approximation first.",
        )


def _numbers(row: Any) -> str:
    return " ".join(f"{x:.{_DIGITS}f}" for x in row)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value

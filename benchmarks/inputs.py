"""The crystals everything is timed on, from the public data sets."""

from __future__ import annotations

import gzip
import json
import os
import warnings
from functools import cache
from pathlib import Path

import numpy as np

from core.types import Crystal

REPOSITORY = Path(__file__).resolve().parent.parent
_MANY = "mp-binary-pbe-elasticity-2025.1.json.gz"
_ZEOLITE_SITE_TOLERANCE = 1e-2  # seven of these files give duplicate atoms otherwise


def data_folder() -> Path:
    """GRIDSCOPE_DATA_MIRROR, or shared/data beside the repository.

    Raises: FileNotFoundError when it is absent.
    """
    mirror = os.environ.get("GRIDSCOPE_DATA_MIRROR")
    folder = Path(mirror) if mirror else REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        raise FileNotFoundError(f"No data at {folder}; set GRIDSCOPE_DATA_MIRROR.")
    return folder


def binaries_file() -> Path:
    """3,953 binaries of the Materials Project with their bulk moduli."""
    return data_folder() / "elasticity" / _MANY


def _crystal(id: str, structure) -> Crystal:
    return Crystal(id, structure.lattice.matrix, structure.frac_coords, structure.atomic_numbers)


@cache
def binaries() -> tuple[Crystal, ...]:
    """All binaries, in the order of the file."""
    from pymatgen.core import Structure

    with gzip.open(binaries_file()) as stream:
        records = json.load(stream)
    return tuple(_crystal(r["mp_id"], Structure.from_dict(r["structure"])) for r in records)


def some_binaries(count: int) -> tuple[Crystal, ...]:
    """`count` binaries spread evenly over the file, so that they are no one's favourites."""
    every = binaries()
    return tuple(every[i] for i in np.linspace(0, len(every) - 1, count).astype(int))


@cache
def zeolites() -> tuple[Crystal, ...]:
    """The 133 siliceous frameworks of the IZA, as deposited, up to 576 atoms."""
    from pymatgen.io.cif import CifParser

    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in sorted((data_folder() / "zeolites" / "starting_structures").glob("*.cif")):
            parser = CifParser(path, site_tolerance=_ZEOLITE_SITE_TOLERANCE)
            found.append(_crystal(path.stem, parser.parse_structures(primitive=False)[0]))
    return tuple(found)


def as_arrays(crystals: tuple[Crystal, ...]) -> dict[str, np.ndarray]:
    """Flat arrays a peer can rebuild its own objects from."""
    return {
        "lattices": np.stack([c.lattice for c in crystals]),
        "starts": np.concatenate([[0], np.cumsum([c.n_rows for c in crystals])]),
        "frac": np.concatenate([c.frac for c in crystals]),
        "numbers": np.concatenate([c.numbers for c in crystals]),
    }

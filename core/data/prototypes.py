"""The 288 structure prototypes of the AFLOW library, part 1, as pymatgen carries them."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from core.data.base import EMBEDDED, DataCard, EmbeddedSet
from core.elements import ATOMIC_NUMBERS
from core.errors import DatasetUnavailableError
from core.types import Crystal
from core.units import quantity

# The package that holds the file parses it, slowly, into other objects when imported: go around.
_PARENT, _FOLDER, _FILE = "pymatgen.analysis", "prototypes", "aflow_prototypes.json.gz"
_TAGS = {"aflow": "aflow", "mineral": "mineral", "strukturbericht": "strukturbericht",
         "pearson": "pearson_symbol"}  # fmt: skip


@cache
def _load() -> tuple[Crystal, ...]:
    crystals = [_crystal(record) for record in _records()]
    repeated = Counter(c.id for c in crystals)
    # One AFLOW label covers all crystals of one geometry class: the formula tells them apart.
    names = [f"{c.id}-{c.formula}" if repeated[c.id] > 1 else c.id for c in crystals]
    seen: Counter[str] = Counter()
    unique = []
    for crystal, name in zip(crystals, names, strict=True):
        seen[name] += 1
        unique.append(crystal.with_(id=name if seen[name] == 1 else f"{name}-{seen[name]}"))
    return tuple(unique)


def _records() -> list[dict[str, Any]]:
    try:
        data = (files(_PARENT) / _FOLDER / _FILE).read_bytes()
    except (ModuleNotFoundError, FileNotFoundError) as error:
        raise DatasetUnavailableError(
            f"{_FILE} is not in {_PARENT}.{_FOLDER}.",
            hint="Install the pinned version of pymatgen.",
        ) from error
    records: list[dict[str, Any]] = json.loads(gzip.decompress(data))
    return records


def _crystal(record: dict[str, Any]) -> Crystal:
    structure, tags = record["snl"], record["tags"]
    properties = {
        key: str(tags[tag]) for tag, key in _TAGS.items() if tags.get(tag) not in (None, "", "None")
    }
    sites = structure["sites"]
    return Crystal(
        id=tags["aflow"],
        lattice=np.array(structure["lattice"]["matrix"]),
        frac=np.array([site["abc"] for site in sites]),
        numbers=np.array([ATOMIC_NUMBERS[site["species"][0]["element"]] for site in sites]),
        occupancy=np.array([site["species"][0]["occu"] for site in sites]),
        properties=properties,
        source="aflow-prototypes",
    )


EMBEDDED.register(
    EmbeddedSet(
        key="aflow-prototypes",
        loader=_load,
        card=DataCard(
            title="AFLOW prototypes",
            summary="288 crystals, one for each prototype of the AFLOW library, part 1, with "
            "mineral name, Strukturbericht and Pearson symbol where there is one.",
            source="pymatgen.analysis.prototypes (parsed from the AFLOW library in 2018), read "
            "from the installed package.",
            licence="MIT as part of pymatgen; the library asks to be cited (Mehl et al. 2017).",
            dois=("10.1016/j.commatsci.2017.01.017", "10.1016/j.commatsci.2012.10.028"),
            n_crystals=288,
            properties=tuple(quantity(key) for key in _TAGS.values()),
            limits="One example of each prototype, not a sample of known crystals; part 2 and 3 "
            "of the library are not included.",
        ),
    )
)

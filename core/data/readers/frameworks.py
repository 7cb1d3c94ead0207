"""Descriptors of zeolites by framework code, from the files of one deposit.

`PropertiesList` holds a property a line, in mixed normalisation; only its descriptors are taken,
each under a key that tells which. `BondsAngles` holds a framework a line. `Coordination` holds a
file for each framework with a line for each Si: coordination sequences, shells 1 to 12.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

import numpy as np

from core.data.public import PublicSet
from core.data.readers.base import PUBLIC_READERS, PublicReader, Reading
from core.data.tables import DataTable
from core.errors import SchemaError
from core.types import FloatArray, RawFile

_PROPERTIES, _GEOMETRY, _SHELLS = "PropertiesList", "BondsAngles", "Coordination"


def read_frameworks(entry: PublicSet, files: Sequence[RawFile], how: Reading) -> DataTable:
    """A row for each framework; a column of the source is `file:number`, counted from 0.

    Raises: SchemaError when the files do not name the same frameworks in the same order.
    """
    by_name = {PurePosixPath(raw.name).name: raw for raw in files}
    lines = [line.split() for line in _text(by_name[_PROPERTIES]).splitlines() if line.strip()]
    codes = tuple(lines[0])
    geometry = [line.split() for line in _text(by_name[_GEOMETRY]).splitlines() if line.strip()]
    if tuple(row[0] for row in geometry) != codes:
        raise SchemaError("PropertiesList and BondsAngles name other frameworks.")
    shells = np.array([_mean_sequence(by_name[f"{code}_coord"]) for code in codes])
    tables = {
        _PROPERTIES: [np.array(line, dtype=float) for line in lines[1:]],
        _GEOMETRY: list(np.array([row[1:] for row in geometry], dtype=float).T),
        _SHELLS: list(shells.T),
    }
    numeric = {}
    for ours, theirs in entry.columns.items():
        name, _, place = theirs.partition(":")
        numeric[ours] = tables[name][int(place)]
    return DataTable(entry.key, codes, (), numeric, {})


def _mean_sequence(raw: RawFile) -> FloatArray:
    """(12,) mean number of Si in shells 1 to 12 over the Si of a framework."""
    rows = [
        [int(word) for word in line.split()] for line in _text(raw).splitlines() if line.split()
    ]
    return np.array(rows, dtype=float).mean(axis=0)


def _text(raw: RawFile) -> str:
    return raw.data.decode("utf-8")


PUBLIC_READERS.register(PublicReader("frameworks", read_frameworks))

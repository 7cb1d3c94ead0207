"""Siliceous zeolites: CIFs joined with the table of their thermal properties by framework code.

The deposit needs care, and gets it here:

- The CIFs carry malformed tags (`data ABW`); `core.io.cif.repair` mends them.
- The table is per SiO2 unit, except for Cp - Cv, which is that of the calculated cell. The number
  of SiO2 units in that cell is the number of Si atoms in the CIF, so it can be told per unit too:
  then Cp - Cv = alpha^2 K0 (M / density) T with one T, 299.4 K to 0.1 %, in all rows (a test).
- A CIF belongs to a row only if its volume per SiO2 unit is that of the row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.data.public import PublicSet
from core.data.readers.base import PUBLIC_READERS, PublicReader, Reading, with_properties
from core.data.readers.tables import numbers_of, records
from core.io import parse
from core.io.naming import file_id
from core.types import Crystal, Failure, ParseReport, RawFile

_SI = 14
_CODE, _VOLUME = "CODE", "Volume(Ang3)"
_CP_MINUS_CV = "cp_minus_cv_J_per_mol_K"
_VOLUME_TOLERANCE = 1e-3  # relative


def read_zeolites(entry: PublicSet, files: Sequence[RawFile], how: Reading) -> ParseReport:
    """A crystal for each row of the table; a CIF without a row is left out, a row without a
    readable CIF that fits is a failure.
    """
    table = next(raw for raw in files if raw.name.endswith(".csv"))
    rows = {record[_CODE]: record for record in records(table)}
    cifs = [raw for raw in files if raw.name.endswith(".cif") and file_id(raw.name) in rows]
    report = parse(cifs, **how.options())
    crystals: list[Crystal] = []
    cards, failures = [], list(report.failures)
    for crystal, card in zip(report.crystals, report.examinations, strict=True):
        row = rows[crystal.id]
        why = _misfit(crystal, row)
        if why:
            failures.append(Failure(crystal.id, "join", "SchemaError", why, source=crystal.source))
            continue
        values = numbers_of(row, entry.columns)
        values[_CP_MINUS_CV] /= _n_units(crystal)
        joined = with_properties(crystal, entry, **values)
        crystals.append(joined)
        cards.append(replace(card, source=joined.source))
    read = {crystal.id for crystal in report.crystals} | {f.id for f in failures}
    failures += [
        Failure(code, "join", "SchemaError", f"There is no CIF of {code}.", source=table.name)
        for code in rows
        if code not in read
    ]
    return ParseReport(tuple(crystals), tuple(failures), tuple(cards))


def _n_units(crystal: Crystal) -> int:
    return int((crystal.numbers == _SI).sum())


def _misfit(crystal: Crystal, row: Mapping[str, Any]) -> str:
    """Why the CIF can't be the crystal of the row; "" when it can."""
    n = _n_units(crystal)
    if crystal.formula != "SiO2":
        return f"The CIF holds {crystal.formula}, no silica."
    stated, found = float(row[_VOLUME]), crystal.volume / n
    if abs(found / stated - 1) > _VOLUME_TOLERANCE:
        return f"The CIF has {found:.2f} Å³ per SiO2, the table {stated:.2f}."
    return ""


PUBLIC_READERS.register(PublicReader("zeolites", read_zeolites))

"""Elemental reference crystals: for each element a list of structures and one of energies."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence

from core.data.public import PublicSet
from core.data.readers.base import PUBLIC_READERS, PublicReader, Reading, with_properties
from core.data.readers.structures import renewed
from core.errors import SchemaError
from core.io import parse
from core.types import ParseReport, RawFile


def read_references(entry: PublicSet, files: Sequence[RawFile], how: Reading) -> ParseReport:
    """Every structure with its energy; ids are `Fe-1`, `Fe-2` in the order of the file."""
    content = json.loads(gzip.decompress(files[0].data))
    records = []
    for element, lists in content.items():
        structures, energies = lists["structure"], lists["energy_per_atom"]
        if len(structures) != len(energies):
            raise SchemaError(
                f"{element} has {len(structures)} structures, {len(energies)} energies."
            )
        records += [
            {"id": f"{element}-{n}", "structure": structure, "energy_per_atom": energy}
            for n, (structure, energy) in enumerate(zip(structures, energies, strict=True), 1)
        ]
    raw = RawFile(files[0].name.removesuffix(".gz"), json.dumps(records).encode())
    report = parse([raw], **how.options())
    return renewed(report, [with_properties(c, entry) for c in report.crystals])


PUBLIC_READERS.register(PublicReader("references", read_references))

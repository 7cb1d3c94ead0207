"""Copper oxides of 3DSC: the name of each CIF tells the superconductor and the parent crystal."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.data.public import PublicSet
from core.data.readers.base import PUBLIC_READERS, PublicReader, Reading, with_properties
from core.data.readers.structures import renewed
from core.io import parse
from core.types import Crystal, ParseReport, RawFile

# `Am0.15Cu1Pr1.85O4-MP-mp-10498-synth_doped.cif`
_NAME = re.compile(r"(?P<formula>[A-Za-z0-9.]+)-MP-(?P<parent>m[pv]c?-\d+)(?P<doped>-synth_doped)?")


def read_cuprates(entry: PublicSet, files: Sequence[RawFile], how: Reading) -> ParseReport:
    """A crystal for each CIF; how it was made from its parent is told by the name."""
    report = parse(files, **how.options())
    return renewed(report, [_named(crystal, entry) for crystal in report.crystals])


def _named(crystal: Crystal, entry: PublicSet) -> Crystal:
    told = _NAME.match(crystal.id)
    if told is None:
        return with_properties(crystal, entry)
    doped = "doped by 3DSC" if told["doped"] else "as in Materials Project"
    return with_properties(
        crystal, entry, superconductor_formula=told["formula"], parent_id=told["parent"],
        structure_origin=doped,
    )  # fmt: skip


PUBLIC_READERS.register(PublicReader("cuprates", read_cuprates))

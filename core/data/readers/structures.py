"""Sets whose files `core.io` reads as they are: only the columns are named anew, with units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.data.public import PublicSet
from core.data.readers.base import PUBLIC_READERS, PublicReader, Reading, with_properties
from core.io import parse
from core.types import Crystal, ParseReport, RawFile


def read_structures(entry: PublicSet, files: Sequence[RawFile], how: Reading) -> ParseReport:
    """All crystals of the files."""
    report = parse(files, **how.options())
    return renewed(report, [with_properties(c, entry) for c in report.crystals])


def renewed(report: ParseReport, crystals: Iterable[Crystal]) -> ParseReport:
    """The report with these crystals in the places of its own."""
    new = tuple(crystals)
    cards = tuple(
        replace(card, crystal_id=crystal.id, source=crystal.source)
        for card, crystal in zip(report.examinations, new, strict=True)
    )
    return replace(report, crystals=new, examinations=cards)


PUBLIC_READERS.register(PublicReader("structures", read_structures))

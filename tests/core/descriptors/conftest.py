"""The 120 siliceous frameworks of the zeolite deposit, read once for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.io.parse import parse
from core.types import Crystal, RawFile


@pytest.fixture(scope="session")
def zeolites(shared_data: Path) -> dict[str, Crystal]:
    """Framework by three-letter code: those with published descriptors (file BondsAngles)."""
    folder = shared_data / "zeolites"
    codes = [line.split()[0] for line in (folder / "BondsAngles").read_text().splitlines() if line]
    paths = [folder / "optimized_structures" / f"{code}.cif" for code in codes]
    report = parse(
        [RawFile(path.name, path.read_bytes()) for path in paths], workers=0, examine=False
    )
    assert not report.failures
    return dict(zip(codes, report.crystals, strict=True))

"""Small libraries, built by hand."""

from __future__ import annotations

import numpy as np
import pytest

from core.io import parse
from core.io.write import to_cif
from core.library import Library
from core.types import Crystal, RawFile


def simple(name: str, symbols: list[int], **properties) -> Crystal:
    """Atoms along the diagonal of a cubic cell."""
    n = len(symbols)
    frac = np.repeat(np.arange(n)[:, None] / n, 3, axis=1)
    return Crystal(name, 3.0 * n * np.eye(3), frac, symbols, properties=properties)


@pytest.fixture
def library() -> Library:
    """Five crystals read from CIF text, with properties on some."""
    crystals = [
        simple("NaCl", [11, 17]),
        simple("quartz-like", [14, 8, 8]),
        simple("SrTiO3", [38, 22, 8, 8, 8]),
        simple("Fe", [26]),
        simple("FeO", [26, 8]),
    ]
    files = [RawFile(f"set/{c.id}.cif", to_cif(c).encode()) for c in crystals]
    report = parse(files, workers=0)
    properties = {
        "NaCl": {"K_GPa": 24.0, "kind": "salt"},
        "SrTiO3": {"K_GPa": 170.0, "kind": "=perovskite"},
        "Fe": {"K_GPa": 168.0},
    }
    whole = Library("by hand", "files", report)
    changed = [c.with_(properties=properties.get(c.id, {})) for c in whole.crystals]
    return whole.replacing(changed, "properties set")

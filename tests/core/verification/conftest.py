"""Cells of well-known prototypes."""

from __future__ import annotations

import pytest

from core.data import load_embedded
from core.geometry.symmetry import primitive_cell


@pytest.fixture(scope="session")
def host():
    """The primitive cell of a prototype of the AFLOW set, by its id."""
    crystals = {c.id: c for c in load_embedded("aflow-prototypes")}
    return lambda key: primitive_cell(crystals[key], symprec=1e-3, idealize=True)

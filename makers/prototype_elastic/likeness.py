"""How alike two crystals are in geometry, whatever their size: GRID at one volume per atom."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.distances.grid import GridEmdSpec, embed_emd
from core.types import Crystal, FloatArray

VOLUME = 16.0  # Å³ per atom at which crystals are compared
_CHUNK = 256


def geometry(crystals: Sequence[Crystal]) -> FloatArray:
    """(n, d) vectors whose L1 distance is the GRID distance (Å) at 16 Å³ per atom."""
    resized = [
        c.with_(lattice=c.lattice * (VOLUME * c.n_rows / c.volume) ** (1 / 3)) for c in crystals
    ]
    parts = [
        embed_emd(resized[i : i + _CHUNK], GridEmdSpec(), np.float32)
        for i in range(0, len(resized), _CHUNK)
    ]
    return np.vstack(parts) if parts else np.zeros((0, 0))


def apart(a: Sequence[Crystal], b: Sequence[Crystal]) -> FloatArray:
    """(n,) GRID distances of crystals pair by pair, Å, at 16 Å³ per atom."""
    if not a:
        return np.zeros(0)
    return np.abs(geometry(a) - geometry(b)).sum(axis=1)

"""The window that a filter offers before anybody has said what is wanted."""

from __future__ import annotations

from math import floor, log10
from typing import Any

import numpy as np

from core.screening.criteria import Column
from core.screening.limits import ABOVE_HULL

_TOP = 0.9  # share of the candidates below it


def first_window(column: Column) -> dict[str, Any]:
    """Limits of one quantity: stable with its uncertainty, or the top tenth."""
    if column.key == ABOVE_HULL:
        return {"high": 0.0, "how": "shifted" if column.std is not None else "value"}
    # As it is judged at first: a tenth of the values may lie in the window, and no value less σ.
    judged = column.mean if column.std is None else column.mean - column.std
    known = judged[np.isfinite(judged)]
    if not len(known):
        return {}
    low = float(np.quantile(known, _TOP))
    spread = low - float(np.quantile(known, 1 - _TOP))
    if spread > 0:  # digits that the spread allows; never up: even the best might be lost
        unit = 10.0 ** (floor(log10(spread)) - 2)
        low = min(low, float(f"{floor(low / unit) * unit:.12g}"))
    return {"low": low, "how": "shifted" if column.std is not None else "value"}

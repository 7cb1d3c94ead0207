"""Whether intervals hold, in plain words."""

from __future__ import annotations

from collections.abc import Mapping

from core.uncertainty.calibration import Coverage

_SLACK = 0.02  # coverage this far below its level still holds


def verdict(found: Mapping[str, Coverage], level: float) -> str:
    """One sentence on the coverage at a level under each split.

    "Intervals at 0.90 hold under random split (0.90 of 790); they fall short under chemical system
    (0.84 of 801): trust with care."

    Args:
        found: coverage by the name of the split; all hold the level.
    """
    held: list[str] = []
    short: list[str] = []
    for name, c in found.items():
        at = int(abs(c.levels - level).argmin())
        words = f"{name} ({c.covered[at]:.2f} of {c.n})"
        # Short of the level by more than chance and by more than what matters.
        fails = c.covered[at] < level - _SLACK and c.high[at] < level
        (short if fails else held).append(words)
    out = []
    if held:
        out.append(f"Intervals at {level:.2f} hold under " + ", ".join(held))
    if short:
        start = "they fall short under " if held else f"Intervals at {level:.2f} fall short under "
        out.append(start + ", ".join(short) + (": trust with care" if held else ": do not trust"))
    return "; ".join(out) + "."

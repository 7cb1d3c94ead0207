"""Whether intervals hold, in plain words."""

from __future__ import annotations

from collections.abc import Mapping

from core.uncertainty.calibration import Coverage

_SLACK = 0.02  # coverage this far below its level still holds
_ROOM = 0.15  # where chance alone leaves this much below the level, nothing can be said


def verdict(found: Mapping[str, Coverage], level: float) -> str:
    """One sentence on the coverage at a level under each split.

    "Intervals at 90% hold under random split (90% of 790); they fall short under chemical system
    (84% of 801): trust with care." Of a few crystals it says that they are too few to tell.

    Args:
        found: coverage by the name of the split; all hold the level.
    """
    held: list[str] = []
    short: list[str] = []
    few: list[str] = []
    for name, c in found.items():
        at = int(abs(c.levels - level).argmin())
        words = f"{name} ({100 * c.covered[at]:.0f}% of {c.n:,})"
        # Short of the level by more than chance and by more than what matters.
        fails = c.covered[at] < level - _SLACK and c.high[at] < level
        vague = not fails and c.low[at] < level - _ROOM
        (few if vague else short if fails else held).append(words)
    out, asked = [], f"{100 * level:g}%"
    if held:
        out.append(f"Intervals at {asked} hold under " + ", ".join(held))
    if short:
        start = "they fall short under " if held else f"Intervals at {asked} fall short under "
        out.append(start + ", ".join(short) + (": trust with care" if held else ": do not trust"))
    if few:
        start = "too few to tell" if out else f"Too few crystals to judge intervals at {asked}"
        out.append(f"{start} under " + ", ".join(few))
    return "; ".join(out) + "."

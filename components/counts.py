"""Numbers of things in words."""

from __future__ import annotations


def crystals(n: int) -> str:
    """`1 crystal`, `2,000 crystals`."""
    return "1 crystal" if n == 1 else f"{n:,} crystals"

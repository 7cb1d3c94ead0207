"""Colours and radii of atoms."""

from __future__ import annotations

from collections.abc import Iterable

# Okabe & Ito 2008 without black and white, then Tol's muted set for crystals of many elements.
SAFE_COLORS = (
    "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#CC79A7", "#999999",
    "#882255", "#44AA99", "#DDCC77", "#332288", "#AA4499", "#117733", "#88CCEE",
)  # fmt: skip
_OXYGEN = "#D55E00"  # vermilion: oxygen stays red as everywhere else

AXIS_COLORS = ("#D55E00", "#009E73", "#3B8FD0")  # a, b, c; readable on light and dark
OUTLINE_COLOR = "#7F8790"

_STICK_SCALE = 0.42  # spheres at this share of the covalent radius leave the bonds visible
_RADIUS_RANGE = (0.24, 0.85)
_USUAL_RADIUS = 1.3  # for the elements without a measured covalent radius


def safe_element_colors(symbols: Iterable[str]) -> dict[str, str]:
    """A colour-blind-safe colour for each element, the same for the same set of elements."""
    others = sorted(set(symbols) - {"O"})
    colors = {s: SAFE_COLORS[i % len(SAFE_COLORS)] for i, s in enumerate(others)}
    return {**colors, "O": _OXYGEN}


def category_colors(names: Iterable[str]) -> dict[str, str]:
    """A colour for each name, in the order of first appearance."""
    unique = list(dict.fromkeys(names))
    palette = (*SAFE_COLORS[:7], _OXYGEN, *SAFE_COLORS[7:])
    return {name: palette[i % len(palette)].lower() for i, name in enumerate(unique)}


def sphere_radius(symbol: str) -> float:
    """Radius to draw an atom with, angstrom."""
    from pymatgen.analysis.molecule_structure_comparator import CovalentRadius

    low, high = _RADIUS_RANGE
    radius = CovalentRadius.radius.get(symbol, _USUAL_RADIUS)
    return float(min(max(_STICK_SCALE * radius, low), high))

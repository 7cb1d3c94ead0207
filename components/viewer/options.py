"""What to draw of a crystal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from core.errors import InvalidSpecError
from core.hashing import bytes_digest
from core.types import Crystal

CellChoice = Literal["as given", "conventional", "primitive"]
ColorScheme = Literal["Jmol", "VESTA", "accessible", "Wyckoff site"]

CELL_CHOICES: tuple[CellChoice, ...] = get_args(CellChoice)
COLOR_SCHEMES: tuple[ColorScheme, ...] = get_args(ColorScheme)
MAX_REPEATS = 3
_SCENE_VERSION = 2  # raise it when build_scene draws something else for the same input


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewOptions:
    """Options of a view; `bonds`, `polyhedra` and `outline` never need a new scene.

    Attributes:
        bonds: draw CrystalNN bonds.
        polyhedra: draw coordination polyhedra around the more electropositive atoms.
        outline: draw the edges of the cell.
        cell: which cell of the crystal.
        repeats: how often the cell is drawn along a, b and c, 1 to 3.
        colors: `accessible` is safe for colour-blind readers.
    """

    bonds: bool = True
    polyhedra: bool = True
    outline: bool = True
    cell: CellChoice = "as given"
    repeats: tuple[int, int, int] = (1, 1, 1)
    colors: ColorScheme = "Jmol"

    def __post_init__(self) -> None:
        if self.cell not in CELL_CHOICES:
            raise InvalidSpecError(f"No cell {self.cell!r}.", hint=f"One of {CELL_CHOICES}.")
        if self.colors not in COLOR_SCHEMES:
            raise InvalidSpecError(f"No colours {self.colors!r}.", hint=f"One of {COLOR_SCHEMES}.")
        if len(self.repeats) != 3 or not all(1 <= n <= MAX_REPEATS for n in self.repeats):
            raise InvalidSpecError(
                f"The cell can't be repeated {self.repeats} times.",
                hint=f"Give three numbers from 1 to {MAX_REPEATS}.",
            )


def scene_key(crystal: Crystal, options: ViewOptions) -> str:
    """Names the scene of a crystal: equal keys, equal scenes. For caches and for the browser."""
    parts = (_SCENE_VERSION, crystal.digest, options.cell, options.repeats, options.colors)
    return bytes_digest(repr(parts).encode())

"""The periodic table: every element in its place, marked by what is at hand and asked for."""

from __future__ import annotations

import pytest

from components.figures.periodic import periodic_table, place
from components.periodic_table import toggled, toggled_symbol
from core.elements import ATOMIC_NUMBERS, SYMBOLS


def test_every_element_has_a_place_of_its_own():
    places = [place(z) for z in range(1, 119)]
    assert len(set(places)) == 118
    assert all(1 <= x <= 18 and 1 <= y <= 9 for x, y in places)


@pytest.mark.parametrize(
    ("symbol", "where"),
    [("H", (1, 1)), ("He", (18, 1)), ("Be", (2, 2)), ("B", (13, 2)), ("Sc", (3, 4)),
     ("Kr", (18, 4)), ("La", (3, 8)), ("Lu", (17, 8)), ("Hf", (4, 6)), ("U", (6, 9)),
     ("Og", (18, 7))],
)  # fmt: skip
def test_known_places(symbol, where):
    assert place(ATOMIC_NUMBERS[symbol]) == where


def test_no_element_no_place():
    with pytest.raises(ValueError, match="119"):
        place(119)


@pytest.mark.parametrize("dark", [False, True])
def test_the_figure_holds_symbols_counts_and_marks(dark):
    figure = periodic_table({"O": 12}, wanted=["Si"], unwanted=["Fe"], dark=dark)
    trace = figure.data[0]
    assert tuple(trace.customdata) == SYMBOLS[1:]
    assert trace.hovertext[ATOMIC_NUMBERS["O"] - 1] == "O: 12 crystals"
    fills = {s: shape.fillcolor for s, shape in zip(SYMBOLS[1:], figure.layout.shapes, strict=True)}
    assert len({fills[s] for s in ("O", "Si", "Fe", "H")}) == 4
    assert fills["H"] == fills["Au"]


def test_a_click_adds_and_takes_away():
    assert toggled([], "O") == ["O"]
    assert toggled(["Si", "O"], "Si") == ["O"]
    assert toggled_symbol({"customdata": ["O"]}) == toggled_symbol({"customdata": "O"}) == "O"
    assert toggled_symbol({}) == ""

"""One key for one formula, however it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.elements import SYMBOLS
from core.errors import InvalidSpecError
from core.store.formulas import formula_key, key_of_shown
from tests.strategies import crystals

PIECES = st.lists(st.sampled_from([*SYMBOLS[1:20], "(", ")", "2", ".", " "])).map("".join)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("SrTiO3", "O3SrTi"),
        ("TiSrO3", "O3SrTi"),
        ("Sr2Ti2O6", "O3SrTi"),
        ("Sr(TiO3)", "O3SrTi"),
        ("Sr 1 Ti 1 O 3", "O3SrTi"),
        ("Ca(OH)2", "CaH2O2"),
        ("Ca3[PO4]2", "Ca3O8P2"),
        ("CaOH2O", "CaH2O2"),
        ("D2O", "H2O"),
        ("DHO", "H2O"),
        ("Na0.5Cl", "ClNa0.5"),
        ("Co", "Co"),
        ("CO", "CO"),
    ],
)
def test_ways_to_write_one_formula(text: str, key: str) -> None:
    assert formula_key(text) == key


@pytest.mark.parametrize(
    "text",
    ["", "  ", "srtio3", "Xx2", "Sr(Ti", "Sr)Ti", "3Sr", "Sr33 3", "Sr0", "()", "Sr-Ti",
     "Sr1e9", "Sr9999999999", "(" * 3_000, "Sr1.2.3"],
)  # fmt: skip
def test_what_is_no_formula_is_refused(text: str) -> None:
    with pytest.raises(InvalidSpecError, match="no formula"):
        formula_key(text)
    assert key_of_shown(text) == text


@given(crystals)
def test_the_formula_shown_is_found_again(crystal) -> None:
    amounts = crystal.composition
    turned = "".join(f"{s}{2 * amounts[s]:g}" for s in sorted(amounts, reverse=True))
    assert formula_key(turned) == formula_key(crystal.formula)


@given(st.text(max_size=30) | PIECES)
def test_any_text_gives_a_key_or_a_refusal(text: str) -> None:
    try:
        key = formula_key(text)
    except InvalidSpecError:
        return
    assert formula_key(key) == key

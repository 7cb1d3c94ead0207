"""Filters: composed text, formulas as OPTIMADE spells them, typed text checked by the grammar."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.elements import SYMBOLS
from core.errors import InvalidSpecError
from core.sources.filters import check, compose, reduced_formula

SYMBOL = st.sampled_from(SYMBOLS[1:])


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, ""),
        ({"all_of": ["Si", "O", "Si"]}, 'elements HAS ALL "Si","O"'),
        ({"any_of": ["F", "Cl"]}, 'elements HAS ANY "F","Cl"'),
        ({"none_of": ["Pb"]}, 'NOT elements HAS ANY "Pb"'),
        ({"n_elements": (2, 2)}, "nelements=2"),
        ({"n_elements": (2, 4)}, "nelements>=2 AND nelements<=4"),
        ({"formula": " Si2O4 "}, 'chemical_formula_reduced="O2Si"'),
        ({"most_sites": 20}, "nsites<=20"),
        (
            {"all_of": ["Ti"], "n_elements": (3, 3), "most_sites": 5},
            'elements HAS ALL "Ti" AND nelements=3 AND nsites<=5',
        ),
    ],
)
def test_conditions_become_text(options: dict, text: str) -> None:
    assert compose(**options) == text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"all_of": ["Xx"]}, "'Xx'"),
        ({"all_of": ['O" OR id="1']}, "no element"),
        ({"n_elements": (3, 2)}, "From 3 to 2"),
        ({"n_elements": (0, 2)}, "From 0 to 2"),
        ({"formula": "Si(OH)4"}, "'Si(OH)4'"),
        ({"formula": "SiO1.9"}, "whole numbers"),
        ({"formula": '"'}, "no formula"),
        ({"most_sites": 0}, "at most 0"),
    ],
)
def test_conditions_without_sense_are_refused(options: dict, words: str) -> None:
    with pytest.raises(InvalidSpecError) as caught:
        compose(**options)
    assert words in str(caught.value)


@given(
    st.lists(SYMBOL, max_size=4), st.lists(SYMBOL, max_size=4), st.lists(SYMBOL, max_size=4),
    st.tuples(st.integers(1, 5), st.integers(5, 9)), st.integers(1, 500),
)  # fmt: skip
def test_whatever_is_composed_follows_the_grammar(all_of, any_of, none_of, n, sites) -> None:
    text = compose(all_of=all_of, any_of=any_of, none_of=none_of, n_elements=n, most_sites=sites)
    assert check(text) == text


@given(st.dictionaries(SYMBOL, st.integers(1, 30), min_size=1, max_size=5), st.integers(1, 6))
def test_a_formula_is_reduced_whatever_its_order_and_multiple(amounts, factor) -> None:
    spelled = "".join(f"{s}{n * factor}" for s, n in amounts.items())
    other = "".join(f"{s}{n}" for s, n in reversed(amounts.items()))
    reduced = reduced_formula(spelled)
    assert reduced == reduced_formula(other) == reduced_formula(reduced)


@pytest.mark.parametrize(
    "text",
    [
        "",
        'elements HAS ALL "Si","O"',
        'chemical_formula_descriptive CONTAINS "a  b"',
        "_exmpl_bulk_modulus > 100 AND NOT (nelements = 2 OR nsites < 4)",
        '"O" = chemical_formula_reduced',
    ],
)
def test_typed_filters_pass_unchanged(text: str) -> None:
    assert check(f" {text}\n") == text


@pytest.mark.parametrize(
    "text",
    ["elements HAS ALL", "nelements=", "a=1 &page_limit=5", "x" * 2_001, "\x1b[31m", "=" * 50],
)
def test_typed_filters_that_are_none_are_refused_with_their_text(text: str) -> None:
    with pytest.raises(InvalidSpecError) as caught:
        check(text)
    assert "\x1b" not in str(caught.value)


def test_a_long_filter_is_checked_in_no_time() -> None:
    text = " OR ".join(f"({'(' * 3}nelements={i}{')' * 3})" for i in range(70))
    start = time.monotonic()
    check(text)
    assert time.monotonic() - start < 5

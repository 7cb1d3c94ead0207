"""Decorations: neutral, within the windows, of allowed elements, and drawn reproducibly."""

from __future__ import annotations

import pytest

from makers.prototype_elastic.chemistry import ANIONS, CHARGES, LEFT_OUT, valence_electrons
from makers.prototype_elastic.decorate import charged, decorations, drawn
from makers.prototype_elastic.prototypes import prototype
from makers.prototype_elastic.recipes import RECIPES, Recipe

SEED = 1


def recipe(strukturbericht: str, rule: str) -> Recipe:
    return next(r for r in RECIPES if (r.strukturbericht, r.rule) == (strukturbericht, rule))


NEUTRAL = [r for r in RECIPES if r.rule in ("ionic", "perovskite")]


@pytest.mark.parametrize("one", NEUTRAL, ids=lambda r: f"{r.strukturbericht}-{r.rule}")
def test_every_ionic_decoration_can_be_neutral(one):
    counts = prototype(one.key).counts
    neutral = {symbols for symbols, _ in charged(one)}
    for symbols in decorations(one)[::7]:
        assert symbols in neutral
        assert symbols[-1] in ANIONS
        for site, symbol in zip(one.sites[:-1], symbols, strict=False):
            assert symbol in CHARGES
            assert site in counts
    for symbols, charges in list(charged(one))[::101]:
        total = sum(counts[s] * q for s, q in zip(one.sites, charges, strict=True))
        assert total == 0, symbols


@pytest.mark.parametrize("one", RECIPES, ids=lambda r: f"{r.strukturbericht}-{r.rule}")
def test_sites_are_those_of_the_prototype(one):
    assert set(one.sites) == set(prototype(one.key).counts)
    assert len(prototype(one.key).sites) <= 14
    for symbols in decorations(one):
        assert len(symbols) == len(one.sites)
        assert LEFT_OUT.isdisjoint(symbols)
        assert len(set(symbols)) == len(symbols)


@pytest.mark.parametrize(
    ("strukturbericht", "rule", "symbols"),
    [
        ("B1", "ionic", ("Mg", "O")),
        ("C1", "ionic", ("Ca", "F")),
        ("anti-C1", "ionic", ("O", "Li")),
        ("C4", "ionic", ("Ti", "O")),
        ("H1_1", "ionic", ("Al", "Mg", "O")),
        ("E2_1", "perovskite", ("Sr", "Ti", "O")),
        ("anti-E2_1", "antiperovskite", ("Sn", "Ca", "O")),
        ("B2", "alloy", ("Al", "Ni")),
        ("L2_1", "alloy", ("Al", "Mn", "Cu")),
        ("C1_b", "half_heusler", ("Ti", "Sn", "Ni")),
        ("C15", "alloy", ("Cu", "Mg")),
        ("A15", "alloy", ("Sn", "Nb")),
    ],
)
def test_textbook_crystals_are_allowed(strukturbericht, rule, symbols):
    one = recipe(strukturbericht, rule)
    # `anti-C1` names the cation first as its rule does.
    assert symbols in decorations(one) or symbols[::-1] in decorations(one)


@pytest.mark.parametrize(
    ("strukturbericht", "rule", "symbols"),
    [("B1", "ionic", ("Mg", "F")), ("E2_1", "perovskite", ("Ba", "Be", "O")),
     ("E2_1", "perovskite", ("Mg", "Zr", "O"))],
)  # fmt: skip
def test_charged_or_misfitting_crystals_are_not(strukturbericht, rule, symbols):
    assert symbols not in decorations(recipe(strukturbericht, rule))


def test_half_heuslers_have_8_or_18_electrons():
    for symbols in decorations(recipe("C1_b", "half_heusler")):
        counts = [valence_electrons(s) for s in symbols]
        assert sum(counts) in (8, 18)


def test_draw_is_reproducible_and_spares_what_is_taken():
    one = recipe("B1", "ionic")
    first = drawn(one, SEED, frozenset())
    assert first == drawn(one, SEED, frozenset())
    assert first != drawn(one, SEED + 1, frozenset())
    taken = frozenset(first[:50])
    assert taken.isdisjoint(drawn(one, SEED, taken))
    assert len(first) == min(one.quota, len(decorations(one)))


def test_at_least_thirty_prototypes_with_those_asked_for():
    names = {r.strukturbericht for r in RECIPES}
    asked = {"A1", "A2", "A3", "A4", "B1", "B2", "B3", "B4", "C1", "anti-C1", "C4", "C5", "C15",
             "D0_3", "L1_2", "A15", "E2_1", "anti-E2_1", "H1_1", "C1_b", "L2_1",
             "delafossite"}  # fmt: skip
    assert asked <= names
    assert len(names) >= 30

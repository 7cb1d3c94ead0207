"""The hull of known points by hand, and the embedded set's own labels again."""

from __future__ import annotations

import numpy as np
import pytest

from core.data import load_embedded
from core.data.prototype_elastic import KEY
from core.elements import ATOMIC_NUMBERS, MAX_NUMBER
from core.errors import ShapeMismatchError
from core.screening.hull import Hull, Phases, element_shares
from core.types import Crystal
from core.verification.labels import ABOVE_HULL, FORMATION, References, element_energies, label

STATED = 1e-5  # eV/atom, to which the card states the elements


def made(name: str, *symbols: str) -> Crystal:
    frac = np.linspace(0, 0.8, len(symbols))[:, None] * np.ones(3)
    return Crystal(name, 6 * np.eye(3), frac, [ATOMIC_NUMBERS[s] for s in symbols])


@pytest.fixture
def known():
    """Al and Ni at -3 and -5 eV; one phase AlNi, 1 eV below them."""
    elements = np.full(MAX_NUMBER + 1, np.nan)
    elements[[ATOMIC_NUMBERS["Al"], ATOMIC_NUMBERS["Ni"]]] = -3.0, -5.0
    return References(
        elements, Hull(Phases(element_shares([made("AlNi", "Al", "Ni")]), np.array([-1.0])))
    )


@pytest.mark.parametrize(
    ("symbols", "energy", "formation", "above"),
    [
        (("Al",), -3.0, 0.0, 0.0),
        (("Al",), -2.5, 0.5, 0.5),
        (("Al", "Ni"), -5.0, -1.0, 0.0),
        (("Al", "Ni"), -5.2, -1.2, -0.2),  # below the hull of what is known
        # A quarter Ni: the hull between Al (0) and AlNi (-1) is at -0.5.
        (("Al", "Al", "Al", "Ni"), -3.9, -0.4, 0.1),
        (("Ni", "Al", "Al", "Al", "Al", "Al", "Al", "Al"), -3.5, -0.25, 0.0),
    ],
)
def test_a_binary_by_hand(known, symbols, energy, formation, above):
    found = label([made("x", *symbols)], np.array([energy]), known)
    assert found.formation == pytest.approx([formation])
    assert found.above_hull == pytest.approx([above], abs=1e-9)
    assert found.failures == ()


def test_an_element_without_reference_is_a_row(known):
    found = label(
        [made("good", "Al", "Ni"), made("bad", "Al", "Xe")], np.array([-5.0, -1.0]), known
    )
    assert np.isfinite(found.formation).tolist() == [True, False]
    assert np.isfinite(found.above_hull).tolist() == [True, False]
    (failure,) = found.failures
    assert (failure.id, failure.stage) == ("bad", "label")
    assert "Xe" in failure.message


def test_labels_of_the_set_are_its_own():
    """Every crystal of the set: formation energy from its energy, and its height above the hull."""
    crystals = load_embedded(KEY)
    stored = {
        key: np.array([c.properties[key] for c in crystals])
        for key in ("energy_eV_per_atom", FORMATION, ABOVE_HULL)
    }
    found = label(crystals, stored["energy_eV_per_atom"])
    np.testing.assert_allclose(found.formation, stored[FORMATION], atol=STATED)
    np.testing.assert_allclose(np.maximum(found.above_hull, 0), stored[ABOVE_HULL], atol=3 * STATED)
    assert found.above_hull.min() > -STATED  # none lies below a hull that it is part of
    assert found.failures == ()


def test_elements_of_the_set_have_references():
    used = {z for c in load_embedded(KEY) for z in c.numbers.tolist()}
    assert np.isfinite(element_energies()[sorted(used)]).all()
    assert np.isnan(element_energies()[ATOMIC_NUMBERS["Xe"]])


def test_energies_belong_to_crystals(known):
    with pytest.raises(ShapeMismatchError, match="1 crystals"):
        label([made("x", "Al")], np.zeros(2), known)
    assert label([], np.empty(0), known).formation.shape == (0,)

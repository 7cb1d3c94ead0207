"""Templates: labels of decorations without looking again, and cells that follow radii."""

from __future__ import annotations

import numpy as np
import pytest

from core.data import load_embedded
from core.errors import DisorderedStructureError, InvalidSpecError
from core.geometry.bonds import covalent_radii
from core.geometry.prototype_label import prototype_label
from core.screening.likelihood import slots
from core.screening.radii import CHOICES, contact_radii, radii
from core.screening.templates import Template, relabel, templates
from core.types import Crystal

SET = load_embedded("prototype-elastic")
OTHERS = (3, 11, 12, 22, 26, 29, 8, 17, 13, 57)


def sodium_chloride() -> Template:
    frac = [[0, 0, 0], [0.5, 0.5, 0.5]]
    half = 2.82
    lattice = half * np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]])
    return Template.of(Crystal("salt", lattice, frac, [11, 17]))


def test_kinds_contacts_and_scale_of_rock_salt() -> None:
    t = sodium_chloride()
    assert (t.kinds, t.amounts) == ((11, 17), (1, 1))
    assert t.contacts == pytest.approx([0.5, 0.5])
    r = covalent_radii()
    expected = (r[19] + r[35]) / (r[11] + r[17])
    assert t.contact == pytest.approx(2.82)
    assert t.scales(np.array([[19, 35], [11, 17]]), r) == pytest.approx([expected, 1.0])
    made = t.decorated([19, 35], expected, id="KBr")
    assert made.numbers.tolist() == [19, 35]
    assert made.volume == pytest.approx(t.crystal.volume * expected**3)
    assert t.label == "AB_cF8_225_a_b:Cl-Na"


def test_labels_of_decorations_are_those_found_by_symmetry() -> None:
    rng = np.random.default_rng(0)
    for crystal in [SET[i] for i in rng.permutation(len(SET))[:120]]:
        t = Template.of(crystal)
        new = rng.permutation(OTHERS)[: len(t.kinds)].tolist()
        assert t.relabelled(new) == prototype_label(t.decorated(new, 1.0)), crystal.id


def test_a_label_changed_there_and_back_is_the_same() -> None:
    canonical = Template.of(next(c for c in SET if c.id.startswith("E2_1"))).label
    old = tuple(canonical.partition(":")[2].split("-"))
    there = relabel(canonical, old, ("Zr", "F", "Ba"))
    assert there.endswith(":Ba-F-Zr")
    assert relabel(there, ("Zr", "F", "Ba"), old) == canonical


def test_slots_see_through_the_alphabet_and_the_choice_of_origin() -> None:
    by_formula = {}
    for crystal in SET:
        if crystal.id.startswith("B1-") and len(by_formula) < 30:
            by_formula[crystal.formula] = slots(Template.of(crystal).label)
    keys = {key for key, _, _ in by_formula.values()}
    assert len(keys) == 1  # rock salt is one prototype, whatever its elements are called
    _, alike, _ = next(iter(by_formula.values()))
    assert set(alike) == {(0, 1), (1, 0)}  # both sites are equivalent
    # Fluorite and antifluorite are one prototype: cations and anions have changed places.
    fluorite = {slots(Template.of(c).label)[0] for c in SET if c.id in ("C1-SnO2", "C1-ONa2")}
    assert len(fluorite) == 1


def test_radii_of_a_library_explain_contacts_nobody_fitted() -> None:
    mine, _ = templates(SET[::7])
    others, _ = templates(SET[3::28])
    errors = {}
    for choice in CHOICES:
        r = radii(choice, mine)
        own = np.array([2 * r[list(t.kinds)] @ t.contacts / t.contact for t in others])
        errors[choice] = np.median(np.abs(np.log(own / np.median(own))))
    assert errors["library"] < 0.6 * errors["covalent"]
    assert contact_radii([]) == pytest.approx(covalent_radii())
    with pytest.raises(InvalidSpecError, match="ionic"):
        radii("ionic")


def test_what_can_be_no_template_is_a_row() -> None:
    salt = sodium_chloride().crystal
    mixed = salt.with_(id="mixed", occupancy=[0.5, 1.0])
    found, failures = templates([salt, mixed])
    assert len(found) == 1
    assert failures[0].id == "mixed"
    assert failures[0].code == "DisorderedStructureError"
    with pytest.raises(DisorderedStructureError):
        Template.of(mixed)

"""Substitution and decoration: likelihoods counted by hand, ranks, exclusions, seeds."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from core.data import load_embedded
from core.distances import parse_metric
from core.distances.base import between
from core.elements import ATOMIC_NUMBERS, SYMBOLS
from core.errors import InvalidSpecError, JobCancelled, SchemaError
from core.screening.candidates import Candidates, reduced_formula
from core.screening.charges import balanced, oxidation_states
from core.screening.decoration import DecorationSpec, decorate
from core.screening.duplicates import grid_duplicates
from core.screening.likelihood import SOURCES, likelihood, mine
from core.screening.substitution import SubstitutionSpec, excluded_numbers, substitute
from core.screening.templates import Template, templates

SET = load_embedded("prototype-elastic")
CHOSEN = [c for c in SET if c.id.split("-")[0] in ("B1", "C1", "E2_1")]
LIBRARY, _ = templates(CHOSEN[::5])
MINED = mine(LIBRARY)


def z(symbol: str) -> int:
    return ATOMIC_NUMBERS[symbol]


def test_mined_counts_are_those_of_pairs_that_differ_in_one_element() -> None:
    salts = [t for t in LIBRARY if t.crystal.id.startswith("B1-")]
    counts = np.zeros((119, 119))
    pairs = 0
    for a, b in combinations(salts, 2):
        one, other = set(a.kinds), set(b.kinds)
        if len(one & other) == 1:  # both sites of rock salt are equivalent
            pairs += 1
            (stays,), (left,), (right,) = one & other, one - other, other - one
            counts[left, right] += 1
            counts[right, left] += 1
            counts[stays, stays] += 2
    found = mine(salts)
    assert found.pairs == pairs > 20
    total = counts.sum(axis=1, keepdims=True)
    assert found.table == pytest.approx(counts / np.where(total > 0, total, 1))


@pytest.mark.parametrize("source", SOURCES)
def test_rows_are_probabilities(source: str) -> None:
    table = likelihood(source, LIBRARY).table
    assert (table >= 0).all()
    sums = table.sum(axis=1)
    assert ((np.abs(sums - 1) < 1e-9) | (sums == 0)).all()
    assert (sums == 0).sum() < 80
    if source in ("ions", "mendeleev"):  # chemistry: potassium stands for sodium before iron does
        assert sums[z("Na")] == pytest.approx(1)
        assert table[z("Na"), z("K")] > table[z("Na"), z("Fe")]


def test_candidates_are_the_likeliest_products() -> None:
    parent = next(t for t in LIBRARY if t.crystal.id.startswith("B1-"))
    spec = SubstitutionSpec(per_parent=7, exclude_known="none", source="mendeleev")
    chances = likelihood("mendeleev")
    found, _ = substitute([parent], chances, spec)
    a, b = parent.kinds
    noble = excluded_numbers(["noble-gases"])
    every = {
        (i, j): chances.table[a, i] * chances.table[b, j]
        for i in range(1, 119) for j in range(1, 119)
        if i != j and (i, j) != (a, b) and not {i, j} & noble
    }  # fmt: skip
    best = sorted(every.values(), reverse=True)[:7]
    # Both sites are equivalent: a pair and its exchange are one crystal, the likelier counts.
    assert found.probability[0] == pytest.approx(best[0])
    for row, p in zip(found.elements.tolist(), found.probability.tolist(), strict=True):
        assert every[tuple(row)] == pytest.approx(p)
        assert p >= best[-1] - 1e-15


def test_formulas_labels_and_ids_are_those_of_the_crystals() -> None:
    found, _ = substitute(LIBRARY, MINED, SubstitutionSpec(per_parent=3))
    assert len(set(found.ids)) == len(found)
    for i in range(0, len(found), 7):
        crystal = found.crystal(i)
        assert crystal.formula == found.formulas[i]
        assert Template.of(crystal).label == found.labels[i]
        assert crystal.id == found.id(i)
        assert crystal.properties["parent_id"] == found.parents[i]
        assert found.shares()[i] == pytest.approx(
            np.bincount(crystal.numbers, minlength=119) / crystal.n_rows
        )
    assert (np.diff(found.probability) <= 0).all()


def test_what_is_known_or_excluded_is_not_proposed() -> None:
    spec = SubstitutionSpec(per_parent=20, exclude=("O", "lanthanides"))
    found, made = substitute(LIBRARY, MINED, spec)
    known = {c.crystal.formula for c in LIBRARY}
    assert not known & set(found.formulas.tolist())
    assert made.known > 0
    new = {  # what was put in: an excluded element of a parent may stay out only if replaced
        SYMBOLS[b]
        for row, place in zip(found.elements.tolist(), found.template.tolist(), strict=True)
        for a, b in zip(found.templates[place].kinds, row, strict=False)
    }
    assert not new & {"O", "La", "Ce", "Gd", "Lu"}
    structures, _ = substitute(
        LIBRARY, MINED, SubstitutionSpec(per_parent=20, exclude_known="structure")
    )
    assert not {t.label for t in LIBRARY} & set(structures.labels.tolist())
    assert known & set(structures.formulas.tolist())
    extra, _ = templates([found.crystal(0)])
    again, _ = substitute(LIBRARY, MINED, spec, known=extra)
    assert found.formulas[0] not in again.formulas


def test_no_two_candidates_are_of_one_label_and_counts_add_up() -> None:
    spec = SubstitutionSpec(per_parent=15, count=100)
    found, made = substitute(LIBRARY, MINED, spec)
    assert len(set(found.labels.tolist())) == len(found) == 100
    assert made.proposed == made.known + made.duplicates + made.unlikely + len(found)
    changed = [
        sum(a != b for a, b in zip(found.templates[t].kinds, row, strict=False))
        for t, row in zip(found.template.tolist(), found.elements.tolist(), strict=True)
    ]
    assert set(changed) <= {1, 2}
    one, _ = substitute(LIBRARY, MINED, SubstitutionSpec(max_changed=1))
    assert all(", " not in one.changes(i) for i in range(len(one)))


def test_the_seed_decides_what_is_sampled_and_nothing_else() -> None:
    spec = SubstitutionSpec(per_parent=5, draw="sampled")
    first, again = (substitute(LIBRARY, MINED, spec, seed=4)[0] for _ in range(2))
    other, _ = substitute(LIBRARY, MINED, spec, seed=5)
    assert first.ids == again.ids
    assert first.ids != other.ids
    ranked = [substitute(LIBRARY, MINED, SubstitutionSpec(), seed=s)[0].ids for s in (4, 5)]
    assert ranked[0] == ranked[1]


def test_charges_are_balanced_by_common_oxidation_states() -> None:
    sites = np.array([[z("Na"), z("Cl")], [z("Mg"), z("Cl")], [z("Na"), z("K")], [z("Fe"), z("O")]])
    assert balanced(sites, (1, 1)).tolist() == [True, False, False, True]
    assert balanced(sites[1:2], (1, 2)).tolist() == [True]
    assert balanced(np.array([[z("Ca"), z("Ti"), z("O")]]), (1, 1, 3)).tolist() == [True]
    assert balanced(np.array([[z("Fe")]]), (2,)).tolist() == [True]
    assert set(oxidation_states()[z("Na")][:1]) == {1.0}


def test_decorations_balance_and_come_of_each_prototype_once() -> None:
    prototypes, _ = templates(load_embedded("aflow-prototypes")[:60])
    found, made = decorate(
        prototypes, likelihood("ions"), DecorationSpec(per_parent=20, max_atoms=12)
    )
    assert len(found) > 50
    assert made.parents < 60
    for i in range(0, len(found), 5):
        t = found.templates[int(found.template[i])]
        row = found.elements[i : i + 1, : len(t.kinds)]
        assert balanced(row, t.amounts).all()
    heads = [t.label.partition(":")[0] for t in found.templates]
    assert len(set(heads)) == len(heads)


def test_grid_duplicates_are_near_an_earlier_crystal_of_their_formula() -> None:
    spec = SubstitutionSpec(per_parent=15, exclude_known="none")
    found, _ = substitute(LIBRARY, MINED, spec)
    flags = grid_duplicates(found, 0.3)
    metric = parse_metric("grid-emd")
    crystals = [found.crystal(i) for i in range(len(found))]
    kept: dict[str, list[int]] = {}
    for i, formula in enumerate(found.formulas.tolist()):
        mine_ = metric.embed([crystals[i]])
        near = any(between(mine_, metric.embed([crystals[j]]))[0, 0] < 0.3
                   for j in kept.get(formula, []))  # fmt: skip
        assert flags[i] == near
        if not near:
            kept.setdefault(formula, []).append(i)
    itself = grid_duplicates(found[:5], 0.1, known=[crystals[2]])
    assert itself.tolist() == [False, False, True, False, False]
    with pytest.raises(InvalidSpecError):
        grid_duplicates(found, 0.0)


def test_candidates_survive_their_arrays() -> None:
    found, _ = substitute(LIBRARY, MINED, SubstitutionSpec(per_parent=2, count=50))
    back = Candidates.from_arrays(found.arrays())
    assert back.ids == found.ids
    for i in (0, 7, 49):
        assert back.crystal(i).digest == found.crystal(i).digest
    rows, crystals = next(found.batches(size=8, rows=np.array([4, 2])))
    assert rows.tolist() == [4, 2]
    assert [c.id for c in crystals] == [found.id(4), found.id(2)]
    with pytest.raises(SchemaError, match="template_ends"):
        Candidates.from_arrays({})


def test_reduced_formulas_read_as_those_of_crystals() -> None:
    assert reduced_formula([8, 22, 38], [6, 2, 2]) == "SrTiO3"


def test_wrong_requests_are_refused() -> None:
    with pytest.raises(InvalidSpecError, match="'Xx'"):
        SubstitutionSpec(exclude=("Xx",))
    with pytest.raises(InvalidSpecError, match="luck"):
        likelihood("luck")
    with pytest.raises(SchemaError, match="differ in one"):
        mine(LIBRARY[:1])
    with pytest.raises(JobCancelled):
        substitute(LIBRARY, MINED, SubstitutionSpec(), should_stop=lambda: True)
    none, made = substitute([], MINED, SubstitutionSpec())
    assert len(none) == made.proposed == 0

"""Hulls against what can be worked out by hand, pymatgen, and the embedded set's own column."""

from __future__ import annotations

import numpy as np
import pytest

from core.data import load_embedded
from core.elements import ATOMIC_NUMBERS, MAX_NUMBER
from core.errors import NonFiniteError, SchemaError, ShapeMismatchError
from core.screening.hull import Hull, Phases, element_shares, grouped, require_energy

KEY = "formation_energy_eV_per_atom"


def phases(*entries: tuple[dict[str, float], float]) -> Phases:
    shares = np.zeros((len(entries), MAX_NUMBER + 1))
    for row, (amounts, _) in zip(shares, entries, strict=True):
        for symbol, amount in amounts.items():
            row[ATOMIC_NUMBERS[symbol]] = amount / sum(amounts.values())
    return Phases(shares, np.array([energy for _, energy in entries]))


AB = ({"Na": 1, "Cl": 1}, -2.0)


def test_a_binary_hull_is_the_tie_line() -> None:
    hull = Hull(phases(AB))
    asked = phases(({"Na": 3, "Cl": 1}, -0.7), ({"Na": 1, "Cl": 1}, -2.3), ({"Na": 1}, 0.1))
    assert hull.energies(asked.shares) == pytest.approx([-1.0, -2.0, 0.0])
    assert hull.above(asked) == pytest.approx([0.3, -0.3, 0.1])


def test_total_energies_need_every_element() -> None:
    known = phases(({"Na": 1}, -1.3), AB)
    hull = Hull(known, formation=False)
    asked = phases(({"Na": 1, "Cl": 1}, -2.0), ({"Na": 1}, -1.0))
    found = hull.above(asked)
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(0.3)
    complete = Hull(known + phases(({"Cl": 1}, -0.9)), formation=False)
    assert complete.energies(phases(({"Na": 3, "Cl": 1}, 0)).shares) == pytest.approx([-1.65])


def test_leaving_one_out_says_how_far_the_hull_would_rise() -> None:
    known = phases(AB, ({"Na": 3, "Cl": 1}, -1.2), ({"Na": 1, "Cl": 1}, -1.5), ({"Na": 1}, 0.0))
    found = Hull(known).leave_one_out()
    # NaCl alone above Na3Cl and its own polymorph; Na3Cl above Na and NaCl; the element stays.
    assert found == pytest.approx([-0.5, -0.2, 0.5, 0.0])


def test_formation_energies_of_the_embedded_set_give_its_own_column() -> None:
    crystals = load_embedded("prototype-elastic")
    own = np.array([c.properties["energy_above_hull_eV_per_atom"] for c in crystals])
    # Of whole chemical systems with all that lies inside them.
    wanted = [i for i, c in enumerate(crystals) if set(c.elements) <= set("Ti Al Ni Cu O".split())]
    some = [crystals[i] for i in wanted]
    known, failures = Phases.of(some, KEY)
    assert not failures
    assert len(some) > 50
    assert Hull(known).above(known) == pytest.approx(own[wanted], abs=1e-9)


def test_it_agrees_with_pymatgen_off_the_known_compositions() -> None:
    from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
    from pymatgen.core import Composition

    rng = np.random.default_rng(0)
    entries, described = [], []
    for _ in range(30):
        amounts = dict(zip("ABC", rng.integers(0, 5, 3), strict=True))
        chosen = {
            s: float(n) for s, n in zip(("Li", "Ti", "O"), amounts.values(), strict=True) if n
        }
        if chosen:
            entries.append((chosen, -float(rng.uniform(0, 3)) * (len(chosen) > 1)))
            described.append(PDEntry(Composition(chosen), entries[-1][1] * sum(chosen.values())))
    described += [PDEntry(Composition(s), 0.0) for s in ("Li", "Ti", "O")]
    diagram = PhaseDiagram(described)
    hull = Hull(phases(*entries))
    for _ in range(20):
        a = rng.dirichlet([1, 1, 1])
        composition = dict(zip(("Li", "Ti", "O"), a, strict=True))
        expected = diagram.get_hull_energy_per_atom(Composition(composition))
        assert hull.energies(phases((composition, 0.0)).shares)[0] == pytest.approx(expected)


def test_rows_are_grouped_by_their_elements() -> None:
    shares = element_shares(load_embedded("elements")[:5])
    assert sorted(len(rows) for rows in grouped(shares).values()) == [1] * 5
    twice = np.vstack([shares, shares])
    assert {tuple(r.tolist()) for r in grouped(twice).values()} == {(i, i + 5) for i in range(5)}


def test_what_is_no_phase_is_refused() -> None:
    with pytest.raises(ShapeMismatchError, match="Shares"):
        Phases(np.zeros((2, 5)), np.zeros(2))
    with pytest.raises(NonFiniteError):
        Phases(np.zeros((1, MAX_NUMBER + 1)), np.array([np.nan]))
    with pytest.raises(SchemaError, match="no known phases"):
        require_energy(Phases(np.zeros((0, MAX_NUMBER + 1)), np.zeros(0)))
    with pytest.raises(SchemaError, match="energy_eV"):
        Phases.of(load_embedded("elements")[:3], "energy_eV")

"""Element statistics: matminer's numbers, and what must hold whatever the table says."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from core.descriptors import DESCRIPTORS
from core.descriptors.composition_statistics import (
    FILE,
    PROPERTIES,
    CompositionStatisticsSpec,
    composition_statistics,
    element_table,
)
from core.elements import ATOMIC_NUMBERS, SYMBOLS
from core.errors import NonFiniteError
from core.types import Crystal

SPEC = CompositionStatisticsSpec()
LABELS = DESCRIPTORS["composition_statistics"].labels(SPEC)
EXACT = 1e-9  # relative and absolute: sums in another order
with Path(__file__).with_name("magpie_golden.csv").open(encoding="utf-8") as file:
    HEADER, *ROWS = csv.reader(file)


def made_of(**amounts: float) -> Crystal:
    """Atoms on a line; a broken amount becomes a partly occupied position."""
    numbers, occupancy = [], []
    for symbol, amount in amounts.items():
        whole = int(amount)
        shares = [1.0] * whole + ([amount - whole] if amount > whole else [])
        numbers += [ATOMIC_NUMBERS[symbol]] * len(shares)
        occupancy += shares
    n = len(numbers)
    frac = np.column_stack([np.arange(n) / n, np.zeros(n), np.zeros(n)])
    return Crystal("made", np.diag([3.0 * n, 5, 5]), frac, numbers, occupancy)


def of_formula(formula: str) -> Crystal:
    from pymatgen.core import Composition

    amounts = Composition(formula).get_el_amt_dict()
    return made_of(**amounts)


def feature(crystal: Crystal, name: str, spec: CompositionStatisticsSpec = SPEC) -> float:
    return float(composition_statistics(crystal, spec)[LABELS.index(name)])


def test_names_are_those_of_matminer() -> None:
    assert HEADER[1:] == LABELS
    assert "MagpieData mean Electronegativity" in LABELS
    assert len(LABELS) == 132


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_numbers_are_those_of_matminer(row: list[str]) -> None:
    """Golden numbers by makers/magpie_elements.py, in matminer 0.10.1."""
    found = composition_statistics(of_formula(row[0]), SPEC)
    np.testing.assert_allclose(found, np.array(row[1:], dtype=float), rtol=EXACT, atol=EXACT)


def test_table_salt_by_hand(rocksalt: Crystal) -> None:
    assert feature(rocksalt, "MagpieData mean Number") == 14
    assert feature(rocksalt, "MagpieData range Number") == 6
    assert feature(rocksalt, "MagpieData avg_dev Number") == 3
    assert feature(rocksalt, "MagpieData mode Number") == 11  # a tie: the smaller one
    mean = feature(rocksalt, "MagpieData mean Electronegativity")
    assert mean == pytest.approx((0.93 + 3.16) / 2)
    assert feature(rocksalt, "MagpieData maximum MeltingT") == pytest.approx(370.87)


def test_an_element_is_its_own_statistics() -> None:
    table = composition_statistics(made_of(Fe=2), SPEC).reshape(len(PROPERTIES), 6)
    for column in (0, 1, 3, 5):
        np.testing.assert_array_equal(table[:, column], element_table()[26])
    np.testing.assert_array_equal(table[:, [2, 4]], 0)


def test_statistics_are_ordered() -> None:
    for row in ROWS:
        found = composition_statistics(of_formula(row[0]), SPEC).reshape(len(PROPERTIES), 6)
        low, high, spread, mean, deviation, mode = found.T
        np.testing.assert_allclose(spread, high - low)
        assert (low <= mean + EXACT).all()
        assert (mean <= high + EXACT).all()
        assert ((low <= mode) & (mode <= high)).all()
        assert (deviation <= spread / 2 + EXACT).all()


def test_the_table_is_complete_where_it_matters() -> None:
    with FILE.open(encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert tuple(header[1:]) == PROPERTIES
    assert [row[0] for row in rows] == list(SYMBOLS[1:])
    gaps = {SYMBOLS[z] for z in range(1, 97) if np.isnan(element_table()[z]).any()}
    assert gaps == {"He", "Ne", "Ar", "At", "Rn", "Fr"}
    np.testing.assert_array_equal(element_table()[1:113, 0], np.arange(1, 113))


def test_gaps_are_filled_or_refused() -> None:
    helium = made_of(He=1)
    mean = np.nanmean(element_table()[1:, PROPERTIES.index("MeltingT")])
    assert feature(helium, "MagpieData mean MeltingT") == pytest.approx(mean)
    with pytest.raises(NonFiniteError, match="He, whose MeltingT, Electronegativity is not known"):
        composition_statistics(helium, CompositionStatisticsSpec(missing="refuse"))
    with pytest.raises(NonFiniteError, match="Og, of which the table knows nothing"):
        composition_statistics(made_of(Na=1, Og=1), SPEC)


def test_weights_are_exact() -> None:
    mixed = Crystal("AB", 3 * np.eye(3), np.zeros((2, 3)), [26, 27], [0.25, 0.75], position=[0, 0])
    np.testing.assert_allclose(
        composition_statistics(mixed, SPEC), composition_statistics(made_of(Fe=1, Co=3), SPEC)
    )

"""The first window lets about a tenth of the candidates pass, whatever their scale."""

from __future__ import annotations

import numpy as np
import pytest

from components.screen.first_window import first_window
from core.screening.criteria import Column


@pytest.mark.parametrize(
    ("low", "high"), [(2.30, 2.39), (1500, 1550), (-1.09, -1.0), (100, 120), (0, 1e-4), (1e6, 3e9)]
)
def test_a_tenth_passes(low: float, high: float) -> None:
    values = np.linspace(low, high, 1001)
    window = first_window(Column("band_gap_eV", values))
    assert 0.09 <= np.mean(values >= window["low"]) <= 0.12
    assert float(f"{window['low']:.5g}") == window["low"]  # few digits, as a person would write


def test_equal_values_are_all_let_through() -> None:
    window = first_window(Column("band_gap_eV", np.full(7, 0.1 + 0.2)))
    assert window["low"] == 0.1 + 0.2


def test_the_uncertainty_is_taken_off_first() -> None:
    mean, std = np.linspace(0, 100, 1001), np.full(1001, 7.0)
    window = first_window(Column("bulk_modulus_GPa", mean, std))
    assert window["how"] == "shifted"
    assert 0.09 <= np.mean(mean - std >= window["low"]) <= 0.12


def test_nothing_known_offers_nothing() -> None:
    assert first_window(Column("band_gap_eV", np.full(3, np.nan))) == {}

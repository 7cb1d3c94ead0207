"""The fit gives back the parameters of a curve of its own kind."""

from __future__ import annotations

import numpy as np
import pytest

from core.verification.equation_of_state import EV_PER_A3_IN_GPA, birch_murnaghan, fit

EXACT = 1e-6


@pytest.mark.parametrize("derivative", [2.0, 4.0, 6.5])
def test_fit_recovers_a_curve_of_its_own_kind(derivative):
    volumes = 21.0 * np.linspace(0.94, 1.06, 7)
    found = fit(volumes, birch_murnaghan(volumes, 20.7, -5.0, 123.0, derivative))
    assert found.volume == pytest.approx(20.7, rel=1e-3 if derivative == 4 else EXACT)
    assert found.bulk_modulus == pytest.approx(123.0, rel=1e-3 if derivative == 4 else EXACT)
    assert found.derivative == pytest.approx(derivative, rel=EXACT)
    assert found.energy == pytest.approx(-5.0)
    assert found.residual < EXACT


def test_bulk_modulus_is_the_curvature():
    """B = V E'' at the minimum, by finite differences."""
    v = 20.7 + np.array([-1e-3, 0, 1e-3])
    e = birch_murnaghan(v, 20.7, -5.0, 123.0, 4.7)
    curvature = (e[0] - 2 * e[1] + e[2]) / 1e-6
    assert 20.7 * curvature * EV_PER_A3_IN_GPA == pytest.approx(123.0, rel=1e-3)


def test_no_fit_without_a_minimum():
    y = np.linspace(18, 22, 7) ** (-2 / 3)
    assert fit(y**-1.5, y**3 + y) is None  # rises with y for ever

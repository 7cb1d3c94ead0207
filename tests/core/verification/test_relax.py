"""Relaxation and equation of state on energies known in closed form; limits, and stopping."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import ComputeError, ConvergenceError, InvalidSpecError, JobCancelled
from core.geometry.symmetry import find_symmetry
from core.types import Crystal
from core.verification.equation_of_state import EV_PER_A3_IN_GPA
from core.verification.relax import RelaxSpec, relax
from tests.pair_potential import Pairs

COPPER = [29]


@pytest.fixture
def fcc(host):
    cell = host("A_cF4_225_a")
    return Crystal("fcc", cell.lattice * 1.05, cell.frac, COPPER)


@pytest.fixture
def hcp(host):
    cell = host("A_hP2_194_c")
    return Crystal("hcp", cell.lattice * np.array([1, 1, 1.06]), cell.frac, [12, 12])


def test_relaxation_finds_close_packing_s_ideal_ratio(hcp):
    """A pair potential of short reach makes c/a of hcp nearly sqrt(8/3)."""
    spec = RelaxSpec(tolerance=1e-5, equation_of_state=False)
    found = relax(Pairs(), hcp, spec)
    lengths = np.linalg.norm(found.crystal.lattice, axis=1)
    assert found.converged
    assert lengths[2] / lengths[0] == pytest.approx(np.sqrt(8 / 3), rel=0.01)
    assert abs(found.pressure) < 0.01
    assert found.max_force < 1e-6
    assert found.fit is None
    assert find_symmetry(found.crystal).number == 194


def test_bulk_modulus_is_the_potential_s_curvature(fcc):
    found = relax(Pairs(), fcc)
    v = found.fit.volume
    energies = [
        Pairs().energy(fcc.lattice * (w / fcc.volume) ** (1 / 3), fcc.frac, COPPER)
        for w in (v * 0.999, v, v * 1.001)
    ]
    curvature = (energies[0] - 2 * energies[1] + energies[2]) / (v * 0.001) ** 2
    assert found.fit.bulk_modulus == pytest.approx(v * curvature * EV_PER_A3_IN_GPA, rel=0.02)
    assert found.crystal.volume == pytest.approx(v)
    assert found.energy == pytest.approx(energies[1], abs=1e-4)


def test_symmetry_is_kept_unless_atoms_are_displaced(fcc):
    """Along a stretched body-centred cell the way down to close packing is open once atoms may
    leave their places: the displaced crystal ends lower than the one that keeps its symmetry.
    """
    a = 2 ** (1 / 3) * fcc.volume ** (1 / 3)
    centred = Crystal("bcc", a * np.eye(3), [[0, 0, 0], [0.5, 0.5, 0.5]], COPPER * 2)
    kept = relax(Pairs(), centred, RelaxSpec(equation_of_state=False))
    moved = relax(
        Pairs(), centred,
        RelaxSpec(equation_of_state=False, rattle=0.1, seed=3, max_steps=300, tolerance=1e-4),
    )  # fmt: skip
    assert find_symmetry(kept.crystal).number == 229
    assert moved.converged
    assert moved.energy < kept.energy - 1e-3


def test_displacements_are_those_of_the_seed(fcc):
    def frac(seed):
        spec = RelaxSpec(rattle=0.05, seed=seed, equation_of_state=False)
        cell = fcc.with_(
            lattice=2 * fcc.lattice, numbers=COPPER * 2, frac=[[0, 0, 0], [0.4, 0.4, 0.4]],
            occupancy=None, position=None,
        )  # fmt: skip
        return relax(Pairs(), cell, spec).crystal.frac

    np.testing.assert_array_equal(frac(1), frac(1))
    assert not np.array_equal(frac(1), frac(2))


def test_too_few_steps_are_said(hcp):
    spec = RelaxSpec(max_steps=1)
    found = relax(Pairs(), hcp, spec)
    assert not found.converged
    with pytest.raises(ConvergenceError, match="did not relax in 1 steps"):
        found.require(spec)


def test_no_minimum_is_said(fcc):
    class Falling(Pairs):
        """Flat, then falls with the volume: nothing to fit."""

        def energy(self, lattice, frac, numbers):
            return -abs(float(np.linalg.det(lattice)))

        def slopes(self, lattice, frac, numbers):
            return (
                super()
                .slopes(lattice, frac, numbers)
                .__class__(0.0, np.zeros((1, 3)), np.zeros((3, 3)))
            )

    spec = RelaxSpec()
    with pytest.raises(ComputeError, match="no minimum"):
        relax(Falling(), fcc, spec).require(spec)


def test_time_over_is_said(hcp):
    with pytest.raises(ConvergenceError, match="given up after 1e-06 s"):
        relax(Pairs(), hcp, RelaxSpec(max_seconds=1e-6))


def test_stops_between_evaluations(fcc):
    pairs = Pairs()
    with pytest.raises(JobCancelled):
        relax(pairs, fcc, should_stop=lambda: pairs.calls >= 2)
    assert pairs.calls == 2


def test_stops_within_the_equation_of_state(fcc):
    whole = Pairs()
    relax(whole, fcc)
    pairs = Pairs()
    with pytest.raises(JobCancelled):
        relax(pairs, fcc, should_stop=lambda: pairs.calls >= whole.calls - 1)
    assert pairs.calls == whole.calls - 1


@pytest.mark.parametrize("wrong", [{"tolerance": 0}, {"max_steps": 0}, {"rattle": -1.0}])
def test_options_out_of_bounds_are_refused(wrong):
    with pytest.raises(InvalidSpecError):
        RelaxSpec(**wrong)

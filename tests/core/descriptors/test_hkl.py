"""Structure factors of the Niggli cell: closed forms, invariances, and their known jump."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data import load_embedded
from core.descriptors.hkl import HklSpec, hkl, niggli_cell
from core.descriptors.powder import PowderSpec, form_factor, powder
from core.errors import ConvergenceError
from core.geometry.cell import supercell
from core.types import Crystal

SPEC = HklSpec()
RELATIVE = 1e-9
JUMP = 50  # how much larger than its usual step the change at c/a = 1 must be


def distorted_batio3(ratio: float, displacement: float = 0.1) -> Crystal:
    """BaTiO3 with c/a = ratio at the volume of a = 4 Å, Ti displaced along c."""
    a = 4.0 * ratio ** (-1 / 3)
    z = 0.5 + displacement / (a * ratio)
    frac = [[0, 0, 0], [0.5, 0.5, z], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]
    return Crystal("BaTiO3", np.diag([a, a, a * ratio]), frac, [56, 22, 8, 8, 8])


def test_shape_labels_and_centre(perovskite):
    values = hkl(perovskite, SPEC)
    assert values.shape == (11, 11, 11)
    assert values[5, 5, 5] == pytest.approx(((38 + 22 + 24) / 5) ** 2, rel=0.002)
    assert hkl(perovskite, HklSpec(max_index=2)).shape == (5, 5, 5)


def test_friedel_pairs_are_equal(perovskite):
    values = hkl(perovskite, SPEC)
    assert values == pytest.approx(values[::-1, ::-1, ::-1], rel=RELATIVE)


def test_caesium_chloride_in_closed_form():
    """F = f(Cs) + (-1)^(h + k + l) f(Cl), for one site of two."""
    a = 4.123
    crystal = Crystal("CsCl", a * np.eye(3), [[0, 0, 0], [0.5, 0.5, 0.5]], [55, 17])
    values = hkl(crystal, HklSpec(quantity="amplitude"))
    for h, k, l in ((1, 0, 0), (1, 1, 0), (1, 1, 1), (2, 1, -3)):  # noqa: E741
        s = np.array([np.sqrt(h * h + k * k + l * l) / a])
        expected = abs(form_factor(55, s) + (-1) ** (h + k + l) * form_factor(17, s))[0] / 2
        assert values[5 + h, 5 + k, 5 + l] == pytest.approx(expected, rel=1e-10)


def test_intensity_is_the_square_of_the_amplitude(perovskite):
    amplitude = hkl(perovskite, HklSpec(quantity="amplitude"))
    assert hkl(perovskite, SPEC) == pytest.approx(amplitude**2)


def test_niggli_cell_is_primitive_and_ordered():
    for crystal in load_embedded("elements"):
        lattice, frac, numbers, weights = niggli_cell(crystal, 1e-3)
        lengths = np.linalg.norm(lattice, axis=1)
        assert (np.diff(lengths) > -1e-4).all()
        per_atom = abs(np.linalg.det(lattice)) / len(frac)
        assert per_atom == pytest.approx(crystal.volume / crystal.n_rows, rel=1e-9)
        assert len(numbers) == len(weights) == len(frac)


@given(seed=st.integers(0, 2**32 - 1))
def test_unchanged_by_rotation_translation_permutation(seed):
    rng = np.random.default_rng(seed)
    lattice = 6 * np.eye(3) + rng.normal(size=(3, 3))
    crystal = Crystal(
        "random", lattice, (np.arange(4)[:, None] + rng.random((4, 3))) / 4, [11, 17, 8, 22]
    )
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    order = rng.permutation(4)
    moved = Crystal(
        "moved", lattice @ turn, (crystal.frac + rng.random(3))[order], crystal.numbers[order]
    )
    expected = hkl(crystal, SPEC)
    assert hkl(moved, SPEC) == pytest.approx(expected, abs=1e-8 * expected.max())


def test_supercell_leads_back_to_the_primitive_cell(perovskite, hcp_metal, rocksalt):
    for crystal in (perovskite, hcp_metal, rocksalt):
        expected = hkl(crystal, SPEC)
        assert hkl(supercell(crystal, (2, 1, 1)), SPEC) == pytest.approx(
            expected, abs=1e-8 * expected.max()
        )


def test_mixed_site_scatters_as_the_average():
    lattice, frac = 3.6 * np.eye(3), [[0, 0, 0], [0, 0, 0]]
    mixed = Crystal("mixed", lattice, frac, [29, 28], occupancy=[0.5, 0.5], position=[0, 0])
    values = hkl(mixed, HklSpec(quantity="amplitude"))
    s = np.array([1 / 3.6])
    assert values[6, 5, 5] == pytest.approx((form_factor(29, s) + form_factor(28, s))[0] / 2)


def test_atoms_on_top_of_one_another_are_refused():
    crystal = Crystal("twice", 4 * np.eye(3), [[0, 0, 0], [0, 0, 0]], [29, 29])
    with pytest.raises(ConvergenceError, match="twice"):
        hkl(crystal, SPEC)


def test_hkl_jumps_where_powder_is_smooth():
    """Tetragonal BaTiO3 with c/a through 1: the reduced cell renames its axes, nothing else."""
    ratios = 1 + 1e-3 * (np.arange(-20, 21) + 0.5)
    crystals = [distorted_batio3(ratio) for ratio in ratios]
    crossing = int(np.argmin(np.abs(ratios - 1)))
    crossing -= ratios[crossing] > 1
    factors = np.array([hkl(c, SPEC).ravel() for c in crystals])
    patterns = np.array([powder(c, PowderSpec()) for c in crystals])
    hkl_steps = np.abs(np.diff(factors, axis=0)).sum(axis=1)
    cdf_steps = np.abs(np.cumsum(np.diff(patterns, axis=0), axis=1)).sum(axis=1)
    assert hkl_steps[crossing] > JUMP * np.median(hkl_steps)
    assert np.delete(hkl_steps, crossing).max() < 2 * np.median(hkl_steps)
    assert cdf_steps.max() < 2 * np.median(cdf_steps)
    assert cdf_steps[crossing] < 2 * np.median(cdf_steps)

"""How many coordinates a space group leaves free, and the energy's slopes along them."""

from __future__ import annotations

import numpy as np
import pytest

from core.verification.free_coordinates import free_coordinates
from tests.pair_potential import Pairs


@pytest.mark.parametrize(
    ("key", "n_free"),
    [
        ("AB_cF8_225_a_b", 0),  # rock salt
        ("AB3C_cP5_221_a_c_b", 0),  # perovskite
        ("A_hP2_194_c", 1),  # c/a
        ("A2BC4_cF56_227_d_a_e", 1),  # u of spinel
        ("A2B_tP6_136_f_a", 2),  # c/a and u of rutile
        ("AB_hP4_186_b_b", 2),  # wurtzite: c/a and u
        ("A2B3_hR10_167_c_e", 3),  # corundum: c/a, z, x
        ("AB_oP8_62_c_c-MnP", 6),  # two ratios, two atoms in a mirror plane
    ],
)
def test_number_of_free_coordinates(host, key, n_free):
    cell = host(key)
    assert free_coordinates(cell.lattice, cell.frac, cell.numbers).n_free == n_free


def test_all_is_free_without_symmetry(host):
    cell = host("AB3C_cP5_221_a_c_b")
    moved = cell.frac + 0.02 * np.random.default_rng(0).standard_normal(cell.frac.shape)
    free = free_coordinates(cell.lattice, moved, cell.numbers)
    assert free.n_free == 5 + 3 * (5 - 1)  # shape; atoms but for moving all together


def test_gradient_is_that_of_the_energy(host):
    cell = host("AB_oP8_62_c_c-MnP")
    free, pairs = free_coordinates(cell.lattice, cell.frac, cell.numbers), Pairs()
    x = 0.05 * np.arange(1, free.n_free + 1)
    log = float(np.log(cell.volume)) + 0.1

    def energy(log, x):
        return pairs.energy(*free.place(log, x), cell.numbers)

    lattice, frac = free.place(log, x)
    by_volume, by_free = free.gradient(pairs.slopes(lattice, frac, cell.numbers), lattice, x)
    h = 1e-5
    assert by_volume == pytest.approx((energy(log + h, x) - energy(log - h, x)) / (2 * h), rel=1e-5)
    for i, unit in enumerate(np.eye(free.n_free)):
        numeric = (energy(log, x + h * unit) - energy(log, x - h * unit)) / (2 * h)
        assert by_free[i] == pytest.approx(numeric, rel=1e-4, abs=1e-6)

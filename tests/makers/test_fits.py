"""Equation of state, free coordinates and relaxation, on energies known in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from makers.prototype_elastic.eos import EV_PER_A3_IN_GPA, birch_murnaghan, fit
from makers.prototype_elastic.evaluate import evaluate
from makers.prototype_elastic.potential import Slopes
from makers.prototype_elastic.prototypes import prototype
from makers.prototype_elastic.reduced import reduce
from makers.prototype_elastic.relax import relax

EXACT = 1e-6
MORSE = {"depth": 0.4, "width": 1.3, "length": 2.9}


class Pairs:
    """A Morse potential between all atoms within a reach, smooth to zero there."""

    reach = 7.0

    def _terms(self, lattice, frac):
        shifts = np.stack(np.meshgrid(*[np.arange(-3, 4)] * 3, indexing="ij"), -1).reshape(-1, 3)
        apart = (frac[None, :, None] - frac[:, None, None] + shifts[None, None]) @ lattice
        r = np.linalg.norm(apart, axis=-1)
        r[(r < 1e-9) | (r > self.reach)] = np.inf
        d, w, l0 = MORSE["depth"], MORSE["width"], MORSE["length"]
        decay = np.exp(-w * (r - l0))
        cut = np.where(np.isfinite(r), (1 - (r / self.reach) ** 2) ** 3, 0.0)
        inner = np.where(np.isfinite(r), r, 1.0)
        slope_cut = np.where(
            np.isfinite(r), -6 * inner / self.reach**2 * (1 - (inner / self.reach) ** 2) ** 2, 0.0
        )
        value = d * (decay**2 - 2 * decay)
        slope = d * w * (-2 * decay**2 + 2 * decay)
        return value * cut, (slope * cut + value * slope_cut) / inner, apart

    def energy(self, lattice, frac, numbers):
        return float(self._terms(lattice, frac)[0].sum()) / 2

    def slopes(self, lattice, frac, numbers):
        values, pull, apart = self._terms(lattice, frac)
        forces = (pull[..., None] * apart).sum(axis=(1, 2))
        virial = np.einsum("abs,absi,absj->ij", pull, apart, apart) / 2
        return Slopes(float(values.sum()) / 2, forces, virial)


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
def test_number_of_free_coordinates(key, n_free):
    host = prototype(key)
    kinds = {s: i + 1 for i, s in enumerate(sorted(set(host.sites)))}
    assert (
        reduce(host.lattice, host.frac, np.array([kinds[s] for s in host.sites])).n_free == n_free
    )


def test_gradient_is_that_of_the_energy():
    host = prototype("AB_oP8_62_c_c-MnP")
    numbers = np.array([{"Mn": 25, "P": 15}[s] for s in host.sites])
    free, pairs = reduce(host.lattice, host.frac, numbers), Pairs()
    x = 0.05 * np.arange(1, free.n_free + 1)
    log = float(np.log(abs(np.linalg.det(host.lattice)))) + 0.1

    def energy(log, x):
        return pairs.energy(*free.place(log, x), numbers)

    cell, frac = free.place(log, x)
    by_volume, by_free = free.gradient(pairs.slopes(cell, frac, numbers), cell, x)
    h = 1e-5
    assert by_volume == pytest.approx((energy(log + h, x) - energy(log - h, x)) / (2 * h), rel=1e-5)
    for i, unit in enumerate(np.eye(free.n_free)):
        numeric = (energy(log, x + h * unit) - energy(log, x - h * unit)) / (2 * h)
        assert by_free[i] == pytest.approx(numeric, rel=1e-4, abs=1e-6)


def test_relaxation_finds_close_packing_s_ideal_ratio():
    """A pair potential of short reach makes c/a of hcp nearly sqrt(8/3)."""
    host = prototype("A_hP2_194_c")
    stretched = host.lattice * np.array([1, 1, 1.06])
    numbers = np.array([12, 12])
    free = reduce(stretched, host.frac, numbers)
    start = float(np.log(abs(np.linalg.det(stretched))))
    found = relax(Pairs(), free, start, np.zeros(1), tolerance=1e-6, max_steps=60)
    cell, _ = free.place(found.log_volume, found.x)
    lengths = np.linalg.norm(cell, axis=1)
    assert found.residual <= 1e-6
    assert lengths[2] / lengths[0] == pytest.approx(np.sqrt(8 / 3), rel=0.01)


def test_evaluate_agrees_with_the_potential_s_curvature():
    host = prototype("A_cF4_225_a")
    start = {"lattice": host.lattice * 1.05, "frac": host.frac, "numbers": [29]}
    record = evaluate(Pairs(), start)
    volume = record["fit"]["volume"]
    energies = [
        Pairs().energy(host.lattice * (v / abs(np.linalg.det(host.lattice))) ** (1 / 3), host.frac,
                       [29])
        for v in (volume * 0.999, volume, volume * 1.001)
    ]  # fmt: skip
    curvature = (energies[0] - 2 * energies[1] + energies[2]) / (volume * 0.001) ** 2
    assert record["relaxed"]
    assert record["fit"]["bulk_modulus"] == pytest.approx(
        volume * curvature * EV_PER_A3_IN_GPA, rel=0.02
    )

"""Powder pattern: extinctions, multiplicities, form factors, invariances, continuity."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from core.data import load_embedded
from core.data.perovskites import cubic_perovskite
from core.descriptors.powder import PowderSpec, form_factor, powder
from core.errors import (
    ComputeError,
    DisorderedStructureError,
    InvalidSpecError,
    NonFiniteError,
)
from core.geometry.cell import supercell
from core.types import Crystal

SPEC = PowderSpec()
FINE = PowderSpec(bin_width=0.001)
ROUNDING = 1e-12
NO_PEAK = 1e-20  # share of the intensity that only rounding leaves at a forbidden place


def cubic(name: str, a: float, sites: dict[int, list]) -> Crystal:
    frac = [point for points in sites.values() for point in points]
    numbers = [z for z, points in sites.items() for _ in points]
    return Crystal(name, a * np.eye(3), frac, numbers)


FCC = [[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]]
BCC = [[0, 0, 0], [0.5, 0.5, 0.5]]


def peak(values: np.ndarray, spec: PowderSpec, s: float) -> float:
    """Share of the intensity in the two bins a peak at s falls into."""
    low = int(np.floor(s / spec.bin_width - 0.5))
    return float(values[max(low, 0) : low + 2].sum())


def emd(a: np.ndarray, b: np.ndarray, spec: PowderSpec) -> float:
    return float(np.abs(np.cumsum(a - b)).sum() * spec.bin_width)


class TestExtinctions:
    @pytest.mark.parametrize(
        ("sites", "allowed"),
        [
            (BCC, lambda *hkl: sum(hkl) % 2 == 0),
            (FCC, lambda *hkl: len({index % 2 for index in hkl}) == 1),
        ],
        ids=["bcc", "fcc"],
    )
    def test_centred_cells(self, sites, allowed):
        a = 4.03
        values = powder(cubic("metal", a, {29: sites}), FINE)
        indices = [i for i in product(range(6), repeat=3) if 0 < sum(x * x for x in i) < 20]
        shells = {sum(x * x for x in i): False for i in indices}
        for i in indices:
            shells[sum(x * x for x in i)] |= allowed(*i)
        assert len(set(shells.values())) == 2
        for squared, present in shells.items():
            found = peak(values, FINE, np.sqrt(squared) / a)
            assert (found > 1e-4) if present else (found < NO_PEAK), squared

    def test_diamond_lacks_the_200_and_222(self):
        silicon = next(c for c in load_embedded("elements") if c.id == "Si")
        values, a = powder(silicon, FINE), silicon.lattice[0, 0]
        assert peak(values, FINE, 2 / a) < 1e-9
        assert peak(values, FINE, np.sqrt(12) / a) < 1e-9
        assert peak(values, FINE, np.sqrt(8) / a) > 0.05

    def test_odd_reflections_tell_sodium_from_potassium_chloride(self):
        """In KCl both ions scatter nearly alike, so 111 all but vanishes beside 200."""
        anions = [[x + 0.5, y, z] for x, y, z in FCC]
        ratio = {}
        for z, a in ((11, 5.64), (19, 6.29)):
            values = powder(cubic("halide", a, {z: FCC, 17: anions}), FINE)
            ratio[z] = peak(values, FINE, np.sqrt(3) / a) / peak(values, FINE, 2 / a)
        assert 0.03 < ratio[11] < 0.2
        assert ratio[19] < 0.01

    def test_multiplicity_and_structure_factor_in_closed_form(self):
        """Primitive cubic: I(100) / I(110) = 6 f(1/a)² / 12 f(sqrt(2)/a)²."""
        a = 3.35
        values = powder(cubic("Po", a, {84: [[0, 0, 0]]}), FINE)
        f100, f110 = form_factor(84, np.array([1, np.sqrt(2)]) / a)
        found = peak(values, FINE, 1 / a) / peak(values, FINE, np.sqrt(2) / a)
        assert found == pytest.approx(6 * f100**2 / (12 * f110**2), rel=1e-10)

    def test_lorentz_factor_divides_by_the_square(self):
        a = 3.35
        crystal = cubic("Po", a, {84: [[0, 0, 0]]})
        plain, weighted = (
            powder(crystal, FINE),
            powder(crystal, PowderSpec(bin_width=0.001, lorentz=True)),
        )
        ratio = [peak(v, FINE, 1 / a) / peak(v, FINE, 2 / a) for v in (plain, weighted)]
        assert ratio[1] / ratio[0] == pytest.approx(4)

    def test_agrees_with_a_sum_over_all_points(self, hcp_metal):
        spec = PowderSpec(max_s=1.0)
        reciprocal = np.linalg.inv(hcp_metal.lattice).T
        points = np.array(list(product(range(-9, 10), repeat=3)))
        s = np.linalg.norm(points @ reciprocal, axis=1)
        keep = (s > 0) & (s < 1.01)
        waves = np.exp(2j * np.pi * points[keep] @ hcp_metal.frac.T).sum(axis=1)
        intensity = np.abs(form_factor(12, s[keep]) * waves) ** 2
        place = s[keep] / 0.01 - 0.5
        low = place.astype(int)
        bins = np.bincount(low, intensity * (low + 1 - place), 110)
        bins += np.bincount(low + 1, intensity * (place - low), 110)
        assert powder(hcp_metal, spec) == pytest.approx(bins[:100] / bins[:100].sum(), abs=ROUNDING)


class TestFormFactors:
    def test_forward_scattering_is_the_number_of_electrons(self):
        for z in range(1, 99):
            assert form_factor(z, np.zeros(1))[0] == pytest.approx(z, rel=0.005)

    def test_falls_with_the_angle(self):
        values = form_factor(26, np.linspace(0, 3, 50))
        assert (np.diff(values) < 0).all()

    def test_beyond_the_table_is_refused(self):
        with pytest.raises(ComputeError, match="Es"):
            powder(cubic("Es", 5.0, {99: FCC}), SPEC)


class TestInvariance:
    def crystals(self):
        return (*load_embedded("grid-report")[:8], *load_embedded("elements")[::10])

    @pytest.mark.parametrize("repeats", [(2, 1, 1), (2, 2, 2)])
    def test_supercell(self, repeats):
        for crystal in self.crystals():
            found = powder(supercell(crystal, repeats), SPEC)
            assert found == pytest.approx(powder(crystal, SPEC), abs=ROUNDING)

    def test_another_cell_of_the_same_lattice(self, skewed_cell):
        iron = cubic("Fe", 2.87, {26: BCC})
        assert powder(skewed_cell, SPEC) == pytest.approx(powder(iron, SPEC), abs=ROUNDING)

    @given(seed=st.integers(0, 2**32 - 1))
    def test_rotation_translation_permutation_inversion(self, seed):
        rng = np.random.default_rng(seed)
        lattice = 5 * np.eye(3) + rng.normal(size=(3, 3))
        crystal = Crystal("random", lattice, rng.random((4, 3)), rng.integers(1, 95, 4))
        turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        order = rng.permutation(4)
        moved = Crystal(
            "moved", lattice @ turn, (crystal.frac + rng.random(3))[order], crystal.numbers[order]
        )
        assert powder(moved, SPEC) == pytest.approx(powder(crystal, SPEC), abs=1e-10)

    def test_input_is_left_alone_and_answers_repeat(self, rocksalt):
        digest = rocksalt.digest
        assert np.array_equal(powder(rocksalt, SPEC), powder(rocksalt, SPEC))
        assert rocksalt.digest == digest


class TestContinuity:
    @given(s=st.floats(0.02, 1.1), shift=st.floats(1e-6, 0.05))
    def test_moving_one_peak_costs_what_it_moved(self, s, shift):
        """A lattice with one row of reflections: the distance is the change of mean |S|."""
        spec = PowderSpec(max_s=1.3)

        def shares(at: float) -> np.ndarray:
            place = at / spec.bin_width - 0.5
            low = int(place)
            out = np.zeros(spec.n_bins)
            out[low], out[low + 1] = low + 1 - place, place - low
            return out

        assert emd(shares(s), shares(s + shift), spec) == pytest.approx(shift, abs=1e-12)

    def test_distance_is_that_of_the_unbinned_peaks(self):
        """Primitive cubic Po before and after 1% expansion, against scipy on exact peaks.

        There is no reflection of h² + k² + l² = 7, so none crosses the end at 0.79 1/Å. Shares
        that move less than a bin (0.006 against 0.01 1/Å) may cancel within it: hence 2%.
        """
        spec = PowderSpec(max_s=0.79)
        sets = []
        for a in (3.35, 3.3835):
            points = np.array(list(product(range(-4, 5), repeat=3)))
            s = np.linalg.norm(points, axis=1) / a
            keep = (s > 0) & (s < 0.79)
            sets.append((s[keep], form_factor(84, s[keep]) ** 2))
        (s1, i1), (s2, i2) = sets
        exact = wasserstein_distance(s1, s2, i1, i2)
        a, b = (powder(cubic("Po", a, {84: [[0, 0, 0]]}), spec) for a in (3.35, 3.3835))
        assert emd(a, b, spec) == pytest.approx(exact, rel=0.02)

    @pytest.mark.parametrize("smearing", [0.0, 0.01])
    def test_expansion_is_smooth(self, smearing):
        """No step of a fine expansion stands out, though peaks cross bin edges all the time."""
        spec = PowderSpec(smearing=smearing)
        values = [powder(cubic_perovskite(a), spec) for a in np.arange(3.9, 3.95, 0.0005)]
        steps = np.array([emd(a, b, spec) for a, b in pairwise(values)])
        assert steps.max() < 5 * np.median(steps)

    def test_smearing_keeps_the_mean(self, perovskite):
        centers = (np.arange(SPEC.n_bins) + 0.5) * SPEC.bin_width
        plain, smeared = (powder(perovskite, PowderSpec(smearing=x)) for x in (0.0, 0.02))
        assert smeared.sum() == pytest.approx(1)
        assert smeared @ centers == pytest.approx(plain @ centers, abs=0.005)
        assert np.abs(np.diff(smeared)).max() < np.abs(np.diff(plain)).max()


class TestRefusals:
    def test_disorder_is_weighed_or_refused(self):
        crystal = Crystal(
            "alloy", 3.6 * np.eye(3), [*FCC, *FCC], [29] * 4 + [28] * 4,
            occupancy=[0.5] * 8, position=[0, 1, 2, 3] * 2,
        )  # fmt: skip
        values = powder(crystal, FINE)
        assert peak(values, FINE, 1 / 3.6) < NO_PEAK  # still face-centred
        with pytest.raises(DisorderedStructureError, match="alloy"):
            powder(crystal, PowderSpec(disorder="refuse"))

    def test_no_reflection_in_range(self, rocksalt):
        with pytest.raises(NonFiniteError, match=r"0\.1"):
            powder(rocksalt, PowderSpec(max_s=0.1))

    def test_bins_must_fill_the_range(self):
        with pytest.raises(InvalidSpecError, match="whole number"):
            PowderSpec(max_s=1.2, bin_width=0.07)

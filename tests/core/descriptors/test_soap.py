"""SOAP: closed forms for lone atoms, what the options choose, the order of the labels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.descriptors import DESCRIPTORS
from core.descriptors.soap import SoapSpec, soap
from core.errors import (
    ComputeError,
    DisorderedStructureError,
    InvalidSpecError,
    NeighborShortageError,
)
from core.geometry.cell import supercell
from core.types import Crystal
from tests.strategies import crystals, permuted, reshaped, rotated, translated

ROUNDING = 1e-10
SAME = 1e-9  # of the largest value
SMALL_STEP = 1e-4  # of the largest value, when an atom crosses the cut-off
SI_O = SoapSpec(species=("Si", "O"), n_max=3, l_max=2)


def named(crystal: Crystal, spec: SoapSpec) -> dict[str, float]:
    labels = DESCRIPTORS["soap"].labels(spec)
    return dict(zip(labels, soap(crystal, spec).tolist(), strict=True))


def lone(*symbols: int, apart: float = 1.6) -> Crystal:
    """Atoms along x, far from their images."""
    frac = [[i * apart / 40, 0, 0] for i in range(len(symbols))]
    return Crystal("lone", 40 * np.eye(3), frac, symbols)


def test_a_lone_atom_has_degree_zero_and_its_own_species_only() -> None:
    found = named(lone(14), SI_O)
    for label, value in found.items():
        if label.startswith("Si-Si, l 0"):
            assert value != 0
        else:
            assert abs(value) < ROUNDING, label


def test_a_lone_atom_has_a_spectrum_of_rank_one() -> None:
    """p_nn' = c_n c_n', so that p_11 p_22 = p_12²: the labels name the right places."""
    found = named(lone(14), SI_O)
    for n, other in ((1, 2), (1, 3), (2, 3)):
        both = found[f"Si-Si, l 0, n {n}, n' {other}"]
        product = found[f"Si-Si, l 0, n {n}, n' {n}"] * found[f"Si-Si, l 0, n {other}, n' {other}"]
        assert both**2 == pytest.approx(product, rel=1e-9)


def test_unlike_species_have_their_order_of_radial_functions() -> None:
    """Of a lone pair seen from Si: c of Si has degree 0 only, and p^{O,Si}_{nn'0} = c^O_n c^Si_n'.

    Both factors follow from the diagonals p^{O,O}_{nn0} and p^{Si,Si}_{n'n'0}.
    """
    spec = SoapSpec(species=("O", "Si"), centers=("Si",), n_max=3, l_max=2)
    found = named(lone(14, 8), spec)
    for n in (1, 2, 3):
        for other in (1, 2, 3):
            mixed = found[f"O-Si, l 0, n {n}, n' {other}"]
            oxygen = found[f"O-O, l 0, n {n}, n' {n}"]
            silicon = found[f"Si-Si, l 0, n {other}, n' {other}"]
            assert mixed**2 == pytest.approx(oxygen * silicon, rel=1e-9)
            assert abs(found[f"O-Si, l 2, n {n}, n' {other}"]) < ROUNDING
    assert found["O-O, l 2, n 1, n' 1"] > 1e-6


def test_the_mean_over_sites_is_that_of_the_elements(quartz: Crystal) -> None:
    every = soap(quartz, SI_O)
    silicon = soap(quartz, SoapSpec(**_with(SI_O, centers=("Si",))))
    oxygen = soap(quartz, SoapSpec(**_with(SI_O, centers=("O",))))
    both = soap(quartz, SoapSpec(**_with(SI_O, centers=("Si", "O"))))
    np.testing.assert_allclose(every, (silicon + 2 * oxygen) / 3, rtol=1e-9, atol=ROUNDING)
    np.testing.assert_array_equal(every, both)


def _with(spec: SoapSpec, **changes: object) -> dict[str, object]:
    return {name: getattr(spec, name) for name in SoapSpec.__dataclass_fields__} | changes


def test_without_species_elements_do_not_matter(rocksalt: Crystal) -> None:
    other = rocksalt.with_(numbers=np.repeat([3, 9], 4))
    np.testing.assert_array_equal(soap(rocksalt), soap(other))
    told_apart = SoapSpec(species=("Na", "Cl", "Li", "F"), n_max=3, l_max=2)
    assert np.abs(soap(rocksalt, told_apart) - soap(other, told_apart)).max() > 1


def test_without_species_all_pairs_are_summed(quartz: Crystal) -> None:
    """The density of all atoms is the sum of those of the elements: so is every product."""
    found, blind = named(quartz, SI_O), named(quartz, SoapSpec(n_max=3, l_max=2))
    for n in (1, 2, 3):
        for degree in (0, 1, 2):
            end = f"l {degree}, n {n}, n' {n}"
            whole = found[f"O-O, {end}"] + 2 * found[f"O-Si, {end}"] + found[f"Si-Si, {end}"]
            assert blind[f"any-any, {end}"] == pytest.approx(whole, rel=1e-9, abs=ROUNDING)


def test_the_order_of_the_species_does_not_matter(quartz: Crystal) -> None:
    reverse = SoapSpec(species=("O", "Si"), n_max=3, l_max=2)
    assert DESCRIPTORS["soap"].labels(reverse) == DESCRIPTORS["soap"].labels(SI_O)
    np.testing.assert_array_equal(soap(quartz, reverse), soap(quartz, SI_O))


def test_averages_agree_where_all_sites_are_alike(hcp_metal: Crystal, rocksalt: Crystal) -> None:
    inner = SoapSpec(average="inner")
    one = Crystal("Po", 3.359 * np.eye(3), [[0, 0, 0]], [84])
    np.testing.assert_allclose(soap(one, inner), soap(one), rtol=1e-9, atol=ROUNDING)
    # The two sites of hcp are mirror images: odd degrees cancel in the mean density only.
    assert np.abs(soap(hcp_metal, inner) - soap(hcp_metal)).max() > 1e-3
    np.testing.assert_allclose(soap(rocksalt, inner), soap(rocksalt), rtol=1e-9, atol=1e-6)


def test_an_atom_that_crosses_the_cutoff_makes_a_small_step() -> None:
    """The Gaussian of an atom is followed beyond the cut-off, then dropped."""
    spec = SoapSpec(n_max=4, l_max=3)
    spectra = np.array([soap(lone(14, 14, apart=a), spec) for a in np.linspace(5.5, 9, 701)])
    steps = np.abs(np.diff(spectra, axis=0)).max(axis=1)
    assert steps[-1] < ROUNDING
    jump = np.abs(np.diff(steps)).max() / np.abs(spectra).max()
    assert jump < SMALL_STEP


@given(
    crystal=crystals, seed=st.integers(0, 2**32 - 1), average=st.sampled_from(("outer", "inner"))
)
def test_unchanged_by_what_leaves_the_crystal_the_same(
    crystal: Crystal, seed: int, average: str
) -> None:
    rng = np.random.default_rng(seed)
    spec = SoapSpec(species=tuple(set(crystal.elements)), n_max=4, l_max=3, average=average)
    expected = soap(crystal, spec)
    scale = np.abs(expected).max()
    for change in (permuted, rotated, translated, reshaped):
        found = soap(change(crystal, rng), spec)
        assert np.abs(found - expected).max() < SAME * scale, change.__name__
    found = soap(supercell(crystal, (1, 2, 1)), spec)
    assert np.abs(found - expected).max() < SAME * scale


def test_a_foreign_element_is_named(quartz: Crystal, perovskite: Crystal) -> None:
    with pytest.raises(ComputeError, match=r"SrTiO3.*Ti, Sr, not among the species Si, O"):
        soap(perovskite, SI_O)
    with pytest.raises(NeighborShortageError, match=r"quartz.*no site of Al"):
        soap(quartz, SoapSpec(centers=("Al",)))
    with pytest.raises(DisorderedStructureError):
        soap(quartz.with_(occupancy=np.full(9, 0.5)), SI_O)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"species": ("Si", "Xx")}, "'Xx' is no element"),
        ({"centers": ("si",)}, "'si' is no element"),
        ({"species": ("H", "D")}, "hold one twice"),
        ({"species": (*"HBCNOFPSKVYIWU", "Ar", "Ne"), "n_max": 16}, "at most 200000"),
        ({"cutoff": 0.5}, "above 1"),
    ],
    ids=["unknown species", "unknown centre", "twice", "too many", "short"],
)
def test_options_out_of_bounds(options: dict[str, object], reason: str) -> None:
    with pytest.raises(InvalidSpecError, match=reason):
        SoapSpec(**options)

"""Cells before relaxation: contacts of ions, volumes of metals."""

from __future__ import annotations

import numpy as np
import pytest

from makers.prototype_elastic.prototypes import prototype
from makers.prototype_elastic.scale import scaled


def cell(key: str, on: dict[str, str]) -> tuple[np.ndarray, int]:
    host = prototype(key)
    return scaled(host.lattice, host.frac, [on[s] for s in host.sites]), len(host.sites)


@pytest.mark.parametrize(
    ("key", "on", "volume"),
    [
        ("AB_cF8_225_a_b", {"Na": "Mg", "Cl": "O"}, 9.37),  # periclase
        ("AB_cF8_225_a_b", {"Na": "Na", "Cl": "Cl"}, 22.4),  # halite
        ("AB2_cF12_225_a_c", {"Ca": "Ca", "F": "F"}, 13.6),  # fluorite
        ("AB3C_cP5_221_a_c_b", {"Ca": "Sr", "Ti": "Ti", "O": "O"}, 11.9),  # SrTiO3
        ("A2BC4_cF56_227_d_a_e", {"Al": "Al", "Mg": "Mg", "O": "O"}, 9.44),  # spinel
        ("A_cF4_225_a", {"Cu": "Cu"}, 11.8),
        ("AB_cP2_221_b_a", {"Cs": "Al", "Cl": "Ni"}, 12.0),
        ("A_cF8_227_a", {"C": "Si"}, 20.0),
    ],
)
def test_near_the_measured_volume(key, on, volume):
    lattice, n = cell(key, on)
    assert abs(np.linalg.det(lattice)) / n == pytest.approx(volume, rel=0.2)


def test_shape_is_the_prototype_s():
    host = prototype("A2B_tP6_136_f_a")
    lattice, _ = cell("A2B_tP6_136_f_a", {"Ti": "Sn", "O": "O"})
    np.testing.assert_allclose(lattice / host.lattice[0, 0] * host.lattice[0, 0] / lattice[0, 0],
                               host.lattice / host.lattice[0, 0], atol=1e-12)  # fmt: skip


def test_size_does_not_depend_on_the_template_s():
    host = prototype("AB_cF8_216_c_a")
    a = scaled(host.lattice, host.frac, ["Ga", "As"])
    b = scaled(1.7 * host.lattice, host.frac, ["Ga", "As"])
    np.testing.assert_allclose(a, b, rtol=1e-12)

"""Density, packing, bonds and symmetry of crystals known by heart."""

from __future__ import annotations

import numpy as np
import pytest

from core.descriptors import DESCRIPTORS
from core.descriptors.structure_features import StructureFeaturesSpec, structure_features
from core.errors import ComputeError
from core.types import Crystal

EXACT = 1e-9
SPEC = StructureFeaturesSpec()


def features(crystal: Crystal, spec: StructureFeaturesSpec = SPEC) -> dict[str, float]:
    labels = DESCRIPTORS["structure_features"].labels(spec)
    return dict(zip(labels, structure_features(crystal, spec).tolist(), strict=True))


def cubic(name: str, a: float, frac: list[list[float]], z: int) -> Crystal:
    return Crystal(name, a * np.eye(3), frac, [z] * len(frac))


FCC = [[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]]
BCC = [[0, 0, 0], [0.5, 0.5, 0.5]]
DIAMOND = [*FCC, *[[x + 0.25, y + 0.25, z + 0.25] for x, y, z in FCC]]


@pytest.mark.parametrize(
    ("crystal", "packing", "coordination", "spacegroup"),
    [
        (cubic("Cu", 3.615, FCC, 29), np.pi / (3 * np.sqrt(2)), 12, 225),
        (cubic("W", 3.165, BCC, 74), np.pi * np.sqrt(3) / 8, 8, 229),
        (cubic("C", 3.567, DIAMOND, 6), np.pi * np.sqrt(3) / 16, 4, 227),
        (cubic("Po", 3.359, [[0, 0, 0]], 84), np.pi / 6, 6, 221),
    ],
    ids=lambda x: getattr(x, "id", None),
)
def test_spheres_pack_as_kepler_says(crystal, packing, coordination, spacegroup) -> None:
    # The second shell of bcc is 15.47% further out than the first: not bonded.
    found = features(crystal)
    assert found["packing fraction, touching spheres"] == pytest.approx(packing, rel=EXACT)
    assert found["coordination number mean"] == coordination
    assert found["coordination number standard deviation"] == 0
    assert found["space group number"] == spacegroup
    assert found["crystal system cubic"] == 1
    assert sum(v for k, v in found.items() if k.startswith("crystal system")) == 1


def test_rocksalt(rocksalt: Crystal) -> None:
    found = features(rocksalt)
    assert found["density [g/cm³]"] == pytest.approx(2.163, abs=0.002)
    assert found["volume per atom [Å³/atom]"] == pytest.approx(5.64**3 / 8)
    for name in ("mean", "min", "max"):
        assert found[f"bond length {name} [Å]"] == pytest.approx(2.82)
    assert found["bond length standard deviation [Å]"] == pytest.approx(0, abs=EXACT)
    radii = 1.66 + 1.02  # Na and Cl, Cordero et al. 2008
    assert found["bond length over sum of covalent radii, mean"] == pytest.approx(2.82 / radii)
    spheres = 4 * 4 / 3 * np.pi * (1.66**3 + 1.02**3) / 5.64**3
    assert found["packing fraction, covalent radii"] == pytest.approx(spheres)


def test_quartz(quartz: Crystal) -> None:
    found = features(quartz)
    assert found["density [g/cm³]"] == pytest.approx(2.65, abs=0.01)
    assert found["space group number"] == 154
    assert found["crystal system trigonal"] == 1
    assert found["bond length mean [Å]"] == pytest.approx(1.609, abs=0.003)
    assert found["coordination number mean"] == pytest.approx((4 * 3 + 2 * 6) / 9)


def test_weights_count_the_occupied_share(rocksalt: Crystal) -> None:
    spec = StructureFeaturesSpec(disorder="weights")
    half = features(rocksalt.with_(occupancy=np.full(8, 0.5)), spec)
    whole = features(rocksalt, spec)
    assert half["density [g/cm³]"] == pytest.approx(whole["density [g/cm³]"] / 2)
    assert half["volume per atom [Å³/atom]"] == pytest.approx(2 * 5.64**3 / 8)
    assert half["coordination number mean"] == pytest.approx(3)
    assert half["bond length mean [Å]"] == pytest.approx(2.82)


def test_a_mixed_site_has_the_mean_radius() -> None:
    mixed = Crystal("AB", 3 * np.eye(3), np.zeros((2, 3)), [26, 27], [0.25, 0.75], position=[0, 0])
    found = features(mixed, StructureFeaturesSpec(disorder="weights"))
    radius = 0.25 * 1.32 + 0.75 * 1.26
    ratio = found["bond length over sum of covalent radii, mean"]
    assert ratio == pytest.approx(3 / (2 * radius))


def test_atoms_that_coincide_are_no_structure() -> None:
    doubled = Crystal("doubled", 5 * np.eye(3), np.zeros((2, 3)), [14, 8])
    with pytest.raises(ComputeError, match="Two atoms of 'doubled' are 0 Å apart"):
        structure_features(doubled)

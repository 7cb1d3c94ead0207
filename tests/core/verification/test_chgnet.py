"""CHGNet itself, where the extra is installed: the set's own values again, slopes, limits."""

from __future__ import annotations

import numpy as np
import pytest

from core.data import load_embedded
from core.data.prototype_elastic import KEY, unrelaxed
from core.errors import ComputeError, DisorderedStructureError, MissingDependencyError
from core.jobs import JobSpec, run
from core.jobs.verify import ABOVE_HULL, BULK, ENERGY, FORMATION, VOLUME
from core.verification import chgnet
from core.verification.relax import RelaxSpec, relax

needs_chgnet = pytest.mark.skipif(
    not chgnet.is_installed(), reason=f"{chgnet.MISSING} Install the extra: {chgnet.INSTALL}"
)
SAME = 1e-5  # eV/atom: the same calculation again; other versions differ in the last digits
SAME_MODULUS = 2e-3  # relative
NEAR = 3e-3  # eV/atom: relaxed anew, from the relaxed crystal or from displaced atoms
NEAR_MODULUS = 0.05  # relative
SLOPE = 2e-3  # relative: single precision
TINY = ("B1-MgO", "L1_2-NdGe3", "B4-ZnS")


@pytest.fixture(scope="module")
def potential():
    return chgnet.CHGNet()


@pytest.fixture(scope="module")
def stored():
    return {c.id: c for c in load_embedded(KEY)}


@pytest.fixture(scope="module")
def starts():
    return {c.id: c for c in unrelaxed()}


def test_absence_is_said_with_what_to_do(monkeypatch):
    monkeypatch.setattr(chgnet, "find_spec", lambda name: None)
    for ask in (chgnet.CHGNet, chgnet.versions, chgnet.require_installed):
        with pytest.raises(MissingDependencyError, match="pip install -r requirements-verify"):
            ask()


def test_what_it_does_not_know_is_refused(rocksalt):
    with pytest.raises(DisorderedStructureError, match="partly occupied"):
        chgnet.check_crystal(rocksalt.with_(occupancy=np.full(8, 0.5)))
    with pytest.raises(ComputeError, match="element 98"):
        chgnet.check_crystal(rocksalt.with_(numbers=np.full(8, 98)))
    chgnet.check_crystal(rocksalt)


@needs_chgnet
def test_slopes_are_those_of_the_energy(potential, starts):
    crystal = starts["B4-ZnS"]
    rng = np.random.default_rng(0)
    frac = crystal.frac + 0.01 * rng.standard_normal(crystal.frac.shape)
    lattice = 1.02 * crystal.lattice
    found = potential.slopes(lattice, frac, crystal.numbers)
    assert found.energy == pytest.approx(potential.energy(lattice, frac, crystal.numbers), abs=1e-4)
    h, inverse = 5e-3, np.linalg.inv(lattice)
    move = np.zeros_like(frac)
    move[1] = h * np.array([0.6, 0.0, 0.8]) @ inverse
    ahead, behind = (
        potential.energy(lattice, frac + sign * move, crystal.numbers) for sign in (1, -1)
    )
    along = found.forces[1] @ [0.6, 0.0, 0.8]
    assert along == pytest.approx(-(ahead - behind) / (2 * h), rel=0.02, abs=0.01)
    strain = 2e-3 * np.eye(3)
    ahead, behind = (
        potential.energy(lattice @ (np.eye(3) + sign * strain), frac, crystal.numbers)
        for sign in (1, -1)
    )
    assert np.trace(found.virial) == pytest.approx((ahead - behind) / 4e-3, rel=0.02, abs=0.01)


@needs_chgnet
@pytest.mark.parametrize("name", TINY)
def test_the_set_s_own_start_gives_the_set_s_own_values(potential, stored, starts, name):
    found, known = relax(potential, starts[name]), stored[name].properties
    assert found.energy == pytest.approx(known[ENERGY], abs=SAME)
    assert found.fit.bulk_modulus == pytest.approx(known[BULK], rel=SAME_MODULUS)
    assert found.crystal.volume / found.crystal.n_rows == pytest.approx(known[VOLUME], rel=1e-4)


@needs_chgnet
@pytest.mark.parametrize("name", TINY)
def test_relaxed_crystals_stay_where_they_are(potential, stored, name):
    found = relax(potential, stored[name], RelaxSpec(equation_of_state=False))
    assert found.energy == pytest.approx(stored[name].properties[ENERGY], abs=NEAR)
    assert found.crystal.volume == pytest.approx(stored[name].volume, rel=0.01)


@needs_chgnet
def test_displaced_atoms_come_back(potential, stored):
    """Magnesia is stable: without its symmetry it relaxes into it again."""
    spec = RelaxSpec(rattle=0.03, seed=1)
    found, known = relax(potential, stored["B1-MgO"], spec), stored["B1-MgO"].properties
    assert found.converged
    assert found.energy == pytest.approx(known[ENERGY], abs=NEAR)
    assert found.fit.bulk_modulus == pytest.approx(known[BULK], rel=NEAR_MODULUS)


@needs_chgnet
def test_an_atom_alone_is_refused(potential, rocksalt):
    far = rocksalt.with_(lattice=40 * np.eye(3))
    with pytest.raises(ComputeError, match="without neighbours"):
        relax(potential, far)


@needs_chgnet
def test_threads_are_as_they_were(potential, starts):
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        crystal = starts["B1-MgO"]
        potential.energy(crystal.lattice, crystal.frac, crystal.numbers)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


@pytest.fixture(scope="module")
def ten(stored):
    """Ids of ten compounds on the hull, each of another prototype."""
    kinds: dict[str, str] = {}
    for name, crystal in stored.items():
        if crystal.properties[ABOVE_HULL] < 1e-6 and len(crystal.elements) > 1:
            kinds.setdefault(crystal.properties["strukturbericht"], name)
    return list(kinds.values())[:10]


@needs_chgnet
@pytest.mark.slow
@pytest.mark.parametrize("rattle", [0.0, 0.02])
def test_ten_candidates_end_to_end(ten, stored, starts, rattle, monkeypatch, tmp_path):
    """Unrelaxed prototypes through the task. With their symmetry: the set's values again. With
    atoms displaced: the same, or lower where a crystal distorts, and never noticeably higher.
    """
    monkeypatch.setenv("GRIDSCOPE_HOME", str(tmp_path))
    spec = JobSpec(task="verify", options={"rattle": rattle, "seed": 5, "max_steps": 300})
    result = run(spec, {"crystals": [starts[name] for name in ten]})
    out = result.outputs
    assert result.failures == ()
    assert out["ids"].tolist() == ten
    apart = {
        key: out[key] - np.array([stored[name].properties[key] for name in ten])
        for key in (ENERGY, FORMATION, ABOVE_HULL)
    }
    for key, difference in apart.items():
        if rattle:
            assert np.median(np.abs(difference)) < 1e-3, key
            assert difference.max() < NEAR, key
        else:
            assert np.abs(difference).max() < 2e-4, key
    known = np.array([stored[name].properties[BULK] for name in ten])
    assert np.median(np.abs(out[BULK] / known - 1)) < 0.02

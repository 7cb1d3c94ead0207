"""What is written is read back the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DisorderedStructureError, ParseError, UnknownNameError
from core.geometry.cell import lattice_from_parameters
from core.io import parse
from core.io.convert import from_ase, from_pymatgen, to_ase, to_pymatgen
from core.io.write import WRITERS, write
from core.types import Crystal, RawFile


@st.composite
def crystals(draw: st.DrawFn) -> Crystal:
    """Random cells with atoms on a coarse grid, so that none overlap."""
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    angles = rng.uniform(60, 115, size=3)
    lattice = lattice_from_parameters(*rng.uniform(5, 12, size=3), *angles)
    n = draw(st.integers(1, 12))
    cells = rng.choice(27, size=n, replace=False)
    frac = np.stack(np.unravel_index(cells, (3, 3, 3)), -1) / 3 + rng.uniform(0.02, 0.1, (n, 3))
    numbers = rng.integers(1, 95, size=n)
    return Crystal(f"c{seed}", lattice, frac, numbers, properties={"energy": float(rng.normal())})


def _sorted_rows(crystal: Crystal) -> np.ndarray:
    frac = np.round(crystal.frac % 1, 9) % 1
    return np.array(sorted(zip(crystal.numbers, *frac.T, crystal.occupancy, strict=True)))


@pytest.mark.parametrize("key", sorted(WRITERS))
@given(crystal=crystals())
def test_round_trip(key: str, crystal: Crystal) -> None:
    report = parse(
        [RawFile("a" + WRITERS[key].suffix, write([crystal], key))], workers=0, examine=False
    )
    assert not report.failures
    (back,) = report.crystals
    metric = back.lattice @ back.lattice.T
    np.testing.assert_allclose(metric, crystal.lattice @ crystal.lattice.T, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(_sorted_rows(back), _sorted_rows(crystal), atol=2e-9)
    if key in ("extxyz", "json"):
        assert back.id == crystal.id
        assert back.properties["energy"] == pytest.approx(crystal.properties["energy"])


@pytest.mark.parametrize("key", ["cif", "extxyz", "json"])
def test_disorder_survives(key: str, mixed_alloy: Crystal) -> None:
    (back,) = parse(
        [RawFile("a" + WRITERS[key].suffix, write([mixed_alloy], key))], workers=0
    ).crystals
    assert back.n_sites == 2
    assert back.composition == pytest.approx({"Fe": 1, "Co": 1})


@pytest.mark.parametrize("key", ["cif", "extxyz", "json"])
def test_many_crystals_in_one_file(key: str, rocksalt: Crystal, perovskite: Crystal) -> None:
    data = write([rocksalt, perovskite], key)
    back = parse([RawFile("set" + WRITERS[key].suffix, data)], workers=0).crystals
    assert [c.formula for c in back] == ["NaCl", "SrTiO3"]


def test_poscar_refuses_what_it_can_not_hold(mixed_alloy: Crystal, rocksalt: Crystal) -> None:
    with pytest.raises(DisorderedStructureError):
        write([mixed_alloy], "poscar")
    with pytest.raises(UnknownNameError):
        write([rocksalt, rocksalt], "poscar")
    with pytest.raises(UnknownNameError, match="'pdb'"):
        write([rocksalt], "pdb")


def test_a_hostile_id_breaks_no_format(rocksalt: Crystal) -> None:
    odd = rocksalt.with_(id='a "b"\nloop_ x')
    for key, writer in WRITERS.items():
        (back,) = parse([RawFile("a" + writer.suffix, write([odd], key))], workers=0).crystals
        assert back.formula == "NaCl"


def test_pymatgen_there_and_back(mixed_alloy: Crystal, perovskite: Crystal) -> None:
    for crystal in (mixed_alloy, perovskite):
        back = from_pymatgen(to_pymatgen(crystal), id=crystal.id)
        np.testing.assert_allclose(back.frac, crystal.frac)
        np.testing.assert_array_equal(back.numbers, crystal.numbers)
        np.testing.assert_array_equal(back.position, crystal.position)
        np.testing.assert_allclose(back.occupancy, crystal.occupancy)


def test_pymatgen_reads_our_json_as_its_own(perovskite: Crystal) -> None:
    from pymatgen.core import Structure

    from core.io.write import structure_dict

    assert Structure.from_dict(structure_dict(perovskite)) == to_pymatgen(perovskite)


def test_species_of_pymatgen() -> None:
    from pymatgen.core import DummySpecies, Lattice, Structure

    structure = Structure(
        Lattice.cubic(5),
        [{"Fe2+": 0.5, "Fe3+": 0.25}, {"D": 1}, {DummySpecies("X"): 0.5, "O2-": 0.5}],
        [[0, 0, 0], [0.5, 0, 0], [0.5, 0.5, 0.5]],
    )
    crystal = from_pymatgen(structure, id="s")
    assert crystal.composition == {"Fe": 0.75, "H": 1, "O": 0.5}
    with pytest.raises(ParseError, match="Qa"):
        from_pymatgen(Structure(Lattice.cubic(5), [DummySpecies("Qa")], [[0, 0, 0]]), id="s")


def test_ase_there_and_back(perovskite: Crystal, mixed_alloy: Crystal) -> None:
    back = from_ase(to_ase(perovskite), id="STO")
    np.testing.assert_allclose(back.frac, perovskite.frac, atol=1e-12)
    assert back.formula == "SrTiO3"
    with pytest.raises(DisorderedStructureError):
        to_ase(mixed_alloy)
    from ase import Atoms

    with pytest.raises(ParseError, match="rank 0"):
        from_ase(Atoms("H"), id="h")

"""Each format gives the crystal that was written into it; POSCAR has a file of its own."""

from __future__ import annotations

import numpy as np
import pytest

from core.io.write import write

XDATCAR = """Po
1.0
3.36 0 0
0 3.36 0
0 0 3.36
Po
1
Direct configuration=     1
0 0 0
Direct configuration=     2
0.1 0 0
"""
LAMMPS = """a comment

2 atoms
2 atom types

1.0 6.0 xlo xhi
0 5 ylo yhi
0 5 zlo zhi
1.0 0.0 0.5 xy xz yz

Masses

1 22.99 # Na
2 35.45

Atoms{style}

2 {second} 3.5 2.5 2.5
1 {first} 1.0 0.0 0.0

Velocities

1 0 0 0
2 0 0 0
"""


def test_xdatcar_gives_every_step(here) -> None:
    report = here(XDATCAR, "XDATCAR")
    assert [c.frac[0, 0] for c in report.crystals] == [0, 0.1]
    assert len({c.id for c in report.crystals}) == 2


@pytest.mark.parametrize(
    ("style", "first", "second"),
    [
        (" # atomic", "1", "2"),
        ("", "1", "2"),
        (" # charge", "1 0.5", "2 -0.5"),
        ("", "1 0.5", "2 -0.5"),
        (" # full", "7 1 0.5", "7 2 -0.5"),
        ("", "7 1 0.5", "7 2 -0.5"),
    ],
)
def test_lammps_styles(style: str, first: str, second: str, here) -> None:
    text = LAMMPS.format(style=style, first=first, second=second)
    (crystal,) = here(text, "a.lmp").crystals
    np.testing.assert_allclose(crystal.lattice, [[5, 0, 0], [1, 5, 0], [0, 0.5, 5]])
    assert crystal.numbers.tolist() == [11, 17]
    np.testing.assert_allclose(crystal.cart, [[0, 0, 0], [2.5, 2.5, 2.5]])


def test_lammps_mass_of_no_element(here) -> None:
    text = LAMMPS.format(style=" # atomic", first="1", second="2").replace("22.99", "2290")
    (failure,) = here(text, "a.lmp").failures
    assert "2290 u" in failure.message


def test_extxyz_frames_ids_and_properties(here) -> None:
    frame = (
        '2\nLattice="5 0 0 0 5 0 0 0 5" Properties=species:S:1:pos:R:3:forces:R:3 '
        'energy=-1.5 material_id="m{n}" pbc="T T F"\nNa 0 0 0 1 1 1\nCl 2.5 2.5 2.5 1 1 1\n'
    )
    report = here(frame.format(n=1) + frame.format(n=2), "two.extxyz")
    assert [c.id for c in report.crystals] == ["m1", "m2"]
    assert report.crystals[0].properties["energy"] == -1.5
    assert report.crystals[1].formula == "NaCl"
    assert "not_periodic" in {f.code for f in report.examinations[0].findings}


@pytest.mark.parametrize(
    ("count", "columns", "words"), [("²", "3", "not '²'"), ("1", "²", "pos:R:²' is not name")]
)
def test_a_superscript_is_no_count(count: str, columns: str, words: str, here) -> None:
    """`str.isdigit` says it is, and `int` can't read it: it must not end the whole batch."""
    line = f'Lattice="5 0 0 0 5 0 0 0 5" Properties=species:S:1:pos:R:{columns}'
    (failure,) = here(f"{count}\n{line}\nNa 0 0 0\n", "a.xyz").failures
    assert words in failure.message
    assert failure.hint


def test_xyz_without_a_cell_says_so(here) -> None:
    (failure,) = here("1\nno cell\nNa 0 0 0\n", "a.xyz").failures
    assert "no cell" in failure.message
    assert "Lattice=" in failure.hint


def test_a_bad_frame_costs_itself_only(here) -> None:
    good = '1\nLattice="5 0 0 0 5 0 0 0 5"\nNa 0 0 0\n'
    bad = '1\nLattice="5 0 0 0 5 0 0 0 5"\nQq 0 0 0\n'
    report = here(good + bad + good, "a.xyz")
    assert len(report.crystals) == 2
    assert "'Qq'" in report.failures[0].message


def test_csv_with_cif_column(here, quartz_cif: str) -> None:
    text = ',material_id,cif,band_gap\n0,q1,"' + quartz_cif + '",5.7\n'
    (crystal,) = here(text, "t.csv").crystals
    assert (crystal.id, crystal.properties["band_gap"]) == ("q1", 5.7)


def test_multi_block_cif_gives_each_block_its_fate(here, quartz_cif: str) -> None:
    broken = quartz_cif.replace("data_quartz", "data_bad").replace(
        "_cell_length_a", "_cell_length_q"
    )
    text = "data_global\n_publ_author_name 'A'\n" + quartz_cif + broken + quartz_cif
    report = here(text.replace("data_quartz", "data_one", 1), "set.cif")
    assert [c.id for c in report.crystals] == ["set-one", "set-quartz"]
    assert [c.source for c in report.crystals] == ["set.cif#one", "set.cif#quartz"]
    (failure,) = report.failures
    assert (failure.id, failure.source) == ("set-bad", "set.cif#bad")
    assert "_cell_length_a" in failure.message
    assert "block_without_structure" in {f.code for f in report.examinations[0].findings}


def test_ids_are_unique_and_the_change_is_told(quartz_cif: str) -> None:
    from core.io import parse
    from core.types import RawFile

    files = [RawFile(f"{folder}/q.cif", quartz_cif.encode()) for folder in "abc"]
    report = parse(files, workers=0)
    assert [c.id for c in report.crystals] == ["q", "q-2", "q-3"]
    assert [e.crystal_id for e in report.examinations] == ["q", "q-2", "q-3"]
    assert "renamed" in {f.code for f in report.examinations[1].repairs}


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.cif", "empty"),
        (b"  \n", "a.cif", "empty"),
        (bytes(range(256)) * 20, "a.cif", "binary"),
        (b"\x89PNG\r\n\x1a\n\0\0", "a.png", "binary"),
        (b"hello", "a.txt", "in no format"),
        (b"{", "a.json", "breaks off at line 1"),
        (b"[" * 200_000, "a.json", "JSON"),
        (b"data_SFE\n_chemical_name_common 'SFE'\n", "SFE.cif", "holds only a name ('SFE')"),
        (b"\x1f\x8b\x08junk", "a.cif.gz", "damaged"),
    ],
)
def test_what_is_no_crystal_says_why(data: bytes, name: str, words: str, here) -> None:
    report = here(data, name)
    assert not report.crystals
    (failure,) = report.failures
    assert words in failure.message
    assert failure.source == name


@pytest.mark.parametrize("name", ["POSCAR", "XDATCAR", "a.lmp", "a.extxyz", "a.json"])
def test_damaged_files_of_other_formats_are_survived(
    name: str, here, damaged, rocksalt, poscar_text: str
) -> None:
    sources = {
        "POSCAR": poscar_text.encode(),
        "XDATCAR": XDATCAR.encode(),
        "a.lmp": LAMMPS.format(style="", first="1", second="2").encode(),
        "a.extxyz": write([rocksalt, rocksalt], "extxyz"),
        "a.json": write([rocksalt, rocksalt], "json"),
    }
    for raw in damaged([sources[name]], 150, 5):
        report = here(raw.data, name, examine=False)
        assert report.crystals or report.failures


def test_magnetic_cif(here, quartz_cif: str) -> None:
    head, atoms = quartz_cif.split("loop_\n_symmetry_equiv_pos_as_xyz\n")
    atoms = atoms[atoms.index("loop_") :]
    text = (
        head
        + "loop_\n_space_group_symop_magn_operation.id\n_space_group_symop_magn_operation.xyz\n"
        "1 x,y,z,+1\n" + atoms + "loop_\n_atom_site_moment.label\n_atom_site_moment.crystalaxis_x\n"
        "_atom_site_moment.crystalaxis_y\n_atom_site_moment.crystalaxis_z\nSi1 0 0 1.0\n"
    )
    (crystal,) = here(text, "a.mcif").crystals
    assert crystal.composition == {"Si": 1, "O": 1}

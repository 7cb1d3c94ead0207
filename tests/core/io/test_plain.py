"""The short way through CIFs that pymatgen wrote: the same crystal as the long way, to the bit."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import gemmi
import numpy as np
import pytest
from hypothesis import assume, given, reject
from hypothesis import strategies as st
from pymatgen.core import Lattice, Structure
from pymatgen.io.cif import CifWriter

from core.io.cif.opinions import by_pymatgen
from core.io.cif.plain import plain_crystal
from core.io.cif.repair import mend

FINITE = st.floats(-1.2, 1.2, allow_nan=False)


def block_of(text: str):
    return gemmi.cif.read_string(text)[0]


def assert_same(text: str) -> None:
    block = block_of(mend(text, "x")[0])
    found = plain_crystal(block)
    assert found is not None
    crystal, findings = found
    expected, notes = by_pymatgen(block.as_string())
    assert crystal.digest == expected.digest
    assert crystal.labels == expected.labels
    assert findings == notes


@given(
    st.lists(
        st.tuples(st.sampled_from("O Fe Ba H Xe U Na Cl".split()), FINITE, FINITE, FINITE),
        min_size=1, max_size=6,
    ),
    st.tuples(*[st.floats(3, 9)] * 3), st.tuples(*[st.floats(62, 118)] * 3),
)  # fmt: skip
def test_what_pymatgen_writes_is_read_as_pymatgen_reads_it(sites, lengths, angles):
    try:
        lattice = Lattice.from_parameters(*lengths, *angles)
    except ValueError:
        reject()
    structure = Structure(lattice, [s[0] for s in sites], [s[1:] for s in sites])
    assume(lattice.volume >= 5 and (len(structure) == 1 or structure.is_valid(tol=0.6)))
    assert_same(str(CifWriter(structure)))


def text_of(**changes: str) -> str:
    text = str(CifWriter(Structure(Lattice.cubic(4), ["Cs", "Cl"], [[0, 0, 0], [0.5] * 3])))
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    return text


def test_thirds_are_rounded_and_noted():
    text = text_of(a=("0.50000000  0.50000000", "0.33333333  0.66670000"))
    assert_same(text)
    crystal, findings = plain_crystal(block_of(text))
    assert crystal.frac[1, :2].tolist() == [1 / 3, 2 / 3]
    assert [f.code for f in findings] == ["rounded_coordinates"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("'x, y, z'", "'x, y, z'\n  2  '-x, -y, -z'"),
        ("'x, y, z'", "'-x, -y, -z'"),
        ("  Cs  Cs0  1", "  Cs  Cs0  2"),
        ("0.00000000  1\n", "0.00000000  0.5\n"),
        ("  Cs  Cs0", "  Cs+  Cs0"),
        ("  Cs  Cs0", "  D  D0"),
        ("  Cs  Cs0", "  Zz  Zz0"),
        ("0.50000000  1\n", "0.5(1)  1\n"),
        ("0.50000000  1\n", "?  1\n"),
        ("0.50000000  0.50000000  0.50000000", "0.00000000  0.00000000  0.00010000"),
        ("_cell_length_a   4.00000000\n", ""),
        ("_cell_angle_alpha   90.00000000", "_cell_angle_alpha   0.0"),
        ("_cell_volume", "_exptl_crystal_density_diffrn"),
        (" _atom_site_occupancy\n", " _atom_site_disorder_group\n"),
    ],
)  # fmt: skip
def test_anything_else_takes_the_long_way(old, new):
    text = text_of(change=(old, new))
    if "  Cs  Cs0" in old and new.endswith("Zz0"):
        assert "Zz" in text
    assert plain_crystal(block_of(text)) is None


def test_two_atoms_at_one_place_take_the_long_way():
    structure = Structure(Lattice.cubic(4), ["Cs", "Cs"], [[0, 0, 0], [0, 0, 0.05]])
    assert plain_crystal(block_of(str(CifWriter(structure)))) is None


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("perovskites/perov_5_val.csv", 25),
        ("carbon/carbon_24_val.csv", 25),
        ("gridrdf/small_test_set.json", 5),
        ("gridrdf/pero_lattice.json", 5),
    ],
)
def test_the_texts_of_public_sets(shared_data: Path, name: str, step: int):
    path = shared_data / name
    if path.suffix == ".csv":
        csv.field_size_limit(2**20)
        with path.open(newline="") as stream:
            texts = [row["cif"] for row in csv.DictReader(stream)]
    else:
        texts = [record["cif"] for record in json.loads(path.read_text())]
    for text in texts[::step]:
        assert_same(text)


def test_the_lattice_is_that_of_pymatgen():
    structure = Structure(Lattice.from_parameters(3.1, 4.2, 5.3, 71, 82, 113), ["Si"], [[0, 0, 0]])
    crystal, _ = plain_crystal(block_of(str(CifWriter(structure))))
    np.testing.assert_allclose(crystal.lattice, structure.lattice.matrix, atol=1e-7)

"""Crystals refuse what can't be, keep what they are given, and know their composition."""

from __future__ import annotations

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymatgen.core import Composition

from core.elements import SYMBOLS
from core.errors import GridscopeError, NonFiniteError, ParseError, ShapeMismatchError
from core.types import Crystal, Examination, Failure, Finding, ParseReport, RawFile

GOOD = {
    "id": "x",
    "lattice": 4 * np.eye(3),
    "frac": [[0, 0, 0], [0.5, 0.5, 0.5]],
    "numbers": [11, 17],
}
NAN = float("nan")


def crystal(**changes):
    return Crystal(**{**GOOD, **changes})


@pytest.mark.parametrize(
    ("changes", "kind", "said"),
    [
        ({"lattice": np.eye(2)}, ShapeMismatchError, "lattice has shape (2, 2), expected (3, 3)"),
        ({"frac": [[0, 0, 0]]}, ShapeMismatchError, "frac has shape (1, 3), expected (2, 3)"),
        ({"frac": [[0, 0], [1, 1]]}, ShapeMismatchError, "(2, 2)"),
        ({"occupancy": [1.0]}, ShapeMismatchError, "occupancy has shape (1,)"),
        ({"position": [0, 1, 2]}, ShapeMismatchError, "position has shape (3,)"),
        ({"frac": np.zeros((0, 3)), "numbers": []}, ParseError, "'x' holds no atoms"),
        ({"lattice": np.diag([4, 4, NAN])}, NonFiniteError, "nan"),
        ({"lattice": np.diag([4, 4, np.inf])}, NonFiniteError, "inf"),
        ({"frac": [[0, 0, 0], [0, NAN, 0]]}, NonFiniteError, "Atom 1 of 'x' sits at [0.0, nan"),
        ({"lattice": np.diag([4.0, 4.0, 0.0])}, ParseError, "volume of 0 "),
        ({"lattice": np.ones((3, 3))}, ParseError, "volume of 0 "),
        ({"numbers": [11, 0]}, ParseError, "atomic number 0"),
        ({"numbers": [119, 17]}, ParseError, "atomic number 119"),
        ({"numbers": [-3, 17]}, ParseError, "atomic number -3"),
        ({"occupancy": [1, 0]}, ParseError, "occupancy of 0;"),
        ({"occupancy": [-0.5, 1]}, ParseError, "occupancy of -0.5"),
        ({"occupancy": [1, 1.5]}, ParseError, "occupancy of 1.5"),
        ({"occupancy": [NAN, 1]}, ParseError, "occupancy of nan"),
    ],
)  # fmt: skip
def test_a_bad_value_is_refused_and_quoted(changes, kind, said):
    with pytest.raises(kind) as info:
        crystal(**changes)
    assert said in info.value.message


def test_rounding_of_an_occupancy_is_forgiven():
    assert crystal(occupancy=[1 + 5e-7, 1]).is_ordered
    assert not crystal(occupancy=[0.999, 1]).is_ordered


def test_arrays_are_own_copies_and_read_only():
    frac = np.array(GOOD["frac"], dtype=float)
    made = crystal(frac=frac)
    frac[0] = 0.3
    assert made.frac[0].tolist() == [0, 0, 0]
    for name in ("lattice", "frac", "numbers", "occupancy", "position"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(made, name)[0] = 1
    with pytest.raises(TypeError):
        made.properties["a"] = 1
    with pytest.raises(AttributeError):
        made.id = "y"


def test_dtypes_are_as_stated():
    made = crystal(lattice=np.eye(3, dtype=np.float32) * 4, numbers=np.array([11, 17], np.uint8))
    assert made.lattice.dtype == made.frac.dtype == made.occupancy.dtype == np.float64
    assert made.numbers.dtype == made.position.dtype == np.int64


def _formula(c):
    return c.formula, c.digest, dict(c.properties), c.is_ordered


def test_pickling_keeps_everything(rocksalt):
    rich = rocksalt.with_(
        occupancy=np.linspace(0.3, 1, 8), labels=tuple("abcdefgh"), properties={"energy_eV": -1.5}
    )
    again = pickle.loads(pickle.dumps(rich))
    assert _formula(again) == _formula(rich)
    assert (again.id, again.labels, again.source) == (rich.id, rich.labels, rich.source)
    with pytest.raises(ValueError, match="read-only"):
        again.frac[0] = 1
    with pytest.raises(TypeError):
        again.properties["energy_eV"] = 0


def test_crystals_travel_to_another_process(rocksalt):
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        there_and_back = pool.submit(Crystal.with_, rocksalt, id="back").result()
    assert there_and_back.id == "back"
    assert _formula(there_and_back) == _formula(rocksalt)


def test_a_change_is_validated_and_keeps_the_rest(rocksalt):
    with pytest.raises(ParseError):
        rocksalt.with_(numbers=np.zeros(8, int))
    half = rocksalt.with_(occupancy=np.full(8, 0.5))
    assert not half.is_ordered
    assert half.id == rocksalt.id
    assert half.with_(occupancy=np.ones(8)).is_ordered


def test_the_digest_is_of_the_structure_alone(rocksalt):
    same = rocksalt.with_(id="other", properties={"a": 1}, source="y", labels=("l",) * 8)
    assert same.digest == rocksalt.digest
    changes = [
        {"frac": rocksalt.frac + 1e-9},
        {"lattice": rocksalt.lattice * (1 + 1e-12)},
        {"numbers": np.repeat([11, 35], 4)},
        {"occupancy": np.full(8, 0.5)},
        {"position": np.repeat(np.arange(4), 2)},
    ]
    digests = {rocksalt.with_(**change).digest for change in changes}
    assert len(digests | {rocksalt.digest}) == 6


def test_composition_counts_partial_occupancy():
    # Two thirds Cu and one third Au on one site, a full Cu on another.
    alloy = crystal(
        frac=[[0, 0, 0], [0, 0, 0], [0.5, 0.5, 0.5]], numbers=[29, 79, 29],
        occupancy=[2 / 3, 1 / 3, 1], position=[0, 0, 1],
    )  # fmt: skip
    assert alloy.composition == pytest.approx({"Cu": 5 / 3, "Au": 1 / 3})
    assert alloy.elements == ("Cu", "Au")
    assert (alloy.n_rows, alloy.n_sites) == (3, 2)
    assert alloy.formula == "Cu1.667Au0.3333"


@pytest.mark.parametrize(
    ("symbols", "formula"),
    [("Na Cl", "NaCl"), ("O Ti O", "TiO2"), ("O O O Sr Ti", "SrTiO3"), ("Cu Cu", "Cu"),
     ("Si Si O O O O", "SiO2"), ("H O H", "H2O"), ("Ar Ar", "Ar")],
)  # fmt: skip
def test_formulas(symbols, formula):
    numbers = [SYMBOLS.index(s) for s in symbols.split()]
    frac = np.linspace(0, 0.9, len(numbers))[:, None] * np.ones(3)
    assert crystal(frac=frac, numbers=numbers).formula == formula


_BONDING = [z for z in range(1, 95) if z not in (2, 10, 18, 36, 54, 86)]  # pymatgen warns of others


@given(st.lists(st.sampled_from(_BONDING), min_size=1, max_size=12))
def test_the_formula_is_reduced_and_holds_every_atom(numbers):
    frac = np.linspace(0, 0.9, len(numbers))[:, None] * np.ones(3)
    made = crystal(frac=frac, numbers=numbers)
    parsed = Composition(made.formula)
    whole = Composition({SYMBOLS[z]: numbers.count(z) for z in set(numbers)})
    assert parsed.reduced_composition == whole.reduced_composition
    assert parsed.num_atoms == whole.reduced_composition.num_atoms or len(parsed) == 1


def test_density_and_volume_of_rocksalt(rocksalt):
    assert rocksalt.volume == pytest.approx(5.64**3)
    assert rocksalt.density == pytest.approx(2.163, abs=0.005)  # g/cm³, halite
    half = rocksalt.with_(occupancy=np.full(8, 0.5))
    assert half.density == pytest.approx(rocksalt.density / 2)


def test_cartesian_coordinates_use_rows_as_vectors():
    lattice = [[3, 0, 0], [1, 4, 0], [0, 2, 5]]
    made = crystal(lattice=lattice, frac=[[0, 0, 0], [0.5, 0.5, 1]])
    np.testing.assert_allclose(made.cart[1], [2, 4, 5])


def test_failures_keep_what_the_error_said():
    error = ParseError("x is bad.", hint="Mend it.")
    failure = Failure.from_error(error, id="a", stage="parse", source="a.cif")
    assert failure == Failure("a", "parse", "ParseError", "x is bad.", "Mend it.", "a.cif")
    assert len({failure, Failure.from_error(error, id="a", stage="parse", source="a.cif")}) == 1


def test_an_examination_tells_problems_from_repairs():
    found = Finding("a", "odd")
    mended = Finding("b", "mended", repaired=True)
    card = Examination("x", "x.cif", "amber", (found, mended))
    assert card.problems == (found,)
    assert card.repairs == (mended,)


def test_a_raw_file_hides_its_bytes_and_knows_their_digest():
    raw = RawFile("a.cif", b"abc")
    assert raw.sha256.startswith("ba7816bf")
    assert "abc" not in repr(raw)


def test_reports_travel(rocksalt):
    report = ParseReport((rocksalt,), (Failure("a", "parse", "ParseError", "m"),))
    again = pickle.loads(pickle.dumps(report))
    assert again.crystals[0].digest == rocksalt.digest
    assert again.failures == report.failures


def test_every_refusal_is_one_of_ours():
    with pytest.raises(GridscopeError):
        crystal(numbers=[1])

"""POSCAR: lattice, species and coordinates in each of its spellings, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from core.types import Crystal

EXACT = 1e-12
VOLUME_ROUNDING = 1e-8  # the volume of a negative scale is written with nine digits
TILTED = """one formula unit in a cell without a right angle
{scale}
3.0 0.2 0.1
-0.4 3.5 0.3
0.5 -0.6 4.0
Na Cl
1 1
{mode}
{rows}
"""
CELL = np.array([[3.0, 0.2, 0.1], [-0.4, 3.5, 0.3], [0.5, -0.6, 4.0]])
INSIDE = np.array([[0.1, 0.2, 0.3], [0.65, 0.55, 0.9]])


def _tilted(mode: str, rows: np.ndarray, scale: str = "1.0") -> str:
    written = "\n".join(" ".join(f"{x:.15g}" for x in row) for row in rows)
    return TILTED.format(scale=scale, mode=mode, rows=written)


def _only(report) -> Crystal:
    assert report.failures == ()
    (crystal,) = report.crystals
    return crystal


def _is_rock_salt(crystal: Crystal, within: float = EXACT) -> None:
    """Space group 225: four Na, four Cl, each with six of the other at half the cell edge."""
    np.testing.assert_allclose(crystal.lattice, 5.64 * np.eye(3), atol=within)
    assert crystal.numbers.tolist() == [11] * 4 + [17] * 4
    assert (crystal.occupancy == 1).all()
    apart = crystal.frac[:4, None] - crystal.frac[None, 4:]
    lengths = np.linalg.norm((apart - np.round(apart)) @ crystal.lattice, axis=-1)
    np.testing.assert_allclose(np.sort(lengths, axis=1)[:, :3], 2.82, atol=5 * within)
    np.testing.assert_allclose(np.sort(lengths, axis=1)[:, 3], np.sqrt(3) * 2.82, atol=5 * within)


def test_version_5_is_read_as_written(here, poscar_text: str) -> None:
    crystal = _only(here(poscar_text, "run/POSCAR"))
    _is_rock_salt(crystal)
    expected = [[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0],
                [0.5, 0, 0], [0.5, 0.5, 0.5], [0, 0, 0.5], [0, 0.5, 0]]  # fmt: skip
    np.testing.assert_array_equal(crystal.frac, expected)
    assert crystal.id == "run-POSCAR"


def test_selective_dynamics_change_nothing(here, poscar_text: str) -> None:
    plain = "\n".join(
        line.removesuffix(" T T T").removesuffix(" F F F")
        for line in poscar_text.splitlines()
        if not line.startswith("Selective")
    )
    assert "T T T" not in plain
    assert "F F F" not in plain
    bare, flagged = _only(here(plain, "POSCAR")), _only(here(poscar_text, "POSCAR"))
    np.testing.assert_array_equal(bare.lattice, flagged.lattice)
    np.testing.assert_array_equal(bare.frac, flagged.frac)
    np.testing.assert_array_equal(bare.numbers, flagged.numbers)


def test_velocities_after_the_coordinates_are_no_atoms(here, poscar_text: str) -> None:
    crystal = _only(here(poscar_text + "\n" + "0.1 0.1 0.1\n" * 8, "CONTCAR"))
    assert crystal.n_rows == 8


@pytest.mark.parametrize("scale", ["-179.406144", "2 2 2", "2.0", "2.0D+00"])
def test_scales_of_the_cell(scale: str, here, poscar_text: str) -> None:
    crystal = _only(here(poscar_text.replace("2.0", scale, 1), "a.vasp"))
    _is_rock_salt(crystal, VOLUME_ROUNDING)
    assert crystal.volume == pytest.approx(179.406144, abs=1e-6)


def test_three_scales_stretch_x_y_and_z(here) -> None:
    """Not the three lattice vectors: the axes they are written along."""
    crystal = _only(here(_tilted("Direct", INSIDE, "1 2 0.5"), "POSCAR"))
    np.testing.assert_allclose(crystal.lattice, CELL * [1, 2, 0.5], atol=EXACT)
    np.testing.assert_allclose(crystal.frac, INSIDE, atol=EXACT)


@pytest.mark.parametrize("mode", ["Cartesian", "cart", "K"])
@pytest.mark.parametrize(
    ("scale", "factor"), [("1.0", 1.0), ("1.1", 1.1), ("1 2 0.5", [1, 2, 0.5])]
)
def test_cartesian_and_direct_coordinates_are_one_crystal(mode, scale, factor, here) -> None:
    """Cartesian rows are scaled as the cell is: r = frac @ lattice, row by row."""
    direct = _only(here(_tilted("Direct", INSIDE, scale), "POSCAR"))
    cartesian = _only(here(_tilted(mode, INSIDE @ CELL, scale), "POSCAR"))
    np.testing.assert_allclose(cartesian.lattice, direct.lattice, atol=EXACT)
    np.testing.assert_allclose(cartesian.frac, INSIDE, atol=EXACT)
    np.testing.assert_allclose(direct.frac, INSIDE, atol=EXACT)
    np.testing.assert_allclose(cartesian.cart, INSIDE @ CELL * factor, atol=EXACT)
    assert cartesian.numbers.tolist() == direct.numbers.tolist() == [11, 17]


def test_version_4_names_its_elements_in_the_comment(here, poscar_text: str) -> None:
    without = poscar_text.replace("Na Cl\n4 4", "4 4")
    for comment in ("Na Cl", "Na Cl rock salt"):
        _is_rock_salt(_only(here(without.replace("NaCl\n", f"{comment}\n", 1), "POSCAR")))


def test_without_a_telling_name_the_content_tells(here, poscar_text: str) -> None:
    report = here(poscar_text, "structure.txt")
    _is_rock_salt(_only(report))
    assert report.crystals[0].id == "structure"


@pytest.mark.parametrize(
    ("old", "new", "message", "hint"),
    [
        ("Na Cl", "Na Qq", "'Qq' is no element", "periodic table"),
        ("4 4", "4 5", "promises 9 atoms and lists 8", "correct what is named"),
        ("4 4", "4", "'Na Cl' and counts '4' do not belong", "one for each count"),
        ("4 4", "4 2 2", "'Na Cl' and counts '4 2 2' do not belong", "one for each count"),
        ("4 4", "4 ²", "counts '4 ²' do not belong", "one for each count"),
        ("4 4", "0 0", "counts '0 0' give no atom", "correct what is named"),
        ("4 4", "4 4000", "lists 4,004 atoms", "smaller cell"),
        ("0 0.5 0.5 T T T", "0 0.5", "Atom 2 has no three coordinates: '0 0.5'", "correct"),
        ("0 0.5 0.5 T", "0 half 0.5 T", "row of atom 2 holds 'half'", "correct what is named"),
        ("0 2.82 0", "0 2.82", "Lattice vector 2 has no three coordinates: '0 2.82'", "correct"),
        ("0 2.82 0", "2.82 0 0", "span no volume", "numbers of the cell"),
        ("0 2.82 0", "0 nan 0", "hold nan", "numbers of the cell"),
        ("2.0\n", "zwei\n", "scale holds 'zwei'", "correct what is named"),
        ("2.0\n", "0\n", "span no volume", "numbers of the cell"),
    ],
)
def test_what_is_wrong_is_quoted_with_what_to_do(
    old, new, message, hint, here, poscar_text
) -> None:
    report = here(poscar_text.replace(old, new, 1), "bad/POSCAR")
    assert report.crystals == ()
    (failure,) = report.failures
    assert message in failure.message
    assert hint in failure.hint
    assert failure.source == "bad/POSCAR"


@pytest.mark.parametrize(("kept", "message"), [(5, "this file has 5"), (8, "lists 0")])
def test_a_file_cut_short_says_what_is_missing(kept: int, message: str, here, poscar_text) -> None:
    text = "\n".join(poscar_text.splitlines()[:kept]) + ("\nDirect\n" if kept == 8 else "")
    (failure,) = here(text, "POSCAR").failures
    assert message in failure.message
    assert failure.hint


def test_a_bad_file_costs_itself_only(here, poscar_text: str) -> None:
    from core.io import parse
    from core.types import RawFile

    texts = (poscar_text, poscar_text.replace("4 4", "0 0"), poscar_text)
    report = parse([RawFile(f"{i}.vasp", t.encode()) for i, t in enumerate(texts)], workers=0)
    assert [c.id for c in report.crystals] == ["0", "2"]
    assert [f.id for f in report.failures] == ["1"]

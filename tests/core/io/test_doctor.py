"""What the doctor says about crystals that can be read: never silent, never in the way."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import ParseError
from core.io.cif.opinions import by_gemmi, by_pymatgen
from core.io.cif.structure import crystal_of_block
from core.io.doctor.composition import parse_formula, same_ratio
from core.io.doctor.examine import examine, sanity
from core.io.doctor.silica import check_silica
from core.io.draft import Draft
from core.types import Crystal


def _codes(report) -> set[str]:
    return {f.code for card in report.examinations for f in card.findings}


def test_a_formula_mismatch_never_blocks(quartz_cif: str, here) -> None:
    report = here(quartz_cif.replace("'Si O2'", "'Si2 O2'"))
    assert len(report.crystals) == 1
    assert report.examinations[0].verdict == "amber"
    (finding,) = [f for f in report.examinations[0].findings if f.code == "formula_mismatch"]
    assert "Si2 O2" in finding.message
    assert "SiO2" in finding.message
    assert report.examinations[0].hint


def test_missing_hydrogens_are_named(quartz_cif: str, here) -> None:
    report = here(quartz_cif.replace("'Si O2'", "'Si O2 H4'"))
    (finding,) = [f for f in report.examinations[0].findings if f.code == "hydrogens_missing"]
    assert "of 12 hydrogens" in finding.message


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("_cell_formula_units_Z 3", "_cell_formula_units_Z 6", "z_mismatch"),
        ("_cell_formula_units_Z 3", "_cell_volume 120.0", "volume_mismatch"),
        ("_cell_formula_units_Z 3", "_exptl_crystal_density_diffrn 2.0", "density_mismatch"),
        ("number 154", "number 152", "space_group_contradiction"),
        ("'P 32 2 1'", "'Q 17'", "unknown_space_group_name"),
        (
            "O1 O 0.4135(2) 0.2669(2) 0.1191(2) 1",
            "O1 O 0.4135 0.2669 0.1191 0.8",
            "partial_occupancy",
        ),
    ],
)
def test_what_is_stated_is_compared(old: str, new: str, code: str, quartz_cif: str, here) -> None:
    report = here(quartz_cif.replace(old, new))
    assert len(report.crystals) == 1
    assert code in _codes(report)


def test_lower_symmetry_than_stated_is_amber(quartz_cif: str, here) -> None:
    text = quartz_cif.replace("'-y,x-y,z+2/3'\n", "")
    assert "lower_symmetry_found" in _codes(here(text))


def test_partial_occupancy_keeps_its_weights(quartz_cif: str, here) -> None:
    text = quartz_cif.replace(
        "Si1 Si 0.4697(2) 0 0 1", "Si1 Si 0.4697 0 0 0.75\nAl1 Al 0.4697 0 0 0.25"
    )
    report = here(text.replace("'Si O2'", "'Si0.75 Al0.25 O2'"))
    (crystal,) = report.crystals
    assert crystal.composition["Al"] == pytest.approx(0.75)
    assert crystal.n_sites == 9
    assert crystal.n_rows == 12
    mixed = crystal.position[crystal.numbers == 13]
    np.testing.assert_array_equal(np.sort(mixed), np.sort(crystal.position[crystal.numbers == 14]))
    assert report.examinations[0].verdict == "amber"


def test_occupancy_a_little_above_one_is_scaled(quartz_cif: str, here) -> None:
    report = here(quartz_cif.replace("0.1191(2) 1", "0.1191(2) 1.02"))
    assert report.crystals[0].composition == pytest.approx({"Si": 3, "O": 6})
    assert "occupancy_above_one" in _codes(report)


def test_an_occupancy_far_above_one_is_named_for_what_it_is(quartz_cif: str, here) -> None:
    report = here(quartz_cif.replace("0.1191(2) 1", "0.1191(2) 1.7"))
    assert report.crystals[0].composition == pytest.approx({"Si": 3, "O": 6})
    assert "occupancy_too_high" in _codes(report)
    assert "duplicate_atoms" not in _codes(report)
    found = report.examinations[0]
    assert any("1.7" in f.message for f in found.findings)
    assert "occupancies" in found.hint


def test_two_elements_filling_one_site_are_refused(quartz_cif: str, here) -> None:
    report = here(quartz_cif + "Al1 Al 0.4697 0 0 1\n")
    (failure,) = report.failures
    assert "over-full" in failure.message
    assert "Al" in failure.message


REFUSED = {
    "nan": (("_cell_length_a 4.9137(1)", "_cell_length_a nan"), "_cell_length_a is 'nan'"),
    "no cell": (("_cell_length_b 4.9137(1)\n", ""), "no _cell_length_b"),
    "angle": (("_cell_angle_gamma 120", "_cell_angle_gamma 190"), "_cell_angle_gamma is '190'"),
    "flat": (("_cell_angle_alpha 90", "_cell_angle_alpha 30"), ""),
    "zero": (("_cell_length_c 5.4047(1)", "_cell_length_c 0"), "_cell_length_c is '0'"),
    "element": (("Si1 Si ", "Qx1 Qx "), "Qx"),
    "coordinate": (("0.2669(2)", "abc"), "'abc'"),
    "overlap": (("0.4135(2) 0.2669(2) 0.1191(2)", "0.4697 0.02 0.01"), "Å apart"),
    "loop": (("0.1191(2) 1", "0.1191(2)"), "near line"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_not_be_right_is_refused_with_its_value(case: str, quartz_cif: str, here) -> None:
    (old, new), words = REFUSED[case]
    report = here(quartz_cif.replace(old, new))
    assert not report.crystals
    (failure,) = report.failures
    assert words in failure.message
    assert failure.hint
    assert (failure.id, failure.source) == ("a", "a.cif")


def test_short_bonds_of_hydrogen_are_real(here) -> None:
    h2 = Crystal("h2", 5 * np.eye(3), np.array([[0, 0, 0], [0, 0, 0.148]]), np.array([1, 1]))
    assert sanity(Draft(h2)).findings == ()


def test_overlap_is_seen_across_a_skewed_cell() -> None:
    lattice = np.array([[5.0, 0, 0], [24.9, 0.6, 0], [0, 0, 5.0]])  # b - 5a is 0.61 Å long
    other = (np.array([0.2, 0.2, 0.2]) @ np.linalg.inv(lattice) + [0.1, 0, 0]) % 1
    with pytest.raises(ParseError, match=r"0\.346 Å apart"):
        sanity(Draft(Crystal("s", lattice, np.array([[0.1, 0, 0], other]), np.array([6, 7]))))


def test_a_cell_shorter_than_any_bond_is_refused(mixed_alloy: Crystal) -> None:
    thin = mixed_alloy.with_(lattice=np.diag([2.86, 0.004, 2.86]))
    with pytest.raises(ParseError, match="too small or too flat"):
        sanity(Draft(thin))


def test_a_short_contact_is_amber(here, quartz_cif: str) -> None:
    report = here(quartz_cif + "C1 C 0.4697 0 0.17 1\n")
    (finding,) = [f for f in report.examinations[0].findings if f.code == "short_contact"]
    assert finding.message == "C1 and Si1 are only 0.919 Å apart."
    assert report.examinations[0].verdict == "amber"


def test_listed_twice_is_merged_in_any_format(here, perovskite: Crystal) -> None:
    doubled = perovskite.with_(
        frac=np.vstack([perovskite.frac, [[1, 0, 0]]]), numbers=np.append(perovskite.numbers, 38),
        occupancy=np.ones(6), position=np.arange(6),
    )  # fmt: skip
    merged = sanity(Draft(doubled))
    assert merged.crystal.composition == perovskite.composition
    assert [f.code for f in merged.findings] == ["duplicate_atoms"]


def test_split_sites_are_alternatives_not_overlap() -> None:
    crystal = Crystal(
        "split",
        6 * np.eye(3),
        np.array([[0, 0, 0], [0.05, 0, 0]]),
        np.array([8, 8]),
        np.full(2, 0.5),
    )
    assert [f.code for f in sanity(Draft(crystal)).findings] == ["split_sites"]


def test_rows_at_one_place_come_to_share_a_position(mixed_alloy: Crystal) -> None:
    loose = mixed_alloy.with_(position=np.arange(4))
    shared = sanity(Draft(loose)).crystal
    assert shared.n_sites == 2


def test_silica_with_missing_oxygen_is_called_broken_or_interrupted(quartz_cif: str) -> None:
    whole, _ = by_pymatgen(quartz_cif)
    assert check_silica(whole)[0] == ()
    rows = np.arange(whole.n_rows) != int(np.flatnonzero(whole.numbers == 8)[0])
    cut = whole.with_(
        frac=whole.frac[rows], numbers=whole.numbers[rows], occupancy=whole.occupancy[rows],
        position=whole.position[rows], labels=(),
    )  # fmt: skip
    (finding,), facts = check_silica(cut)
    assert finding.code == "interrupted_framework"
    assert facts["oxygens_around_silicon"] == {"3": 2, "4": 1}


def test_gemmi_takes_over_where_pymatgen_fails(
    quartz_cif: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.config import ParseLimits
    from core.io.cif import structure
    from core.io.cif.blocks import parse_document

    def broken(text: str) -> object:
        raise ParseError("pymatgen: no.")

    monkeypatch.setattr(structure, "_without_duplicates", broken)
    document, _ = parse_document(quartz_cif)
    crystal, findings = crystal_of_block(quartz_cif, document[0], ParseLimits(), "")
    assert crystal.composition == {"Si": 3, "O": 6}
    assert [f.code for f in findings] == ["read_by_second_parser"]


def test_both_parsers_place_the_same_atoms(quartz_cif: str) -> None:
    from core.io.cif.blocks import parse_document

    one, _ = by_pymatgen(quartz_cif)
    two = by_gemmi(parse_document(quartz_cif)[0][0])
    np.testing.assert_allclose(one.lattice @ one.lattice.T, two.lattice @ two.lattice.T, atol=1e-9)
    for row in range(two.n_rows):
        delta = one.frac[one.numbers == two.numbers[row]] - two.frac[row]
        assert np.abs(delta - np.round(delta)).max(axis=1).min() < 1e-4


def test_formulas() -> None:
    assert parse_formula("Sr1 Ti1 O3") == {"Sr": 1, "Ti": 1, "O": 3}
    assert parse_formula("D3 F6 O1 Sb1") == {"H": 3, "F": 6, "O": 1, "Sb": 1}
    assert parse_formula("(Fe O)2") == {}
    assert parse_formula("Xy2") == {}
    assert same_ratio({"Si": 3, "O": 6}, {"Si": 1, "O": 2})
    assert not same_ratio({"Si": 3, "O": 6}, {"Si": 1, "O": 2.2})


def test_partial_occupancy_is_told_as_it_is(mixed_alloy: Crystal, rocksalt: Crystal) -> None:
    def told(crystal: Crystal) -> str:
        found = examine(sanity(Draft(crystal))).findings
        return next(f.message for f in found if f.code == "partial_occupancy")

    assert told(mixed_alloy) == "Partial occupancy: 2 of 2 sites hold more than one element."
    half = rocksalt.with_(occupancy=np.array([0.5] * 3 + [1.0] * 5))
    assert told(half) == "Partial occupancy: 3 of 8 sites are not full."
    thin = mixed_alloy.with_(occupancy=np.array([0.5, 0.4, 0.5, 0.5]))
    assert told(thin) == (
        "Partial occupancy: 2 of 2 sites hold more than one element, 1 of 2 sites are not full."
    )

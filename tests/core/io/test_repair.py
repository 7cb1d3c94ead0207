"""Every repair of the CIF doctor gives the crystal that was meant, and says so."""

from __future__ import annotations

import pytest

from core.io.cif.repair import mend
from core.types import Examination

OPERATORS = "loop_\n_symmetry_equiv_pos_as_xyz\n'x,y,z'"
UNQUOTED = [
    "x, y, z", "y, x, -z+2/3", "-y, x-y, z+2/3", "-x, -x+y, -z+1/3", "-x+y, -x, z+1/3",
    "x-y, -y, -z",
]  # fmt: skip


def _codes(card: Examination) -> set[str]:
    return {finding.code for finding in card.repairs}


def _unquote(text: str) -> str:
    start, end = text.index("'x,y,z'"), text.index("loop_\n_atom_site_label")
    return text[:start] + "\n".join(UNQUOTED) + "\n" + text[end:]


DAMAGE = {
    "malformed_data_block": lambda t: t.replace("data_quartz", "data quartz"),
    "leading_blanks": lambda t: "   " + t,
    "missing_data_block": lambda t: t.replace("data_quartz\n", ""),
    "malformed_tag": lambda t: t.replace("_space_group_IT_number", "_space group_IT number"),
    "tag_spelling": lambda t: t.replace("_cell_length_a", "_CELL_length_A"),
    "missing_loop": lambda t: t.replace(OPERATORS, OPERATORS[6:]),
    "missing_value": lambda t: t.replace("_cell_length_a", "_chemical_name_common\n_cell_length_a"),
    "unquoted_operator": _unquote,
    "look_alike_characters": lambda t: t.replace("x-y,-y,-z", "x-y,\u2212y,-z"),
    "line_ends": lambda t: t.replace("\n", "\r"),
    "byte_order_mark": lambda t: "\ufeff" + t,
    "charged_species": lambda t: t.replace("Si1 Si ", "Si1 Si4+ ").replace("O1 O ", "O1 O2- "),
    "t_sites": lambda t: t.replace("Si1 Si ", "T1 T "),
    "duplicate_atoms": lambda t: t + "Si2 Si 0.4697 0 0 1\n",
    "atoms_without_coordinates": lambda t: t + "H1 H ? ? ? 1\n",
}


@pytest.mark.parametrize("code", DAMAGE)
def test_damage_is_mended_and_reported(code: str, quartz_cif: str, here) -> None:
    report = here(DAMAGE[code](quartz_cif))
    assert not report.failures
    (crystal,), (card,) = report.crystals, report.examinations
    assert crystal.composition == {"Si": 3, "O": 6}
    assert card.facts["oxygens_around_silicon"] == {"4": 3}
    assert code in _codes(card)


def test_a_sound_file_needs_no_repair_and_is_green(quartz_cif: str, here) -> None:
    (card,) = here(quartz_cif).examinations
    assert (card.verdict, card.findings) == ("green", ())
    assert card.facts["z"] == 3
    assert card.facts["space_group_number_found"] == 154
    assert card.facts["shortest_contact_A"] == pytest.approx(1.605, abs=0.01)
    assert card.facts["shortest_contact_atoms"] == "O1-Si1"
    assert card.facts["density_g_cm3"] == pytest.approx(2.65, abs=0.01)


def test_sound_text_is_left_alone(quartz_cif: str) -> None:
    assert mend(quartz_cif, "a") == (quartz_cif, ())


def test_windows_line_ends_are_no_fault(quartz_cif: str, here) -> None:
    (card,) = here(quartz_cif.replace("\n", "\r\n")).examinations
    assert card.findings == ()


def test_latin_1_is_read(quartz_cif: str, here) -> None:
    text = quartz_cif.replace("data_quartz\n", "data_quartz\n_publ_author_name 'Müller'\n")
    (card,) = here(text.encode("latin-1")).examinations
    assert _codes(card) == {"encoding"}


def test_text_fields_are_not_mended(quartz_cif: str) -> None:
    field = "_publ_section_title\n;\ndata from a loop\n_cell length_a\n;\n"
    text = quartz_cif.replace("_cell_length_a", field + "_cell_length_a", 1)
    assert mend(text, "a") == (text, ())


def test_one_operator_without_loop_is_legal(here) -> None:
    text = (
        "data_po\n_cell_length_a 3.36\n_cell_length_b 3.36\n_cell_length_c 3.36\n"
        "_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 90\n"
        "_symmetry_equiv_pos_as_xyz 'x,y,z'\nloop_\n_atom_site_label\n_atom_site_fract_x\n"
        "_atom_site_fract_y\n_atom_site_fract_z\nPo 0 0 0\n"
    )
    report = here(text)
    assert report.crystals[0].composition == {"Po": 1}
    assert "missing_loop" not in _codes(report.examinations[0])


def test_titanium_is_no_t_site(here, quartz_cif: str) -> None:
    text = quartz_cif.replace("Si1 Si ", "Ti1 Ti ").replace("Si O2", "Ti O2")
    (crystal,) = here(text).crystals
    assert set(crystal.composition) == {"Ti", "O"}


def test_isotopes_become_hydrogen(here) -> None:
    text = (
        "data_d\n_cell_length_a 3\n_cell_length_b 3\n_cell_length_c 5\n_cell_angle_alpha 90\n"
        "_cell_angle_beta 90\n_cell_angle_gamma 90\n_symmetry_Int_Tables_number 1\nloop_\n"
        "_symmetry_equiv_pos_as_xyz\nx,y,z\nloop_\n_atom_site_label\n_atom_site_type_symbol\n"
        "_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\nD1 D 0 0 0\nD2 D 0 0 0.15\n"
    )
    report = here(text)
    assert report.crystals[0].composition == {"H": 2}
    assert "isotope" in _codes(report.examinations[0])

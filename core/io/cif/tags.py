"""The CIF tags Gridscope reads, in the spelling pymatgen knows."""

from __future__ import annotations

OPERATOR_TAGS = ("_symmetry_equiv_pos_as_xyz", "_space_group_symop_operation_xyz")
NAME_TAGS = (
    "_symmetry_space_group_name_H-M", "_space_group_name_H-M_alt", "_space_group_name_H-M",
)  # fmt: skip
NUMBER_TAGS = ("_space_group_IT_number", "_symmetry_Int_Tables_number")
CELL_TAGS = (
    "_cell_length_a", "_cell_length_b", "_cell_length_c",
    "_cell_angle_alpha", "_cell_angle_beta", "_cell_angle_gamma",
)  # fmt: skip
COORDINATE_TAGS = ("_atom_site_fract_x", "_atom_site_fract_y", "_atom_site_fract_z")

_OTHERS = (
    "_cell_volume", "_cell_formula_units_Z",
    "_symmetry_cell_setting", "_space_group_crystal_system",
    "_symmetry_space_group_name_Hall", "_space_group_name_Hall",
    "_symmetry_equiv_pos_site_id", "_space_group_symop_id",
    "_atom_site_label", "_atom_site_type_symbol", "_atom_site_occupancy",
    "_atom_site_symmetry_multiplicity", "_atom_site_Wyckoff_symbol",
    "_atom_site_attached_hydrogens", "_atom_site_calc_flag", "_atom_site_adp_type",
    "_atom_site_U_iso_or_equiv", "_atom_site_B_iso_or_equiv", "_atom_site_thermal_displace_type",
    "_atom_site_disorder_group", "_atom_site_disorder_assembly", "_atom_site_refinement_flags",
    "_atom_type_symbol", "_atom_type_oxidation_number",
    "_chemical_formula_sum", "_chemical_formula_moiety", "_chemical_formula_structural",
    "_chemical_formula_weight", "_chemical_name_common", "_chemical_name_systematic",
    "_chemical_name_mineral", "_exptl_crystal_density_diffrn",
)  # fmt: skip
_CANONICAL: dict[str, str] = {
    tag.lower(): tag
    for tag in (*OPERATOR_TAGS, *NAME_TAGS, *NUMBER_TAGS, *CELL_TAGS, *COORDINATE_TAGS, *_OTHERS)
}


def canonical_tag(tag: str) -> str | None:
    """The known spelling of a tag, or None for a tag Gridscope does not read.

    Case does not count, and the category may end in a dot or an underscore.
    """
    low = tag.lower()
    return _CANONICAL.get(low) or _CANONICAL.get(low.replace(".", "_", 1))


def joined_tag(words: list[str]) -> tuple[str, int] | None:
    """A known tag written with blanks for underscores: (tag, how many words it took).

    `["_space", "group_name_H-M_alt", "'P 1'"]` gives `("_space_group_name_H-M_alt", 2)`.
    """
    if canonical_tag(words[0]) is not None:
        return None
    for count in range(min(len(words), 7), 1, -1):
        known = canonical_tag("_".join(words[:count]).replace("__", "_"))
        if known is not None:
            return known, count
    return None

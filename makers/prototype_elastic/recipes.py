"""Which prototypes are decorated, by which rule, and how often.

Prototypes whose parts are held together by van der Waals forces (CdI2, MoS2, Bi2Te3, BiI3, PbO,
graphite, molecules) are not here: the potential has no dispersion, and it would be known to fail.
"""

from __future__ import annotations

from dataclasses import dataclass

Window = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a prototype is decorated.

    Attributes:
        key: id in the AFLOW set.
        strukturbericht: symbol or common name.
        sites: the template's elements in the order the rule names them: for `ionic` cations, then
            the anion; for `alloy` as in `classes`.
        rule: `element`, `ionic`, `perovskite`, `antiperovskite`, `alloy`, `half_heusler`.
        quota: most decorations to make beside the known ones.
        anions: for `ionic`.
        classes: for `alloy`: element classes of each site.
        windows: for `ionic` ratio of each cation's radius to the anion's; for `alloy` ratio of
            each site's radius to that of the last.
    """

    key: str
    strukturbericht: str
    sites: tuple[str, ...]
    rule: str
    quota: int
    anions: str = ""
    classes: tuple[str, ...] = ()
    windows: tuple[Window, ...] = ()


def _element(key: str, symbol: str, site: str, quota: int = 99) -> Recipe:
    return Recipe(key, symbol, (site,), "element", quota)


def _ionic(key: str, symbol: str, sites: str, quota: int, anions: str, *windows: Window) -> Recipe:
    return Recipe(key, symbol, tuple(sites.split()), "ionic", quota, anions, (), windows)


def _alloy(
    key: str, symbol: str, sites: str, quota: int, classes: tuple[str, ...], *windows: Window
) -> Recipe:
    return Recipe(key, symbol, tuple(sites.split()), "alloy", quota, "", classes, windows)


_HALIDES = "F Cl Br I"
_ALL = "F Cl Br I O S Se Te N P As Sb C"
_TM, _BIG = "early late", "alkaline rare early"
_SMALL = "late post early"

ELEMENTS = (
    _element("A_cF4_225_a", "A1", "Cu"),
    _element("A_cI2_229_a", "A2", "W"),
    _element("A_hP2_194_c", "A3", "Mg"),
    _element("A_hP4_194_ac", "A3'", "La"),
    _element("A_cF8_227_a", "A4", "C"),
)
IONIC = (
    _ionic("AB_cF8_225_a_b", "B1", "Na Cl", 200, _ALL, (0.33, 1.25)),
    _ionic("AB_cP2_221_b_a", "B2", "Cs Cl", 50, _HALIDES + " O S Se Te", (0.6, 1.3)),
    _ionic("AB_cF8_216_c_a", "B3", "Zn S", 130, _ALL, (0.15, 0.62)),
    _ionic("AB_hP4_186_b_b", "B4", "Zn S", 100, _ALL, (0.15, 0.62)),
    _ionic("AB_hP4_194_c_a", "B8_1", "Ni As", 80, "S Se Te P As Sb Bi N", (0.3, 0.6)),
    _ionic("AB_hP2_187_d_a", "B_h", "W C", 40, "C N O P S", (0.3, 0.8)),
    _ionic("AB2_cF12_225_a_c", "C1", "Ca F", 120, "F Cl Br O S N", (0.55, 1.3)),
    _ionic("AB2_cF12_225_a_c", "anti-C1", "F Ca", 80, "O S Se Te N P As C Si Ge Sn Pb",
           (0.25, 0.85)),
    _ionic("A2B_tP6_136_f_a", "C4", "Ti O", 110, "F Cl O S N", (0.3, 0.85)),
    _ionic("A2B_tI12_141_e_a", "C5", "Ti O", 60, "F O S N", (0.3, 0.65)),
    _ionic("AB2_oP6_58_a_g-CaCl2", "C35", "Ca Cl", 50, "F Cl Br O", (0.3, 0.8)),
    _ionic("A2B_oP12_62_2c_c-PbCl2", "C23", "Pb Cl", 50, "F Cl Br O S Se", (0.6, 1.3)),
    _ionic("A2B_cP6_224_b_a", "C3", "Cu O", 15, "O S N", (0.3, 0.9)),
    _ionic("A3B_cP4_221_d_a", "D0_9", "Re O", 40, "F O N", (0.3, 0.75)),
    _ionic("A3B_cP4_221_d_a", "anti-D0_9", "O Re", 20, "N P As", (0.3, 0.85)),
    _ionic("AB3_cF16_225_a_bc", "D0_3", "Bi F", 60, "F Cl", (0.5, 1.2)),
    _ionic("AB3_hP8_194_c_bf", "D0_18", "As Na", 40, "N P As Sb Bi", (0.25, 0.85)),
    _ionic("A2B3_hR10_167_c_e", "D5_1", "Al O", 80, "O S N F", (0.3, 0.72)),
    _ionic("ABC2_hR4_166_a_b_c", "F5_1", "Na Cr S", 170, "O S Se", (0.45, 0.9), (0.3, 0.6)),
    _ionic("ABC2_hR4_166_a_b_c-delafossite", "delafossite", "Na Cr S", 110, "O",
           (0.4, 1.2), (0.35, 0.8)),
    _ionic("ABC2_tI16_122_a_b_d", "E1_1", "Cu Fe S", 240, "S Se Te P As N", (0.15, 0.65),
           (0.15, 0.65)),
    _ionic("AB3C_hR10_148_c_f_c", "ilmenite", "Fe Ti O", 150, "O S F", (0.4, 0.75), (0.3, 0.7)),
    _ionic("ABC3_hR10_161_a_a_b", "LiNbO3", "Li Nb O", 110, "O", (0.4, 0.95), (0.3, 0.7)),
    _ionic("A2BC4_cF56_227_d_a_e", "H1_1", "Al Mg O", 380, "O S Se F N", (0.3, 0.7), (0.2, 0.65)),
    _ionic("AB2C4_tI14_139_a_e_ce", "K2NiF4", "Cu La O", 190, "O F S Cl", (0.35, 0.75),
           (0.65, 1.3)),
    _ionic("A4BC_tI24_141_h_b_a", "zircon", "Si Zr O", 60, "O F", (0.15, 0.45), (0.5, 0.9)),
)  # fmt: skip
_PEROVSKITE_SITES = ("Ca", "Ti", "O")
PEROVSKITES = (
    Recipe("AB3C_cP5_221_a_c_b", "E2_1", _PEROVSKITE_SITES, "perovskite", 520,
           "O F Cl Br I S N"),
    # Inverse: the anion in the octahedron's centre, metal on the octahedron, a third at the corner.
    Recipe("AB3C_cP5_221_a_c_b", "anti-E2_1", ("Ca", "O", "Ti"), "antiperovskite", 450, "C N O B"),
)  # fmt: skip
ALLOYS = (
    _alloy("AB_cP2_221_b_a", "B2", "Cs Cl", 420, ("alkaline rare early post", "late post"),
           (0.85, 1.45)),
    _alloy("AB_cF8_225_a_b", "B1", "Na Cl", 60, ("rare early", "metalloid light"), (1.2, 2.6)),
    _alloy("AB_tP2_123_a_d", "L1_0", "Cu Au", 200, ("early late post", "late"), (0.85, 1.2)),
    _alloy("AB_hR2_166_a_b", "L1_1", "Cu Pt", 40, ("early late", "late"), (0.9, 1.15)),
    _alloy("AB_cF16_227_a_b", "B32", "Na Tl", 50, ("alkali alkaline", "post"), (0.8, 1.4)),
    _alloy("AB_tP4_129_c_c", "B11", "Ti Cu", 60, (_BIG, "late"), (1.0, 1.5)),
    _alloy("AB_oP4_51_e_f", "B19", "Au Cd", 60, ("late early", "late post"), (0.85, 1.2)),
    _alloy("AB_cP8_198_a_a-FeSi", "B20", "Fe Si", 60, (_TM, "metalloid"), (0.9, 1.4)),
    _alloy("AB_oP8_62_c_c-MnP", "B31", "Mn P", 60, (_TM, "metalloid"), (0.9, 1.4)),
    _alloy("AB_oP8_62_c_c-FeB", "B27", "Fe B", 60, (_BIG + " late", "metalloid light late"),
           (1.1, 2.0)),
    _alloy("AB_oC8_63_c_c", "B33", "Cr B", 120, (_BIG, "metalloid light late"), (1.1, 2.2)),
    _alloy("AB_hP4_194_c_a", "B8_1", "Ni As", 60, (_TM, "metalloid post"), (0.8, 1.3)),
    _alloy("AB_hP8_194_ad_f", "B_i", "As Ti", 30, ("metalloid", "early rare"), (0.6, 0.95)),
    _alloy("AB_tP4_131_c_e", "B17", "Pt S", 10, ("late", "metalloid"), (0.9, 1.3)),
    _alloy("AB_hP6_191_f_ad", "B35", "Co Sn", 30, (_TM, "post metalloid"), (0.7, 1.1)),
    _alloy("A2B_cF24_227_d_a", "C15", "Cu Mg", 300, (_SMALL, "alkali alkaline rare early"),
           (0.66, 0.92)),
    _alloy("AB2_hP12_194_f_ah", "C14", "Zn Mg", 170, (_SMALL, "alkali alkaline rare early"),
           (0.66, 0.92)),
    _alloy("AB5_cF24_216_a_ce", "C15_b", "Be Au", 60, ("late", "rare early alkaline"),
           (0.65, 0.92)),
    _alloy("A2B_tI12_140_h_a", "C16", "Al Cu", 80, ("post early rare metalloid", "late light"),
           (0.95, 1.9)),
    _alloy("AB2_tI6_139_a_e", "C11_b", "Mo Si", 110, ("early late rare", "metalloid late post"),
           (0.8, 1.4)),
    _alloy("A2B_hP9_189_fg_bc", "C22", "P Fe", 30, ("metalloid light", "late early"), (0.6, 1.0)),
    _alloy("AB2_hP3_191_a_d", "C32", "Al B", 110, (_BIG, "light metalloid late post"), (1.05, 2.2)),
    _alloy("A2B_oP12_62_2c_c-Co2Si", "C37", "Si Co", 60, ("metalloid", _TM + " rare alkaline"),
           (0.5, 1.05)),
    _alloy("A2B_tP6_129_ac_c", "C38", "Sb Cu", 60, ("metalloid", _TM + " rare alkali"), (0.6, 1.2)),
    _alloy("AB2_hP9_180_d_j", "C40", "Cr Si", 40, (_TM, "metalloid post"), (0.85, 1.4)),
    _alloy("A2B_oC12_63_2c_c", "C49", "Zr Si", 60, ("rare early", "metalloid"), (1.0, 1.7)),
    _alloy("A2B_oF24_70_e_a", "C54", "Ti Si", 40, ("early", "metalloid post"), (0.9, 1.4)),
    _alloy("AB2_cP12_205_a_c", "C2", "Fe S", 60, ("late", "metalloid"), (0.9, 1.5)),
    _alloy("AB2_oP6_58_a_g-FeS2", "C18", "Fe S", 40, ("late early", "metalloid"), (0.9, 1.5)),
    _alloy("AB2_hP6_194_b_f", "CaIn2", "Ca In", 40, ("alkaline rare", "post"), (1.0, 1.5)),
    _alloy("AB2_hP6_194_c_ad", "B8_2", "In Ni", 80, ("post metalloid", "late early"), (0.8, 1.35)),
    _alloy("AB2_oI6_71_a_g", "MoPt2", "Mo Pt", 40, ("early late", "late"), (0.9, 1.2)),
    _alloy("AB3_cF16_225_a_bc", "D0_3", "Bi F", 160, ("post metalloid early", "late early alkali"),
           (0.75, 1.35)),
    _alloy("AB3_cP4_221_a_c", "L1_2", "Au Cu", 380, ("rare early late post metalloid", "late post"),
           (0.85, 1.4)),
    _alloy("A3B_cP8_223_c_a", "A15", "Si Cr", 150, ("late post metalloid", "early"), (0.75, 1.2)),
    _alloy("A3B_hP8_194_h_c", "D0_19", "Sn Ni", 130, ("post early late", "late early rare post"),
           (0.8, 1.3)),
    _alloy("A3B_tI8_139_bd_a", "D0_22", "Ti Al", 120, ("early late rare", "late post"),
           (0.85, 1.35)),
    _alloy("A3B_oP8_59_bf_a", "D0_a", "Ti Cu", 50, ("early post", "late"), (0.9, 1.3)),
    _alloy("A4B_tI10_139_de_a", "D1_3", "Ba Al", 60, ("alkaline rare", "post late"), (1.1, 1.7)),
    _alloy("AB4_tI10_87_a_h", "D1_a", "Mo Ni", 40, ("early", "late"), (0.95, 1.3)),
    _alloy("AB5_hP6_191_a_cg", "D2_d", "Ca Cu", 110, ("alkaline rare", "late post"), (1.15, 1.7)),
    _alloy("A6B_cP7_221_f_a", "D2_1", "Ca B", 15, ("alkaline rare alkali", "light"), (1.6, 3.2)),
    _alloy("A3B2_hP5_164_ad_d", "D5_13", "Al Ni", 70, ("post", "late early"), (0.95, 1.4)),
    _alloy("A2B3_tP10_127_g_ah", "D5_a", "Si U", 60, ("metalloid light", "rare early"), (0.4, 0.9)),
    _alloy("ABC2_hP8_194_d_a_f", "H-phase", "Al C Cr", 120, ("post metalloid", "C N", "early"),
           (0.8, 1.3), (0.4, 0.7)),
    _alloy("AB2C_cF16_225_a_c_b", "L2_1", "Al Mn Cu", 620,
           ("post metalloid", "alkali alkaline rare early late", "late"), (0.8, 1.35), (0.85, 1.5)),
    Recipe("ABC_cF12_216_b_c_a", "C1_b", ("Mg", "Ag", "As"), "half_heusler", 520, "",
           ("alkali alkaline rare early post", "alkali alkaline late post",
            "post metalloid light")),
)  # fmt: skip

RECIPES: tuple[Recipe, ...] = (*ELEMENTS, *IONIC, *PEROVSKITES, *ALLOYS)

"""Where candidates come from, in words, for the Methods page."""

from __future__ import annotations

from core.procedure import Procedure
from core.screening.decoration import DecorationSpec
from core.screening.substitution import SubstitutionSpec

_GOODALL = "Goodall et al., Sci. Adv. 8 (2022) eabn4117, doi:10.1126/sciadv.abn4117"
_HAUTIER = "Hautier et al., Inorg. Chem. 50 (2011) 656, doi:10.1021/ic102031h"

LIKELIHOOD = Procedure(
    kind="screening", key="substitution-likelihood", title="Substitution likelihood",
    summary="Probability that one element takes another's place: counted in pairs of known "
    "crystals of one prototype that differ in one element, or from tables.",
    formula=r"p(Z \to Z') = \frac{N_{ZZ'}}{\sum_{Z''} N_{ZZ''}} \quad \text{(mined)}, \\[6pt] "
    r"p(Z \to Z') = \frac{w_{ZZ'}}{2 \sum_{Z'' \ne Z} w_{ZZ''}}, \\[6pt] p(Z \to Z) = \tfrac12 "
    r"\quad \text{(tables)}",
    symbols="N: replacements of Z by Z' in such pairs, slot by slot, elements that stay included; "
    "w: how much more often than by chance two ions replace one another (ions), exp(-|Δ|/5) over Δ "
    "steps on the Mendeleev axis (mendeleev), or 1 (uniform).",
    reference=f"{_GOODALL}; {_HAUTIER}",
    limits="Mined from few crystals it knows few replacements: what was never seen has probability "
    "0. It reflects what people made and computed, not what is stable. One half for staying is a "
    "choice, where a table says nothing of it. Of a prototype with more than 1,000 crystals so "
    "many are drawn, by the seed.",
)  # fmt: skip
SUBSTITUTION = Procedure(
    kind="screening", key="substitution", title="Element substitution",
    summary="New crystals from known ones: all sites of an element take another, the likeliest "
    "replacements first.",
    formula=r"P = \prod_{j=1}^{k} p(Z_j \to Z'_j), \\[6pt] 1 \le |\{ j : Z'_j \ne Z_j \}| \le c",
    symbols="Z_j, Z'_j: elements of a parent and of the candidate, all different; p: substitution "
    "likelihood, that of staying included; c: elements changed at most.",
    reference=f"{_GOODALL}; {_HAUTIER}",
    limits="Elements are taken to be replaced independently. P ranks candidates; it is not the "
    "probability that one exists. No new structures: only known arrangements. Of parents with "
    "three or more elements only the likeliest 40, 18, 10 or 6 for each of 3, 4, 5 or more "
    "elements are combined.",
    facts=(
        ("Duplicates", "of one prototype label only the likeliest stays"),
        ("Sampled", "without replacement: the largest of ln P plus Gumbel noise"),
    ),
    spec_type=SubstitutionSpec,
)  # fmt: skip
DECORATION = Procedure(
    kind="screening", key="decoration", title="Decoration of prototypes",
    summary="Prototypes whose elements may all change, decorated with elements whose charges "
    "balance.",
    formula=r"P = \prod_{j=1}^{k} p(Z_j \to Z'_j) \quad \text{where} \\[6pt] "
    r"\exists\, q : \sum_{j=1}^{k} a_j q_j = 0",
    symbols="Z_j, Z'_j: elements of the prototype and of the candidate; p: substitution "
    "likelihood; a_j: atoms of each in the cell; q_j: a common oxidation state of Z'_j; see charge "
    "balance.",
    reference=f"{_HAUTIER}; Mehl et al., Comput. Mater. Sci. 136 (2017) S1, "
    "doi:10.1016/j.commatsci.2017.01.017",
    limits="As of substitution. Elements and alloys have no charges to balance: switch it off for "
    "them. Of prototypes with one label the first counts.",
    spec_type=DecorationSpec,
)  # fmt: skip
CHARGES = Procedure(
    kind="screening", key="charge-balance", title="Charge balance",
    summary="Whether common oxidation states of a candidate's elements can add up to zero, the "
    "most electronegative element taking a negative one.",
    formula=r"\exists\, q_j \in S(Z_j) : \quad \sum_j a_j q_j = 0, \\[6pt] q_{j^{*}} < 0, \quad "
    r"j^{*} = \arg\max_j \chi(Z_j)",
    symbols="a_j: atoms of each element; S: common oxidation states (pymatgen); χ: Pauling "
    "electronegativity. A single element is balanced at charge zero.",
    reference="After Davies et al., Chem 1 (2016) 617, doi:10.1016/j.chempr.2016.09.010",
    limits="One charge for all sites of an element: mixed valence (Fe3O4) is refused. Alloys, "
    "intermetallics and peroxides may be refused; an element without common oxidation states "
    "always is. Balanced does not mean stable.",
)  # fmt: skip
VOLUME = Procedure(
    kind="screening", key="volume-by-radii", title="Volume by radii",
    summary="The cell of a candidate: that of its parent, with all lengths scaled as the radii of "
    "the atoms in contact.",
    formula=r"V' = s^3 V, \\[6pt] s = \frac{\sum_Z f_Z\, r_{Z'}}{\sum_Z f_Z\, r_Z}; \\[6pt] "
    r"\min_r \sum_c \Bigl( \sum_Z f_{cZ}\, r_Z - \tfrac12 d_c \Bigr)^2 + "
    r"\tfrac12 \sum_Z (r_Z - r^0_Z)^2",
    symbols="f_Z: share of element Z among both ends of the contacts (neighbours within 1.15 times "
    "the shortest distance of a site); r: radii; Z': what takes the place of Z. In the last line, "
    "radii of the library, c: its crystals, d_c: mean contact, r⁰: covalent radii (the other "
    "choice).",
    unit="Å³",
    reference="Cordero et al., Dalton Trans. (2008) 2832, doi:10.1039/b801115j, for the covalent "
    "radii; the fit by Gridscope",
    limits="Shape and fractional coordinates stay, so no distortion follows the new elements. One "
    "radius for each element, whatever its charge. A start for relaxation, not an answer: "
    "energies of unrelaxed cells are too high.",
    facts=(("Least radius", "0.2 Å, or the covalent one where that is smaller"),),
)  # fmt: skip

PROCEDURES = (LIKELIHOOD, SUBSTITUTION, DECORATION, CHARGES, VOLUME)

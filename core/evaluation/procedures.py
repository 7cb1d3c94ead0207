"""Leakage, impurities and blocks of GRID in words, for the Methods page."""

from __future__ import annotations

from core.evaluation.leakage import COMPOSITION_THRESHOLD, GRID_THRESHOLD
from core.procedure import Procedure

_BREIMAN = "Breiman, Mach. Learn. 45 (2001) 5, doi:10.1023/A:1010933404324"

LEAKAGE = Procedure(
    kind="split", key="leakage", title="Near-duplicates across a split",
    summary="Share of test crystals that have a near-duplicate among the training crystals of "
    "their fold: it makes an error look smaller than it will be.",
    formula=r"\frac{\left| \{ t \in T : N_t \ne \varnothing \} \right|}{|T|}, \\[6pt] "
    rf"N_t = \{{ r \in R : d_G(t, r) < {GRID_THRESHOLD:g},\ d_C(t, r) < "
    rf"{COMPOSITION_THRESHOLD:g} \}}",
    symbols="T, R: test and training crystals of a fold, summed over the folds; d_G: grid-emd in "
    "Å; d_C: composition-emd in steps on the element axis.",
    reference="Kapoor & Narayanan, Patterns 4 (2023) 100804, doi:10.1016/j.patter.2023.100804",
    limits="Two thresholds, chosen for cells that differ by a per cent or two and hardly in "
    "formula: crystals just beyond them leak too. Crystals that can't be described are counted as "
    "clean.",
)  # fmt: skip
IMPURITY = Procedure(
    kind="explanation", key="impurity-importance", title="Impurity importance",
    summary="How much the splits on a feature lower the squared error within the trees as they "
    "grow, averaged over fits with several seeds; told beside permutation importances, never "
    "alone.",
    formula=r"I_j \propto \sum_t \sum_{v \in t\,:\, j(v) = j} \frac{n_v}{n} \left( i_v - "
    r"\frac{n_{v_L}}{n_v}\, i_{v_L} - \frac{n_{v_R}}{n_v}\, i_{v_R} \right), \\[6pt] "
    r"\sum_j I_j = 1",
    symbols="t: trees; v: nodes that split on feature j; n_v: training crystals there; i_v: their "
    "variance, of what is left to explain in boosting; L, R: the two sides. Forests bring each "
    "tree's sum to 1 before averaging. 15 seeds unless stated otherwise.",
    reference=f"{_BREIMAN}; Strobl et al., BMC Bioinformatics 8 (2007) 25, "
    "doi:10.1186/1471-2105-8-25",
    limits="Comes from the training crystals, so noise that was learnt by heart counts; favours "
    "features with many values; splits the credit among collinear features by chance. Only for "
    "trees grown one split at a time: random forests, extra trees, gradient boosting, and the "
    "extra trees inside the average.",
)  # fmt: skip
BLOCKS = Procedure(
    kind="explanation", key="grid-blocks", title="Importance of GRID blocks",
    summary="Permutation importance of neighbours by rank and of sites or distances by range, "
    "each block of GRID shuffled as a whole on held-out crystals.",
    formula=r"B = \{ (k, q) : k_1 \le k \le k_2,\ q \in Q \}, \\[6pt] "
    r"I_B = \left\langle \left| \hat y(x^{\,B \leftarrow \pi}) - y \right| \right\rangle - "
    r"\left\langle \left| \hat y(x) - y \right| \right\rangle",
    symbols="k: rank of the neighbour, in blocks 1-4, 5-8, 9-16, 17-32, 33-64 and on; Q: a third "
    "of the quantiles (mode quantile) or 2 Å of the histogram (mode binned); π: a random order of "
    "the test crystals; ŷ: prediction; y: truth.",
    unit="that of the target",
    reference="Zhang, Seth & Cumby, Digital Discovery 2 (2023) 81, doi:10.1039/D2DD00054G; "
    + _BREIMAN,
    limits="Neighbouring blocks say nearly the same and hide one another: shuffled alone, each "
    "seems unimportant. A crystal with one block of another's GRID does not exist. Blocks do not "
    "add up to the importance of the whole.",
    facts=(("Offered for", "models on grid-emd, grid-euclidean, grid-cosine or the descriptor "
            "grid"),),
)  # fmt: skip

PROCEDURES = (LEAKAGE, IMPURITY, BLOCKS)

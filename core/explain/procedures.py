"""Importances, dependence and the explained match in words, for the Methods page."""

from __future__ import annotations

from core.procedure import Procedure

_BREIMAN = "Breiman, Mach. Learn. 45 (2001) 5, doi:10.1023/A:1010933404324"
_ZHANG = "Zhang, Seth & Cumby, Digital Discovery 2 (2023) 81, doi:10.1039/D2DD00054G"

PERMUTATION = Procedure(
    kind="explanation", key="permutation-importance", title="Permutation importance",
    summary="How much the mean absolute error on held-out crystals rises when a part of what the "
    "model sees is dealt out anew among them: a feature, a group of features, a whole descriptor "
    "or distance.",
    formula=r"I_j = \frac{1}{n} \sum_{i=1}^{n} \left( \left| \hat y\!\left(x_i^{\,j \leftarrow "
    r"\pi(i)}\right) - y_i \right| - \left| \hat y(x_i) - y_i \right| \right)",
    symbols="x_i^(j←π(i)): crystal i with part j taken from crystal π(i); π: a random order, one "
    "for all parts of a draw; y: truth; ŷ: prediction; n: test crystals of a fold. Mean and spread "
    "are over the draws of all folds.",
    unit="that of the target",
    reference=f"{_BREIMAN}; Fisher, Rudin & Dominici, J. Mach. Learn. Res. 20 (2019) 177",
    limits="Features that say nearly the same hide one another: shuffled alone, each seems "
    "unimportant; shuffle the group. Shuffled crystals need not exist, and what the model answers "
    "for them decides. Tells what this model uses, not what causes the property. Below zero is "
    "chance.",
    facts=(
        ("Usual settings", "the first 2 folds, 8 draws each, at most 300 test crystals of a fold"),
        ("Many features", "where trees tell impurities, only the 40 first by these are shuffled"),
    ),
)  # fmt: skip
COLLINEAR = Procedure(
    kind="explanation", key="collinear-groups", title="Collinear groups of features",
    summary="Features that say nearly the same, put together so that they are shuffled together.",
    formula=r"\delta_{jk} = 1 - |\rho_{jk}|, \\[6pt] "
    r"\min_{j, k \in G} |\rho_{jk}| \ge \rho_{\min}",
    symbols="ρ_jk: Spearman's rank correlation of two features over the crystals, 0 with a "
    "constant one; G: a group from hierarchical clustering of δ with complete linkage; ρ_min: 0.9 "
    "unless stated otherwise.",
    reference="Spearman, Am. J. Psychol. 15 (1904) 72, doi:10.2307/1412159",
    limits="Looks at pairs: three features that together determine a fourth stay apart. Blind to "
    "relations that rise and fall. Of chains of correlated features, which pairs come together "
    "depends on the order of merging. At most 3,000 features.",
)  # fmt: skip
DEPENDENCE = Procedure(
    kind="explanation", key="partial-dependence", title="Partial dependence and ICE",
    summary="What a model answers on average when one or two of its features are set and all else "
    "of each crystal stays; single curves are the individual conditional expectations (ICE).",
    formula=r"f_S(v) = \frac{1}{n} \sum_{i=1}^{n} \hat y\!\left(x_S = v,\ x_{C} = x_{iC}\right)",
    symbols="S: the one or two features; C: all others; v: points of a grid, quantiles of the data "
    "from 2% to 98% (all values where they are few); the terms of the sum are the ICE curves.",
    unit="that of the target",
    reference="Friedman, Ann. Stat. 29 (2001) 1189, doi:10.1214/aos/1013203451; Goldstein et al., "
    "J. Comput. Graph. Stat. 24 (2015) 44, doi:10.1080/10618600.2014.907095",
    limits="The crystal with that one number changed need not exist: with correlated features the "
    "average is over places without data. Flat on average may hide curves that cross: look at ICE. "
    "Of two features only cells of the grid that hold crystals are supported.",
)  # fmt: skip
MATCH = Procedure(
    kind="explanation", key="explained-match", title="What a match explains",
    summary="The exact GRID earth mover's distance of two crystals, split by rank of neighbour, by "
    "distance, and by pairs of elements; the parts add up to the whole.",
    formula=r"d(A, B) = \sum_k w_k \int_0^1 \left| Q^A_k(u) - Q^B_k(u) \right| \mathrm{d}u",
    symbols="Q_k: quantile function of the distances to the k-th neighbour over the sites, walked "
    "in order; each step of the walk goes to its rank k, to the ranges of distance it crosses "
    "(0.5 Å wide, the last one open), and to the centre-neighbour elements at both its ends; w_k: "
    "group weights, total 1.",
    unit="Å",
    reference=_ZHANG,
    limits="The pairing is by order of distance, not by place in the crystals: it says which "
    "distances differ, not which atoms moved. Elements do not decide the pairing. Where neighbours "
    "are equally far (within 1e-4 Å) elements share their ranks evenly.",
    facts=(
        ("Is it large?", "beside the distances between all pairs of AFLOW prototypes under the "
         "same metric"),
        ("The sentence", "names the shortest runs of neighbours and of ranges that hold half of "
         "the distance"),
    ),
)  # fmt: skip

PROCEDURES = (PERMUTATION, COLLINEAR, DEPENDENCE, MATCH)

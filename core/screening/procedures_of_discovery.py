"""How good a screening is, told or tested, in words, for the Methods page."""

from __future__ import annotations

from core.procedure import Procedure
from core.screening.discovery import WINDOW

_GOODALL = "Goodall et al., Sci. Adv. 8 (2022) eabn4117, doi:10.1126/sciadv.abn4117"
_RIEBESELL = "Riebesell et al., Nat. Mach. Intell. 7 (2025) 836, doi:10.1038/s42256-025-01055-1"
_WILSON = "Wilson, J. Am. Stat. Assoc. 22 (1927) 209, doi:10.1080/01621459.1927.10502953"

CONFUSION = Procedure(
    kind="screening", key="enrichment", title="Precision, recall and enrichment factor",
    summary="How a selection did where the truth is known: share of the selected that are right, "
    "share of the right that are selected, and how many times better than chance.",
    formula=r"P = \frac{TP}{TP + FP}, \qquad R = \frac{TP}{TP + FN}, \\[6pt] "
    r"EF = P \Big/ \frac{TP + FN}{n}",
    symbols="TP, FP, FN: selected and right, selected and wrong, right and left out; n: all "
    "candidates with a truth; the denominator of EF is the prevalence.",
    reference=f"{_GOODALL}; {_WILSON}, for the 95% interval of the precision",
    limits="Enrichment is bounded by 1 over the prevalence, so it can't be compared between sets. "
    "Recall needs the truth of what was left out. The interval takes candidates as independent, "
    "which those of one chemical system are not.",
    facts=(("No value", "precision of an empty selection, recall without a positive"),),
)  # fmt: skip
RANKING = Procedure(
    kind="screening", key="precision-recall", title="Precision-recall curve and average precision",
    summary="What is found when candidates are evaluated in the order of a score, the lowest "
    "first.",
    formula=r"P_m = \frac{h_m}{m}, \quad R_m = \frac{h_m}{h_n}, \quad EF_m = "
    r"\frac{P_m\, n}{h_n}, \\[6pt] AP = \frac{1}{h_n} \sum_m (h_m - h_{m-1})\, P_m",
    symbols="h_m: positives among the first m of n candidates; the expected number within ties, "
    "whose order is chance.",
    reference="Davis & Goadrich, ICML (2006) 233, doi:10.1145/1143844.1143874; " + _RIEBESELL,
    limits="The first few candidates decide a discovery and scatter most. The baseline of P and AP "
    "is the prevalence, not one half.",
)  # fmt: skip
WHAT_IF = Procedure(
    kind="screening", key="what-if", title="What-if: candidates kept, precision to expect",
    summary="How many candidates another number of standard deviations would keep, and which share "
    "of them is expected to be inside the window.",
    formula=r"n(k) = \left| \{ i : m_i \ge k \} \right|, \\[6pt] "
    r"P(k) = \frac{1}{n(k)} \sum_{i\,:\, m_i \ge k} P_i",
    symbols="m_i: margin, distance to the nearer bound in standard deviations; P_i: Gaussian "
    "probability of being inside; k: standard deviations.",
    reference=_GOODALL,
    limits="Right only if the stated uncertainty is right and errors are Gaussian, also for the "
    "candidates picked: a search among many finds those whose errors are in their favour. Verify "
    "some, and compare with the hit rate.",
)  # fmt: skip
ROLLING = Procedure(
    kind="screening", key="rolling-mae", title="Rolling MAE",
    summary="Mean absolute error in a window that moves along the true energy above the hull: "
    "whether errors are smaller than the distance to the threshold, where it matters.",
    formula=r"\mathrm{MAE}(c) = \frac{1}{|W_c|} \sum_{i \in W_c} |\hat e_i - e_i|, \\[6pt] "
    r"W_c = \{ i : |e_i - c| \le w/2 \}",
    symbols="e, ê: true and predicted energy above the hull; c: centre; "
    f"w: width of the window, {WINDOW:g} eV/atom unless stated otherwise. The band is the standard "
    "error of the mean.",
    unit="eV/atom",
    reference=f"{_GOODALL}; {_RIEBESELL}",
    limits="Windows overlap, so neighbouring points are not independent; with few crystals inside "
    "the curve is noise: look at the counts. By the true distance, so it can't be drawn for "
    "candidates whose truth is unknown.",
)  # fmt: skip

PROCEDURES = (CONFUSION, RANKING, WHAT_IF, ROLLING)

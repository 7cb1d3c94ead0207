"""The filters of a screening in words, for the Methods page."""

from __future__ import annotations

from core.procedure import Procedure
from core.screening.criteria import Criterion
from core.screening.duplicates import METRIC, THRESHOLD
from core.screening.limits import HullSpec, NoveltySpec
from core.screening.novelty import COMPONENTS

_GOODALL = "Goodall et al., Sci. Adv. 8 (2022) eabn4117, doi:10.1126/sciadv.abn4117"
_LEI = "Lei et al., J. Am. Stat. Assoc. 113 (2018) 1094, doi:10.1080/01621459.2017.1307116"
_KUSHNER = "Kushner, J. Basic Eng. 86 (1964) 97, doi:10.1115/1.3653121"
_WINDOW = "l, u: bounds of the window, either may be missing"
_PICKED = (
    "Of many candidates those whose errors are in their favour pass more often, so fewer hold than "
    "is stated."
)

VALUE = Procedure(
    kind="screening", key="window-value", title="Window: value inside",
    summary="The predicted value lies inside the window, bounds included; its uncertainty is not "
    "looked at.",
    formula=r"l \le \hat y \le u",
    symbols=f"ŷ: predicted value; {_WINDOW}. A candidate without a value does not pass.",
    reference=f"{_GOODALL}, for the comparison with the shifted criterion",
    limits="A value just inside a bound is as likely to be outside. " + _PICKED,
    facts=(("Judged by (how)", "value"),),
    spec_type=Criterion, options=("key", "low", "high"),
)  # fmt: skip
SHIFTED = Procedure(
    kind="screening", key="window-shifted", title="Window: value and k standard deviations inside",
    summary="Value + kσ and value - kσ both lie inside the window: a candidate must be inside by k "
    "standard deviations.",
    formula=r"l \le \hat y - k\sigma \quad \text{and} \quad \hat y + k\sigma \le u; \\[6pt] "
    r"m = \frac{\min(\hat y - l,\ u - \hat y)}{\sigma}",
    symbols=f"ŷ, σ: predicted value and deviation; {_WINDOW}; m: margin, the largest k for which a "
    "candidate passes.",
    reference=_GOODALL,
    limits="Needs a model that tells σ for each candidate: the same σ for all only moves the "
    "threshold. A window narrower than 2kσ lets nothing pass. " + _PICKED,
    facts=(("Judged by (how)", "shifted"),),
    spec_type=Criterion, options=("key", "low", "high", "k"),
)  # fmt: skip
INTERVAL = Procedure(
    kind="screening", key="window-interval", title="Window: interval inside",
    summary="The calibrated interval of a level lies inside the window.",
    formula=r"l \le l_L(x) \quad \text{and} \quad u_L(x) \le u",
    symbols=f"l_L, u_L: conformal bounds at level L; {_WINDOW}.",
    reference=_LEI,
    limits="Needs a model with conformal intervals, at this very level. L holds over all "
    "candidates drawn like the training crystals, not among those that pass. " + _PICKED,
    facts=(("Judged by (how)", "interval"),),
    spec_type=Criterion, options=("key", "low", "high", "level"),
)  # fmt: skip
PROBABILITY = Procedure(
    kind="screening", key="window-probability", title="Window: probability inside",
    summary="The probability of lying inside the window, errors taken as Gaussian, is at least a "
    "limit.",
    formula=r"P = \Phi\!\left(\frac{u - \hat y}{\sigma}\right) - "
    r"\Phi\!\left(\frac{l - \hat y}{\sigma}\right) \ge p",
    symbols="Φ: normal distribution function; ŷ, σ: predicted value and deviation; "
    f"{_WINDOW}; p: least probability. For σ = 0 it is 0 or 1.",
    reference=f"{_KUSHNER}, where one bound makes it the probability of improvement",
    limits="As right as σ and as Gaussian as the errors: heavy tails make high probabilities too "
    f"high. {_PICKED}",
    facts=(("Judged by (how)", "probability"),),
    spec_type=Criterion, options=("key", "low", "high", "least"),
)  # fmt: skip
CONFORMAL = Procedure(
    kind="screening", key="window-conformal", title="Window: widest calibrated interval inside",
    summary="The largest of the predicted levels whose calibrated interval lies inside the window "
    "is at least a limit: a probability without Gaussian errors.",
    formula=r"\max\left\{ L : l \le l_L(x),\ u_L(x) \le u \right\} \ge p",
    symbols=f"l_L, u_L: conformal bounds at level L; {_WINDOW}; p: least probability; 0 where no "
    "interval fits.",
    reference=_LEI,
    limits="Knows only the levels at hand, so it is a lower bound in steps. Limits of the interval "
    "hold here too.",
    facts=(("Judged by (how)", "conformal"),),
    spec_type=Criterion, options=("key", "low", "high", "least"),
)  # fmt: skip
RANK = Procedure(
    kind="screening", key="rank", title="Rank by probability of meeting all windows",
    summary="The order of a shortlist when no property is chosen for it: the product of the "
    "probabilities of being inside, over windows and hull with a stated uncertainty.",
    formula=r"S = \prod_c P_c",
    symbols="P_c: Gaussian probability of being inside window c, whatever it is judged by. Without "
    "any uncertainty: the energy above the hull, else the value of the last window, low first "
    "where it has an upper bound.",
    reference="Forrester & Keane, Prog. Aerosp. Sci. 45 (2009) 50, "
    "doi:10.1016/j.paerosci.2008.11.001",
    limits="Errors of different properties are taken as independent; those of one crystal seldom "
    "are. Windows without uncertainty do not count.",
)  # fmt: skip
HULL = Procedure(
    kind="screening", key="above-hull", title="Energy above hull and k standard deviations",
    summary="Predicted energy above the convex hull of known phases, at most a threshold: by "
    "value, with k standard deviations on top, or by its probability.",
    formula=r"\Delta = E - \max_f \sum_Z \mu_{fZ}\, x_Z, \\[6pt] \Delta + k\sigma \le t",
    symbols="E, σ: predicted energy and its deviation; x_Z: share of element Z; μ_f: chemical "
    "potentials of facet f of the hull in the chemical system (pymatgen); t: threshold.",
    unit="eV/atom",
    reference="Ong, Wang, Kang & Ceder, Chem. Mater. 20 (2008) 1798, doi:10.1021/cm702327g; "
    + _GOODALL,
    limits="Above the hull of the phases at hand: where competing phases are missing everything "
    "looks stable. The hull is taken as exact, so its own errors are not in σ. Energies must be of "
    "one kind. At zero temperature and pressure, and of the cell as given: unrelaxed ones lie too "
    "high. No value for an element without a phase.",
    facts=(("Below the hull", "negative: a candidate is never part of its own hull"),),
    spec_type=HullSpec,
)  # fmt: skip
NOVELTY = Procedure(
    kind="screening", key="novelty", title="Novelty and applicability domain",
    summary="How far a candidate is from the crystals the models have learnt from: distance to "
    "the nearest, unseen elements, unseen prototype, value beyond the training values.",
    formula=r"p(x) = \frac{1}{m} \left| \left\{ i : d_i < d(x) \right\} \right| \le p_{\max}",
    symbols="d(x): distance to the nearest training crystal; d_i: the same of m training crystals "
    "among one another; see applicability domain. Of several models the one farthest away counts.",
    reference="Sheridan et al., J. Chem. Inf. Comput. Sci. 44 (2004) 1912, doi:10.1021/ci049782w",
    limits="Distance is no error: a candidate may be near and mispredicted. A model without a "
    "space to measure in has no percentile, and nothing passes. Too strict a limit finds only what "
    "is known.",
    facts=(("Unseen prototype", "space group and Wyckoff letters of each element that no known "
            "crystal has, whatever its elements; one without symmetry counts as unseen"),),
    spec_type=NoveltySpec,
)  # fmt: skip
EXTENT = Procedure(
    kind="screening", key="descriptor-extent", title="Convex hull in descriptor space",
    summary="Whether a candidate lies among known crystals along the leading principal "
    "directions of a descriptor, in their convex hull. Screening looks at element statistics, "
    "which are there before any relaxation; scripts may give any features.",
    formula=r"z = V^\top \frac{x - \bar x}{s}, \\[6pt] n_h \cdot z + b_h \le 0 \quad \forall h",
    symbols="x: features; x̄, s: mean and deviation of the known crystals; V: their first "
    f"{COMPONENTS} principal directions; n_h, b_h: outward half-spaces of the convex hull.",
    reference="Sahigara et al., Molecules 17 (2012) 4791, doi:10.3390/molecules17054791",
    limits="A hull says nothing of holes inside it, one known crystal far out widens it, and what "
    f"lies beyond the first {COMPONENTS} directions is not seen.",
)  # fmt: skip
DUPLICATES = Procedure(
    kind="screening", key="near-duplicates", title="Near duplicates",
    summary="A candidate that repeats a better one, or a known crystal, of its formula within a "
    "distance.",
    formula=r"\exists\, b \in K : \\[6pt] \mathrm{formula}(b) = \mathrm{formula}(a),\quad "
    r"d_G(a, b) < t",
    symbols=f"d_G: {METRIC}; t: threshold, {THRESHOLD:g} Å unless stated otherwise; K: known "
    "crystals, and candidates before a that were kept.",
    unit="Å",
    reference="Zhang, Seth & Cumby, Digital Discovery 2 (2023) 81, doi:10.1039/D2DD00054G",
    limits="The size of the cell counts: one structure at two volumes is two. Blind to elements, "
    "so two decorations of one formula that exchange sites are one. What can't be described is "
    "no duplicate.",
    facts=(("In partitions", "the command batch follows links instead: a near b and b near c puts "
            "all three together"),),
)  # fmt: skip
DIVERSE = Procedure(
    kind="screening", key="diverse-shortlist", title="Diverse shortlist by farthest points",
    summary="The best candidate of each of so many clusters under GRID, among the best 2,000 that "
    "passed.",
    formula=r"c_1 = \arg\min_i S_i, \\[6pt] c_{j+1} = \arg\max_i \min_{l \le j} d(x_i, x_{c_l})",
    symbols="S: score, the lower the better; d: grid-emd; c: centres; each candidate belongs to "
    "its nearest centre, and the best of each cluster is taken.",
    reference="Gonzalez, Theor. Comput. Sci. 38 (1985) 293, doi:10.1016/0304-3975(85)90224-5",
    limits="Farthest points like outliers: odd crystals get clusters of their own. Different in "
    "distances is not different in chemistry. Centres cover the ground within twice the best "
    "radius, no better.",
)  # fmt: skip
PARETO = Procedure(
    kind="screening", key="pareto-front", title="Pareto front",
    summary="Candidates that no other beats: none is at least as good in every property and "
    "better in one.",
    formula=r"\nexists\, b : \quad v_{bj} \le v_{aj}\ \forall j, \quad "
    r"\exists\, j : v_{bj} < v_{aj}",
    symbols="v_aj: predicted property j of candidate a, its sign turned where high is good. Of "
    "equal candidates all are on the front; one without a value is not.",
    reference="Kung, Luccio & Preparata, J. ACM 22 (1975) 469, doi:10.1145/321906.321910",
    limits="Of predicted values, not of what is true: errors put candidates on the front that do "
    "not belong there. With many properties nearly everything is on it. Only among what the "
    "filters before it left.",
)  # fmt: skip

PROCEDURES = (
    VALUE, SHIFTED, INTERVAL, PROBABILITY, CONFORMAL, HULL, NOVELTY, EXTENT, DUPLICATES, PARETO,
    RANK, DIVERSE,
)  # fmt: skip

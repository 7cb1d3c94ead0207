"""Calibration, confidence and applicability in words, for the Methods page."""

from __future__ import annotations

from core.procedure import Procedure
from core.uncertainty.applicability import FAR, FEW

_WILSON = "Wilson, J. Am. Stat. Assoc. 22 (1927) 209, doi:10.1080/01621459.1927.10502953"
_KULESHOV = "Kuleshov, Fenner & Ermon (2018), doi:10.48550/arXiv.1807.00263"
_TRAN = "Tran et al., Mach. Learn.: Sci. Technol. 1 (2020) 025006, doi:10.1088/2632-2153/ab7e1a"

COVERAGE = Procedure(
    kind="uncertainty", key="coverage", title="Coverage of intervals",
    summary="Share of tested crystals whose true value lies inside the interval of a level, with "
    "its own 95% Wilson interval.",
    formula=r"c_L = \frac{1}{n} \sum_i \left[ l_{iL} \le y_i \le u_{iL} \right], \\[6pt] "
    r"\frac{c + z^2/2n \pm z \sqrt{c(1-c)/n + z^2/4n^2}}{1 + z^2/n}",
    symbols="l, u: bounds at level L; y: truth; z = 1.96; n: tested crystals, in the Wilson "
    "interval different ones, as errors of one crystal tested twice are not independent.",
    reference=f"{_KULESHOV}; {_WILSON}",
    limits="An average over all tested crystals: it may be right while every hard crystal is "
    "missed. Look at the tails, at another split, and at the width beside it: infinite intervals "
    "cover everything.",
    facts=(
        ("Width", "median over the crystals, in the unit of the target"),
        ("Verdict", "intervals fall short when coverage is more than 0.02 below the level and "
         "the upper Wilson bound is below it too"),
    ),
)  # fmt: skip
TAILS = Procedure(
    kind="uncertainty", key="tail-coverage", title="Coverage in the tails",
    summary="Coverage among the tested crystals of the lowest and of the highest tenth of true "
    "values, where the pooled coverage hides.",
    formula=r"c_L^{\mathrm{low}} = \frac{1}{m} \sum_{i\,:\, \mathrm{rank}(y_i) \le m} "
    r"\left[ l_{iL} \le y_i \le u_{iL} \right], \\[6pt] m = \max(1, \mathrm{round}(n/10))",
    symbols="rank: place of the true value among the n tested; the highest tenth alike.",
    reference="Barber, Candès, Ramdas & Tibshirani, Inf. Inference 10 (2021) 455, "
    "doi:10.1093/imaiai/iaaa017",
    limits="Crystals are chosen by their truth, which no model knows: even right intervals cover "
    "less than their level there, as extreme values come with large errors. Compare models by it; "
    "do not expect the level.",
)  # fmt: skip
RELIABILITY = Procedure(
    kind="uncertainty", key="gaussian-reliability", title="Reliability of a Gaussian",
    summary="Coverage of the central intervals that the stated standard deviation gives if errors "
    "are Gaussian: the calibration curve.",
    formula=r"I_L = \hat y \pm \Phi^{-1}\!\left(\tfrac{1+L}{2}\right) \sigma, \\[6pt] "
    r"c(L) = \frac{1}{n} \sum_i \left[ y_i \in I_{iL} \right]",
    symbols="ŷ, σ: predicted value and standard deviation; Φ: normal distribution function; "
    "L: level.",
    reference=f"{_KULESHOV}; {_TRAN}",
    limits="Judges deviation and shape at once: heavy tails cover too much at low levels and too "
    "little at high ones though σ is right. Symmetric, so a skewed error is never right.",
)  # fmt: skip
AREA = Procedure(
    kind="uncertainty", key="miscalibration-area", title="Miscalibration area",
    summary="Area between the calibration curve and the diagonal: 0 at best, 0.5 at most.",
    formula=r"A = \int_0^1 \left| c(L) - L \right| \mathrm{d}L",
    symbols="c(L): coverage found at level L, with c(0) = 0 and c(1) = 1; trapezoids between the "
    "levels asked for.",
    reference=_TRAN,
    limits="A constant σ of the right size scores well though it tells no crystal from another: "
    "read it with error against confidence. Depends on the levels asked for; where the curve "
    "crosses the diagonal between two of them it is a little too large.",
)  # fmt: skip
QUANTILES = Procedure(
    kind="uncertainty", key="quantile-quantile", title="Quantile-quantile plot of errors",
    summary="Errors over their stated deviation, in order, beside the quantiles of a standard "
    "normal: on the diagonal when errors are Gaussian and of the stated size.",
    formula=r"\left( \Phi^{-1}\!\left(\tfrac{i - 1/2}{n}\right),\ z_{(i)} \right), \\[6pt] "
    r"z = \frac{y - \hat y}{\sigma}",
    symbols="z_(i): the i-th smallest of n; y: truth; ŷ, σ: predicted value and deviation; "
    "Φ: normal distribution function.",
    reference="Wilk & Gnanadesikan, Biometrika 55 (1968) 1, doi:10.1093/biomet/55.1.1",
    limits="Refuses a deviation of zero. The last few points of either end scatter widely by "
    "chance.",
)  # fmt: skip
CONFIDENCE = Procedure(
    kind="uncertainty", key="confidence-curve", title="Error against confidence (AUSE)",
    summary="Mean absolute error of the most certain crystals as the least certain are set aside, "
    "beside an oracle that knows the errors, and beside chance.",
    formula=r"e_c = \frac{1}{c} \sum_{i=1}^{c} \varepsilon_{(i)}, \\[6pt] "
    r"\mathrm{AUSE} = \frac{\sum_c (e_c - e^{*}_c)}{\sum_c (e_n - e^{*}_c)}",
    symbols="ε_(i): absolute errors in the order of the stated deviation, ties averaged; e*: the "
    "same in the order of the errors; c: crystals kept, from all n down to 5%. 0 is the oracle, 1 "
    "is chance, above 1 the uncertainty misleads.",
    reference="Ilg et al., ECCV (2018), doi:10.1007/978-3-030-01234-2_40",
    limits="Judges the order only: deviations ten times too large give the same curve. Read it "
    "with the coverage. Even perfectly right deviations stay well above 0, as a large deviation "
    "need not mean a large error.",
)  # fmt: skip
DOMAIN = Procedure(
    kind="uncertainty", key="applicability", title="Applicability domain",
    summary="Whether a crystal is like those a model has learnt from: its elements, its distance "
    "to the nearest training crystal, its predicted value.",
    formula=r"p(x) = \frac{1}{m} \left| \left\{ i : \min_{j \ne i} d(x_i, x_j) < "
    r"\min_j d(x, x_j) \right\} \right|",
    symbols="p: percentile of the distance; d: the model's own distance where it compares "
    "crystals, else Euclidean over 16 principal components of the scaled features of each "
    "descriptor; i: up to 2,000 training crystals, kept as 101 quantiles with linear interpolation "
    "between; j: all.",
    reference="Sheridan et al., J. Chem. Inf. Comput. Sci. 44 (2004) 1912, doi:10.1021/ci049782w",
    limits="Near is not safe: crystals may be near in the space of the model and far apart in "
    "the property. Blind to directions in which the training crystals do not vary.",
    facts=(
        ("Far", f"a percentile of {FAR:g} or more"),
        ("Rare", f"an element that fewer than {FEW} training crystals hold"),
        ("Value", "a prediction below or above all training values"),
    ),
)  # fmt: skip

PROCEDURES = (COVERAGE, TAILS, RELIABILITY, AREA, QUANTILES, CONFIDENCE, DOMAIN)

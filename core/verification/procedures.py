"""Verification and rounds of learning in words, for the Methods page."""

from __future__ import annotations

from core.procedure import Procedure
from core.verification.relax import RelaxSpec
from core.verification.rounds import HeldOutSpec

EQUATION_OF_STATE = Procedure(
    kind="screening", key="verification", title="Verification by a potential",
    summary="A crystal relaxed by CHGNet within its space group; energies at seven volumes give "
    "bulk modulus and a sharper minimum; energies against those of the embedded set.",
    formula=r"\frac{16}{9}\, \frac{E - E_0}{V_0 B_0} = (y - 1)^3 B'_0 + (y - 1)^2 (6 - 4y), "
    r"\\[6pt] y = \left( V_0 / V \right)^{2/3}",
    symbols="E, V: energy and volume; E_0, V_0: those of the minimum; B_0, B'_0: bulk modulus and "
    "its pressure derivative; third-order Birch-Murnaghan, fitted as a cubic in V^(-2/3).",
    reference="Birch, Phys. Rev. 71 (1947) 809, doi:10.1103/PhysRev.71.809; Deng et al., Nat. "
    "Mach. Intell. 5 (2023) 1031, doi:10.1038/s42256-023-00716-3",
    limits="As right as the potential, which is not DFT. Symmetry is kept, so a crystal that would "
    "distort does not, unless its atoms are displaced before. At zero temperature.",
    spec_type=RelaxSpec,
)  # fmt: skip
HIT_RATE = Procedure(
    kind="screening", key="hit-rate", title="Hit rate and its binomial interval",
    summary="Share of verified candidates that are inside the window wanted, with a Wilson "
    "interval (or Clopper-Pearson).",
    formula=r"\frac{h}{n}, \qquad \frac{\frac{h}{n} + \frac{z^2}{2n} \pm z \sqrt{\frac{h}{n} "
    r"\left(1 - \frac{h}{n}\right) \frac{1}{n} + \frac{z^2}{4n^2}}}{1 + \frac{z^2}{n}}",
    symbols="h: hits; n: verified candidates; z: normal quantile of the two-sided level, 1.96 at "
    "0.95. Without any verified candidate the interval is 0 to 1.",
    reference="Wilson, J. Am. Stat. Assoc. 22 (1927) 209, doi:10.1080/01621459.1927.10502953; "
    "Clopper & Pearson, Biometrika 26 (1934) 404, doi:10.1093/biomet/26.4.404",
    limits="Of the population that the verified ones were drawn from: the best of a shortlist tell "
    "nothing of the rest. Takes candidates as independent, which relatives are not. Wilson covers "
    "its level on average, Clopper-Pearson at least its level always. A crystal whose verification "
    "failed is in neither count.",
)  # fmt: skip
ROUND = Procedure(
    kind="screening", key="active-learning", title="Active learning round",
    summary="Verified candidates join the training set, the model learns again; both models are "
    "judged on the same crystals, held out from the first round on and never learnt from.",
    formula=r"\Delta\mathrm{MAE} = \frac{1}{n} \sum_{i=1}^{n} \left( |\hat y^{+}_i - y_i| - "
    r"|\hat y_i - y_i| \right)",
    symbols="ŷ, ŷ⁺: predictions without and with the new crystals; i: held-out crystals; below 0 "
    "is better. Its 95% interval is a bootstrap of the paired differences, 2,000 draws.",
    unit="that of the target",
    reference="Lookman et al., npj Comput. Mater. 5 (2019) 21, doi:10.1038/s41524-019-0153-8; "
    "Efron & Tibshirani, Stat. Sci. 1 (1986) 54, doi:10.1214/ss/1177013815",
    limits="A few new crystals seldom change the error on held-out ones by more than chance; they "
    "tell more of the ground around them. New crystals are picked, so the training set is no "
    "random sample any more, and the guarantee of conformal intervals is lost.",
    facts=(("Stands aside", "a new crystal of a formula or chemical system that is held out: "
            "it joins the model used afterwards, not the comparison"),),
    spec_type=HeldOutSpec,
)  # fmt: skip

PROCEDURES = (EQUATION_OF_STATE, HIT_RATE, ROUND)

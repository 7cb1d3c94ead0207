"""Conformal intervals in words, for the Methods page."""

from __future__ import annotations

from core.models.conformal import ConformalSpec
from core.procedure import Procedure

_LEI = (
    "Lei, G'Sell, Rinaldo, Tibshirani & Wasserman, J. Am. Stat. Assoc. 113 (2018) 1094, "
    "doi:10.1080/01621459.2017.1307116"
)
_BARBER = "Barber, Candès, Ramdas & Tibshirani, Ann. Stat. 49 (2021) 486, doi:10.1214/20-AOS1965"
_SYMBOLS = (
    "y: truth; ŷ, σ: predicted value and stated standard deviation (1 when intervals are not "
    "scaled); n: scores; s_(r): the r-th smallest; L: level."
)
_FEW = ("Too few scores", "the interval is infinite where the rank exceeds n: 9 scores give 0.9, "
        "99 give 0.99")  # fmt: skip
_SCALE = (
    "Logarithmic target",
    "scores and bounds are of the logarithm; bounds are transformed back",
)
_SHIFT = (
    "Nothing holds for crystals unlike the training ones, nor for those picked out by a screening, "
    "nor group by group: coverage is an average."
)

SPLIT = Procedure(
    kind="uncertainty", key="conformal-split", title="Split conformal interval",
    summary="Errors on crystals kept back from training, over the stated deviation; their quantile "
    "gives the width of new intervals.",
    formula=r"s_i = \frac{|y_i - \hat y(x_i)|}{\sigma(x_i)}, \\[6pt] "
    r"I_L(x) = \hat y(x) \pm s_{(\lceil (n+1) L \rceil)}\, \sigma(x)",
    symbols=f"i: crystals kept back. {_SYMBOLS}",
    reference=_LEI,
    limits="Covers at least L, for new crystals drawn like the training ones. The model learns "
    f"from fewer crystals. {_SHIFT}",
    facts=(
        ("Kept back", "round(share n) crystals, at least one; by group whole groups in random "
         "order, but for those that would overshoot by more than is missing"),
        _FEW, _SCALE,
    ),
    spec_type=ConformalSpec, options=("method", "kept_back", "scaled"),
)  # fmt: skip
CROSS = Procedure(
    kind="uncertainty", key="conformal-cross", title="Cross-conformal interval",
    summary="Every crystal's error under the model of the folds without it; their quantile around "
    "the model of all crystals.",
    formula=r"s_i = \frac{|y_i - \hat y_{-f(i)}(x_i)|}{\sigma_{-f(i)}(x_i)}, \\[6pt] "
    r"I_L(x) = \hat y(x) \pm s_{(\lceil (n+1) L \rceil)}\, \sigma(x)",
    symbols=f"-f(i): the model that had not seen the fold of crystal i. {_SYMBOLS}",
    reference=f"{_BARBER}, for the jackknife whose K-fold form this is; {_LEI}",
    limits="No coverage is proved: where a model changes much when a fold is left out it may fall "
    f"short. Usually close to L. {_SHIFT}",
    facts=(_FEW, _SCALE),
    spec_type=ConformalSpec, options=("method", "folds", "scaled"),
)  # fmt: skip
CV_PLUS = Procedure(
    kind="uncertainty", key="conformal-cv-plus", title="CV+ interval",
    summary="As cross-conformal, but each fold model answers for the scores of its own fold: the "
    "disagreement of the folds widens the interval.",
    formula=r"I_L(x) = \left[ a^{-}_{(n + 1 - r)},\ a^{+}_{(r)} \right], \\[6pt] "
    r"a^{\pm}_i = \hat y_{-f(i)}(x) \pm s_i\, \sigma_{-f(i)}(x), \\[6pt] "
    r"r = \lceil (n+1) L \rceil",
    symbols="a^±_(r): the r-th smallest over the crystals i; s_i, -f(i): as of the cross-conformal "
    f"interval. {_SYMBOLS}",
    reference=_BARBER,
    limits="Covers at least 2L - 1 - √(2/n), for new crystals drawn like "
    "the training ones; close to L in practice. Keeps all fold models: larger files, slower "
    f"answers. The value itself comes from the model of all crystals and need not be in the "
    f"middle. {_SHIFT}",
    facts=(_FEW, _SCALE),
    spec_type=ConformalSpec, options=("method", "folds", "scaled"),
)  # fmt: skip

PROCEDURES = (SPLIT, CROSS, CV_PLUS)

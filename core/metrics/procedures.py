"""Metrics and their intervals in words, for the Methods page."""

from __future__ import annotations

from core.metrics.base import METRICS, Metric
from core.procedure import Procedure


def scores() -> tuple[Procedure, ...]:
    """All registered metrics, and the interval that stands beside each."""
    every = [METRICS[key] for key in METRICS]
    return (
        Procedure(
            kind="uncertainty", key="metrics", title="Metrics",
            summary="How far predictions are from the truth, beside the trivial baseline on the "
            "same crystals: " + ", ".join(m.title for m in every) + ".",
            formula=r"\begin{aligned}" + r" \\ ".join(_line(m) for m in every) + r"\end{aligned}",
            symbols="y: truth; ŷ: prediction; ⟨ ⟩: mean over the tested crystals; ȳ: mean of the "
            "truth among them.",
            reference="Hastie, Tibshirani & Friedman, The Elements of Statistical Learning "
            "(2009), doi:10.1007/978-0-387-84858-7",
            limits="All are averages over one split: they tell nothing of crystals unlike those "
            "tested. R² depends on the spread of the tested crystals, so it can't be compared "
            "between data sets.",
            facts=(
                ("Only for positive values", ", ".join(m.title for m in every if m.positive_only)),
                ("No value", "R² of a constant truth; a rank correlation with a constant"),
            ),
        ),
        Procedure(
            kind="uncertainty", key="bootstrap", title="Bootstrap interval of a metric",
            summary="The metric on crystals drawn anew from the tested ones, many times over; the "
            "interval leaves out the same share at either end.",
            formula=r"\left[ q_{(1 - L)/2}\{m^{*}_b\},\ q_{(1 + L)/2}\{m^{*}_b\} \right]",
            symbols="m*_b: the metric of draw b, as many crystals with replacement; q: quantile; "
            "L: level, 0.95 unless stated; 1,000 draws. Where the split kept groups together, or a "
            "crystal was tested more than once, whole groups are drawn.",
            reference="Efron & Tibshirani, Stat. Sci. 1 (1986) 54, doi:10.1214/ss/1177013815",
            limits="Says how much another test set of the same kind would change the number, not "
            "how much another training set would. Too narrow for few crystals, and useless for the "
            "largest error, which no draw exceeds.",
        ),
    )  # fmt: skip


def _line(metric: Metric) -> str:
    title = metric.title.replace("²", "$^2$")  # KaTeX knows no ² in text
    return rf"\text{{{title}}}&: {metric.formula}"

"""Pieces of the Uncertainty page: what a run's intervals and deviations are worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from components import errors, figure, runs
from components.figures import calibration as figures
from components.figures import confidence as confidence_figures
from components.model import run_jobs
from core.types import FloatArray
from core.uncertainty import (
    Coverage,
    confidence_curve,
    coverage,
    gaussian_reliability,
    tail_coverage,
    verdict,
)
from core.uncertainty.calibration import miscalibration_area, quantile_pairs
from core.units import quantity

_LEVEL = 0.9  # of the verdict, where the run has it
_WILSON, _AUSE, _KULESHOV = (
    "10.1080/01621459.1927.10502953", "10.1007/978-3-030-01234-2_40", "10.48550/arXiv.1807.00263",
)  # fmt: skip
_CONFORMAL = "10.1080/01621459.2017.1307116"
_GAUSSIAN_LEVELS = np.linspace(0.05, 0.95, 19)
_TAIL = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Predictions of test crystals with their uncertainty, as a job left them."""

    ids: list[str]
    truth: FloatArray
    mean: FloatArray
    std: FloatArray
    levels: FloatArray
    intervals: FloatArray
    n_folds: int

    @classmethod
    def of(cls, outputs: Mapping[str, Any]) -> Judged:
        """From the outputs of `learn` or `evaluate`."""
        arrays = {
            name: np.asarray(outputs[name])
            for name in ("truth", "mean", "std", "levels", "intervals")
        }
        return cls(outputs["ids"].tolist(), **arrays, n_folds=len(outputs["fold_names"]))

    @property
    def has_intervals(self) -> bool:
        return len(self.levels) > 0

    @property
    def is_sure(self) -> bool:
        """Whether a deviation of zero is stated for some crystal."""
        return not (self.std > 0).all()

    @property
    def states_one_deviation(self) -> bool:
        """Whether the same deviation is stated for all crystals of a fold, so that none stands out.

        Folds have models of their own, hence slightly different deviations.
        """
        return len(np.unique(self.std.round(12))) <= self.n_folds

    def pooled(self) -> Coverage:
        return coverage(self.truth, self.intervals, self.levels, ids=self.ids)

    def tails(self, unit: str) -> dict[str, Coverage]:
        """All crystals, then the lowest and highest tenth, named by where they end."""
        low, high = tail_coverage(
            self.truth, self.intervals, self.levels, share=_TAIL, ids=self.ids
        )
        ends = np.quantile(self.truth, [_TAIL, 1 - _TAIL])
        return {
            "all": self.pooled(),
            f"lowest tenth, up to {ends[0]:.3g} {unit}".strip(): low,
            f"highest tenth, from {ends[1]:.3g} {unit}".strip(): high,
        }


def level_of(judged: Judged) -> float:
    """The level the verdict is about."""
    return float(judged.levels[np.abs(judged.levels - _LEVEL).argmin()])


def say_verdict(found: Mapping[str, Coverage], level: float) -> None:
    """The verdict over the splits tried so far, in words."""
    text = errors.plain(verdict(found, level))
    if "fall short" in text:
        st.warning(text, icon=":material/priority_high:")
    elif "oo few" in text:
        st.info(text, icon=":material/hourglass_empty:")
    else:
        st.success(text, icon=":material/verified:")


def without_intervals() -> None:
    """Say that the run has no intervals, and what to do."""
    st.info(
        "This run has no intervals: it was trained without conformal calibration. What its "
        "standard deviation is worth stands below; for intervals, train it again with a method "
        "chosen under Intervals.",
        icon=":material/info:",
    )
    st.page_link(runs.TRAIN_PAGE, label="Train with intervals", icon=":material/model_training:")


def reliability(run: runs.Run, judged: Judged) -> None:
    """Coverage by level: conformal intervals, and the deviation as a Gaussian beside them."""
    pooled = judged.pooled() if judged.has_intervals else None
    gaussian = None
    if not judged.is_sure:
        gaussian = gaussian_reliability(
            judged.truth, judged.mean, judged.std, _GAUSSIAN_LEVELS, ids=judged.ids
        )
    found = {
        name: c
        for name, c in (("conformal intervals", pooled), ("std as Gaussian", gaussian))
        if c is not None
    }
    if not found:
        st.info("A deviation of zero covers nothing: there is nothing to draw.")
        return
    left, right = st.columns([5, 4], gap="medium")
    with left:
        figure.show(
            figures.reliability(pooled, gaussian, dark=figure.dark(), count=_count(judged)),
            key="calibration.reliability", name="calibration-reliability",
            data=pd.DataFrame(figures.table(found, unit_of(run))),
            code=run_jobs.script(run, _RELIABILITY), cite=(_WILSON, _KULESHOV, _CONFORMAL),
            alt="Share of test crystals inside the intervals over the level asked for",
        )  # fmt: skip
    with right:
        st.caption(
            "Bars and band: 95% Wilson intervals of the share; a crystal tested more than once "
            "counts once. On the dotted line a level keeps its word; below it, intervals are too "
            "narrow."
        )
        if pooled is not None:
            levels_table(pooled, unit_of(run))
        if gaussian is not None:
            area = miscalibration_area(gaussian)
            st.caption(
                f"Standard deviation taken as Gaussian: area between line and diagonal {area:.3f} "
                "(0 at best, 0.5 at most). It rests on: "
                + errors.plain(meaning(run)) + "."
            )  # fmt: skip


def levels_table(found: Coverage, unit: str) -> None:
    """Coverage by level with its interval and the median width."""
    width = f"Median width [{unit}]" if unit else "Median width"
    frame = pd.DataFrame(
        {
            "Level": found.levels, "Covered": found.covered,
            "95% interval": [
                f"{100 * low:.1f} to {100 * high:.1f}%"
                for low, high in zip(found.low, found.high, strict=True)
            ],
            width: [f"{w:.4g}" if np.isfinite(w) else "infinite" for w in found.width],
        }
    )  # fmt: skip
    st.dataframe(
        frame, hide_index=True,
        column_config={
            name: st.column_config.NumberColumn(format="percent") for name in ("Level", "Covered")
        },
        alt="Share of test crystals inside the intervals of each level",
    )  # fmt: skip
    if not np.isfinite(found.width).all():
        st.caption("Too few crystals to calibrate a level: its intervals are infinite.")


def quantile_plot(run: runs.Run, judged: Judged) -> None:
    """Errors over their deviation against a standard normal."""
    if judged.is_sure:
        st.info("Some deviations are zero: errors can't be divided by them.")
        return
    expected, found = quantile_pairs(judged.truth, judged.mean, judged.std)
    figure.show(
        figures.quantiles(expected, found, dark=figure.dark(), count=_count(judged)),
        key="calibration.quantiles", name="calibration-quantiles",
        data=pd.DataFrame({"quantile of a normal": expected, "(true - predicted) / std": found}),
        code=run_jobs.script(run, _QUANTILES), cite=(_KULESHOV,),
        alt="Quantiles of errors over their standard deviation against those of a normal",
    )  # fmt: skip
    beyond = float((np.abs(found) > 3).mean())
    st.caption(
        "On the dotted line errors are Gaussian with the stated deviation; steeper at both ends "
        f"means heavier tails. Beyond three deviations lie {100 * beyond:.2g}% of the errors; "
        "of a Gaussian, 0.27%."
    )


def confidence(run: runs.Run, judged: Judged) -> None:
    """Error of the most certain crystals, with its references and its area."""
    found = confidence_curve(judged.truth, judged.mean, judged.std)
    unit = unit_of(run)
    if found.random == 0:
        st.info("All errors are zero: there is nothing to put in order.", icon=":material/info:")
        return
    if judged.states_one_deviation:
        st.info(
            "This model states the same deviation for all crystals of a fold, so it can't tell "
            "certain ones from uncertain ones. A Gaussian process, a forest or the averaged model "
            "can.",
            icon=":material/info:",
        )
    figure.show(
        confidence_figures.curve(found, unit, dark=figure.dark(), count=_count(judged)),
        key="calibration.confidence", name="confidence-error",
        data=pd.DataFrame(confidence_figures.table(found, unit)),
        code=run_jobs.script(run, _CONFIDENCE), cite=(_AUSE,),
        alt="Mean absolute error of the most certain crystals, with random order and the oracle",
    )  # fmt: skip
    left, middle, right = st.columns(3)
    left.metric(
        "Area (AUSE)", f"{found.area:.2f}",
        help="Between curve and oracle over that between random order and oracle: 0 is the "
        "oracle, 1 is chance; above 1 the uncertainty misleads.",
    )  # fmt: skip
    for column, share in ((middle, 0.5), (right, 0.2)):
        column.metric(
            f"MAE of the most certain {100 * share:.0f}%",
            f"{found.at(share) * found.random:.3g} {unit}".strip(),
            delta=f"{100 * (found.at(share) - 1):+.0f}%", delta_color="inverse",
            help=f"Against {found.random:.3g} {unit} of all test crystals.",
        )  # fmt: skip


def tails(run: runs.Run, judged: Judged) -> None:
    """Coverage among the lowest and highest tenth beside that of all."""
    found = judged.tails(unit_of(run))
    show_beside(run, found, "calibration.tails", "coverage-tails", _TAILS)
    st.caption(
        "The pooled coverage hides where intervals fail. Crystals with extreme true values are the "
        "hardest: models draw predictions towards the middle, so expect less here than pooled; how "
        "much less says whether to trust an extreme."
    )


def show_beside(
    run: runs.Run, found: Mapping[str, Coverage], key: str, name: str, end: str
) -> None:
    """Coverage of several sets of crystals beside one another."""
    figure.show(
        figures.beside(found, dark=figure.dark()), key=key, name=name,
        data=pd.DataFrame(figures.table(found, unit_of(run))),
        code=run_jobs.script(run, end), cite=(_WILSON, _CONFORMAL),
        alt="Share of crystals inside the intervals by level: " + ", ".join(found),
    )  # fmt: skip


def unit_of(run: runs.Run) -> str:
    """Unit of the target."""
    return quantity(run.options["target"]).unit


def meaning(run: runs.Run) -> str:
    """What the model's standard deviation rests on."""
    from core.models import MODELS

    return MODELS[run.options["model"]["key"]].meaning_of_std


def _count(judged: Judged) -> str:
    return f"{len(judged.ids):,} predictions of {len(set(judged.ids)):,} crystals"


_TAKE = 'truth, ids = out["truth"], out["ids"].tolist()\n'
_RELIABILITY = (
    "from core.uncertainty import coverage, gaussian_reliability\n" + _TAKE
    + 'print(coverage(truth, out["intervals"], out["levels"], ids=ids))\n'
    + 'print(gaussian_reliability(truth, out["mean"], out["std"], out["levels"], ids=ids))\n'
)  # fmt: skip
_QUANTILES = (
    "from core.uncertainty.calibration import quantile_pairs\n"
    'print(quantile_pairs(out["truth"], out["mean"], out["std"]))\n'
)
_CONFIDENCE = (
    "from core.uncertainty import confidence_curve\n"
    'curve = confidence_curve(out["truth"], out["mean"], out["std"])\n'
    "print(curve.area, curve.random, curve.at(0.5))\n"
)
_TAILS = (
    "from core.uncertainty import tail_coverage\n" + _TAKE
    + 'print(tail_coverage(truth, out["intervals"], out["levels"], ids=ids))\n'
)  # fmt: skip

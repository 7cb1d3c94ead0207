"""What a run came to, in numbers: metrics beside the baseline, folds, runs side by side."""

from __future__ import annotations

import streamlit as st

from components import runs
from core.units import quantity

_HEADLINES = ("mae", "rmse", "r2", "log10_mae")


def headlines(run: runs.Run) -> None:
    """The main metrics of a run with 95% intervals, the trivial baseline beside each."""
    from core.metrics import METRICS

    out, unit = run.outputs, quantity(run.options["target"]).unit
    names = out["metrics"].tolist()
    shown = [key for key in _HEADLINES if key in names]
    for column, key in zip(st.columns(len(shown)), shown, strict=True):
        i = names.index(key)
        of = f" {unit}" if METRICS[key].unit == "target" and unit else ""
        value, low, high, base = (
            float(out[name][i]) for name in ("values", "low", "high", "baselines")
        )
        with column:
            st.metric(
                METRICS[key].title, f"{digits(value, high - low)}{of}",
                help=f"${METRICS[key].formula}$; ŷ: predicted, y: true",
            )  # fmt: skip
            st.caption(
                f"95% interval {digits(low, high - low)} to {digits(high, high - low)}; "
                f"trivial baseline {digits(base, high - low)}"
            )
    st.caption(described(run))


def digits(value: float, width: float) -> str:
    """A number with the digits that the width of its interval allows."""
    from math import floor, isfinite, log10

    if not isfinite(value):
        return "none"
    if not isfinite(width) or width <= 0:
        return f"{value:.3g}"
    digits = max(0, 1 - floor(log10(width)))
    return f"{value:z.{min(digits, 12)}f}" if digits or abs(value) < 1e6 else f"{value:.4g}"


def described(run: runs.Run) -> str:
    """What the numbers rest on: crystals tested, split, folds, coverage of the intervals."""
    from core.uncertainty import coverage

    out = run.outputs
    folds, tested = len(out["fold_names"]), len(set(out["ids"].tolist()))
    text = (
        f"On {tested:,} different test crystals in {folds} "
        f"{'folds' if folds > 1 else 'fold'} ({runs.title_of('split', run.options['split'])}); "
        f"the final model is trained on {len(out['train_ids']):,} crystals."
    )
    if len(out["levels"]):
        found = coverage(out["truth"], out["intervals"], out["levels"])
        said = ", ".join(
            f"{covered:.1%} at {level:.0%}"
            for level, covered in zip(found.levels.tolist(), found.covered.tolist(), strict=True)
        )
        text += f" Its intervals cover {said}."
    return text

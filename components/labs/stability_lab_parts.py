"""Parts of the stability lab: criteria, order of evaluation, new systems, hits, trust."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from components import figure, lab
from components.figures import confidence, discovery
from components.figures import stability as figures
from components.labs import stability_lab
from core.jobs import JobResult
from core.labs.grid_report_findings import Finding
from core.labs.stability import STATES
from core.labs.stability_figures import QUANTITIES, Row
from core.screening.discovery import WINDOW, RollingError, Stacked
from core.uncertainty import ConfidenceCurve

_QUANTITIES = {
    "precision": "Precision", "recall": "Recall", "enrichment": "Enrichment",
    "selected": "Selected",
}  # fmt: skip
_PERCENT = ("precision", "recall", "prevalence")
_SAYS = "The thesis says"


def criteria(name: str, found: JobResult) -> None:
    """With and without uncertainty: what each criterion selects, and the findings."""
    with _controls():
        state = stability_lab.state()
        hull = stability_lab.hull()
        quantity = lab.switch(
            "Quantity", "quantity", tuple(_QUANTITIES), "precision",
            names=tuple(_QUANTITIES.values()),
            help="Precision: share of the selected that are stable; recall: share of the stable "
            "that are selected; enrichment: precision over the share of stable ones",
        )  # fmt: skip
    every = stability_lab.rows_of(found)
    mine = [r for r in every if r.state == state and r.hull == hull]
    _headline(mine)
    shown = [r for r in mine if r.rule == "threshold" and r.quantity == quantity]
    beside = {(r.uncertainty, r.k): r for r in mine
              if r.rule == "same number" and r.quantity == quantity}  # fmt: skip
    marks = [_mark(r) for r in shown]
    others = [
        _mark(beside[r.uncertainty, r.k]) if r.uncertainty and quantity != "selected" else None
        for r in shown
    ]
    base = next(r.mean for r in mine if r.quantity == "prevalence" and not r.uncertainty)
    chance = {"precision": 100 * base, "enrichment": 1.0}.get(quantity)
    unit = " [%]" if quantity in _PERCENT else ""
    figure.show(
        figures.criteria(
            [stability_lab.criterion(r) for r in shown], marks, others, chance=chance,
            label=f"{_QUANTITIES[quantity]}{unit}", dark=figure.dark(), count=_counted(found),
        ),
        key="stability.criteria", name=f"stability-{quantity}-{state}-{hull}",
        data=table(mine), cite=stability_lab.cite(),
        code=stability_lab.script(name, "print(out['row_quantity'], out['row_mean'])"),
        alt=f"{_QUANTITIES[quantity]} of what each criterion selects, with intervals, beside that "
        "of as many by predicted distance alone",
    )  # fmt: skip
    st.caption(
        "A candidate is selected when its predicted energy above the hull, plus so many standard "
        "deviations, is not above zero. Bars: 95% interval of the mean over the seeds (Student's "
        "t). Seeds leave out other chemical systems of one set, so they overlap: the intervals "
        "say how firm the numbers are for this set."
    )
    with st.expander("All numbers", icon=":material/table:"):
        st.dataframe(
            table(mine), hide_index=True, alt="Every quantity of every criterion with its interval"
        )
    for claim in findings(found):
        own = "thesis" in claim.claim or "section" in claim.claim
        lab.finding(claim, says=_SAYS if own else "Asked here")


def _controls() -> Any:
    """A row of choices that goes on in the next line where the window is narrow."""
    return st.container(horizontal=True, gap="medium")


def _headline(rows: Sequence[Row]) -> None:
    """Precision, enrichment and recall without and with one deviation."""
    at = {(r.uncertainty, r.k, r.quantity): r for r in rows if r.rule == "threshold"}
    row = st.container(horizontal=True, gap="large")
    for quantity in _QUANTITIES:
        bare, sure = at["", 0.0, quantity], at["std", 1.0, quantity]
        row.metric(
            f"{_QUANTITIES[quantity]} with 1 σ", _told(sure), f"{_told(bare)} without",
            delta_color="off", delta_arrow="off", width="content",
            help=f"95% interval over the seeds: {_told(sure, 'low')} to {_told(sure, 'high')}; "
            f"without {_told(bare, 'low')} to {_told(bare, 'high')}",
        )  # fmt: skip


def _told(row: Row, part: str = "mean") -> str:
    value = float(getattr(row, part))
    if row.quantity in _PERCENT:
        return f"{100 * value:.1f}%"
    return f"{value:,.0f}" if row.quantity == "selected" else f"{value:.2f}"


def _mark(row: Row) -> figures.Mark:
    scale = 100.0 if row.quantity in _PERCENT else 1.0
    return figures.Mark(scale * row.mean, scale * row.low, scale * row.high)


def _counted(found: JobResult) -> str:
    counts = found.outputs["candidates"]
    return f"{len(counts)} seeds, {counts.min():,} to {counts.max():,} candidates each"


def table(rows: Sequence[Row]) -> pd.DataFrame:
    """Every quantity of every criterion, shares from 0 to 1."""
    return pd.DataFrame([
        {"criterion": stability_lab.criterion(r), "chosen by": r.rule, "quantity": r.quantity,
         "mean": r.mean, "95% from": r.low, "95% to": r.high,
         "seeds": " ".join(f"{v:.4g}" for v in r.values)}
        for r in rows if r.quantity in QUANTITIES
    ])  # fmt: skip


def findings(found: JobResult) -> tuple[Finding, ...]:
    """Claims beside what was measured."""
    names = ("claims", "measured", "verdicts", "notes")
    columns: list[list[Any]] = [found.outputs[name].tolist() for name in names]
    return tuple(Finding(*row) for row in zip(*columns, strict=True))


def in_order(name: str, found: JobResult) -> None:
    """Precision and recall over how many are evaluated, with and without uncertainty."""
    with _controls():
        state = stability_lab.state()
        quantity = lab.switch(
            "Quantity", "curve", ("precision", "recall"), "precision",
            names=("Precision", "Recall"), help="Of the candidates evaluated so far",
        )  # fmt: skip
    out, at = found.outputs, STATES.index(state)
    values = {
        "by distance" if k == 0 else f"by distance + {k:g} σ": 100 * out[quantity][at, i]
        for i, k in enumerate(out["ks"].tolist())
    }
    stable = 100 * out["precision"][at, 0, :, -1].mean()
    figure.show(
        figures.in_order(
            out["fractions"], values, y=f"{_QUANTITIES[quantity]} [%]", dark=figure.dark(),
            level=stable if quantity == "precision" else None, count=_counted(found),
        ),
        key="stability.order", name=f"stability-{quantity}-in-order-{state}",
        data=_curve_table(out["fractions"], values), cite=stability_lab.cite(),
        code=stability_lab.script(name, f"print(out['fractions'], out['{quantity}'][{at}])"),
        alt=f"{_QUANTITIES[quantity]} over the share of candidates evaluated, in order of the "
        "predicted distance with and without one standard deviation",
    )  # fmt: skip
    st.caption(
        f"Lowest predicted energy above the joint hull first; {stable:.1f}% of the candidates are "
        "stable, which is what chance finds (dashed). Lines: mean over the seeds; bands: from "
        "least to most."
    )


def new_systems(name: str, found: JobResult) -> None:
    """Enrichment in chemical systems left out whole (6.5)."""
    state = stability_lab.state()
    out, at = found.outputs, STATES.index(state)
    near = out["near"].tolist()
    values = {
        "on the hull" if d == 0 else f"within {1000 * d:g} meV/atom": out["enrichment"][at, i]
        for i, d in enumerate(near)
    }
    figure.show(
        figures.in_order(out["fractions"], values, y="Enrichment factor", level=1.0,
                         dark=figure.dark(), logarithmic=True, count=_counted(found)),
        key="stability.systems", name=f"stability-enrichment-{state}",
        data=_curve_table(out["fractions"], values), cite=stability_lab.cite(),
        code=stability_lab.script(name, f"print(out['near'], out['enrichment'][{at}])"),
        alt="Enrichment over the share of candidates evaluated, for crystals on the hull and near",
    )  # fmt: skip
    tenth = int(np.argmin(np.abs(out["fractions"] - 0.1)))
    told = "; ".join(
        f"{words} {curve[:, tenth].mean():.2f} ({curve[:, tenth].min():.2f} to "
        f"{curve[:, tenth].max():.2f} over the seeds)" for words, curve in values.items()
    )  # fmt: skip
    st.caption(
        f"No system of a candidate was trained on. After a tenth of the candidates: {told}. "
        "Enrichment can't exceed one over the share of crystals looked for: they are common in "
        "this set of chemically sensible decorations."
    )


def _curve_table(shares: Any, values: dict[str, Any]) -> pd.DataFrame:
    columns: dict[str, Any] = {"share evaluated": shares}
    for name, curves in values.items():
        columns |= {f"{name}, seed {i}": curve for i, curve in enumerate(curves)}
    return pd.DataFrame(columns)


def hits(name: str, found: JobResult) -> None:
    """Candidates by distance, split by what was selected and what is stable."""
    with _controls():
        state = stability_lab.state()
        axis = lab.switch("Along", "axis", ("true", "predicted"), "true",
                          names=("True distance", "Predicted distance"),
                          help="Energy above the joint hull")  # fmt: skip
        k = lab.switch("Criterion", "k", ("0", "1"), "1", names=("Distance alone", "+ 1 σ"),
                       help="What is selected")  # fmt: skip
    out, at = found.outputs, STATES.index(state)
    parts = out["histograms"][at, int(k), int(axis == "predicted")]
    total = int(out["candidates"].sum())
    tp, fn, fp, tn = parts.astype(int)
    stacked = Stacked(out["edges"], tp, fn, fp, tn, total - int(parts.sum()))
    label = f"{axis.capitalize()} energy above hull [{stability_lab.UNIT}]"
    figure.show(
        discovery.split_histogram(stacked, label, dark=figure.dark(), at=0.0),
        key="stability.hits", name=f"stability-hits-{state}-{axis}-{k}",
        data=pd.DataFrame({"from_eV_per_atom": out["edges"][:-1],
                           "to_eV_per_atom": out["edges"][1:], "true positive": tp,
                           "false negative": fn, "false positive": fp, "true negative": tn}),
        code=stability_lab.script(
            name, f"print(out['edges'], out['histograms'][{at}, {k}, {int(axis == 'predicted')}])"
        ),
        cite=stability_lab.cite(),
        alt=f"Histogram of {total:,} candidates of all seeds by {axis} distance, split into right "
        "and wrong",
    )  # fmt: skip
    st.caption(
        f"{_counted(found)}, all together: {total:,}. Stable is what lies on the hull or would "
        "lower it, left of the dashed line where the axis is the true distance."
    )


def trust(name: str, found: JobResult) -> None:
    """Error against confidence, and against the distance to the hull."""
    out = found.outputs
    names = out["uncertainties"].tolist()
    with _controls():
        state = stability_lab.state()
        chosen = lab.switch(
            "Uncertainty", "std", names, "std",
            names=[stability_lab.UNCERTAINTY_NAMES[n] for n in names],
            help="σ as the model states it, or a part of it by itself",
        )  # fmt: skip
    at, j = STATES.index(state), names.index(chosen)
    error, oracle = out["confidence"][at, j]
    areas = dict(zip(names, out["areas"][at].tolist(), strict=True))
    curve = ConfidenceCurve(out["kept"], error, oracle, float(error[0]), areas[chosen])
    figure.show(
        confidence.curve(curve, stability_lab.UNIT, dark=figure.dark(), count=_counted(found)),
        key="stability.confidence", name=f"stability-confidence-{chosen}-{state}",
        data=pd.DataFrame(confidence.table(curve, stability_lab.UNIT)), cite=stability_lab.cite(),
        code=stability_lab.script(name, f"print(out['kept'], out['confidence'][{at}, {j}])"),
        alt="Mean absolute error of formation energies of the most certain candidates, between "
        "random order and the oracle",
    )  # fmt: skip
    told = ", ".join(f"{stability_lab.UNCERTAINTY_NAMES[n]} {a:.2f}" for n, a in areas.items())
    st.caption(
        f"Of formation energies, all seeds together. Area between the curve and the oracle, where "
        f"1 is chance and 0 the oracle: {told}. The error of the surest half is "
        f"{100 * curve.at(0.5):.0f}% of that of all."
    )
    _rolling(name, found)


def _rolling(name: str, found: JobResult) -> None:
    out = found.outputs
    errors = {
        words: RollingError(out["centers"], mae, of_mean, counts.astype(int), WINDOW)
        for words, (mae, of_mean, counts) in zip(
            stability_lab.STATE_NAMES.values(), out["rolling"], strict=True
        )
    }
    columns: dict[str, Any] = {"true_distance_eV_per_atom": out["centers"]}
    for words, error in errors.items():
        columns |= {f"{words}: MAE [eV/atom]": error.mae, f"{words}: candidates": error.counts,
                    f"{words}: standard error [eV/atom]": error.standard_error}  # fmt: skip
    st.markdown("**Error against the distance to the hull**")
    figure.show(
        discovery.rolling(errors, f"True energy above hull [{stability_lab.UNIT}]",
                          stability_lab.UNIT, dark=figure.dark()),
        key="stability.rolling", name="stability-rolling-error", data=pd.DataFrame(columns),
        code=stability_lab.script(name, "print(out['centers'], out['rolling'])"),
        cite=stability_lab.cite(),
        alt="Mean absolute error in a window moving along the true distance to the hull",
    )  # fmt: skip

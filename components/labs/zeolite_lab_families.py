"""Fig. 1 and 3 of the paper: families of descriptors, their errors and their parity plots."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from components import figure, lab
from components.figures import zeolites as figures
from components.figures.parity import parity
from components.labs import zeolite_lab
from core.jobs import JobResult
from core.labs.zeolites import COMBINED, EVERY, FAMILIES, TARGETS
from core.labs.zeolites_findings import family_findings
from core.labs.zeolites_trials import BEST, FOLDS, Tried

_END = (
    "error = ((out['predicted'] - out['targets'][:, None, None]) ** 2).mean(-1) ** 0.5\n"
    "print(error.mean(-1))  # target by model; over all crystals of a repeat"
)
_PARITY = "print(out['ids'], out['targets'], out['predicted'].mean(2))  # target, model, framework"


def families() -> None:
    """Errors, findings and a parity plot."""
    left, right = st.columns(2)
    with left:
        at = zeolite_lab.target()
    with right:
        lab.switch(
            "Repeats", "repeats", ("5", "20", "50"), "20", names=("5", "20", "50"),
            help="Of 3-fold cross-validation; the paper took 50",
        )  # fmt: skip
    found = zeolite_lab.result("families", zeolite_lab.repeats())
    tried = [_tried(found, i) for i in range(len(TARGETS))]
    each = [np.array([t.rmse(m).mean(axis=1) for m in range(len(EVERY))]) for t in tried]
    errors, parities = st.tabs(["Errors", "Parity"])
    with errors:
        _errors(tried[at], each[at], at)
        means = np.array([e.mean(axis=1) for e in each])
        for claim in family_findings(means, float(found.outputs["mild"].mean())):
            lab.finding(claim, says="The paper says")
        _picked(found, at)
    with parities:
        _parity(found, tried[at], at)


def _tried(found: JobResult, at: int) -> Tried:
    out = found.outputs
    rows = [row.split("\t") for row in out["picked"].tolist()]
    picked = {name: int(n) for i, n, name in rows if int(i) == at}
    return Tried(
        out["targets"][at], out["predicted"][at], picked, out["groups"][at], out["repeats"][at]
    )


def _errors(tried: Tried, each: np.ndarray, at: int) -> None:
    unit = zeolite_lab.UNITS[at]
    paper = [family.paper[at] for family in EVERY]
    figure.show(
        figures.errors(each, paper, unit, baseline=float(tried.truth.std()), dark=figure.dark()),
        key="zeolites.errors", name=f"zeolites-errors-{('alpha', 'K0')[at]}",
        data=pd.DataFrame(
            figures.errors_table(each, [tried.pooled(m) for m in range(len(EVERY))], paper, unit)
        ),
        code=zeolite_lab.script("families", _END, each.shape[1]), cite=zeolite_lab.CITE,
        alt="Root mean square error of each family of descriptors, of the combined model and of "
        "the Gaussian process, beside the paper's",
    )  # fmt: skip
    st.caption(
        f"{len(tried.truth)} frameworks, {each.shape[1]} repeats of {FOLDS}-fold "
        "cross-validation. Boosting with the settings of the paper's Table 1; principal "
        "components are fitted inside the fold. Pores are those of the deposit (density, "
        "accessible volume and surface, free and included sphere); the paper took 12 numbers, "
        "not all of which it names."
    )


def _picked(found: JobResult, at: int) -> None:
    """What the combined model took, and what the Gaussian process chose."""
    tried = _tried(found, at)
    folds = len(tried.groups)
    with st.expander("What was chosen inside the folds", icon=":material/checklist:"):
        rows = sorted(tried.picked.items(), key=lambda item: -item[1])
        st.caption(
            f"{COMBINED.title}: the {BEST} descriptors of each of {len(FAMILIES)} families with "
            "the largest share of impurity in the family's own model of the training crystals."
        )
        st.dataframe(
            pd.DataFrame(rows, columns=["Descriptor", f"Folds of {folds}"]), hide_index=True,
            height=260, alt="Descriptors and in how many folds they were chosen",
        )  # fmt: skip
        numbers, counts = np.unique(tried.groups, return_counts=True)
        told = ", ".join(f"{n} in {c}" for n, c in zip(numbers, counts, strict=True))
        st.caption(
            "Gaussian process: kernel exp(-EMD/γ) on the quantile GRID of the Si sites; γ and "
            "noise by marginal likelihood, the number of groups by leave-one-out error, all "
            f"from the training crystals. Groups chosen: {told} of {folds} folds."
        )


def _parity(found: JobResult, tried: Tried, at: int) -> None:
    names = tuple(family.key for family in EVERY)
    chosen = lab.switch(
        "Model", "model", names, "geometric", names=[family.title for family in EVERY],
        help="Mean of the predictions of each framework, over repeats in which it was left out",
    )  # fmt: skip
    m = names.index(chosen)
    mean, unit = tried.predicted[m].mean(axis=0), zeolite_lab.UNITS[at]
    error = float(tried.rmse(m).mean())
    paper = EVERY[m].paper[at]
    told = f"RMSE {error:.2f} {unit}" + (f", paper {paper:g}" if paper == paper else "")
    ids = found.outputs["ids"].tolist()
    plot = parity(
        tried.truth, mean, ids, zeolite_lab.key(at), dark=figure.dark(),
        values=found.outputs["angles"].tolist(), label="Si-O-Si [°]", count=told,
    )  # fmt: skip
    figure.show(
        plot, key="zeolites.parity", name=f"zeolites-parity-{chosen}-{('alpha', 'K0')[at]}",
        data=pd.DataFrame(
            {"id": ids, f"DFT [{unit}]": tried.truth, f"predicted [{unit}]": mean,
             f"spread over repeats [{unit}]": tried.predicted[m].std(axis=0),
             "Si-O-Si harmonic mean [°]": found.outputs["angles"]}
        ),
        code=zeolite_lab.script("families", _PARITY, tried.predicted.shape[1]),
        cite=zeolite_lab.CITE,
        alt=f"Predicted over calculated values by the model {EVERY[m].title}; {told}",
    )  # fmt: skip

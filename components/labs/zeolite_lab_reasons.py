"""Importances (Fig. 1, 3), partial dependence (Fig. 2) and error over stages (Fig. S1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from components import figure, lab
from components.figures import partial_dependence as dependence
from components.figures import zeolites as figures
from components.labs import zeolite_lab
from core.explain.importances import Importances
from core.explain.partial_dependence import PartialDependence
from core.labs.zeolites import COMBINED, FAMILIES
from core.labs.zeolites_findings import reason_findings, stage_findings
from core.labs.zeolites_reasons import CORRELATED, SEEDS, slopes

_SHOWN = (*FAMILIES, COMBINED)


def reasons() -> None:
    """Which descriptors matter, and how the answer follows the angle."""
    at = zeolite_lab.target()
    out = zeolite_lab.result("reasons").outputs
    first, second = st.tabs(["Importances", "Partial dependence"])
    with first:
        _importances(out, at)
    with second:
        _dependence(out, at)
    for claim in reason_findings(
        _ordered(out), _near(out, 0, "geometric"),
        np.array([slopes(_curve(out, i, "")) for i in range(2)]),
        np.array([_curve(out, 0, which).range for which in ("", "_short")]),
    ):  # fmt: skip
        lab.finding(claim, says="The paper says")


def _impurity(out: Mapping[str, Any], at: int, family: str) -> Importances:
    names = tuple(out[f"names_{at}_{family}"].tolist())
    return Importances(names, np.asarray(out[f"impurity_{at}_{family}"]), np.empty(0))


def _ordered(out: Mapping[str, Any]) -> list[str]:
    found = _impurity(out, 0, "geometric")
    return [found.names[i] for i in found.order.tolist()]


def _near(out: Mapping[str, Any], at: int, family: str) -> list[list[str]]:
    return [group.split("\t") for group in out[f"near_{at}_{family}"].tolist()]


def _importances(out: Mapping[str, Any], at: int) -> None:
    keys = tuple(family.key for family in _SHOWN)
    chosen = lab.switch(
        "Descriptors", "of", keys, "geometric", names=[family.title for family in _SHOWN],
        help="Combined: the three that matter most of each family, on all frameworks",
    )  # fmt: skip
    found, near = _impurity(out, at, chosen), _near(out, at, chosen)
    flagged = {name for group in near for name in group}
    figure.show(
        figures.importances(
            found, flagged, dark=figure.dark(), count=f"{len(found.draws)} seeds, 120 frameworks"
        ),
        key="zeolites.importances", name=f"zeolites-importances-{chosen}-{('alpha', 'K0')[at]}",
        data=pd.DataFrame(figures.importances_table(found, flagged)),
        code=zeolite_lab.script("reasons", f"print(out['names_{at}_{chosen}'], "
                                f"out['impurity_{at}_{chosen}'].mean(0))"),
        cite=zeolite_lab.CITE,
        alt=f"Importance of each of the {chosen} descriptors, mean and spread over seeds",
    )  # fmt: skip
    if near:
        told = "; ".join(", ".join(group) for group in near)
        st.caption(
            f"Nearly collinear (rank correlation of at least {CORRELATED:g} for every pair): "
            f"{told}. They share their importance by chance."
        )


def _curve(out: Mapping[str, Any], at: int, which: str) -> PartialDependence:
    return PartialDependence(
        (str(out[f"label{which}"]),), (out[f"grid_{at}{which}"],), out[f"average_{at}{which}"],
        out[f"curves_{at}{which}"], out[f"column{which}"][:, None],
    )  # fmt: skip


def _dependence(out: Mapping[str, Any], at: int) -> None:
    chosen = lab.switch(
        "On", "on", ("angle", "distance"), "angle",
        names=("Si-O-Si angle, harmonic mean", "Shortest Si-O distance"),
        help="The two panels of the paper's Fig. 2",
    )  # fmt: skip
    which = "" if chosen == "angle" else "_short"
    found = _curve(out, at, which)
    figure.show(
        dependence.one(
            found, zeolite_lab.key(at), dependence.Look(), dark=figure.dark(),
            count=f"mean of {SEEDS} seeds",
        ),
        key="zeolites.dependence", name=f"zeolites-dependence-{chosen}-{('alpha', 'K0')[at]}",
        data=pd.DataFrame(dependence.table(found, zeolite_lab.key(at))),
        code=zeolite_lab.script(
            "reasons", f"print(out['grid_{at}{which}'], out['average_{at}{which}'])"
        ),
        cite=zeolite_lab.CITE,
        alt=f"Partial dependence of the prediction on the {chosen}; range {found.range:.2f}",
    )  # fmt: skip


def stages() -> None:
    """Error over the stages of boosting."""
    at = zeolite_lab.target()
    out = zeolite_lab.result("stages").outputs
    names, unit = out["settings"].tolist(), zeolite_lab.UNITS[at]
    chosen = lab.switch(
        "Compare", "compare", ("families", "settings"), "families",
        names=("Families", "Depths and rates"),
        help="All families as in Table 1, or the geometric one under other settings",
    )  # fmt: skip
    rows = list(range(len(FAMILIES)))
    if chosen == "settings":
        rows = [0, *range(len(FAMILIES), len(names))]
    shown = [names[i] for i in rows]
    lines = out["errors"][at][rows]
    figure.show(
        figures.stages(out["stages"], lines, shown, unit, dark=figure.dark()),
        key="zeolites.stages", name=f"zeolites-stages-{chosen}-{('alpha', 'K0')[at]}",
        data=pd.DataFrame({"stage": out["stages"]} | dict(zip(shown, lines, strict=True))),
        code=zeolite_lab.script("stages", "print(out['settings'], out['errors'])"),
        cite=zeolite_lab.CITE,
        alt="Error on crystals left out over the number of stages, a line for each setting",
    )  # fmt: skip
    for claim in stage_findings(out["errors"][0][: len(FAMILIES)], out["stages"]):
        lab.finding(claim, says="The paper says")

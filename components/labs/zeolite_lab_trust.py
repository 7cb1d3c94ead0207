"""Whether intervals hold, and what the deposited geometries allow one to compare."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from components import figure, lab
from components.errors import plain
from components.figures import calibration
from components.figures import zeolites as figures
from components.labs import zeolite_lab
from core.jobs import JobResult
from core.labs.zeolites import TAIL
from core.labs.zeolites_findings import geometry_findings
from core.labs.zeolites_intervals import LEVEL, METHODS, SPLITS, Held
from core.uncertainty import Coverage
from core.uncertainty.verdict import verdict

_MEANS = (0, 2, 6)  # mean angle, its harmonic mean, mean distance


def intervals() -> None:
    """Coverage pooled, in the tail and under shift, of both methods."""
    at = zeolite_lab.target()
    found = zeolite_lab.result("intervals")
    chosen = lab.switch(
        "Intervals", "by", ("process", "conformal"), "process", names=METHODS,
        help="Those a Gaussian process states, or CV+ around boosting on geometric descriptors",
    )  # fmt: skip
    method = ("process", "conformal").index(chosen)
    covered = _covered(_held(found, at), method, tail=at == 0)
    figure.show(
        calibration.beside(covered, dark=figure.dark(), height=440), key="zeolites.coverage",
        name=f"zeolites-coverage-{chosen}-{('alpha', 'K0')[at]}",
        data=pd.DataFrame(calibration.table(covered, zeolite_lab.UNITS[at])),
        code=zeolite_lab.script(
            "intervals",
            f"inside = ((out['truth_{at}'][:, None] >= out['intervals_{at}'][:, 0])\n"
            f"          & (out['truth_{at}'][:, None] <= out['intervals_{at}'][:, 1]))\n"
            f"rows = (out['method_{at}'] == {method}) & (out['split_{at}'] == 0)\n"
            f"print(out['levels_{at}'], inside[rows].mean(0))",
        ),
        cite=zeolite_lab.CITE,
        alt="Share of frameworks inside the intervals at four levels, by split and in the tail",
    )  # fmt: skip
    st.markdown(plain(verdict(covered, LEVEL)))
    st.caption(
        f"Tail: frameworks at or below {TAIL:g} 10⁻⁶/K. By GRID cluster: crystals closer than "
        "0.1 Å stay together. Widest angles: the fifth of the frameworks with the widest mean "
        "Si-O-Si angles is left out, the model has seen none so wide. A framework tested more than "
        "once counts once in the bars, which are 95% intervals of the share."
    )


def _held(found: JobResult, at: int) -> Held:
    names = ("method", "split", "crystal", "truth", "mean", "intervals", "levels")
    return Held(**{name: found.outputs[f"{name}_{at}"] for name in names})


def _covered(held: Held, method: int, *, tail: bool) -> dict[str, Coverage]:
    parts = [(name, held.covered(method, i)) for i, name in enumerate(SPLITS)]
    if tail:
        parts.insert(1, ("tail of the 3-fold", held.covered(method, 0, tail=True)))
    return {name: c for name, c in parts if c is not None}


def geometry() -> None:
    """One geometry deposited twice; atoms displaced at random."""
    at = zeolite_lab.target()
    out = zeolite_lab.result("geometry").outputs
    apart = np.array([_apart(out["called_optimised"], out[o]) for o in ("starting", "deposited")])
    for claim in geometry_findings(apart, out["density"], out["amplitudes"], out["rattled"]):
        lab.finding(claim, says="The paper says")
    unit = zeolite_lab.UNITS[at]
    left, right = st.columns(2)
    with left:
        figure.show(
            figures.displaced(out["amplitudes"], out["rattled"][at], unit, dark=figure.dark()),
            key="zeolites.displaced", name=f"zeolites-displaced-{('alpha', 'K0')[at]}",
            data=pd.DataFrame(
                {"displacement [Å]": out["amplitudes"], f"RMSE [{unit}]": out["rattled"][at],
                 "mean change of the angle [°]": out["angles"]}
            ),
            code=zeolite_lab.script("geometry", "print(out['amplitudes'], out['rattled'])"),
            cite=zeolite_lab.CITE, alt="Error over the displacement of the atoms",
        )  # fmt: skip
    with right:
        figure.show(
            figures.densities(out["density"], out["ids"].tolist(), dark=figure.dark()),
            key="zeolites.densities", name="zeolites-densities",
            data=pd.DataFrame(
                {"id": out["ids"], "CIF [g/cm³]": out["density"][:, 0],
                 "after DFT [g/cm³]": out["density"][:, 1]}
            ),
            code=zeolite_lab.script("geometry", "print(out['density'])"),
            cite=zeolite_lab.CITE,
            alt="Density after the quasi-harmonic calculation over that of the deposited CIF",
        )  # fmt: skip


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    columns = list(_MEANS)
    return float(np.abs(one[:, columns] / other[:, columns] - 1).max())

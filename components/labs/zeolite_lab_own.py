"""A chemist's own frameworks: beside the training set (Fig. 4), predicted (Fig. 5)."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import figure, lab, report, state
from components.errors import plain
from components.figures import zeolites_own as figures
from components.labs import zeolite_lab
from core.jobs import JobResult
from core.labs.zeolites import STARTING
from core.labs.zeolites_findings import correlation_findings
from core.labs.zeolites_frameworks import SHOWN, sort_frameworks

_MODELS = ("process", "boosted")


def frameworks() -> None:
    """Frameworks of the session's library; others are refused by row, with the reason."""
    library = state.library()
    if library is None or not len(library):
        st.info(
            "No crystals yet. Load CIFs of all-silica frameworks, or the public set of starting "
            "structures from the Library page.", icon=":material/info:",
        )  # fmt: skip
        _to_library()
        return
    kept, refused = sort_frameworks(library.crystals)
    if refused:
        words = f"{len(refused):,} of {len(library):,} crystals are no siliceous frameworks"
        with st.expander(plain(words), icon=":material/rule:", expanded=not kept):
            report.failures_table(refused)
    if not kept:
        st.info("Load CIFs of all-silica frameworks to see them here.", icon=":material/info:")
        _to_library()
        return
    found = zeolite_lab.result("frameworks", None, library)
    late = [f for f in found.failures if f.stage != "framework"]
    if late:
        with st.expander(f"Not described: {len(late):,}"):
            report.failures_table(late)
    _predicted(found)
    _distributions(found)


def _to_library() -> None:
    st.page_link(
        "pages/explore/library.py", label="Load crystals", icon=":material/upload:",
        query_params={"view": "public", "set": STARTING},
    )  # fmt: skip


def _table(found: JobResult) -> pd.DataFrame:
    out = found.outputs
    return pd.DataFrame(
        {
            "id": out["ids"], "Si-O-Si harmonic mean [°]": out["angle"],
            "thermal expansion, GP [10⁻⁶/K]": out["process"][0],
            "its std [10⁻⁶/K]": out["std"][0],
            "thermal expansion, boosting [10⁻⁶/K]": out["boosted"][0],
            "bulk modulus, GP [GPa]": out["process"][1], "its std [GPa]": out["std"][1],
            "bulk modulus, boosting [GPa]": out["boosted"][1],
            "in the training set": [i in set(out["train_ids"].tolist()) for i in out["ids"]],
            "outside the training data in": out["outside"],
        }
    )  # fmt: skip


def _script(end: str) -> str:
    options = dict(zeolite_lab.asked("frameworks").options)
    return (
        "from core.io import read\n"
        "from core.jobs import JobSpec, run\n"
        'crystals = read(["my_files/"]).crystals  # your files\n'
        f"spec = JobSpec(task='zeolites', options={options!r}, seed=0)\n"
        "out = run(spec, {'crystals': crystals}).outputs\n"
        f"{end}\n"
    )


def _predicted(found: JobResult) -> None:
    out, table = found.outputs, _table(found)
    chosen = lab.switch(
        "Model", "by", _MODELS, "process",
        names=("Gaussian process, Si-only GRID", "Boosting, geometric"),
        help="The paper's Fig. 5 is boosting on geometric descriptors; the other has the smaller "
        "error and states a deviation",
    )  # fmt: skip
    std = out["std"] if chosen == "process" else None
    figure.show(
        figures.expansion_and_modulus(
            out[chosen], std, out["angle"], out["ids"].tolist(), out["train_values"],
            out["train_ids"].tolist(), dark=figure.dark(),
        ),
        key="zeolites.own", name=f"zeolites-own-{chosen}", data=table,
        code=_script(f"print(out['ids'], out[{chosen!r}], out['std'])"), cite=zeolite_lab.CITE,
        alt="Predicted thermal expansion over bulk modulus, coloured by the Si-O-Si angle, beside "
        "the values of the training set",
    )  # fmt: skip
    known, beyond = int(table["in the training set"].sum()), int((out["outside"] != "").sum())
    st.caption(
        f"{len(table):,} frameworks: {known} bear the code of one in the training set, whose "
        f"prediction is no test; {beyond} lie outside the training data in a descriptor of the "
        "figure below. Bars: one standard deviation of the Gaussian process."
    )
    for claim in correlation_findings(
        out["train_values"], out["train_angles"], out[chosen], out["angle"]
    ):
        lab.finding(claim, says="The paper says")
    st.dataframe(
        table, hide_index=True, height=280,
        alt="Predictions of each framework with their deviations",
        column_config={name: st.column_config.NumberColumn(format="%.2f")
                       for name in table.columns if "[" in name},
    )  # fmt: skip


def _distributions(found: JobResult) -> None:
    out = found.outputs
    own = pd.DataFrame(out["shown"], columns=list(SHOWN)).assign(id=out["ids"], set="yours")
    theirs = pd.DataFrame(out["trained"], columns=list(SHOWN)).assign(
        id=out["train_ids"], set="training"
    )
    st.subheader("Beside the training set")
    figure.show(
        figures.distributions(
            out["trained"], out["shown"], out["ids"].tolist(), dark=figure.dark()
        ),
        key="zeolites.distributions", name="zeolites-distributions",
        data=pd.concat([own, theirs]), code=_script("print(out['shown'], out['trained'])"),
        cite=zeolite_lab.CITE,
        alt="Distributions of mean distance, mean angle and three SOAP components, of the "
        "training set and of these frameworks",
    )  # fmt: skip

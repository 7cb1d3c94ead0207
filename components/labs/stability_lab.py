"""What the parts of the stability lab share: the job behind them, its cost, rows and scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components import jobs, lab
from core.config import memory_budget_bytes
from core.data import card
from core.jobs import JobResult, JobSpec
from core.jobs.estimate import Estimate
from core.jobs.estimate_learning import fit_seconds
from core.labs.stability import SET, STATES, TEST_SHARE, default_spec
from core.labs.stability_figures import Row
from core.library import Library
from core.types import ParseReport

PAGE = "pages/labs/stability.py"
WORK = "10.1126/sciadv.abn4117"
UNIT = "eV/atom"
SEEDS = {"recommended": 5, "quick": 3}
MODELS: Mapping[str, Mapping[str, Any]] = {
    "recommended": {"key": "averaged"},
    "quick": {"key": "extra-trees", "n_trees": 100,
              "features": "composition+composition_statistics+structure_features"},
}  # fmt: skip
STATE_NAMES = {
    "unrelaxed": "Unrelaxed",
    "relaxed-unrelaxed": "Trained relaxed",
    "relaxed": "Relaxed",
}
HULL_NAMES = {"joint": "All", "known": "Known alone"}
UNCERTAINTY_NAMES = {
    "std": "σ", "process_std": "process σ", "trees_std": "trees σ",
    "disagreement": "disagreement",
}  # fmt: skip
_MODEL_NAMES = ("Recommended", "Quick")
_CRYSTALS, _TRAINED = 5_472, 3_900  # in all; that a model learns from
_DESCRIBING = 25.0  # seconds: both states of the set, on one core
_JUDGING = 6.0  # seconds for each fit: predictions on the hulls
_MEMORY = {"recommended": 1_500 * 2**20, "quick": 700 * 2**20}


def model() -> str:
    """Which model screens; kept in the address."""
    return lab.switch(
        "Model", "model", tuple(MODELS), "recommended", names=_MODEL_NAMES,
        help="Recommended: Gaussian process, randomised trees and boosting, averaged. Quick: "
        "randomised trees alone, for a first look in a lesson",
    )  # fmt: skip


def asked(name: str, seeds: int | None = None) -> JobSpec:
    """The job of a model."""
    return JobSpec(
        task="stability", seed=0,
        options={"model": dict(MODELS[name]), "seeds": seeds or SEEDS[name],
                 "test_share": TEST_SHARE, "states": list(STATES)},
    )  # fmt: skip


def estimate(name: str) -> Estimate:
    """What all trials of a model take, none of them kept yet."""
    chosen = dict(MODELS[name])
    key = str(chosen.pop("key"))
    fits = 2 * SEEDS[name]  # before and after relaxation
    each = fit_seconds(key, default_spec(key, chosen), _TRAINED) + _JUDGING
    return Estimate(
        n=_CRYSTALS, seconds=_DESCRIBING + fits * each,
        features=_MEMORY[name], distances=0, budget=memory_budget_bytes(),
    )  # fmt: skip


def result(name: str) -> JobResult:
    """The trials of a model; the page ends here while they are made, or wait to be."""
    nothing = Library("Embedded prototypes", "files", ParseReport((), (), ()))
    found = jobs.run_job(
        asked(name), nothing, label=f"Stability: {name} model, {SEEDS[name]} seeds",
        key="stability", page=PAGE, estimate=estimate(name),
    )  # fmt: skip
    if found is None:
        st.caption(
            "Each finished trial is kept on disk: stopped, the job goes on where it was. The "
            "result is computed once for this server."
        )
        st.stop()
        raise AssertionError("st.stop does not return")
    return found


def state() -> str:
    """What the model was trained on and saw; kept in the address."""
    return lab.switch(
        "Structures", "state", STATES, "unrelaxed", names=tuple(STATE_NAMES.values()),
        help="Unrelaxed: decorated prototypes with cells from radii, all that is at hand when one "
        "screens. Trained relaxed: then used on unrelaxed ones (6.4.2). Relaxed: what nobody has "
        "before the calculation",
    )  # fmt: skip


def hull() -> str:
    """Of which hull the distance is taken; kept in the address."""
    return lab.switch(
        "Hull of", "hull", tuple(HULL_NAMES), "joint", names=tuple(HULL_NAMES.values()),
        help="All: of known phases and all other candidates at their predicted energies (section "
        "6.5); or of the known phases alone (6.6): of a new binary these are the elements, so most "
        "candidates are below",
    )  # fmt: skip


def rows_of(found: JobResult) -> tuple[Row, ...]:
    """The rows of a result."""
    out = found.outputs
    names = ("state", "hull", "uncertainty", "k", "rule", "quantity", "mean", "low", "high")
    columns = {name: out[f"row_{name}"].tolist() for name in names}
    return tuple(
        Row(values=tuple(each), **{name: column[i] for name, column in columns.items()})
        for i, each in enumerate(out["row_values"].tolist())
    )


def criterion(row: Row) -> str:
    """Words for a criterion."""
    if not row.uncertainty:
        return "distance alone"
    return f"+ {row.k:g} × {UNCERTAINTY_NAMES[row.uncertainty]}"


def script(name: str, end: str) -> str:
    """A script that gives the same numbers."""
    return (
        "from core.jobs import JobSpec, run\n"
        f"options = {dict(asked(name).options)!r}\n"
        "spec = JobSpec(task='stability', options=options, seed=0)\n"
        "out = run(spec, {'crystals': ()}).outputs  # minutes; the set comes with Gridscope\n"
        f"{end}\n"
    )


def cite() -> tuple[str, ...]:
    """The work and the data."""
    return (WORK, *card(SET).dois)

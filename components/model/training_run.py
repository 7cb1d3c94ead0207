"""The end of the Train page: what it will take, the job, and what came out in a few numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import streamlit as st

from components import jobs, runs, state
from components.counts import crystals
from components.model import evaluated
from core.jobs.base import JobSpec
from core.jobs.estimate_learning import estimate_learning
from core.library import Library
from core.units import quantity

_PAGES = (
    ("pages/model/evaluate.py", "Evaluate: parity, residuals, learning curves", "query_stats"),
    ("pages/model/explain.py", "Explain: what the model looks at", "lightbulb"),
    ("pages/model/uncertainty.py", "Uncertainty: are the intervals right?", "straighten"),
    ("pages/model/predict.py", "Predict: apply it to other crystals", "batch_prediction"),
)


def show(library: Library, options: Mapping[str, Any]) -> None:
    """Estimate and start, progress, failure, or the finished run, whichever it is now.

    Raises: MemoryBudgetError when it would not fit; SpecError.
    """
    spec = JobSpec(task=runs.TASK, options=options, seed=options["seed"])
    name = runs.name_of(spec, library)
    record = jobs.find(name)

    def start() -> None:
        runs.start(spec, library, _label(library, options))
        state.set_url(jobs.URL_KEY, name)
        runs.open_run(name)

    run = runs.of(record)
    if run is not None:
        _result(run)
    elif record is not None and record.is_active:
        jobs.watch(state.token(), name, "train")
    elif record is not None and record.state in ("failed", "cancelled"):
        jobs.ended(record, start, "train")
    else:
        estimate = estimate_learning(library.crystals, options)
        estimate.require()
        jobs.ask(f"{estimate}.", start, "train", "Train")


def _label(library: Library, options: Mapping[str, Any]) -> str:
    return (
        f"{quantity(options['target']).label} by {runs.title_of('model', options['model'])}, "
        f"{runs.title_of('split', options['split']).lower()} split, of {library.name}"
    )


def _result(run: runs.Run) -> None:
    """Errors with their intervals beside the baseline, what to mind, where to go on."""
    st.subheader("Result")
    evaluated.headlines(run)
    evaluated.warnings(run)
    _left_out(run)
    runs.open_run(run.id)
    with st.container(horizontal=True):
        for page, label, icon in _PAGES:
            st.page_link(
                page, label=label, icon=f":material/{icon}:",
                query_params={"run": run.id, **_where()},
            )  # fmt: skip


def _left_out(run: runs.Run) -> None:
    import pandas as pd

    rows = run.result.failures
    if not rows:
        return
    with st.expander(f"{crystals(len(rows))} left out", icon=":material/warning:"):
        table = pd.DataFrame([asdict(f) for f in rows])[["id", "stage", "message", "hint"]]
        table.columns = ["Id", "Step", "Reason", "What to do"]
        st.dataframe(table, hide_index=True, width="stretch")


def _where() -> dict[str, str]:
    return {key: value for key in ("data", "session") if (value := state.url(key))}

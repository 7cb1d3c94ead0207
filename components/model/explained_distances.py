"""Whole distances, descriptors and blocks of GRID on the Explain page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from components import errors, figure, runs
from components.figures import importances as figures
from components.model import explained, run_estimates, run_jobs
from core.citations import GRID
from core.evaluation.grid_blocks import grid_sources
from core.explain.importances import Importances
from core.jobs.base import JobSpec
from core.units import quantity

_BREIMAN = "10.1023/A:1010933404324"
_PRINT = 'for name, rise in zip(out["parts"], out["rises"].mean(axis=0)):\n    print(name, rise)\n'


def spec_of(run: runs.Run) -> JobSpec:
    """The job that shuffles whole distances and blocks of GRID."""
    options = {n: run.options[n] for n in explained.RUN_OPTIONS} | explained.shuffles(run)
    return JobSpec(task="grid-importances", options=options, seed=run.options["seed"])


def draw(run: runs.Run) -> None:
    """What each distance and descriptor is worth as a whole; which neighbours, how far away."""
    needs = explained.needs_of(run)
    chosen_weights(run)
    if not (needs.features or needs.distances):
        explained.nothing_by_name(run)
        return
    spec = spec_of(run)
    result = run_jobs.on_run(
        run, spec, label=f"Distances and GRID, {run.title}", key="explain.grid",
        page=explained.PAGE, button="Measure",
        takes=f"Fits {spec.options['folds']} folds of the run again and shuffles each distance, "
        "each descriptor and each block of GRID among their test crystals in "
        f"{spec.options['folds'] * spec.options['draws']} random orders.",
        cost=lambda crystals: run_estimates.of_grid(run, crystals, spec.options),
    )  # fmt: skip
    if result is None:
        return
    out = result.outputs
    if not np.asarray(out["rises"]).any():
        explained.nothing_changes()
        return
    code = run_jobs.script(run, _PRINT, "grid-importances", **spec.options)
    _terms(run, out, code)
    sources = grid_sources(needs)
    if not sources:
        st.info("This model sees no GRID, so there are no groups of it to show.")
    for source, (grid, _) in sources.items():
        st.markdown(f"##### Which neighbours matter: {errors.plain(source)}")
        _blocks(run, out, source, code)
        if grid.mode == "quantile":
            st.caption(
                "Rows: ranks of neighbours. Columns: the third of the sites whose neighbour of "
                "that rank is nearest, in the middle, farthest. In the cells: where 80% of those "
                "distances lie."
            )


def chosen_weights(run: runs.Run) -> None:
    """What the fit itself chose: rates, shares, weights."""
    chosen = json.loads(str(run.outputs["chosen"]))
    if not chosen:
        return
    with st.expander("Chosen in the fit of all crystals", icon=":material/tune:"):
        st.dataframe(
            pd.DataFrame(
                {"Name": list(chosen), "Value": [_told(value) for value in chosen.values()]}
            ),
            hide_index=True, alt="What the fit of all crystals chose",
        )  # fmt: skip
        st.caption(
            "A rate is per unit of its distance: exp(-rate × distance). Rates of different "
            "distances can't be compared by size; the bars below can."
        )


def _terms(run: runs.Run, out: Mapping[str, Any], code: str) -> None:
    found = _part(out, out["kinds"] == "term")
    unit = quantity(run.options["target"]).unit
    figure.show(
        figures.terms(found, found.names, unit, dark=figure.dark()), key="explain.terms",
        name="importances-of-distances", code=code, cite=(_BREIMAN, GRID),
        data=pd.DataFrame(figures.table(found, None, {}, unit)),
        alt="Rise of the error when a whole distance or descriptor is shuffled",
    )  # fmt: skip
    st.caption(
        errors.plain(
            f"Rise of the mean absolute error over {found.errors.mean():.3g} {unit} when all of a "
            f"distance or descriptor is shuffled among {sum(out['n_test']):,} test crystals of the "
            f"{run_jobs.split_name(run.options['split'])}; mean and standard deviation of "
            f"{len(found.draws)} shuffles."
        )
    )


def _blocks(run: runs.Run, out: Mapping[str, Any], source: str, code: str) -> None:
    rows = (out["kinds"] == "block") & (out["sources"] == source)
    found, unit = _part(out, rows), quantity(run.options["target"]).unit
    ranks = np.column_stack([out["first"][rows], out["last"][rows]])
    across = out["across"][rows].tolist()
    ranges = np.column_stack([out["low"][rows], out["high"][rows]])
    table = {
        "first neighbour": ranks[:, 0], "last neighbour": ranks[:, 1], "across": across,
        "from_A": ranges[:, 0], "to_A": ranges[:, 1],
        f"rise of MAE [{unit}]": found.mean, f"spread [{unit}]": found.spread,
    }  # fmt: skip
    figure.show(
        figures.grid_blocks(found, ranks, across, ranges, unit, dark=figure.dark()),
        key=f"explain.blocks.{source}", name=f"importances-of-{source}",
        data=pd.DataFrame(table), code=code, cite=(_BREIMAN, GRID),
        alt=f"Rise of the error by rank of neighbour and range of {source}",
    )  # fmt: skip


def _part(out: Mapping[str, Any], rows: Any) -> Importances:
    return Importances(
        tuple(out["parts"][rows].tolist()), np.asarray(out["rises"])[:, rows],
        np.asarray(out["errors"]),
    )  # fmt: skip


def _told(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_told(v) for v in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)

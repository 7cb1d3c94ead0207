"""Partial dependence on the Explain page: one feature with its curves, two as contours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from components import errors, figure, runs, state
from components.figures import partial_dependence as figures
from components.model import explained, run_estimates, run_jobs
from core.explain.partial_dependence import PartialDependence
from core.jobs.base import JobSpec
from core.units import quantity

_FRIEDMAN, _ICE = "10.1214/aos/1013203451", "10.1080/10618600.2014.907095"
_SAMPLE = 200
_POINTS = {1: 20, 2: 12}
_ONLY_ONE = "None"
_KEYS = ("feature", "and")


def draw(run: runs.Run) -> None:
    """Choose one or two features and see what the model answers. In the address: feature, and."""
    names = explained.names_of(run)
    if not names:
        explained.nothing_by_name(run)
        return
    left, right = st.columns(2)
    with left:
        first = _choose("Feature", "feature", names, names[0])
    with right:
        second = _choose("And", "and", (_ONLY_ONE, *names), _ONLY_ONE)
    chosen = [first] if second in (_ONLY_ONE, first) else [first, second]
    options = {
        "model": f"result:{run.key}", "features": chosen, "points": _POINTS[len(chosen)],
        "sample": _SAMPLE, "seed": run.options["seed"],
    }  # fmt: skip
    spec = JobSpec(task="partial-dependence", options=options, seed=run.options["seed"])
    result = run_jobs.on_run(
        run, spec, label=f"Partial dependence on {' and '.join(chosen)}", page=explained.PAGE,
        key=f"explain.{'.'.join(chosen)}", button="Compute", at_once=True,
        takes=f"Asks the trained model {_POINTS[len(chosen)] ** len(chosen)} times about "
        f"{_SAMPLE} training crystals.",
        cost=lambda crystals: run_estimates.of_dependence(run, crystals, options),
    )  # fmt: skip
    if result is not None:
        _show(run, of(result.outputs), options)


def of(outputs: Mapping[str, Any]) -> PartialDependence:
    """From the outputs of the job."""
    names = tuple(outputs["features"].tolist())
    return PartialDependence(
        names, tuple(np.asarray(outputs[f"grid_{i}"]) for i in range(len(names))),
        np.asarray(outputs["average"]), np.asarray(outputs["individual"]),
        np.asarray(outputs["values"]),
    )  # fmt: skip


def _show(run: runs.Run, found: PartialDependence, options: Mapping[str, Any]) -> None:
    key, dark = run.options["target"], figure.dark()
    count = f"{len(found.values):,} training crystals"
    if len(found.names) == 1:
        look = _look()
        plot = figures.one(found, key, look, dark=dark, count=count)
        alt = f"Predicted {quantity(key).label} over {found.names[0]}, with the data underneath"
    else:
        plot = figures.two(found, key, dark=dark, count=count)
        alt = f"Predicted {quantity(key).label} by {found.names[0]} and {found.names[1]}"
    figure.show(
        plot, key="explain.dependence", name="partial-dependence-" + "-".join(found.names),
        data=pd.DataFrame(figures.table(found, key)), code=_script(run, options),
        cite=(_FRIEDMAN, _ICE), alt=alt,
    )  # fmt: skip
    unit = quantity(key).unit
    words = (
        f"The average spans {found.range:.3g} {unit}. Everything else of a crystal stays as it is, "
        "its distances too, so a point says what the model answers, not what a crystal would do. "
        f"Model of all {len(run.outputs['train_ids']):,} crystals of the run; {len(found.values)} "
        "of them drawn by the seed."
    )
    if len(found.names) == 2:
        words += " White where no crystal lies near: the model was never shown such a pair."
    st.caption(errors.plain(words))


def _look() -> figures.Look:
    with st.container(horizontal=True):
        single = st.toggle(
            "Single crystals", value=True, key="explain.single",
            help="Individual conditional expectation: one curve a crystal. Where they cross or "
            "fan out, the feature acts together with others.",
        )  # fmt: skip
        centred = st.toggle(
            "From the first point", key="explain.centred",
            help="All curves start at zero, so that their shapes can be compared.",
        )  # fmt: skip
    return figures.Look(single=bool(single), centred=bool(centred))


def _choose(label: str, url_key: str, names: Sequence[str], default: str) -> str:
    key, named = f"explain.{url_key}", state.url(url_key)
    # The first of the names is another one once importances are measured, or the crystals opened.
    moved = not named and state.get(f"{key}.first") != default
    if state.get(key) not in names or moved:
        state.put(key, named if named in names else default)
    state.put(f"{key}.first", default)
    chosen = st.selectbox(
        label, names, key=key,
        help="Most important first, once importances are measured"
        if url_key == "feature" else "A second feature gives contours",
    )  # fmt: skip
    state.set_url(url_key, None if chosen == default else chosen)
    return str(chosen)


def _script(run: runs.Run, options: Mapping[str, Any]) -> str:
    return run_jobs.script(
        run,
        "from core.evaluation.dependence import dependence\n"
        "from core.jobs.dependence import background\n"
        "from core.models import prepare\n"
        "from core.models.persistence import load_model\n"
        'model = load_model(out["model"].tobytes())\n'
        "some = background(list(crystals.values()), model.ids, "
        f"{options['sample']}, {options['seed']})\n"
        "found = dependence(model, prepare(some, model.needs)[0], "
        f"{options['features']!r}, points={options['points']})\n"
        "print(found.grids, found.average)\n",
    )

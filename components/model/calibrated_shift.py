"""The same model under another split: do its intervals hold where crystals are less alike?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components import runs, state
from components.model import run_jobs
from components.model.calibrated import Judged, level_of, show_beside
from components.model.evaluated import interval
from core.evaluation import GROUPINGS
from core.jobs.base import JobSpec
from core.uncertainty import Coverage

PAGE = "pages/model/uncertainty.py"
_EVALUATE = ("target", "model", "conformal", "seed", "levels")
_MOST_REPEATS, _ELEMENTS = 5, 8
_URL = "shift"


def shifts(run: runs.Run) -> dict[str, Mapping[str, Any]]:
    """Splits other than the run's own: words -> options."""
    own = run.options["split"]
    repeats = min(_MOST_REPEATS, int(own.get("repeats", 2)))
    every: list[dict[str, Any]] = [
        {"key": "group", "by": by, "repeats": repeats}
        for by in ("chemical-system", *(g for g in GROUPINGS if g != "chemical-system"))
    ]
    every.append({"key": "leave-one-element-out", "most": _ELEMENTS})
    if own["key"] not in ("random", "k-fold"):
        every.insert(0, {"key": "random", "repeats": repeats})
    return {
        run_jobs.split_name(split): split
        for split in every
        if (split["key"], split.get("by")) != (own["key"], own.get("by"))
    }


def spec_of(run: runs.Run, split: Mapping[str, Any]) -> JobSpec:
    """The run's model under another split."""
    options = {name: run.options[name] for name in _EVALUATE} | {"split": dict(split)}
    return JobSpec(task="evaluate", options=options, seed=run.options["seed"])


def found_so_far(run: runs.Run, judged: Judged) -> dict[str, Coverage]:
    """Coverage under the run's own split and under all others tried so far."""
    out = {run_jobs.split_name(run.options["split"]): judged.pooled()}
    for name, split in shifts(run).items():
        result = run_jobs.stored(run, spec_of(run, split))
        if result is not None:
            out[name] = Judged.of(result.outputs).pooled()
    return out


def draw(run: runs.Run, judged: Judged, found: Mapping[str, Coverage]) -> None:
    """A choice of splits, a button that tries one, and all tried so far beside one another."""
    from components.model import run_estimates

    st.markdown(
        "Test crystals of a random split have near relatives in training. Split by chemistry or by "
        "structure, and the same model is asked for what it has not seen."
    )
    choices = shifts(run)
    named = state.url(_URL)
    if state.get("shift.split") not in choices:
        state.put("shift.split", named if named in choices else next(iter(choices)))
    name = st.selectbox(
        "Another split", list(choices), key="shift.split",
        help="Whole groups are left out of training; leaving one element out is the hardest",
    )  # fmt: skip
    state.set_url(_URL, name)
    result = run_jobs.on_run(
        run, spec_of(run, choices[name]), label=f"Coverage under {name}, {run.library_name}",
        key=f"shift.{name}", page=PAGE, button="Evaluate under this split",
        takes=f"Fits and tests the same model under a {name}, with intervals calibrated anew in "
        "each training set.",
        cost=lambda crystals: run_estimates.of_split(run, crystals, choices[name]),
    )  # fmt: skip
    if result is not None or len(found) > 1:
        script = _SHIFTED.format(level=f"{level_of(judged):g}", split=dict(choices[name]))
        show_beside(run, found, "calibration.shift", "coverage-by-split", script)
    if result is not None:
        _errors(run, name, result.outputs)
        if warning := str(result.outputs["leakage"]):
            st.caption(warning)


def _errors(run: runs.Run, name: str, outputs: Mapping[str, Any]) -> None:
    from components.model.calibrated import unit_of

    keys = outputs["metrics"].tolist()
    at = keys.index("mae")
    own, unit = run.metric("mae"), unit_of(run)
    value, low, high, dummy = (
        float(outputs[n][at]) for n in ("values", "low", "high", "baselines")
    )
    st.caption(
        f"Mean absolute error under {name}: {value:.3g} {unit} ({interval(low, high)}; "
        f"trivial baseline {dummy:.3g}), under {run_jobs.split_name(run.options['split'])}: "
        f"{own:.3g} {unit}."
    )


_SHIFTED = (
    "from core.uncertainty import coverage, verdict\n"
    "found = {{}}\n"
    'for name, split in (("own", options["split"]), ("shifted", {split})):\n'
    '    asked = {{**options, "split": split}}\n'
    '    spec = JobSpec(task="learn", options=asked, seed=options["seed"])\n'
    '    out = run(spec, {{"crystals": list(crystals.values())}}).outputs\n'
    '    found[name] = coverage(out["truth"], out["intervals"], out["levels"],\n'
    '                           ids=out["ids"].tolist())\n'
    "print(verdict(found, {level}))\n"
)

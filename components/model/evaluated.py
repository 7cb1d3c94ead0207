"""What a run came to, in numbers: metrics beside the baseline, folds, runs side by side."""

from __future__ import annotations

from math import floor, isfinite, log10
from typing import Any

import streamlit as st

from components import errors, figure, runs
from components.model import model_scripts, run_jobs
from core.citations import dois_in
from core.jobs.estimate import duration
from core.library.citing import data_dois
from core.units import quantity

_HEADLINES = ("mae", "rmse", "r2", "log10_mae")
_SYMBOLS = "ŷ: predicted, y: true"
_SHARES = ("Level", "Covered")


def headlines(run: runs.Run) -> None:
    """The main metrics of a run with 95% intervals, the trivial baseline beside each."""
    from core.metrics import METRICS

    out = run.outputs
    names = out["metrics"].tolist()
    shown = [key for key in _HEADLINES if key in names]
    for column, key in zip(st.columns(len(shown)), shown, strict=True):
        value, low, high, base = _row(run, key)
        with column:
            st.metric(
                METRICS[key].title, f"{digits(value, high - low)} {_unit(run, key)}".strip(),
                help=f"${METRICS[key].formula}$; {_SYMBOLS}",
            )  # fmt: skip
            st.caption(f"{interval(low, high)}; trivial baseline {digits(base, high - low)}")
    st.caption(described(run))


def _row(run: runs.Run, key: str) -> tuple[float, float, float, float]:
    """Value, interval and baseline of a metric."""
    out = run.outputs
    i = out["metrics"].tolist().index(key)
    value, low, high, base = (
        float(out[name][i]) for name in ("values", "low", "high", "baselines")
    )
    return value, low, high, base


def _unit(run: runs.Run, key: str) -> str:
    from core.metrics import METRICS

    return quantity(run.options["target"]).unit if METRICS[key].unit == "target" else ""


def digits(value: float, width: float) -> str:
    """A number with the digits that the width of its interval allows."""
    if not isfinite(value):
        return "none"
    if not isfinite(width) or width <= 0:
        return f"{value:.3g}"
    places = max(0, 1 - floor(log10(width)))
    return f"{value:z.{min(places, 12)}f}" if places or abs(value) < 1e6 else f"{value:.4g}"


def interval(low: float, high: float) -> str:
    """Words for the 95% interval of a metric."""
    from core.metrics.bootstrap import MIN_GROUPS

    if not isfinite(low):
        return f"95% interval unknown: fewer than {MIN_GROUPS} groups were tested"
    return f"95% interval {digits(low, high - low)} to {digits(high, high - low)}"


def described(run: runs.Run) -> str:
    """What the numbers rest on: crystals tested, split, folds, coverage of the intervals."""
    out = run.outputs
    folds, tested = len(out["fold_names"]), len(set(out["ids"].tolist()))
    text = (
        f"On {tested:,} different test crystals in {folds} "
        f"{'folds' if folds > 1 else 'fold'} ({run_jobs.split_name(run.options['split'])}); "
        f"the final model is trained on {len(out['train_ids']):,} crystals."
    )
    if covered := coverages(run):
        said = ", ".join(f"{share:.1%} at {level:.0%}" for level, share in covered.items())
        text += f" Its intervals cover {said}."
    return text


def coverages(run: runs.Run) -> dict[float, float]:
    """Share of test crystals inside the interval of each level."""
    from core.uncertainty import coverage

    out = run.outputs
    if not len(out["levels"]):
        return {}
    found = coverage(out["truth"], out["intervals"], out["levels"])
    return dict(zip(found.levels.tolist(), found.covered.tolist(), strict=True))


def cite(run: runs.Run) -> tuple[str, ...]:
    """DOIs of the model and of the data."""
    from core.models import MODELS

    library = runs.library_of(run)
    data = data_dois(library) if library is not None else ()
    return tuple(dict.fromkeys((*dois_in(MODELS[run.options["model"]["key"]].reference), *data)))


def warnings(run: runs.Run) -> None:
    """What to mind about the numbers: leakage, and what the model says of its fit."""
    if warning := str(run.outputs["leakage"]):
        st.warning(errors.plain(warning), icon=":material/warning:")
    for note in run.outputs["notes"].tolist():
        st.info(errors.plain(note), icon=":material/info:")


def metrics(run: runs.Run) -> None:
    """Every metric with its interval and the baseline; the same for each fold."""
    import pandas as pd

    from core.metrics import METRICS

    out = run.outputs
    every = out["metrics"].tolist()
    names = [k for k in _HEADLINES if k in every] + [k for k in every if k not in _HEADLINES]
    rows = []
    for key in names:
        value, low, high, base = _row(run, key)
        rows.append((METRICS[key].title, _unit(run, key), value, low, high, base))
    table = pd.DataFrame(
        rows,
        columns=["Metric", "Unit", "Value", "95% from", "95% to", "Trivial baseline"],
    )
    _table(table, "evaluate.metrics", "Metrics over all test crystals together")
    st.caption(
        "Intervals by bootstrap: what the split kept together is drawn anew 1,000 times, whole "
        "groups or crystals with all their predictions. The trivial baseline "
        "predicts the mean of each fold's training crystals."
    )
    counts = pd.Series(out["fold"]).value_counts().sort_index().tolist()
    by_fold = pd.DataFrame({"Fold": out["fold_names"].tolist(), "Test crystals": counts})
    for key in names:
        unit = _unit(run, key)
        title = METRICS[key].title + (f" [{unit}]" if unit else "")
        by_fold[title] = out["by_fold"][list(METRICS).index(key)]
    _table(by_fold, "evaluate.folds", "The same for each fold")
    owed = table.assign(fold="all")
    figure.owed(
        key="evaluate.metrics", name=f"metrics-{run.id}", data=owed, cite=cite(run),
        code=run_jobs.script(
            run,
            'for row in zip(out["metrics"], out["values"], out["low"], out["high"], '
            'out["baselines"]):\n    print(*row)\n',
        ),
    )  # fmt: skip


def _table(table: Any, key: str, words: str) -> None:
    numbers = {
        name: st.column_config.NumberColumn(format="percent" if name in _SHARES else "%.4g")
        for name in table.columns if table[name].dtype.kind == "f"
    }  # fmt: skip
    st.markdown(f"**{words}**")
    st.dataframe(
        table, hide_index=True, width="stretch", key=f"{key}.table", column_config=numbers,
        alt=words,
    )  # fmt: skip


def comparison() -> None:
    """All runs of this session in one table."""
    import pandas as pd

    every = runs.every()
    table = pd.DataFrame([compared(run) for run in every])
    runs_of = "1 run" if len(every) == 1 else f"{len(every)} runs"
    _table(table, "evaluate.compare", f"{runs_of} of this session, newest first")
    st.caption(
        "Only runs with the same target, crystals and split answer the same question. Choose one "
        "above to look into it."
    )
    figure.owed(
        key="evaluate.compare", name="runs", data=table, cite=cite(every[0]),
        code=_runs_script(every),
    )  # fmt: skip


def compared(run: runs.Run) -> dict[str, Any]:
    """A run as a row: what was asked, what came out, how long it took."""
    out, key = run.outputs, run.options["target"]
    value, low, high, base = _row(run, "mae")
    covered = coverages(run)
    level = min(covered, key=lambda at: abs(at - 0.9)) if covered else float("nan")
    conformal = run.options["conformal"]
    return {
        "Target": quantity(key).axis_title,
        "Model": runs.title_of("model", run.options["model"]),
        "Split": runs.title_of("split", run.options["split"]),
        "Crystals": len(out["train_ids"]),
        "Test crystals": len(set(out["ids"].tolist())),
        "MAE": value, "95% from": low, "95% to": high, "Baseline MAE": base,
        "RMSE": run.metric("rmse"), "R²": run.metric("r2"), "log10 MAE": run.metric("log10_mae"),
        "Folds": len(out["fold_names"]), "Level": level,
        "Covered": covered.get(level, float("nan")),
        "Intervals": "none" if conformal is None else conformal.get("method", "cross"),
        "Seed": run.options["seed"], "Took": duration(run.result.provenance.seconds),
        "Data": run.library_name, "Run": run.id,
    }  # fmt: skip


def _runs_script(every: list[runs.Run]) -> str:
    """The same numbers for every run on the data of the newest."""
    from pprint import pformat

    library = runs.library_of(every[0])
    same = [run for run in every if run.library_digest == every[0].library_digest]
    head = model_scripts.load(library) if library is not None else run_jobs.script(every[0], "")
    return (
        head
        + "from core.jobs import JobSpec, run\n"
        + f"asked = {pformat([dict(run.options) for run in same], width=88, sort_dicts=False)}\n"
        + "for options in asked:\n"
        + '    spec = JobSpec(task="learn", options=options, seed=options["seed"])\n'
        + '    out = run(spec, {"crystals": list(crystals.values())}).outputs\n'
        + '    print(options["model"], dict(zip(out["metrics"], out["values"])))\n'
    )

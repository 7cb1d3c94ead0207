"""Pieces of the Explain page: importances of features by name, and what can't be shown."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from components import errors, figure, runs
from components.figures import importances as figures
from components.model import run_estimates, run_jobs
from core.elements import SYMBOLS
from core.evaluation.columns import is_named, named_columns
from core.explain.importances import Importances
from core.jobs.base import JobSpec
from core.jobs.explain import spec_needs
from core.models.inputs import Needs
from core.units import quantity

PAGE = "pages/model/explain.py"
RUN_OPTIONS = ("target", "model", "seed", "split")
_BREIMAN, _FRIEDMAN = "10.1023/A:1010933404324", "10.1214/aos/1013203451"
_SEEDS = 15  # of trees, and orders in which a feature is shuffled


def needs_of(run: runs.Run) -> Needs:
    """What the run's model sees."""
    return spec_needs(run.options)


def names_of(run: runs.Run) -> tuple[str, ...]:
    """Features that the model sees by name, most important first where that is known."""
    known = named_columns(needs_of(run)).names
    result = run_jobs.stored(run, importances_spec(run))
    if result is None:
        return _frequent_first(run, known)
    found = importances_of(result.outputs)
    first = [found.names[i] for i in found.order.tolist() if found.names[i] in known]
    return (*first, *(n for n in known if n not in first))


def _frequent_first(run: runs.Run, names: Sequence[str]) -> tuple[str, ...]:
    """Elements in the order of how many of the run's crystals hold them, those of none last.

    Nothing depends on an element that no crystal holds. Names of other features keep their place
    before them.
    """
    library = runs.library_of(run)
    if library is None:
        return tuple(names)
    held = Counter(e for c in run_jobs.crystals_of(run, library) for e in c.elements)
    return tuple(sorted(names, key=lambda n: -held[n] if n in SYMBOLS else -len(library) - 1))


def importances_spec(run: runs.Run, **more: Any) -> JobSpec:
    """The job that measures importances of features by name."""
    options = {n: run.options[n] for n in RUN_OPTIONS} | shuffles(run) | {"seeds": _SEEDS} | more
    return JobSpec(task="importances", options=options, seed=run.options["seed"])


def shuffles(run: runs.Run) -> dict[str, int]:
    """Folds to fit again and random orders in each: at least 15 in all."""
    folds = min(2, len(run.outputs["fold_names"]))
    return {"folds": folds, "draws": -(-_SEEDS // folds)}


def importances_of(outputs: Mapping[str, Any]) -> Importances:
    """The rises of the error, of every part."""
    return Importances(
        tuple(outputs["parts"].tolist()), np.asarray(outputs["rises"]),
        np.asarray(outputs["errors"]),
    )  # fmt: skip


def features(run: runs.Run) -> None:
    """Importances by name: permutation on held-out crystals, impurity beside it."""
    if not len(named_columns(needs_of(run))):
        nothing_by_name(run)
        return
    spec = importances_spec(run)
    result = run_jobs.on_run(
        run, spec, label=f"Importances, {run.title}", key="explain.importances", page=PAGE,
        button="Measure importances",
        takes=f"Fits {spec.options['folds']} folds of the run again and shuffles each feature "
        f"among their test crystals in {spec.options['folds'] * spec.options['draws']} random "
        f"orders; trees are grown with {_SEEDS} seeds.",
        cost=lambda crystals: run_estimates.of_importances(run, crystals, spec.options),
    )  # fmt: skip
    if result is None:
        return
    out = result.outputs
    found, impurity = importances_of(out), _impurity(out)
    if not found.draws.any():
        nothing_changes()
        return
    groups = json.loads(str(out["groups"]))
    flagged = {name: _words(group) for group in groups for name in group["members"]}
    flagged |= {group["name"]: _words(group) for group in groups}
    unit = quantity(run.options["target"]).unit
    figure.show(
        figures.features(
            found, impurity, flagged, unit, dark=figure.dark(),
            count=f"{sum(out['n_test']):,} test crystals",
        ),
        key="explain.features", name="importances",
        data=pd.DataFrame(figures.table(found, impurity, flagged, unit)),
        code=run_jobs.script(run, _PRINT, "importances", **spec.options),
        cite=(_BREIMAN, _FRIEDMAN) if impurity else (_BREIMAN,),
        alt="Bars of the most important features: rise of the error when each is shuffled",
    )  # fmt: skip
    _how(run, out, found, impurity)
    _collinear(groups, found, unit)


def _how(
    run: runs.Run, out: Mapping[str, Any], found: Importances, impurity: Importances | None
) -> None:
    """What the bars rest on, in words."""
    unit = quantity(run.options["target"]).unit
    folds = ", ".join(out["fold_names"].tolist())
    measured = int((out["kinds"] == "column").sum())
    some = ""
    if measured < int(out["n_columns"]):
        some = f" The {measured} features of {int(out['n_columns'])} with the largest impurity."
    lines = [
        f"Rise of the mean absolute error over {found.errors.mean():.3g} {unit} when a feature is "
        f"shuffled among test crystals ({folds} of the {run_jobs.split_name(run.options['split'])};"
        f" {sum(out['n_test']):,} crystals), mean and standard deviation of {len(found.draws)} "
        f"shuffles.{some}"
    ]
    if impurity is not None:
        from core.models import MODELS

        trees = MODELS[str(out["impurity_model"])].title
        lines.append(
            f"Share of impurity: {trees}, mean and standard deviation over {len(impurity.draws)} "
            "seeds, on training crystals; it favours features with many values."
        )
    else:
        lines.append("This model grows no trees with impurities: there are no grey bars.")
    st.caption(errors.plain(" ".join(lines)))


def _collinear(groups: list[dict[str, Any]], found: Importances, unit: str) -> None:
    """Groups of features that say nearly the same, with what they do together."""
    if not groups:
        return
    st.markdown("##### Nearly collinear features")
    st.caption(
        "Features whose ranks agree (Spearman |ρ| of every pair at least 0.9) stand in for one "
        "another: shuffling one alone costs little, and trees share the impurity among them by "
        "chance. Read the group, not its members."
    )
    at = {name: i for i, name in enumerate(found.names)}
    end = f" [{unit}]" if unit else ""
    rows = []
    for group in groups:
        i = at.get(group["name"])
        told = [at[m] for m in group["members"] if m in at]
        rows.append(
            {
                "Group": group["name"], "Features": ", ".join(group["members"]),
                "Least |ρ|": group["rho"],
                f"Rise together{end}": np.nan if i is None else found.mean[i],
                f"Largest alone{end}": max((found.mean[j] for j in told), default=np.nan),
            }
        )  # fmt: skip
    frame = pd.DataFrame(rows).sort_values(f"Rise together{end}", ascending=False)
    number = st.column_config.NumberColumn(format="%.3g")
    st.dataframe(
        frame, hide_index=True, alt="Groups of nearly collinear features",
        column_config={n: number for n in frame.columns if n not in ("Group", "Features")},
    )  # fmt: skip


def nothing_changes() -> None:
    """Say that no shuffle moved a prediction, as of a model of a constant."""
    st.info(
        "Shuffling changes no prediction: the model answers the same for every crystal.",
        icon=":material/info:",
    )


def nothing_by_name(run: runs.Run) -> None:
    """Why there is no feature by name, and what can be shown instead."""
    needs = needs_of(run)
    title = runs.title_of("model", run.options["model"])
    if not (needs.features or needs.distances):
        text = f"{title} looks at nothing: every crystal gets the same prediction."
    elif not needs.features:
        text = (
            f"{title} compares whole crystals by distance ("
            + ", ".join(map(str, needs.single))
            + "). It sees no feature by name, so importances of features and partial dependence "
            "can't be shown. What can: how much each distance, and each block of GRID, matters."
        )
    else:
        whole = ", ".join(str(t) for t in needs.features if not is_named(t))
        text = (
            f"The features of {whole} are too many, or mixed by a PCA, to speak of them one by "
            "one. What can be shown: how much each descriptor matters as a whole."
        )
    st.info(errors.plain(text), icon=":material/info:")


def _impurity(outputs: Mapping[str, Any]) -> Importances | None:
    draws = np.asarray(outputs["impurity"])
    if not draws.size:
        return None
    return Importances(tuple(outputs["impurity_names"].tolist()), draws, np.empty(0))


def _words(group: Mapping[str, Any]) -> str:
    members = group["members"]
    rest = f" and {len(members) - 4} more" if len(members) > 4 else ""
    return f"{group['name']}: " + ", ".join(members[:4]) + rest


_PRINT = 'for name, rise in zip(out["parts"], out["rises"].mean(axis=0)):\n    print(name, rise)\n'

"""Prediction against truth, point by point, and the crystal behind a point in 3D."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from components import cache, computed, errors, figure, runs, state
from components.model import evaluated, run_jobs
from components.viewer import crystal_view, view_controls
from core.errors import GridscopeError
from core.units import quantity

if TYPE_CHECKING:
    import pandas as pd

    from core.library import Library
    from core.types import Crystal

_DENSITY = "density of points"
_KEY = "evaluate.parity"
_NEAREST, _LOOKED_AT = 5, 60
_PARITY = (
    "result = list(zip(out['ids'], out['truth'], out['mean']))\n"
    "print(abs(out['mean'] - out['truth']).mean(), result[:3])\n"
)


def show(run: runs.Run) -> None:
    """The figure, and beside it the crystal that was clicked. In the address: colour, crystal."""
    library = runs.library_of(run)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _figure(run, library)
    with right:
        beside(run, library)


def predictions(run: runs.Run) -> pd.DataFrame:
    """A row for each prediction of a test crystal, folds one after another, units in the names.

    Columns: id, fold, true_KEY, predicted_KEY, error_KEY, std_KEY, and low and high of each level.
    """
    import pandas as pd

    out, key = run.outputs, run.options["target"]
    table = pd.DataFrame(
        {
            "id": out["ids"], "fold": out["fold_names"][out["fold"]], f"true_{key}": out["truth"],
            f"predicted_{key}": out["mean"], f"error_{key}": out["mean"] - out["truth"],
            f"std_{key}": out["std"],
        }
    )  # fmt: skip
    for j, level in enumerate(out["levels"].tolist()):
        table[f"low_{level:g}_{key}"] = out["intervals"][:, 0, j]
        table[f"high_{level:g}_{key}"] = out["intervals"][:, 1, j]
    return table


def _figure(run: runs.Run, library: Library | None) -> None:
    from components.figures import parity as figures

    out, key = run.outputs, run.options["target"]
    colour = _colour(library)
    positive = bool((out["truth"] > 0).all() and (out["mean"] > 0).all())
    logarithmic = positive and _logarithmic(run)
    ids = out["ids"].tolist()
    values = None if colour == _DENSITY or library is None else _values(library, ids, colour)
    folds = len(out["fold_names"])
    count = f"{len(ids):,} predictions in {folds} {'folds' if folds > 1 else 'fold'}"
    if values is None and len(ids) >= figures.DENSE:
        count += ", colour: how many lie there"
    table = predictions(run)
    if values is not None:
        table[colour] = values
    drawn = figures.parity(
        out["truth"], out["mean"], ids, key, dark=figure.dark(), logarithmic=logarithmic,
        values=values, label=quantity(colour).axis_title, marked=chosen(run) or "", count=count,
        hover=_hover(run),
    )  # fmt: skip
    figure.show(
        drawn, key=_KEY, name=f"parity-{key}", data=table, code=run_jobs.script(run, _PARITY),
        cite=evaluated.cite(run), on_select=_clicked,
        alt=f"Predicted against true {quantity(key).label} of {len(ids)} predictions; mean "
        f"absolute error {run.headline.removeprefix('MAE ')}.",
    )  # fmt: skip


def _colour(library: Library | None) -> str:
    from core.maps.colours import colour_choices

    choices = [_DENSITY, *(colour_choices(library) if library is not None else ())]
    named = state.url("colour")
    colour = st.selectbox(
        "Colour", choices, index=choices.index(named) if named in choices else 0,
        format_func=lambda key: quantity(key).axis_title,
        key=f"{_KEY}.colour.{library.digest if library is not None else ''}",
        help="How many points lie on one another, or a property or element of the crystals",
    )  # fmt: skip
    state.set_url("colour", None if colour == _DENSITY else colour)
    return colour


def _logarithmic(run: runs.Run) -> bool:
    usual = run.options["model"].get("target_scale", "linear") == "log"
    named = state.url("axes")
    on = st.toggle(
        "Logarithmic axes", named == "log" if named else usual, key=f"{_KEY}.log.{run.id}",
        help="As the model was fitted at first; the numbers stay the same",
    )  # fmt: skip
    state.set_url("axes", None if on == usual else "log" if on else "linear")
    return on


def _values(library: Library, ids: list[str], colour: str) -> list[Any]:
    from core.hashing import mapping_digest
    from core.maps.colours import colour_values

    digest = mapping_digest(
        {"of": library.digest, "and": library.record_digest, "by": colour, "ids": ids}
    )
    return cache.shared(f"{_KEY}.colours", digest, lambda: colour_values(library, ids, colour))


def _hover(run: runs.Run) -> list[str]:
    """The widest interval of each prediction, in words."""
    out = run.outputs
    if not len(out["levels"]):
        return [""] * len(out["ids"])
    j = int(out["levels"].argmax())
    level = float(out["levels"][j])
    return [
        f"{level:.0%} interval {low:.4g} to {high:.4g}" for low, high in out["intervals"][:, :, j]
    ]


def _clicked() -> None:
    take_click(_KEY)


def take_click(key: str) -> None:
    """The crystal of the point clicked in a figure goes into the address, before the page runs."""
    points = (state.get(key) or {}).get("selection", {}).get("points", [])
    data = points[0].get("customdata") if points else None
    name = data if isinstance(data, str) else next(iter(data or ()), None)
    if name:
        state.set_url("crystal", name)


def chosen(run: runs.Run) -> str | None:
    """The test crystal that the address names."""
    named = state.url("crystal")
    return named if named and named in set(run.outputs["ids"].tolist()) else None


def by_error(run: runs.Run) -> list[str]:
    """Ids of the test crystals, the worst predicted first."""
    table = predictions(run)
    error = table[f"error_{run.options['target']}"].abs()
    return list(dict.fromkeys(table["id"].iloc[error.argsort()[::-1]].tolist()))


def beside(run: runs.Run, library: Library | None) -> None:
    """The chosen crystal: its predictions, its structure, its nearest training crystals."""
    names = cache.shared("evaluate.by_error", run.key, lambda: by_error(run))
    key = f"{_KEY}.crystal.{run.id}"
    state.put(key, chosen(run))  # a click in the figure moves the box too
    st.selectbox(
        "Crystal", names, key=key, index=None, placeholder="Click a point, or choose",
        help="Test crystals, the worst predicted first", on_change=_picked, args=(key,),
    )  # fmt: skip
    name = chosen(run)
    if name is None:
        st.caption("Click a point to see its crystal here.")
        return
    told = _told(run, name)
    st.dataframe(
        told, hide_index=True, width="stretch", alt=f"Predictions of {name}",
        column_config={n: st.column_config.NumberColumn(format="%.4g") for n in told.columns[1:]},
    )  # fmt: skip
    if len(run.outputs["levels"]):
        st.caption(errors.plain(_interval_words(run, name)))
    if library is None:
        runs.offer_library(run, "evaluate.open")
        return
    crystal = library.get(name)
    st.text(name if name == crystal.formula else f"{name}  {crystal.formula}")
    crystal_view(crystal, key="evaluate.3d", options=view_controls("evaluate.view"), height=340)
    if st.toggle("Nearest training crystals", key="evaluate.near",
                 help="By structure and composition, among those its model had seen"):  # fmt: skip
        _nearest(run, library, crystal)


def _picked(key: str) -> None:
    state.set_url("crystal", state.get(key))


def _interval_words(run: runs.Run, name: str) -> str:
    """The widest interval of a crystal in each of its folds, in plain text."""
    out, unit = run.outputs, quantity(run.options["target"]).unit
    j = int(out["levels"].argmax())
    bounds = out["intervals"][out["ids"] == name][:, :, j].tolist()
    said = "; ".join(f"{low:.4g} to {high:.4g}" for low, high in bounds)
    return f"Interval at {float(out['levels'][j]):.0%}: {said} {unit}".rstrip()


def _told(run: runs.Run, name: str) -> pd.DataFrame:
    """True value, prediction, error and widest interval of a crystal in each of its folds."""
    import pandas as pd

    out, unit = run.outputs, quantity(run.options["target"]).unit
    bracket = f" [{unit}]" if unit else ""
    rows = (out["ids"] == name).nonzero()[0]
    table = pd.DataFrame(
        {
            "Fold": out["fold_names"][out["fold"][rows]],
            f"True{bracket}": out["truth"][rows],
            f"Predicted{bracket}": out["mean"][rows],
            f"Error{bracket}": (out["mean"] - out["truth"])[rows],
        }
    )
    if len(out["levels"]):
        j = int(out["levels"].argmax())
        level = f"{float(out['levels'][j]):.0%}"
        table[f"{level} from{bracket}"] = out["intervals"][rows, 0, j]
        table[f"{level} to{bracket}"] = out["intervals"][rows, 1, j]
    return table.round(4)


def _nearest(run: runs.Run, library: Library, crystal: Crystal) -> None:
    """The nearest of the crystals that the model of its first fold had seen, with their values."""
    from components.metric import with_disorder
    from core.distances import parse_metric

    metric = with_disorder(parse_metric("10*grid-emd+composition-emd"), library.disorder)
    out, key = run.outputs, run.options["target"]
    fold = out["fold"][(out["ids"] == crystal.id).argmax()]
    seen = set(out["train_ids"].tolist()) - set(out["ids"][out["fold"] == fold].tolist())
    try:
        with st.spinner("Comparing crystals", show_time=True):
            k = len(library) - 1 if len(seen) < 0.5 * len(library) else _LOOKED_AT
            table, _ = computed.neighbors(library, crystal, metric, k)
    except GridscopeError as error:
        errors.show_error(error)
        return
    table = table[table["Id"].isin(seen)].head(_NEAREST)
    values = [library.get(name).properties.get(key) for name in table["Id"]]
    shown = table.assign(**{quantity(key).axis_title: values})
    st.dataframe(shown.round(4), hide_index=True, width="stretch",
                 alt=f"Nearest training crystals of {crystal.id}")  # fmt: skip
    st.caption(f"Under {metric}, among the {len(seen):,} training crystals of its first fold.")

"""Errors of a run: how often which size, against anything they may depend on, the worst."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from components import figure, runs, state
from components.model import evaluated, evaluated_parity, run_jobs
from core.store.rows import number_of
from core.units import quantity

if TYPE_CHECKING:
    import pandas as pd

_WORST = 20
_OWN = {"predicted": "Predicted", "true": "True", "std": "Stated standard deviation of"}
_RESIDUALS = (
    "result = out['mean'] - out['truth']\n"
    "print(result.mean(), abs(result).max(), out['ids'][abs(result).argmax()])\n"
)


def show(run: runs.Run) -> None:
    """Histogram, errors against a number, and the worst predictions."""
    left, right = st.columns(2, gap="medium")
    with left:
        _histogram(run)
    with right:
        _against(run)
    _worst(run)


def _histogram(run: runs.Run) -> None:
    import pandas as pd

    from components.figures import residuals as figures
    from core.models.target_choice import bin_edges

    out, key = run.outputs, run.options["target"]
    residuals = out["mean"] - out["truth"]
    edges = bin_edges(residuals, "linear")
    st.markdown("**How large are the errors?**")
    figure.show(
        figures.histogram(residuals, edges, key, dark=figure.dark()), key="evaluate.residuals",
        name=f"residuals-{key}", code=run_jobs.script(run, _RESIDUALS), cite=evaluated.cite(run),
        data=pd.DataFrame({"id": out["ids"], f"error_{key}": residuals}),
        alt=f"Histogram of {len(residuals)} errors of {quantity(key).label}.",
    )  # fmt: skip


def _against(run: runs.Run) -> None:
    """Errors over the prediction, or any number of the crystals. In the address: against."""
    from components.figures import residuals as figures

    library = runs.library_of(run)
    own = (*_OWN, *(library.numeric_keys if library is not None else ()))
    choices = [name for name in own if name != run.options["target"]]
    named = state.url("against")
    st.markdown("**What do they depend on?**")
    chosen = st.selectbox(
        "Errors against", choices, index=choices.index(named) if named in choices else 0,
        key=f"evaluate.against.{run.id}", format_func=partial(_title, run), label_visibility=
        "collapsed", help="A trend means that something is left to learn",
    )  # fmt: skip
    state.set_url("against", None if chosen == choices[0] else chosen)
    table = _numbers(run, chosen)
    column = table.columns[1]
    drawn = figures.against(
        table[column].to_numpy(), table[table.columns[2]].to_numpy(), table["id"].tolist(),
        run.options["target"], title=_title(run, chosen), dark=figure.dark(),
    )  # fmt: skip
    figure.show(
        drawn, key="evaluate.against", name=f"residuals-against-{chosen}", data=table,
        code=run_jobs.script(run, _RESIDUALS), cite=evaluated.cite(run), on_select=_clicked,
        alt=f"Errors against {_title(run, chosen)} of {len(table)} predictions.",
    )  # fmt: skip


def _title(run: runs.Run, name: str) -> str:
    if name not in _OWN:
        return quantity(name).axis_title
    target = quantity(run.options["target"])
    words = f"{_OWN[name]} {target.label[:1].lower()}{target.label[1:]}"
    return words + (f" [{target.unit}]" if target.unit else "")


def _numbers(run: runs.Run, name: str) -> pd.DataFrame:
    """Columns id, the number chosen, the error; only where the number is known."""
    import pandas as pd

    out, key = run.outputs, run.options["target"]
    own = {"predicted": "mean", "true": "truth", "std": "std"}
    values: Any
    if name in own:
        values, column = out[own[name]], f"{name}_{key}"
    else:
        library = runs.library_of(run)
        assert library is not None
        known = {c.id: number_of(c.properties.get(name)) for c in library.crystals}
        values, column = [known[i] for i in out["ids"].tolist()], name
    table = pd.DataFrame(
        {"id": out["ids"], column: values, f"error_{key}": out["mean"] - out["truth"]}
    )
    table[column] = pd.to_numeric(table[column], errors="coerce")
    finite = table[column].abs() < float("inf")
    return table[finite]


def _clicked() -> None:
    evaluated_parity.take_click("evaluate.against")


def _worst(run: runs.Run) -> None:
    """The predictions furthest off; a selected row is the crystal of the Parity tab."""
    table = worst(run)
    st.markdown(f"**The {len(table)} largest errors**")
    st.dataframe(
        table, hide_index=True, width="stretch", key="evaluate.worst",
        selection_mode="single-row", on_select=partial(_row, table["Id"].tolist()),
        alt="The predictions furthest off",
        column_config={
            name: st.column_config.NumberColumn(format="%.4g")
            for name in table.columns if table[name].dtype.kind == "f"
        },
    )  # fmt: skip
    st.caption("Select a row: its crystal is shown on the tab Parity.")


def worst(run: runs.Run) -> pd.DataFrame:
    """The 20 largest errors: id, formula, fold, true, predicted, error, whether inside."""
    out, unit = run.outputs, quantity(run.options["target"]).unit
    key, bracket = run.options["target"], f" [{unit}]" if unit else ""
    every = evaluated_parity.predictions(run)
    rows = every[f"error_{key}"].abs().argsort().tolist()[::-1][:_WORST]
    picked = every.iloc[rows]
    table = picked[["id", "fold", f"true_{key}", f"predicted_{key}", f"error_{key}"]].copy()
    table.columns = ["Id", "Fold", f"True{bracket}", f"Predicted{bracket}", f"Error{bracket}"]
    library = runs.library_of(run)
    if library is not None:
        formulas = {c.id: c.formula for c in library.crystals}
        table.insert(1, "Formula", [formulas[name] for name in table["Id"]])
    for j, level in enumerate(out["levels"].tolist()):
        truth, bounds = out["truth"][rows], out["intervals"][rows, :, j]
        inside = (bounds[:, 0] <= truth) & (truth <= bounds[:, 1])
        table[f"Inside {level:.0%}"] = ["yes" if held else "no" for held in inside]
    return table


def _row(names: list[str]) -> None:
    rows = (state.get("evaluate.worst") or {}).get("selection", {}).get("rows", [])
    if rows and rows[0] < len(names):
        state.set_url("crystal", names[rows[0]])

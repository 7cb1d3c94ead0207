"""Predictions beside the training values, and beside what is known of the same crystals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from components import cache, errors, figure, state
from components.figures import predictions as figures
from components.model.evaluated import digits
from components.model.predicted import Shown, cite, script, stem
from core.hashing import array_digest
from core.jobs.predicted import PREFIX
from core.store.rows import number_of
from core.types import FloatArray
from core.units import quantity

if TYPE_CHECKING:
    from core.metrics import Score

_NOTHING = 1e-9  # of the largest value: an error that is but rounding


def distribution(shown: Shown) -> None:
    """Histogram of the predictions over the training values."""
    import pandas as pd

    found = shown.found
    edges = figures.bins(found.mean, found.trained_on)
    data = pd.DataFrame({
        f"{found.key}_from": edges[:-1], f"{found.key}_to": edges[1:],
        "predictions_percent": figures.shares(found.mean, edges),
        **({"training_percent": figures.shares(found.trained_on, edges)}
           if len(found.trained_on) else {}),
    })  # fmt: skip
    figure.show(
        figures.distribution(
            found.mean, found.trained_on, found.key, dark=figure.dark(),
            flagged=found.mean[found.flagged],
        ),
        key="predict.histogram", name=f"{stem(shown)}-histogram", data=data, code=script(shown),
        cite=cite(shown), alt=f"Histogram of {len(found):,} predictions over the training values",
    )  # fmt: skip
    st.caption(
        f"The line: values of the {shown.chosen.n_training:,} training crystals. Where it is low "
        "the model has seen little; trees and neighbours can't predict beyond its ends."
        if len(found.trained_on)
        else "The training values are not in this file."
    )


def known(shown: Shown) -> None:
    """Predicted over known values, where the library has the property."""
    key = _known_key(shown)
    if key is None:
        return
    found, new = shown.found, shown.found.new
    values = {c.id: number_of(c.properties.get(key)) for c in shown.library.crystals}
    truth = np.array([values[i] for i in found.ids], dtype=np.float64)  # None becomes NaN
    rows = np.flatnonzero(np.isfinite(truth))
    if not len(rows):
        st.info("No predicted crystal has a known value.", icon=":material/info:")
        return
    kinds = ["seen" if not new[i] else "look" if found.reasons[i] else "new" for i in rows]
    above = st.container()  # the browser draws while the errors are resampled
    _drawn(shown, key, truth, rows, kinds)
    with above:
        _errors(shown, truth, rows, kinds)
    st.caption("Click a point to see its crystal.")


def _known_key(shown: Shown) -> str | None:
    """A property of the library that may be compared; None, and why, where there is none."""
    found, library = shown.found, shown.library
    unit = quantity(found.key).unit
    keys = [
        key for key in library.numeric_keys
        if not key.startswith(PREFIX)
        and (key == found.key or (unit and quantity(key).unit == unit))
    ]  # fmt: skip
    if not keys:
        words = f"The library has no {found.key} to compare with. Tables of properties join in the "
        st.info(errors.plain(f"{words}Library."), icon=":material/info:")
        return None
    keys.sort(key=lambda key: key != found.key)
    chosen: str = st.selectbox(
        "Compare with", keys, format_func=lambda k: quantity(k).axis_title, key="predict.known",
        help="Properties of the library that have the unit of the prediction",
    )  # fmt: skip
    return chosen


def _drawn(
    shown: Shown, key: str, truth: FloatArray, rows: np.ndarray, kinds: Sequence[str]
) -> None:
    import pandas as pd

    found, bounds = shown.found, shown.bounds
    names = [found.ids[i] for i in rows]
    data = pd.DataFrame({
        "id": names, f"known_{key}": truth[rows], f"{PREFIX}{found.key}": found.mean[rows],
        "kind": kinds,
    })  # fmt: skip
    figure.show(
        figures.known(
            truth[rows], found.mean[rows], None if bounds is None else bounds[rows], kinds, names,
            key, dark=figure.dark(), level=shown.level,
        ),
        key="predict.parity", name=f"{stem(shown)}-known", data=data, code=script(shown),
        cite=cite(shown), on_select=_clicked,
        alt=f"{len(rows):,} predictions over known values, by whether the model had seen them",
    )  # fmt: skip


def _clicked() -> None:
    points = (state.get("predict.parity") or {}).get("selection", {}).get("points", [])
    if points and (picked := points[0].get("customdata")):
        state.set_url("crystal", picked if isinstance(picked, str) else picked[0])


def _errors(shown: Shown, truth: FloatArray, rows: np.ndarray, kinds: Sequence[str]) -> None:
    """Mean absolute error with its bootstrap interval, by kind; and how many the intervals hold."""
    found, unit, bounds = shown.found, shown.unit, shown.bounds
    words = {
        "new": "New, like training",
        "look": "New, to look at twice",
        "seen": "In training, or the same to the model",
    }
    lines = []
    for kind, title in words.items():
        own = rows[np.array(kinds) == kind]
        if len(own) < 2:
            continue
        mae = _mae(truth[own], found.mean[own])
        width = mae.high - mae.low
        said, low, high = (digits(v, width) for v in (mae.value, mae.low, mae.high))
        if mae.high < _NOTHING * np.abs(truth[own]).max():
            said = low = high = "0"
        line = {"Crystals": title, "Number": len(own), f"MAE [{unit}]" if unit else "MAE":
                f"{said} ({low} to {high})"}  # fmt: skip
        if bounds is not None:
            inside = (truth[own] >= bounds[own, 0]) & (truth[own] <= bounds[own, 1])
            line[f"In the {100 * shown.level:g}% interval"] = f"{100 * inside.mean():.0f}%"
        lines.append(line)
    if lines:
        st.dataframe(lines, hide_index=True, alt="Errors by whether the model had seen the crystal")
        st.caption(
            "In brackets: 95% interval by resampling. Crystals in training, and those that the "
            "model can't tell from them, say nothing of the error on new ones."
        )


def _mae(truth: FloatArray, predicted: FloatArray) -> Score:
    """Mean absolute error of (n,) predictions; the resampling is done once for the same numbers."""

    def resample() -> Score:
        from core.metrics import score

        return score(truth, predicted, keys=("mae",))[0]

    return cache.shared("predict.mae", array_digest(truth, predicted), resample)

"""The shortlist put to the test by CHGNet, and a model that learns from what came of it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from components import errors, runs, state
from components.kept_models import Chosen
from components.screen.screened import Outcome
from components.screen.screening_source import PAGE
from components.screen.verification_result import Shortlist, Verified
from components.screen.verified import verification_panel
from components.screen.verified_rounds import rounds_panel
from core.jobs.verify import verified_key
from core.library import Library
from core.library.library import EMBEDDED
from core.units import quantity
from core.verification.hits import Window

_MOST = 200
_LEVEL = 0.9


def verify(outcome: Outcome) -> None:
    """Relax the first of the shortlist and hold predictions against what CHGNet says."""
    if outcome.source.library is None:
        st.info(
            "Results of a batch hold no structures. Load the crystals of the shortlist in the "
            "Library and screen them here to verify them.", icon=":material/info:",
        )  # fmt: skip
        return
    if not len(outcome.shortlist):
        st.warning(errors.plain(outcome.found.funnel.message), icon=":material/filter_alt_off:")
        return
    keys = [key for key in outcome.source.table.columns if verified_key(key)]
    if not keys:
        st.info(
            "CHGNet gives energies, volumes and bulk moduli; none of these was predicted.",
            icon=":material/info:",
        )  # fmt: skip
        return
    left, right = st.columns(2)
    key = left.selectbox(
        "Property", keys, format_func=lambda k: quantity(k).label, key="screen.verify.key",
        help="Of those that CHGNet can verify",
    )  # fmt: skip
    most = min(_MOST, len(outcome.shortlist))
    n = most
    if most > 1:
        n = int(right.number_input(
            "Crystals, the best first", 1, most, min(10, most), key="screen.verify.n",
            help="Each takes seconds to minutes on one core",
        ))  # fmt: skip
    shortlist = _shortlist(outcome, key, n)
    found = verification_panel(shortlist, key="screen.verify", page=PAGE)
    if found is not None:
        _learn(outcome, found)


def _shortlist(outcome: Outcome, key: str, n: int) -> Shortlist:
    rows = outcome.shortlist[:n]
    column = outcome.source.table.columns[key]
    criterion = next((c for c in outcome.request.criteria if c.key == key), None)
    low = -np.inf if criterion is None or criterion.low is None else criterion.low
    high = np.inf if criterion is None or criterion.high is None else criterion.high
    bounds, level = None, 0.0
    if column.intervals is not None and column.levels is not None:
        at = int(np.abs(column.levels - _LEVEL).argmin())
        bounds, level = column.intervals[rows][:, :, at], float(column.levels[at])
    std = np.full(len(rows), np.nan) if column.std is None else column.std[rows]
    return Shortlist(
        outcome.crystals_of(rows), key, column.mean[rows], std, Window(low=low, high=high),
        bounds, level, name=f"shortlist-{outcome.source.name}",
    )  # fmt: skip


def _learn(outcome: Outcome, found: Verified) -> None:
    """One step of active learning, for a model of this session whose crystals can be had."""
    model = next((m for m in outcome.source.models if m.target == found.shortlist.target), None)
    if model is None or model.run is None:
        st.caption("A model that this session trained (page Train) can learn from these crystals.")
        return
    library = _training(model)
    if library is None:
        st.caption("Open the data set that the model was trained on to let it learn from these.")
        return
    options = {name: model.run.options[name] for name in ("model", "conformal", "seed")}
    rounds_panel(found, library, options, key="screen.rounds", page=PAGE)


def _training(model: Chosen) -> Library | None:
    """The library that the model's run was made from; None where it is not at hand."""
    run = model.run
    if run is None:
        return None
    at_hand = runs.library_of(run)
    data = run.query.get("data", "")
    if at_hand is None and data.startswith(EMBEDDED) and state.url("data") != data:
        return Library.embedded(data.removeprefix(EMBEDDED))
    return at_hand

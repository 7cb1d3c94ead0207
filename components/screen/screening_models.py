"""Which models predict the candidates: any that this session, a workspace or Gridscope has."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from components import errors, kept_models, runs, state
from components.kept_models import Chosen
from core.errors import GridscopeError
from core.units import quantity

_URL, _KEY, _MOST = "models", "screen.models", 4


def choose() -> list[Chosen]:
    """The models that the reader chose, one a property; the page ends without one.

    In the address: models.
    """
    known = _known()
    named = [name for name in state.url(_URL).split(",") if name in known]
    if state.get(_KEY) is None:
        state.put(_KEY, named or _usual(known))
    state.put(_KEY, [name for name in state.get(_KEY) if name in known])
    names = st.multiselect(
        "Models", list(known), key=_KEY, format_func=lambda name: known[name][0],
        max_selections=_MOST, placeholder="Choose at least one",
        help="Each predicts one property of every candidate: models of this session (page Train), "
        "of a workspace, or shipped with Gridscope",
    )  # fmt: skip
    state.set_url(_URL, ",".join(names) or None)
    found = []
    for name in names:
        try:
            found.append(known[name][1]())
        except GridscopeError as error:
            errors.show_error(error)
    if twice := _twice(found):
        st.warning(
            errors.plain(f"Two models predict {twice}: choose one of them."),
            icon=":material/call_merge:",
        )
        found = []
    if not found:
        st.info("Choose a model to screen by, or train one.", icon=":material/info:")
        st.page_link(runs.TRAIN_PAGE, label="Train a model", icon=":material/model_training:")
        st.stop()
    for model in found:
        intervals = "with intervals" if model.has_intervals else "without intervals"
        told = f"{quantity(model.target).axis_title}: {model.name}, {intervals}"
        new = model.error and model.error not in model.name  # a run's name ends in its error
        st.caption(errors.plain(f"{told}; {model.error}" if new else told))
    return found


def _known() -> dict[str, tuple[str, Callable[[], Chosen]]]:
    """Name in the address -> words for it and the way to it."""
    from core.models.shipped import shipped_models

    out: dict[str, tuple[str, Callable[[], Chosen]]] = {}
    for run in runs.every():
        out[f"run:{run.id}"] = (run.title, partial(kept_models.of_run, run))
    for (where, key), model in kept_models.all_kept().items():
        words = f"{model} · in {where}"
        out[f"kept:{key[:12]}"] = (words, partial(kept_models.of_workspace, where, model))
    for key, shipped in shipped_models().items():
        words = f"{shipped.title} · shipped"
        out[f"shipped:{key}"] = (words, partial(kept_models.of_shipped, key))
    return out


def _usual(known: dict[str, tuple[str, Callable[[], Chosen]]]) -> list[str]:
    """The run at hand, else the first that there is."""
    run = runs.current()
    name = f"run:{run.id}" if run else ""
    return [name] if name in known else list(known)[:1]


def _twice(found: list[Chosen]) -> str:
    targets = [model.target for model in found]
    return next((quantity(t).label for t in targets if targets.count(t) > 1), "")

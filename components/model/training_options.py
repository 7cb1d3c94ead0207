"""The other choices of the Train page: model, split, intervals, seed, sample; in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from components import errors, forms, state
from core.errors import GridscopeError

if TYPE_CHECKING:
    from core.models.target_choice import TargetFacts
    from core.models.targets import Scale

RECOMMENDED = "averaged"
_TERMS = {"metric": "distances", "features": "features", "tree_features": "more"}
_LEVELS, _USUAL_LEVELS = (0.5, 0.68, 0.8, 0.9, 0.95, 0.99), (0.5, 0.9, 0.95)
_EMPTY = "none"
_SAMPLES = (3000, 1000, 300, 100)
_WIDE = 1000  # columns from which a descriptor is offered by its principal components
_DUCAMP = "Ducamp & Coudert 2022, Table 1"
PRESETS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "gradient-boosting": {
        f"{_DUCAMP}: geometric": {"n_stages": 250, "features": "tot_geometry"},
        f"{_DUCAMP}: topological": {"n_stages": 500, "features": "coordination_sequences"},
        f"{_DUCAMP}: volumetric": {"n_stages": 500, "features": "pores"},
        f"{_DUCAMP}: SOAP": {"n_stages": 500, "features": "soap@pca12"},
    }
}


def model(scale: Scale) -> dict[str, Any] | None:
    """The model and its options, as a job takes them; None when they contradict themselves."""
    from core.models import MODELS

    keys = sorted(MODELS, key=lambda k: (k != RECOMMENDED, k == "dummy", MODELS[k].title))
    named = state.url("model")
    key = st.selectbox(
        "Model", keys, index=keys.index(named) if named in keys else 0, key="train.model",
        format_func=lambda k: MODELS[k].title + (" · recommended" if k == RECOMMENDED else ""),
        on_change=_forget, help="What learns. Methods has the formula of each",
    )  # fmt: skip
    state.set_url("model", None if key == RECOMMENDED else key)
    entry = MODELS[key]
    st.caption(f"{entry.summary} {entry.limits}")
    _presets(key)
    usual = entry.spec_type().to_dict()
    terms = {name: _terms(key, name, str(usual[name])) for name in _TERMS if name in usual}
    others = [n for n in usual if n not in terms and n != "target_scale"]
    chosen: dict[str, Any] = {}
    if others:
        with st.expander("More options", icon=":material/tune:"):
            chosen = forms.spec_form(
                entry.spec_type, key=f"train.spec.{key}", include=others, columns=2,
                url_key="options",
            ).to_dict()  # fmt: skip
    values = {**chosen, **terms, "target_scale": scale}
    try:
        entry.needs(entry.spec_type.from_dict(values))
    except GridscopeError as error:
        errors.show_error(error)
        return None
    return {"key": key, **{k: v for k, v in values.items() if v != usual[k]}}


def _forget() -> None:
    """Options of one model say nothing to another."""
    for name in ("options", *_TERMS.values()):
        state.set_url(name, None)


def _presets(key: str) -> None:
    """Settings of published works, each one click away."""
    presets = PRESETS.get(key)
    if not presets:
        return
    with st.popover("Settings of a paper", icon=":material/menu_book:"):
        for name, values in presets.items():
            st.button(name, key=f"train.preset.{name}", on_click=_take, args=(key, values),
                      type="tertiary", help="Sets stages and descriptors")  # fmt: skip


def _take(key: str, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name in _TERMS:
            state.put(f"train.terms.{key}.{name}", value.split("+"))
            state.set_url(_TERMS[name], value)
        else:
            state.put(f"train.spec.{key}.{name}", value)


def _terms(model_key: str, name: str, usual: str) -> str:
    """Descriptors or distances as a sum, chosen from a list or typed with options."""
    from core.models import MODELS

    meta = MODELS[model_key].spec_type.__dataclass_fields__[name].metadata
    key, url_key = f"train.terms.{model_key}.{name}", _TERMS[name]
    told = state.url(url_key)
    start = _split("" if told == _EMPTY else told or usual)
    choices = _distances(model_key) if name == "metric" else _descriptors()
    if state.get(key) is None:
        state.put(key, start)
    chosen = st.multiselect(
        meta["label"], list(dict.fromkeys((*choices, *start, *state.get(key)))), key=key,
        accept_new_options=True, placeholder="None",
        help=f"{meta['help']} Type a name with its options and press Enter to add it: "
        + ("grid-emd(n_groups=50)" if name == "metric" else "soap(r_cut=6)@pca12"),
    )  # fmt: skip
    text = "+".join(chosen)
    state.set_url(url_key, None if text == usual else text or _EMPTY)
    return text


def _split(text: str) -> list[str]:
    """Terms of a sum; no name or option holds a plus."""
    return [term.strip() for term in text.split("+") if term.strip()]


def _distances(model_key: str) -> list[str]:
    """Metrics for kernels, every distance for neighbours."""
    from core.distances.base import DISTANCES

    return [k for k in DISTANCES if model_key == "knn" or DISTANCES[k].is_metric]


def _descriptors() -> list[str]:
    """Every descriptor; wide ones by their first principal components."""
    from core.descriptors import DESCRIPTORS

    return [
        key if len(d.labels(d.spec_type())) < _WIDE else f"{key}@pca20"
        for key, d in DESCRIPTORS.items()
    ]


def split(n: int) -> dict[str, Any]:
    """How the model is tested. In the address: split, split_options."""
    from core.evaluation import SPLITS

    order = ("random", "k-fold", "group", "leave-one-element-out")
    keys = [*(k for k in order if k in SPLITS), *(k for k in SPLITS if k not in order)]
    named = state.url("split")
    key = st.selectbox(
        "Test on", keys, index=keys.index(named) if named in keys else 0, key="train.split",
        format_func=lambda k: SPLITS[k].title, on_change=state.set_url,
        args=("split_options", None),
        help="Which crystals are left out of training and predicted. A random split asks the "
        "easiest question",
    )  # fmt: skip
    state.set_url("split", None if key == keys[0] else key)
    entry = SPLITS[key]
    st.caption(f"{entry.summary} {entry.limits}")
    many = n > 1000 and "repeats" in entry.spec_type().to_dict()
    spec = forms.spec_form(
        entry.spec_type, key=f"train.split.{key}", columns=2, url_key="split_options",
        defaults={"repeats": 1} if many else None,
    )  # fmt: skip
    return {"key": key, **spec.to_dict()}


def intervals() -> tuple[dict[str, Any] | None, list[float]]:
    """How intervals are calibrated, and their levels. In the address: intervals, kept, levels."""
    from core.evaluation import GROUPINGS
    from core.models.conformal import ConformalSpec

    off = state.url("intervals") == "off"
    on = st.toggle(
        "Calibrated intervals", not off, key="train.intervals",
        help="Conformal: ranges that hold the true value as often as they say, on crystals like "
        "these. The model is fitted several times more",
    )  # fmt: skip
    if not on:
        state.set_url("intervals", "off")
        return None, []
    state.set_url("intervals", None)
    with st.expander("How they are calibrated", icon=":material/tune:"):
        spec = forms.spec_form(
            ConformalSpec, key="train.conformal", columns=2, url_key="calibration"
        )
        by = _grouping(GROUPINGS)
    named = [float(w) for w in state.url("levels").split() if w in map(str, _LEVELS)]
    levels = st.multiselect(
        "Levels", _LEVELS, named or _USUAL_LEVELS, key="train.levels",
        format_func=lambda level: f"{level:.0%}", help="Share of true values to be inside",
    )  # fmt: skip
    chosen = sorted(levels) or list(_USUAL_LEVELS)
    usual = tuple(chosen) == _USUAL_LEVELS
    state.set_url("levels", None if usual else " ".join(map(str, chosen)))
    return {**spec.to_dict(), "by": by}, chosen


def _grouping(groupings: Sequence[str]) -> str:
    choices = ["", *groupings]
    named = state.url("kept")
    by = st.selectbox(
        "Kept together in the calibration", choices, key="train.kept",
        index=choices.index(named) if named in choices else 0,
        format_func=lambda b: b.replace("-", " ") or "nothing",
        help="Crystals of one group are held back together: wider intervals, honest for new "
        "groups",
    )  # fmt: skip
    state.set_url("kept", by or None)
    return by


def seed_and_sample(facts: TargetFacts) -> tuple[int, int | None]:
    """The seed, and at most how many crystals. In the address: seed, at_most."""
    n = len(facts.values)
    left, right = st.columns(2)
    told = state.url("seed")
    seed = left.number_input(
        "Seed", 0, 2**31 - 1, int(told) if told.isdecimal() and int(told) < 2**31 else 0,
        key="train.seed", help="All chance is drawn from it: the same seed, the same numbers",
    )  # fmt: skip
    state.set_url("seed", str(seed) if seed else None)
    named = state.url("at_most")
    asked = {int(named)} if named.isdecimal() and len(named) < 9 and int(named) > 2 else set()
    fewer = sorted({*_SAMPLES, *asked}, reverse=True)
    sizes: list[int | None] = [None, *(size for size in fewer if size < n)]
    start = next((size for size in sizes if str(size) == named), None)
    most = right.selectbox(
        "Crystals", sizes, index=sizes.index(start), key=f"train.at_most.{n}",
        format_func=lambda size: f"all {n:,}" if size is None else f"{size:,}, drawn by the seed",
        help="Fewer crystals are a quick look: the errors of all will be smaller",
    )  # fmt: skip
    state.set_url("at_most", None if most is None else str(most))
    return int(seed), most

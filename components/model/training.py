"""The first choice of the Train page: which property to learn, on which scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from components import cache, figure, state
from components.errors import plain
from components.model import model_scripts
from core.library import Library
from core.library.citing import data_dois
from core.units import quantity

if TYPE_CHECKING:
    from core.models.target_choice import TargetFacts
    from core.models.targets import Scale

_SCALES: dict[Scale, str] = {"linear": "The values", "log": "Their logarithm"}
_LAST = "training.last"
_EVERYWHERE = ("data", "session", "run", "crystal", "a", "b", "metric", "reading", "job")


def come_back() -> None:
    """What was chosen on the last visit to the page, while the same crystals are at hand: a page
    change clears the address.
    """
    before: dict[str, str] = state.get(_LAST, {})
    told = any(state.url(name) for name in before if name not in _EVERYWHERE)
    if told or state.url("target") or before.get("data") != state.url("data"):
        return
    state.set_urls({name: value for name, value in before.items() if not state.url(name)})


def remember() -> None:
    """Keep what is chosen for the next visit."""
    state.put(_LAST, {k: v for k, v in state.address().items() if k != "run"})


def target(library: Library) -> tuple[TargetFacts, Scale]:
    """Property and scale, with what there is of it. In the address: target, scale.

    Raises: SchemaError when nothing can be learned from these crystals.
    """
    from core.models import target_choice

    counts, words = cache.shared(
        "train.learnable", _digest(library), lambda: target_choice.learnable(library.crystals)
    )
    target_choice.require_learnable(counts, words)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        key = _key(counts, words)
        facts = cache.shared(
            "train.facts", f"{_digest(library)} {key}",
            lambda: target_choice.target_facts(library.crystals, key),
        )  # fmt: skip
        _counts(facts, len(library))
        scale = _scale(facts)
        if words:
            name, value = next(iter(words.items()))
            st.caption(
                f"{len(words)} properties hold words, not numbers, and can't be learned: "
                f"{plain(name)} is {plain(str(value)[:40])}, for one."
            )
    with right:
        _histogram(library, facts, scale)
    return facts, scale


def _digest(library: Library) -> str:
    return f"{library.digest} {library.record_digest}"


def _key(counts: dict[str, int], words: Mapping[str, object]) -> str:
    keys, named = list(counts), state.url("target")
    if named and named not in keys:
        why = "holds words, not numbers" if named in words else "these crystals do not have"
        st.caption(f"The link names {plain(named[:80])}, which {why}.")
    key = st.selectbox(
        "Property to learn", keys, index=keys.index(named) if named in keys else 0,
        format_func=lambda key: f"{quantity(key).axis_title} · {counts[key]:,} crystals",
        key=f"train.target.{'.'.join(keys)}",
        help="Numbers that the crystals bring, with their unit",
    )  # fmt: skip
    state.set_url("target", None if key == keys[0] else key)
    return key


def _counts(facts: TargetFacts, n: int) -> None:
    told = f"{len(facts.values):,} of {n:,} crystals have a value"
    if facts.missing:
        told += f"; {facts.missing:,} have none"
    st.caption(f"{told}.")
    if facts.unusable:
        first = facts.unusable[0]
        st.warning(
            f"{len(facts.unusable):,} values are left out. {plain(first.message)}",
            icon=":material/warning:",
        )


def _scale(facts: TargetFacts) -> Scale:
    """Linear, or logarithmic where that exists; the recommended one first."""
    usable = [s for s in _SCALES if s == "linear" or facts.values.min() > 0]
    named = state.url("scale")
    start = next((s for s in usable if s == named), facts.scale)
    chosen: Scale = st.segmented_control(
        "Fitted are", usable, default=start, key=f"train.scale.{facts.key}", required=True,
        format_func=_SCALES.__getitem__,
        help="Errors are always told in the unit of the property, and as log10 where it has one",
    )  # fmt: skip
    state.set_url("scale", None if chosen == facts.scale else chosen)
    advice = "Recommended" if chosen == facts.scale else f"Recommended: {_SCALES[facts.scale]}"
    st.caption(f"{advice}. {plain(facts.reason)}" if not facts.is_constant else plain(facts.reason))
    return chosen


def _histogram(library: Library, facts: TargetFacts, scale: Scale) -> None:
    import pandas as pd

    from components.figures import target as figures
    from core.models.target_choice import bin_edges

    logarithmic, key = scale == "log", facts.key
    edges = bin_edges(facts.values, scale)
    code = model_scripts.load(library) + (
        "from core.models.target_choice import bin_edges, target_facts\n"
        f"facts = target_facts(list(crystals.values()), {key!r})\n"
        f"result = bin_edges(facts.values, {scale!r})\n"
        "print(len(facts.values), facts.scale, facts.reason, result)\n"
    )
    figure.show(
        figures.histogram(facts.values, edges, key, logarithmic=logarithmic, dark=figure.dark()),
        key="train.histogram", name=f"target-{key}", code=code, cite=data_dois(library),
        data=pd.DataFrame(figures.table(facts.values, edges, key, logarithmic=logarithmic)),
        alt=f"Histogram of {quantity(key).label} of {len(facts.values)} crystals.",
    )  # fmt: skip

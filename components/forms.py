"""Forms made from specs: label, unit, bounds, choices and help come from each option's metadata.

What differs from the defaults is written into the address as one value, `n_groups:50,centers:Ti O`,
so that a link brings the options back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import Field, fields
from typing import Any, TypeVar

import streamlit as st

from components import errors, state
from core.errors import InvalidSpecError
from core.registry import Spec

S = TypeVar("S", bound=Spec)


def spec_form(
    spec_type: type[S],
    *,
    key: str,
    include: Sequence[str] | None = None,
    exclude: Collection[str] = (),
    columns: int = 3,
    defaults: Mapping[str, Any] | None = None,
    elements: Sequence[str] = (),
    url_key: str = "",
) -> S:
    """Widgets for the options of a spec; returns the spec they say.

    Args:
        spec_type: the spec.
        key: prefix of widget keys.
        include: names to offer, in order; all when None.
        exclude: names not to offer.
        columns: widgets in a row.
        defaults: values of options in place of the spec's own.
        elements: choices of options that list elements.
        url_key: name in the address; '' to keep the options out of it.

    An option out of bounds is explained in place and the defaults are used.
    """
    given = dict(defaults or {})
    known = {f.name: f for f in fields(spec_type)}
    names = [n for n in (include or list(known)) if n not in exclude]
    usual = {name: given.get(name, known[name].default) for name in names}
    remembered = f"{key}.options"  # comes back with the page, when the address was cleared
    told = decode(known, state.url(url_key) if url_key else "") or state.get(remembered, {})
    values = dict(given)
    slots: list[Any] = []
    for position, name in enumerate(names):
        if position % columns == 0:
            slots = st.columns(columns)
        with slots[position % columns]:
            start = told.get(name, usual[name])
            values[name] = _widget(known[name], start, f"{key}.{name}", elements)
    changed = {name: values[name] for name in names if values[name] != usual[name]}
    try:
        spec = spec_type.from_dict(values)
    except InvalidSpecError as error:
        errors.show_error(error)
        st.caption("Until then the usual values are used.")
        return spec_type.from_dict(given)
    state.put(remembered, changed)
    if url_key:
        state.set_url(url_key, encode(changed) or None)
    if changed:
        widgets = [f"{key}.{name}" for name in names]
        st.button(
            "Usual values", key=f"{key}.reset", type="tertiary", icon=":material/restart_alt:",
            on_click=_reset, args=(widgets, remembered, url_key), help="Undo all changes above",
        )  # fmt: skip
    return spec


def encode(options: Mapping[str, Any]) -> str:
    """Options as one value of the address; '' for none."""
    return ",".join(
        f"{name}:{' '.join(value) if isinstance(value, tuple) else value}"
        for name, value in options.items()
    )


def decode(known: Mapping[str, Field[Any]], text: str) -> dict[str, Any]:
    """Options of a value of the address; what makes no sense is left out."""
    out: dict[str, Any] = {}
    for item in filter(None, text.split(",")):
        name, _, word = item.partition(":")
        if name not in known:
            continue
        try:
            value = _parsed(known[name].default, word)
        except ValueError:
            continue
        if _allowed(known[name].metadata, value):
            out[name] = value
    return out


def _parsed(default: Any, word: str) -> Any:
    if isinstance(default, tuple):
        return tuple(word.split())
    if isinstance(default, bool):
        return word == "True"
    return type(default)(word)


def _allowed(meta: Mapping[str, Any], value: Any) -> bool:
    """Whether a widget can hold a value; finer rules are the spec's own."""
    if meta["choices"]:
        return value in meta["choices"]
    if isinstance(value, int | float):
        low, high = meta["ge"] if meta["ge"] is not None else meta["gt"], meta["le"]
        return (low is None or value >= low) and (high is None or value <= high)
    return True


def _reset(widgets: Sequence[str], remembered: str, url_key: str) -> None:
    for name in (*widgets, remembered):
        state.drop(name)
    if url_key:
        state.set_url(url_key, None)


def _widget(option: Field[Any], start: Any, key: str, elements: Sequence[str]) -> Any:
    """One widget; it keeps its own value once it is there, `start` is for the first time."""
    meta = option.metadata
    label = f"{meta['label']} [{meta['unit']}]" if meta["unit"] else meta["label"]
    text = meta["help"] or None
    kind: type = type(option.default)
    if state.get(key) is None:
        number = isinstance(start, int | float) and not isinstance(start, bool)
        first = kind(start) if number else start
        state.put(key, list(start) if isinstance(start, tuple) else first)
    if meta["choices"]:
        return st.selectbox(label, list(meta["choices"]), key=key, help=text)
    if isinstance(start, tuple):
        choices = sorted({*elements, *state.get(key)})
        return tuple(st.multiselect(label, choices, key=key, help=text, placeholder="All"))
    if isinstance(start, bool):
        return st.toggle(label, key=key, help=text)
    low, high = meta["ge"], meta["le"]
    return st.number_input(
        label,
        min_value=None if low is None else kind(low),
        max_value=None if high is None else kind(high),
        step=1 if kind is int else None,
        format=None if kind is int else "%.4g",
        key=key,
        help=text,
    )

"""Forms made from specs: label, unit, bounds, choices and help come from each option's metadata."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import Field, fields
from typing import Any, TypeVar

import streamlit as st

from components import errors
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
    defaults: dict[str, Any] | None = None,
    elements: Sequence[str] = (),
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

    An option out of bounds is explained in place and the defaults are used.
    """
    given = defaults or {}
    known = {f.name: f for f in fields(spec_type)}
    names = [n for n in (include or list(known)) if n not in exclude]
    values = dict(given)
    slots = st.columns(columns)
    for position, name in enumerate(names):
        with slots[position % columns]:
            start = given.get(name, known[name].default)
            values[name] = _widget(known[name], start, f"{key}.{name}", elements)
    try:
        return spec_type.from_dict(values)
    except InvalidSpecError as error:
        errors.show_error(error)
        return spec_type.from_dict(given)


def _widget(option: Field[Any], value: Any, key: str, elements: Sequence[str]) -> Any:
    meta = option.metadata
    label = f"{meta['label']} [{meta['unit']}]" if meta["unit"] else meta["label"]
    text = meta["help"] or None
    if meta["choices"]:
        choices = list(meta["choices"])
        return st.selectbox(label, choices, index=choices.index(value), key=key, help=text)
    if isinstance(value, tuple):
        return tuple(st.multiselect(label, sorted({*elements, *value}), value, key=key, help=text))
    if isinstance(value, bool):
        return st.toggle(label, value, key=key, help=text)
    kind = type(value)
    low, high = meta["ge"], meta["le"]
    return st.number_input(
        label,
        min_value=None if low is None else kind(low),
        max_value=None if high is None else kind(high),
        value=value,
        step=1 if kind is int else None,
        format=None if kind is int else "%.4g",
        key=key,
        help=text,
    )

"""The panel of filters: what it asks is a `Filter`, kept in the address and from visit to visit."""

from __future__ import annotations

from typing import Any

import streamlit as st

from components import cache, state
from components.errors import plain
from components.periodic_table import periodic_table
from core.elements import SYMBOLS
from core.errors import GridscopeError
from core.library import Library
from core.library.columns import Columns
from core.library.filters import Filter, matching

_URL, _HELD, _KEY = "f", "filters.held", "filters"
_ABSENT = object()
_CONDITIONS = {
    "all_of": ("all of these", "Each of these elements must be there"),
    "any_of": ("any of these", "At least one of these elements must be there"),
    "none_of": ("none of these", "Crystals with one of these elements are left out"),
    "only": ("only these", "No other elements may be there"),
}


def filter_panel(library: Library, columns: Columns) -> tuple[Filter, list[int]]:
    """Draw the panel. Returns: the filter, and the rows of the library that match it."""
    _begin(library.digest)
    with st.expander("Filters", icon=":material/filter_alt:", expanded=not _held().is_empty):
        left, right = st.columns([3, 2])
        with left:
            elements = _elements(columns)
        with right:
            values = {**elements, **_plain_conditions(columns), **_properties(columns)}
        st.button("Clear filters", key=f"{_KEY}.clear", on_click=clear, help="Show all crystals")
    try:
        wanted = Filter(**values)
    except GridscopeError as error:
        st.warning(plain(str(error)))
        wanted = Filter()
    state.put(_HELD, (library.digest, wanted))
    state.set_url(_URL, wanted.to_text() or None)
    return wanted, matching(columns, wanted).nonzero()[0].tolist()


def shown_ids(library: Library, columns: Columns) -> tuple[str, ...]:
    """Ids that match the filter of the last visit to the panel."""
    held = state.get(_HELD)
    if held is None or held[0] != library.digest:
        return library.ids
    return tuple(columns.ids[row] for row in matching(columns, held[1]).nonzero()[0].tolist())


def clear() -> None:
    """Ask for everything again."""
    state.drop(_HELD)
    state.set_url(_URL, None)
    state.put(f"{_KEY}.round", state.get(f"{_KEY}.round", 0) + 1)


def _key(name: str) -> str:
    return f"{_KEY}.{state.get(f'{_KEY}.round', 0)}.{name}"


def _held() -> Filter:
    held = state.get(_HELD)
    return held[1] if held else Filter()


def _begin(digest: str) -> None:
    """Before the first drawing: take the filter of the address, or of the visit before."""
    held = state.get(_HELD)
    if held is not None and held[0] != digest:
        clear()  # other crystals: what was asked of the old ones need not make sense
        held = (digest, Filter())
    if held is None:
        try:
            held = (digest, Filter.from_text(state.url(_URL)))
        except GridscopeError as error:
            st.warning(plain(str(error)))
            held = (digest, Filter())
    state.put(_HELD, held)


def _start(name: str, value: Any) -> str:
    """The widget's key, with the value it starts from when it is drawn for the first time."""
    key = _key(name)
    if state.get(key, _ABSENT) is _ABSENT and value not in (None, (), ""):
        state.put(key, list(value) if isinstance(value, tuple) else value)
    return key


def _elements(columns: Columns) -> dict[str, tuple[str, ...]]:
    """The periodic table, and the select boxes that hold the state."""
    held = _held()
    counts = cache.shared("filters.counts", _counts_digest(columns), lambda: _counts(columns))
    labels = {name: label for name, (label, _) in _CONDITIONS.items()}
    target = st.segmented_control(
        "A click asks for", list(_CONDITIONS), format_func=labels.__getitem__, default="all_of",
        required=True, key=f"{_KEY}.mode", help="What clicking an element in the table means",
    )  # fmt: skip
    keys = {name: _start(name, getattr(held, name)) for name in _CONDITIONS}
    chosen = {name: state.get(key) or () for name, key in keys.items()}
    periodic_table(
        counts, key=f"{_KEY}.table", target=keys[target or "all_of"], unwanted=chosen["none_of"],
        wanted=[*chosen["all_of"], *chosen["any_of"], *chosen["only"]],
    )  # fmt: skip
    out: dict[str, tuple[str, ...]] = {}
    boxes = st.columns(2) + st.columns(2)
    for box, (name, (label, text)) in zip(boxes, _CONDITIONS.items(), strict=True):
        symbols = box.multiselect(
            f"Contains {label}", SYMBOLS[1:], key=keys[name], help=text, placeholder="Elements"
        )
        out[name] = tuple(symbols)
    return out


def _counts_digest(columns: Columns) -> str:
    from core.hashing import array_digest

    return array_digest(columns.has)


def _counts(columns: Columns) -> dict[str, int]:
    totals = columns.has.sum(axis=0).tolist()
    return {symbol: totals[z] for z, symbol in enumerate(SYMBOLS) if z}


def _plain_conditions(columns: Columns) -> dict[str, Any]:
    held = _held()
    text = st.text_input(
        "Id or formula contains", key=_start("text", held.text), max_chars=200,
        help="Part of the id or of the reduced formula, in any case",
    )  # fmt: skip
    numbers = sorted(set(columns.space_group.tolist()) - {0})
    groups = st.multiselect(
        "Space group", numbers, format_func=_group_names(columns).__getitem__,
        key=_start("space_groups", tuple(n for n in held.space_groups if n in numbers)),
        help="Found by the doctor; where it found none, stated in the file",
        disabled=not numbers, placeholder="Any" if numbers else "Not known: not examined",
    )  # fmt: skip
    low, high = st.columns(2)
    least = low.number_input(
        "Sites, at least", min_value=1, value=None, step=1,
        key=_start("min_sites", held.min_sites), help="Positions in the cell as given",
    )  # fmt: skip
    most = high.number_input(
        "Sites, at most", min_value=1, value=None, step=1,
        key=_start("max_sites", held.max_sites), help="Positions in the cell as given",
    )  # fmt: skip
    left, right = st.columns(2)
    verdicts = left.multiselect(
        "Verdict", ("green", "amber"), key=_start("verdicts", held.verdicts),
        help="Of the doctor", placeholder="Any",
    )  # fmt: skip
    order = right.selectbox(
        "Order", ("", "ordered", "disordered"), key=_start("order", held.order),
        format_func=lambda o: o or "any", help="Disordered: some sites are partly occupied",
    )  # fmt: skip
    return {"text": text, "space_groups": tuple(groups), "min_sites": least, "max_sites": most,
            "verdicts": tuple(verdicts), "order": order}  # fmt: skip


def _group_names(columns: Columns) -> dict[int, str]:
    names = {0: ""}
    triples = zip(
        columns.space_group.tolist(), columns.space_group_found, columns.space_group_stated,
        strict=True,
    )  # fmt: skip
    for number, found, stated in triples:
        names.setdefault(number, f"{number} · {found or stated}")
    return names


def _properties(columns: Columns) -> dict[str, Any]:
    """Ranges of numeric properties, and texts that a text property may equal."""
    held = _held()
    numeric = ("density_g_cm3", *columns.numeric)
    ranges = {key: (low, high) for key, low, high in held.ranges if key in numeric}
    keys = st.multiselect(
        "Property range", numeric, key=_start("ranges", tuple(ranges)), placeholder="Properties",
        help="A crystal without the value is left out",
    )  # fmt: skip
    out = []
    for key in keys:
        low, high = ranges.get(key, (None, None))
        left, right = st.columns(2)
        least = left.number_input(
            plain(f"{key}, at least"), value=None, key=_start(f"{key}.low", low),
            help="Lowest value, inclusive; empty for none", format="%g",
        )  # fmt: skip
        most = right.number_input(
            plain(f"{key}, at most"), value=None, key=_start(f"{key}.high", high),
            help="Highest value, inclusive; empty for none", format="%g",
        )  # fmt: skip
        out.append((key, least, most))
    return {"ranges": tuple(out), "equals": _equals(columns, held)}


def _equals(columns: Columns, held: Filter) -> tuple[tuple[str, str], ...]:
    if not columns.text:
        return ()
    before = {key: told for key, told in held.equals if key in columns.text}
    keys = st.multiselect(
        "Property equals", tuple(columns.text), key=_start("equals", tuple(before)),
        help="Properties that are text", placeholder="Properties",
    )  # fmt: skip
    out = []
    for key in keys:
        values = tuple(dict.fromkeys(v for v in columns.text[key] if v))
        told = before.get(key)
        chosen = st.selectbox(
            plain(key), values, key=_start(f"{key}.is", told if told in values else None),
            help="The crystals with exactly this text",
        )  # fmt: skip
        if chosen is not None:
            out.append((key, chosen))
    return tuple(out)

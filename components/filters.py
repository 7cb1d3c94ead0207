"""The panel of filters: what it asks is a `Filter`, kept in the address and from visit to visit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from components import state
from components.errors import plain
from components.periodic_table import periodic_table
from core.elements import SYMBOLS
from core.errors import GridscopeError
from core.store.query import Filter, FilterFacts

_ABSENT = object()
_CONDITIONS = {
    "all_of": ("all of these", "Each of these elements must be there"),
    "any_of": ("any of these", "At least one of these elements must be there"),
    "none_of": ("none of these", "Crystals with one of these elements are left out"),
    "only": ("only these", "No other elements may be there"),
}


@dataclass(frozen=True, slots=True)
class FilterPanel:
    """The panel of one table.

    Attributes:
        name: prefix of widget keys and of what the session holds.
        url: key of the address.
    """

    name: str = "filters"
    url: str = "f"

    def draw(self, facts: Callable[[], FilterFacts], digest: str) -> Filter:
        """Draw the panel. Returns: what is asked.

        While it is closed its hundreds of elements are not drawn, and the facts not gathered: a
        large workspace would make its visitor wait for both.

        Args:
            facts: gathers what there is to choose from.
            digest: of the crystals; other crystals are asked anew.
        """
        self._begin(digest)
        key, opened = f"{self.name}.expander", f"{self.name}.opened"
        # A link's filter is seen at once, and a panel left open is open on the next visit.
        if state.get(key) is None:
            state.put(key, bool(state.get(opened, not self._held().is_empty)))
        panel = st.expander("Filters", icon=":material/filter_alt:", key=key, on_change="rerun")
        state.put(opened, bool(panel.open))
        wanted = self._held()
        if panel.open:
            with panel:
                wanted = self._panel(facts())
        elif not wanted.is_empty:
            st.caption(plain(f"Filtered by {wanted.describe()}"))
        state.put(self._held_key, (digest, wanted))
        state.set_url(self.url, wanted.to_text() or None)
        return wanted

    def _panel(self, facts: FilterFacts) -> Filter:
        """The widgets. Returns: what they say; everything where that is none."""
        left, right = st.columns([3, 2])
        with left:
            elements = self._elements(facts)
        with right:
            values = {**elements, **self._plain_conditions(facts), **self._properties(facts)}
        st.button(
            "Clear filters", key=f"{self.name}.clear", on_click=self.clear,
            help="Show all crystals",
        )  # fmt: skip
        try:
            return Filter(**values)
        except GridscopeError as error:
            st.warning(plain(str(error)))
            return Filter()

    def last(self, digest: str) -> Filter:
        """What was asked of these crystals on the last visit to the panel."""
        held = state.get(self._held_key)
        return held[1] if held is not None and held[0] == digest else Filter()

    def clear(self) -> None:
        """Ask for everything again."""
        state.drop(self._held_key)
        state.set_url(self.url, None)
        state.put(f"{self.name}.round", state.get(f"{self.name}.round", 0) + 1)

    @property
    def _held_key(self) -> str:
        return f"{self.name}.held"

    def _key(self, name: str) -> str:
        return f"{self.name}.{state.get(f'{self.name}.round', 0)}.{name}"

    def _held(self) -> Filter:
        held = state.get(self._held_key)
        return held[1] if held else Filter()

    def _begin(self, digest: str) -> None:
        """Before the first drawing: take the filter of the address, or of the visit before."""
        held = state.get(self._held_key)
        if held is not None and held[0] != digest:
            self.clear()  # other crystals: what was asked of the old ones need not make sense
            held = (digest, Filter())
        if held is None:
            try:
                held = (digest, Filter.from_text(state.url(self.url)))
            except GridscopeError as error:
                st.warning(plain(str(error)))
                held = (digest, Filter())
        state.put(self._held_key, held)

    def _start(self, name: str, value: Any) -> str:
        """The widget's key, with the value it starts from when it is drawn for the first time."""
        key = self._key(name)
        if state.get(key, _ABSENT) is _ABSENT and value not in (None, (), ""):
            state.put(key, list(value) if isinstance(value, tuple) else value)
        return key

    def _elements(self, facts: FilterFacts) -> dict[str, tuple[str, ...]]:
        """The periodic table, and the select boxes that hold the state."""
        held = self._held()
        labels = {name: label for name, (label, _) in _CONDITIONS.items()}
        target = st.segmented_control(
            "A click asks for", list(_CONDITIONS), format_func=labels.__getitem__,
            default="all_of", required=True, key=f"{self.name}.mode",
            help="What clicking an element in the table means",
        )  # fmt: skip
        keys = {name: self._start(name, getattr(held, name)) for name in _CONDITIONS}
        chosen = {name: state.get(key) or () for name, key in keys.items()}
        periodic_table(
            facts.counts, key=f"{self.name}.table", target=keys[target or "all_of"],
            unwanted=chosen["none_of"],
            wanted=[*chosen["all_of"], *chosen["any_of"], *chosen["only"]],
            opposed=[keys[n] for n in keys if (n == "none_of") != (target == "none_of")],
        )  # fmt: skip
        out: dict[str, tuple[str, ...]] = {}
        boxes = st.columns(2) + st.columns(2)
        for box, (name, (label, text)) in zip(boxes, _CONDITIONS.items(), strict=True):
            symbols = box.multiselect(
                f"Contains {label}", SYMBOLS[1:], key=keys[name], help=text,
                placeholder="Elements",
            )  # fmt: skip
            out[name] = tuple(symbols)
        return out

    def _plain_conditions(self, facts: FilterFacts) -> dict[str, Any]:
        held = self._held()
        left, right = st.columns(2)
        text = left.text_input(
            "Id or formula contains", key=self._start("text", held.text), max_chars=200,
            help="Part of the id or of the reduced formula, in any case",
        )  # fmt: skip
        formula = right.text_input(
            "Formula", key=self._start("formula", held.formula), max_chars=200,
            help="The whole formula; order and number of units do not matter",
            placeholder="SrTiO3",
        )  # fmt: skip
        numbers = sorted(facts.groups)
        groups = st.multiselect(
            "Space group", numbers, format_func=lambda n: f"{n} · {facts.groups[n]}",
            key=self._start("space_groups", tuple(n for n in held.space_groups if n in numbers)),
            help="Found by the doctor; where it found none, stated in the file",
            disabled=not numbers, placeholder="Any" if numbers else "Not known: not examined",
        )  # fmt: skip
        low, high = st.columns(2)
        least = low.number_input(
            "Sites, at least", min_value=1, value=None, step=1,
            key=self._start("min_sites", held.min_sites), help="Positions in the cell as given",
        )  # fmt: skip
        most = high.number_input(
            "Sites, at most", min_value=1, value=None, step=1,
            key=self._start("max_sites", held.max_sites), help="Positions in the cell as given",
        )  # fmt: skip
        left, right = st.columns(2)
        verdicts = left.multiselect(
            "Verdict", ("green", "amber"), key=self._start("verdicts", held.verdicts),
            help="Of the doctor", placeholder="Any",
        )  # fmt: skip
        order = right.selectbox(
            "Order", ("", "ordered", "disordered"), key=self._start("order", held.order),
            format_func=lambda o: o or "any", help="Disordered: some sites are partly occupied",
        )  # fmt: skip
        return {"text": text, "formula": formula.strip(), "space_groups": tuple(groups),
                "min_sites": least, "max_sites": most, "verdicts": tuple(verdicts),
                "order": order}  # fmt: skip

    def _properties(self, facts: FilterFacts) -> dict[str, Any]:
        """Ranges of numeric properties, and texts that a text property may equal."""
        held = self._held()
        numeric = ("density_g_cm3", *facts.numeric)
        ranges = {key: (low, high) for key, low, high in held.ranges if key in numeric}
        keys = st.multiselect(
            "Property range", numeric, key=self._start("ranges", tuple(ranges)),
            placeholder="Properties", help="A crystal without the value is left out",
        )  # fmt: skip
        out = []
        for key in keys:
            low, high = ranges.get(key, (None, None))
            left, right = st.columns(2)
            least = left.number_input(
                plain(f"{key}, at least"), value=None, key=self._start(f"{key}.low", low),
                help="Lowest value, inclusive; empty for none", format="%g",
            )  # fmt: skip
            most = right.number_input(
                plain(f"{key}, at most"), value=None, key=self._start(f"{key}.high", high),
                help="Highest value, inclusive; empty for none", format="%g",
            )  # fmt: skip
            out.append((key, least, most))
        return {"ranges": tuple(out), "equals": self._equals(facts, held)}

    def _equals(self, facts: FilterFacts, held: Filter) -> tuple[tuple[str, str], ...]:
        if not facts.texts:
            return ()
        before = {key: told for key, told in held.equals if key in facts.texts}
        keys = st.multiselect(
            "Property equals", tuple(facts.texts), key=self._start("equals", tuple(before)),
            help="Properties that are text", placeholder="Properties",
        )  # fmt: skip
        out = []
        for key in keys:
            values, told = facts.texts[key], before.get(key)
            chosen = st.selectbox(
                plain(key), values, key=self._start(f"{key}.is", told if told in values else None),
                help="The crystals with exactly this text",
            )  # fmt: skip
            if chosen is not None:
                out.append((key, chosen))
        return tuple(out)
